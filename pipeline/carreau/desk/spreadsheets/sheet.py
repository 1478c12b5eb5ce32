"""A sheet as it is read from a file, or is to be written into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carreau.base.messages import Message
from carreau.desk.spreadsheets.columns import SEEN, SheetKind, sheet_kinds

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


def has_base(row: SheetRow) -> bool:
    """Return whether a row still says what was exported."""
    return bool(row.cells.get(SEEN, "").strip())
