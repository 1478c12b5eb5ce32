"""Readers of point clouds, which thin the points while they read."""
