"""Stages of authored models, and of those that are made from surveys and measured facts."""
