"""Tiles put together into one surface."""
