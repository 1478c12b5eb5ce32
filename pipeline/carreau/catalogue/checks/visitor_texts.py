"""The texts of a site or route that visitors read, with their keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from carreau.base.diagnostics import KeyPath

NOT_FOR_VISITORS = frozenset({"questions", "basis", "inscription"})
"""Keys that pages do not show: notes to the team, how a figure was found, and the entry of the list as published."""


def visitor_texts(table: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of a table and of those in it, with their keys."""
    for each in fields(table):
        if each.name in NOT_FOR_VISITORS:
            continue
        rule, value, key = each.metadata["rule"], getattr(table, each.name), (*path, each.name)
        if rule.kind == "one" and value is not None:
            yield from visitor_texts(value, key)
        elif rule.kind == "many":
            for place, inner in enumerate(value):
                yield from visitor_texts(inner, (*key, place))
        elif rule.kind in ("text", "texts", "value"):
            texts = value if isinstance(value, tuple) else (value,)
            yield from ((key, text) for text in texts if isinstance(text, str))
