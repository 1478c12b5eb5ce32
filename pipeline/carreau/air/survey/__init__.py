"""Gathering of open aerial data for the sites of the catalogue."""
