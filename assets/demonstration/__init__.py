"""Simulated scans, the same bytes every time: no freely licensed scan of these sites exists."""
