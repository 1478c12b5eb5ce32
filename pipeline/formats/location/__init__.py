"""Read and write where a scan lies: coordinate systems, and the files that name them."""
