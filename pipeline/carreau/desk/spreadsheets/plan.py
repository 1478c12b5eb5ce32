"""Find out what a sheet changes in the catalogue: what a person wrote into it, and nothing else.

A cell that is as it was exported changes nothing, whatever the catalogue has today. Rows and columns that are missing
change nothing, and neither does an empty cell. Only the column `delete` deletes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from carreau.base.errors import OptionError, ScanError
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import require_catalogue
from carreau.desk.document_file import RefusedError, document_file
from carreau.desk.form_state import cleaned
from carreau.desk.spreadsheets.cells import DIGITS, digest_of
from carreau.desk.spreadsheets.sheet import PLACE, SEEN, PlacePlan, Plan, Sheet, SheetKind, SheetRow
from carreau.desk.spreadsheets.table_plan import TablePlan


def planned(root: Path, sheets: Sequence[Sheet]) -> Plan:
    """Return what sheets change in the places of a folder, which has to be a catalogue; nothing is written."""
    require_catalogue(root)
    plan = Plan()
    for sheet in sheets:
        plan.notes += [message("%(sheet)s: %(note)s", sheet=sheet.name, note=each) for each in sheet.notes]
        if sheet.kind is None:
            plan.notes.append(
                message("%(sheet)s: it has no column 'place' with others of ours; it was left out", sheet=sheet.name)
            )
        plan.notes += [
            message("%(sheet)s: column '%(column)s' is unknown; it was left out", sheet=sheet.name, column=each[:80])
            for each in sheet.unknown
        ]
    sheets = [without_sorted_columns(sheet, plan.notes) for sheet in sheets]
    by_place: dict[str, list[tuple[Sheet, SheetKind, SheetRow]]] = defaultdict(list)
    for sheet in sheets:
        kind = sheet.kind
        if kind is not None:
            for row in sheet.rows:
                by_place[row.cells.get(PLACE, "").strip()].append((sheet, kind, row))
    for slug, rows in by_place.items():
        _plan_place(root, slug, rows, plan)
    return plan


def _plan_place(root: Path, slug: str, rows: list[tuple[Sheet, SheetKind, SheetRow]], plan: Plan) -> None:
    try:
        file = document_file(root, "site", slug)
        content = file.read()
        data = file.parsed(content).data
    except (OptionError, ScanError, RefusedError) as error:
        for sheet, _, row in rows[:1]:
            plan.notes.append(
                message("%(sheet)s, row %(row)s: %(cause)s", sheet=sheet.name, row=row.number, cause=error.message)
            )
        return
    found = PlacePlan(file, content, data)
    for kind in dict.fromkeys(kind for _, kind, _ in rows):
        own = [(sheet, row) for sheet, each, row in rows if each is kind]
        TablePlan(found, kind, slug, plan).read(own)
    if found.edits:
        plan.places[slug] = found


_SORTED = 3
"""Cells of a column that have changed places with each other from which it was sorted on its own."""


def without_sorted_columns(sheet: Sheet, notes: list[Message]) -> Sheet:
    """Leave out columns whose cells stand in other rows than they were exported in, as after sorting one column."""
    if sheet.kind is None:
        return sheet
    length = 1 + DIGITS * (len(sheet.kind.columns) + 1)
    based = [row for row in sheet.rows if len(row.cells.get(SEEN, "").strip()) == length]
    apart = set[str]()
    for at, column in enumerate(sheet.kind.columns, 1):
        pairs = [
            (row.cells[SEEN].strip()[1 + DIGITS * at :][:DIGITS], digest_of(cleaned(row.cells[column.name])))
            for row in based
            if column.name in row.cells
        ]
        moved = sum(old != new for old, new in pairs)
        if moved >= _SORTED and Counter(old for old, _ in pairs) == Counter(new for _, new in pairs):
            apart.add(column.name)
    if len(apart) > 1:
        notes.append(
            message("%(sheet)s: its columns were sorted apart from each other; it was left out", sheet=sheet.name)
        )
        return replace(sheet, rows=())
    for name in apart:
        notes.append(
            message("%(sheet)s: the column '%(column)s' was sorted on its own; it was left out", sheet=sheet.name,
                    column=name)
        )  # fmt: skip
    rows = (
        replace(row, cells={name: text for name, text in row.cells.items() if name not in apart}) for row in sheet.rows
    )
    return replace(sheet, rows=tuple(rows))
