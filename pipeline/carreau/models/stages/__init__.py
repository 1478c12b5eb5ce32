"""The steps from a scan to its levels, one verb a module."""
