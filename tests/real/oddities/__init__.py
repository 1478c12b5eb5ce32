"""Oddities that scans come with, each made by code from a real scan whose truth is known, and what a build owes it.

`python -m tests.real.oddities FOLDER` builds them all and writes a page with pictures, for a person to look at.
"""
