"""Trees, shrubs and hedges."""
