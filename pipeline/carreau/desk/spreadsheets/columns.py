"""The sheets, and the keys of the catalogue that their columns have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from carreau.base.diagnostics import KeyPath
from carreau.catalogue.fields import FieldRule
from carreau.catalogue.i18n.source_texts import rules_of
from carreau.catalogue.media import Medium
from carreau.catalogue.site import Dated, Fact, Site, Visit

PLACE, ROW, DELETE, SEEN = "place", "row", "delete", "seen"
"""Columns of every sheet that are no keys: the place, the number of its row, what to delete, and what was exported."""


@dataclass(frozen=True)
class Column:
    """A column.

    name : its heading, "position.lon"
    path : of its value below the place or row
    """

    name: str
    path: KeyPath
    rule: FieldRule


@dataclass(frozen=True)
class SheetKind:
    """A sheet.

    at : path of its table, or array of tables, in the document of a place; () for the place itself
    identity : key that tells its rows apart, empty where the place does
    """

    name: str
    at: KeyPath
    is_array: bool
    columns: tuple[Column, ...]
    identity: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Return the headings in order."""
        return (PLACE, *([ROW] if self.is_array else []), *(each.name for each in self.columns), DELETE, SEEN)

    def column(self, name: str) -> Column | None:
        """Return the column of a heading, None for another one."""
        return next((each for each in self.columns if each.name == name), None)


@cache
def sheet_kinds() -> tuple[SheetKind, ...]:
    """Return the sheets in order."""
    visit = tuple(Column(key, ("visit", key), rule) for key, rule in rules_of(Visit))
    return (
        SheetKind("places", (), False, tuple(_place_columns())),
        SheetKind("visit", ("visit",), False, visit),
        SheetKind("facts", ("fact",), True, _columns(Fact), "name"),
        SheetKind("dates", ("date",), True, _columns(Dated), "event"),
        SheetKind("media", ("media",), True, _columns(Medium), "id"),
    )


def _columns(of: type) -> tuple[Column, ...]:
    return tuple(Column(key, (key,), rule) for key, rule in rules_of(of))


def _place_columns() -> Sequence[Column]:
    """Return the keys of a place, and those of its tables, but not those that have sheets of their own."""
    found = []
    for key, rule in rules_of(Site):
        if rule.kind == "one" and key != "visit":
            found += [Column(f"{key}.{inner}", (key, inner), each) for inner, each in rules_of(rule.of)]
        elif rule.kind not in ("one", "many"):
            found.append(Column(key, (key,), rule))
    return found
