"""Name the place of every text in a way that stays when others are added above it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from pipeline.catalogue.catalogue import Entry
from pipeline.catalogue.fields import FieldRule
from pipeline.catalogue.site import Site

_SPELT = str.maketrans({"’": "'", "œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae"})
"""What has no plain letter beneath its accent; both apostrophes are the same in a name."""


@cache
def rules_of(of: type) -> tuple[tuple[str, FieldRule], ...]:
    """Return the keys of a class of the catalogue with their rules, in order."""
    return tuple((each.name, each.metadata["rule"]) for each in fields(of))


def context_of(entry: Entry[Any]) -> str:
    """Return where all texts of a site or route belong: `site.fosse-mathilde`."""
    return f"{'site' if isinstance(entry.of, Site) else 'route'}.{entry.slug}"


def numbered(context: str, key: str, tables: tuple[Any, ...]) -> Iterator[tuple[int, Any, str]]:
    """Yield each table of a list with its place in it and its context.

    A table is called by its id or name, a date by what happened when, a stop by its site or place, a step of a tour by
    its number. What has none of these is not called at all, and its text alone tells it from the others.
    """
    for place, table in enumerate(tables):
        yield place, table, ".".join(part for part in (context, key, _called(key, place, table)) if part)


def _called(key: str, place: int, table: Any) -> str:
    if key == "date":
        return plain_name(f"{table.event}-{table.when.text if table.when else ''}")
    if key == "stop":
        return table.site or plain_name(table.place.name if table.place else "")
    if key == "step":
        return str(place + 1)
    return plain_name(getattr(table, "id", "") or getattr(table, "name", ""))


def plain_name(text: str) -> str:
    """Return a name in small letters, digits, hyphens and underscores.

    >>> plain_name("Cité d’Œuvre (église)"), plain_name("opened-1831-07/1862~")
    ('cite-d-oeuvre-eglise', 'opened-1831-07-1862')
    """
    plain = unicodedata.normalize("NFKD", text.translate(_SPELT)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")
