"""Translate between bytes and the model, one file format a module."""
