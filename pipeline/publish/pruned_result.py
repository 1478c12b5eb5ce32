"""Forget former releases, and files that none names, after publishing."""

from __future__ import annotations

from dataclasses import replace

from pipeline.bundle.pruning import prune
from pipeline.publish.options import KEEP, PublishOptions
from pipeline.publish.result import PublishResult


def prune_releases(asked: PublishOptions, made: PublishResult) -> PublishResult:
    """Keep as many former releases as were asked for; returns what publishing did, with what went.

    Where nobody says how many and nothing changed, only those go that were to go before.
    """
    keep = KEEP if asked.keep is None and made.is_new else asked.keep
    result = prune(asked.bundle, keep)
    return replace(made, gone=result.gone, freed=result.freed, leaving=result.leaving)
