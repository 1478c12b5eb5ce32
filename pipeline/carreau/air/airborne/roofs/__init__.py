"""Roofs and walls of buildings."""
