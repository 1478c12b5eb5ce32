"""Lookup of files, and low-level parsing that several readers share."""
