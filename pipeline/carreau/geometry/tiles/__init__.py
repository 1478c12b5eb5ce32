"""Tiles joined into one surface."""
