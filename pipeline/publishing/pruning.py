"""Forget former releases, and files that none names, after publishing."""

from __future__ import annotations

from dataclasses import replace

from pipeline.bundle.releases import prune
from pipeline.publishing.asked import KEEP, Publishing
from pipeline.publishing.published import Published


def pruned(asked: Publishing, made: Published) -> Published:
    """Keep as many former releases as were asked for; returns what publishing did, with what went."""
    gone, freed = prune(asked.bundle, KEEP if asked.keep is None else asked.keep)
    return replace(made, gone=gone, freed=freed)
