"""Read point clouds, thinned while they are read."""
