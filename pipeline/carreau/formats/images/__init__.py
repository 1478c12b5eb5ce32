"""Read and write images, one format a module."""
