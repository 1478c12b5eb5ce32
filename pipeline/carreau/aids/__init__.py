"""Aids beside the catalogue: routes, old maps, surveys of sites, visits."""
