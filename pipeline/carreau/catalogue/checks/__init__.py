"""Checks of the catalogue: errors to correct, and open questions."""
