"""Visits, counted from the access log of a server."""
