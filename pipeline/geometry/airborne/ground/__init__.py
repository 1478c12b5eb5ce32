"""Ground, water and bridges."""
