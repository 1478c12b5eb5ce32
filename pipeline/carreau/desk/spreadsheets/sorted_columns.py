"""Leave out columns of a sheet that were sorted on their own: their cells stand in the rows of others."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from carreau.base.messages import Message, message
from carreau.desk.form_values import cleaned
from carreau.desk.spreadsheets.cells import DIGITS, digest_of
from carreau.desk.spreadsheets.columns import SEEN
from carreau.desk.spreadsheets.sheet import Sheet

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
