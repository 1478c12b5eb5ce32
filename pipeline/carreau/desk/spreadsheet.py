"""A sheet as it is read from a file or is to be written into one, and the text of its cells."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from carreau.base.errors import CarreauError, KeyPath
from carreau.base.messages import Message, message
from carreau.catalogue.fields import FieldRule
from carreau.catalogue.i18n.source_texts import list_rules
from carreau.catalogue.media import Medium
from carreau.catalogue.site import Dated, Fact, Site, Visit
from carreau.catalogue.table_reader import DateError, parse_when
from carreau.desk.document_file import DocumentFile, Edit, decode_text
from carreau.desk.form_state import clean_text, parse, show
from carreau.desk.toml_edit import edit_text

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
    kind : of the sheets that the desk exports; None for any other sheet
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
    kind = find_kind(headings, table)
    if kind is None:
        return Sheet(name, None, (), notes=tuple(notes))
    known = set(kind.headings)
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        if heading in known:
            places.setdefault(heading, place)
    cell_rows = tuple(
        SheetRow(number, {heading: row[place] for heading, place in places.items() if place < len(row)})
        for number, row in numbered[1:]
    )
    unknown = tuple(dict.fromkeys(each for each in headings if each and each not in known))
    return Sheet(name, kind, cell_rows, unknown, tuple(notes))


def find_kind(headings: Sequence[str], table: str) -> SheetKind | None:
    """Return the kind that has most of some headings; of several, the one of that name. None without `place`."""
    present = set(headings)
    if "place" not in present:
        return None
    scores = {kind: len(present & set(kind.headings)) for kind in sheet_kinds()}
    best = max(scores.values())
    fitting = [kind for kind, score in scores.items() if score == best]
    return next((kind for kind in fitting if kind.name == table.casefold()), fitting[0])


PLACE, ROW, DELETE, SEEN = "place", "row", "delete", "seen"
"""Columns of every sheet that are not keys: the place, the number of its row, what to delete, and what was exported."""


@cache
def sheet_kinds() -> tuple[SheetKind, ...]:
    """Return the sheets in order."""
    visit = tuple(Column(key, ("visit", key), rule) for key, rule in list_rules(Visit))
    return (
        SheetKind("places", (), False, tuple(_place_columns())),
        SheetKind("visit", ("visit",), False, visit),
        SheetKind("facts", ("fact",), True, _columns(Fact), "name"),
        SheetKind("dates", ("date",), True, _columns(Dated), "event"),
        SheetKind("media", ("media",), True, _columns(Medium), "id"),
    )


def _columns(of: type) -> tuple[Column, ...]:
    return tuple(Column(key, (key,), rule) for key, rule in list_rules(of))


def _place_columns() -> Sequence[Column]:
    """Return the keys of a place, and those of its tables, but not those that have sheets of their own."""
    columns = []
    for key, rule in list_rules(Site):
        if rule.kind == "one" and key != "visit":
            columns += [Column(f"{key}.{inner}", (key, inner), each) for inner, each in list_rules(rule.of)]
        elif rule.kind not in ("one", "many"):
            columns.append(Column(key, (key,), rule))
    return columns


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


def find_problem(place: PlacePlan, edits: Sequence[Edit]) -> CarreauError | None:
    """Return why a place cannot be saved with some edits, None where it can."""
    file = place.file
    text, mark = decode_text(place.content)
    try:
        after = mark + edit_text(text, edits, file.of).encode()
        file.require_valid(file.parse(place.content), after)
    except CarreauError as error:
        return error
    return None


DIGITS = 8
"""Of the digest of a cell, in hexadecimal: one change in four thousand million goes unnoticed."""

_ACTIVE = re.compile(r"'*[=+\-@\t\r]")
"""What programs take for a formula at the beginning of a cell (OWASP, CSV Injection)."""

_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_FAULT = re.compile(r"#{2,}|#[A-ZÀ-Ý/0]+[!?/]?[A-Z0]*[!?]?|Err:\d+")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: 0{1,2}:00(?::00)?)?")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{2})-(\d{2})[ T]0{1,2}:00(?::00)?")
_MONTH_NAME = (
    "janv?|jan|f[ée]vr?|feb|mars?|m[äa]rz?|mrz|mrt|avr|apr|mai|may|mei|maj|juin|jun|juil|jul|ao[uû]t|aug|sept?|o[ck]t|nov|"
    "d[ée]c|dez|sty|lut|kwi|cze|lip|sie|wrz|pa[źz]|lis|gru"
)
_MONTH = re.compile(
    rf"(?:\d{{1,2}}[-. ])?(?:{_MONTH_NAME})\.?[- ]\d{{2,4}}|\d{{1,2}}[-. ](?:{_MONTH_NAME})\.?", re.IGNORECASE
)
_FLAGS = {
    **dict.fromkeys(("true", "vrai", "wahr", "waar", "prawda", "yes", "oui", "ja", "tak"), "true"),
    **dict.fromkeys(("false", "faux", "falsch", "onwaar", "fałsz", "no", "non", "nein", "nee", "nie"), "false"),
}
_CUTS = (255, 256, 32_767)
"""Characters at which programs cut texts."""
_SHORT = 12


def format_cell(rule: FieldRule, value: Any) -> str:
    """Return the text of a value."""
    return clean_text(show(rule, value))


def parse_cell(rule: FieldRule, text: str) -> Any:
    """Return the value of a text that a person has written; booleans in any of the languages."""
    return parse(rule, _FLAGS.get(text.casefold(), text) if rule.kind == "flag" else text)


def digest_cell(text: str) -> str:
    """Return the digest of a cell.

    >>> len(digest_cell("é")), digest_cell("a") == digest_cell("a"), digest_cell("a") == digest_cell("b")
    (8, True, False)
    """
    return hashlib.blake2s(text.encode(), digest_size=DIGITS // 2).hexdigest()


def guard_text(text: str) -> str:
    r"""Return a text that no program takes for a formula, with an apostrophe before it.

    >>> guard_text("=1+1"), guard_text("-3,5"), guard_text("'=x"), guard_text("a")
    ("'=1+1", '-3,5', "''=x", 'a')
    """
    return f"'{text}" if _ACTIVE.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def unguard_text(text: str) -> str:
    """Return the text that `guard_text` was given.

    >>> unguard_text("'=1+1"), unguard_text("''=x"), unguard_text("'a")
    ('=1+1', "'=x", "'a")
    """
    return text[1:] if text.startswith("'") and _ACTIVE.match(text[1:]) else text


def damage(rule: FieldRule, old: str, new: str) -> Message | None:
    """Return what a program seems to have done to a cell that was changed, None where nothing is suspicious.

    old : what the catalogue has, empty where it has nothing
    """
    if _FAULT.fullmatch(new):
        return message("the program shows an error there")
    if _ACTIVE.match(new) and not _PLAIN_NUMBER.fullmatch(new):
        return message("it begins like a formula; begin it with a letter")
    if _SCIENTIFIC.fullmatch(new) and not _SCIENTIFIC.fullmatch(old):
        return message("the program has shortened a number; format the column as text")
    if len(new) in _CUTS and old.startswith(new):
        return message("the program has cut the text off")
    return _number_damage(old, new) or _date_damage(rule, old, new)


def _number_damage(old: str, new: str) -> Message | None:
    if old.isdecimal() and new.isdecimal() and old != new and old.lstrip("0") == new.lstrip("0"):
        return message("the program has changed the zeros before the number; format the column as text")
    if not (_PLAIN_NUMBER.fullmatch(old) and _PLAIN_NUMBER.fullmatch(new)):
        return None
    before, after = old.replace(",", "."), new.replace(",", ".")
    digits, digits_left = (len(each.partition(".")[2]) for each in (before, after))
    if digits > digits_left and before != after and round(float(before), digits_left) == float(after) != float(before):
        return message("the program has rounded the number; format the column as text")
    return None


def _date_damage(rule: FieldRule, old: str, new: str) -> Message | None:
    day, looks_like_date = _day(new), bool(_MONTH.fullmatch(new))
    if rule.kind == "when":
        try:
            parse_when(new)
        except DateError:
            if day is not None:
                return message("the program writes dates in another way; write %(date)s", date=day.isoformat())
            return message("it is no date of ISO 8601, such as 1831, 1831-07-15 or 1831/1862")
        return None
    if old and len(old) <= _SHORT and (day is not None or looks_like_date) and _day(old) is None:
        return message("the program has made a date of it; format the column as text")
    return None


def _day(text: str) -> date | None:
    first, last = _DAY_FIRST.fullmatch(text), _YEAR_FIRST.fullmatch(text)
    try:
        if first:
            return date(int(first[3]), int(first[2]), int(first[1]))
        return date(*(int(each) for each in last.groups())) if last else None
    except ValueError:
        return None
