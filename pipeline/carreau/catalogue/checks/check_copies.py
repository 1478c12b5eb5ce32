"""Find places that were begun by copying the folder of another, and still say what is true of that one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carreau.base.diagnostics import KeyPath
from carreau.base.messages import message
from carreau.catalogue.catalogue import Catalogue
from carreau.catalogue.site import Site

IDENTIFYING = {"name", "position"}
"""What tells two places apart: with one of these and anything else in common, a place is a copy."""


def check_copies(catalogue: Catalogue) -> None:
    """Report places with the name, the position or the texts of another.

    It is an error if they are identified alike, and a question if they share one thing only, or only texts.
    """
    owners: dict[tuple[str, Any], str] = {}
    for slug, entry in catalogue.sites.items():
        shared = dict[str, list[KeyPath]]()
        for key, value in _own(entry.of):
            first = owners.setdefault((str(key[0]), value), slug)
            if first != slug:
                shared.setdefault(first, []).append(key)
        for other, keys in shared.items():
            names = tuple(str(key[0]) for key in keys)
            cause = message("what is written under %(keys)s is also written in '%(site)s'", keys=names, site=other)
            cure = message("write what is true of this place, or remove the copy")
            is_copy = len(keys) > 1 and not IDENTIFYING.isdisjoint(names)
            entry.document.draft(not is_copy, "copied place", keys[0], cause, cure)


def _own(site: Site) -> Iterator[tuple[KeyPath, Any]]:
    """Yield what no two places have in common, with its key."""
    for name in ("name", "summary", "description"):
        if text := getattr(site, name):
            yield (name,), text.casefold()
    if site.position is not None and site.position.point is not None:
        yield ("position", "lon"), site.position.point
