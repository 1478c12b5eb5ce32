"""Geometry on arrays, shared by several stages: no files, options or images; defects of a surface, and their repair."""
