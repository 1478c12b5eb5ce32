"""A sheet as it is read from a file, or is to be written into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from carreau.base.diagnostics import KeyPath
from carreau.base.errors import CarreauError
from carreau.base.messages import Message, message
from carreau.catalogue.fields import FieldRule
from carreau.catalogue.i18n.source_texts import rules_of
from carreau.catalogue.media import Medium
from carreau.catalogue.site import Dated, Fact, Site, Visit
from carreau.desk.document_file import DocumentFile, Edit, text_of
from carreau.desk.toml_edit import edited

MOST_ROWS, MOST_COLUMNS = 200_000, 200


@dataclass(frozen=True)
class SheetRow:
    """A row.

    number : in its file, from 1
    cells : by heading; a heading that is not there was not in the file
    """

    number: int
    cells: Mapping[str, str]


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


@dataclass(frozen=True)
class Sheet:
    """A sheet.

    name : of the file and table, for messages
    kind : None where it is none of ours
    unknown : headings that are none
    notes : what was noticed while it was read
    """

    name: str
    kind: SheetKind | None
    rows: tuple[SheetRow, ...]
    unknown: tuple[str, ...] = ()
    notes: tuple[Message, ...] = ()


def sheet_from(
    name: str, table: str, rows: Sequence[Sequence[str]], notes: Sequence[Message] = (), first: int = 1
) -> Sheet:
    """Return the sheet of rows, of which the first one that is not empty has the headings.

    table : name of the table, or of the file, by which the kind is known if its headings fit
    first : number of the first row
    """
    numbered = [(number, row) for number, row in enumerate(rows, first) if any(cell.strip() for cell in row)]
    if not numbered:
        return Sheet(name, None, (), notes=tuple(notes))
    headings = [cell.strip().strip("\ufeff").casefold() for cell in numbered[0][1]]
    kind = kind_of(headings, table)
    if kind is None:
        return Sheet(name, None, (), notes=tuple(notes))
    known = set(kind.headings)
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        if heading in known:
            places.setdefault(heading, place)
    found = tuple(
        SheetRow(number, {heading: row[place] for heading, place in places.items() if place < len(row)})
        for number, row in numbered[1:]
    )
    unknown = tuple(dict.fromkeys(each for each in headings if each and each not in known))
    return Sheet(name, kind, found, unknown, tuple(notes))


def kind_of(headings: Sequence[str], table: str) -> SheetKind | None:
    """Return the kind that has most of some headings; of several, the one of that name. None without `place`."""
    present = set(headings)
    if "place" not in present:
        return None
    scores = {kind: len(present & set(kind.headings)) for kind in sheet_kinds()}
    best = max(scores.values())
    fitting = [kind for kind, score in scores.items() if score == best]
    return next((kind for kind in fitting if kind.name == table.casefold()), fitting[0])


PLACE, ROW, DELETE, SEEN = "place", "row", "delete", "seen"
"""Columns of every sheet that are no keys: the place, the number of its row, what to delete, and what was exported."""


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


LONGEST = 200
"""Characters of a text in a message."""


@dataclass(frozen=True)
class Change:
    """A change of one cell, or of a row.

    place, sheet : slug, and name of the kind of sheet
    column : empty for a whole row
    old, new : texts; of a row, what names it
    kind : "change", "add", "delete" or "clear"
    """

    place: str
    sheet: str
    row: str
    column: str
    kind: str
    old: str
    new: str

    def line(self) -> Message:
        """Return it in one line."""
        where = ", ".join(each for each in (self.place, self.sheet, self.row, self.column) if each)
        old, new = (each.replace("\n", " ")[:LONGEST] for each in (self.old, self.new))
        if self.kind == "add":
            return message("%(where)s: new: %(new)s", where=where, new=new)
        if self.kind in ("delete", "clear"):
            return message("%(where)s: deleted: %(old)s", where=where, old=old)
        return message("%(where)s: %(old)s -> %(new)s", where=where, old=old or "()", new=new)


@dataclass
class PlacePlan:
    """What is to be saved in a place.

    content : of its file, as the plan was made
    """

    file: DocumentFile
    content: bytes
    data: Mapping[str, Any]
    edits: list[Edit] = field(default_factory=list)


@dataclass
class Plan:
    """What sheets change, and what was noticed.

    places : by slug, only those that change
    notes : what was not applied, and why
    """

    places: dict[str, PlacePlan] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    def lines(self) -> list[Message]:
        """Return a line for each change and each note."""
        return [*(each.line() for each in self.changes), *self.notes]

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {"changes": [vars(each) for each in self.changes], "notes": [str(each) for each in self.notes]}


def problem_of(found: PlacePlan, edits: Sequence[Edit]) -> CarreauError | None:
    """Return why a place cannot be saved with some edits, None where it can."""
    file = found.file
    text, mark = text_of(found.content)
    try:
        after = mark + edited(text, edits, file.of).encode()
        file.require_valid(file.parsed(found.content), after)
    except CarreauError as error:
        return error
    return None
