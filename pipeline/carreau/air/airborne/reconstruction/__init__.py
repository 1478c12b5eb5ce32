"""Reconstruction of a place: its parts put together, thin structures, and what a curator is told."""
