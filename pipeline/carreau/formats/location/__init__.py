"""Location of a scan: coordinate systems, and the files that state them."""
