"""Read and write images, one kind a module."""
