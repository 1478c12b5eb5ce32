"""Formats that trimesh reads: OFF, 3MF and COLLADA, each behind checks of its own."""
