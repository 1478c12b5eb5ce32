"""Defects of a surface, and their repair."""
