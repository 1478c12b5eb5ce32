"""Geometry on arrays, shared by several stages: no files, options or images."""
