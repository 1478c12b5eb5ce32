"""Find the changes that a sheet makes to the catalogue: what a person entered, and which of it can be saved.

A cell that is as it was exported changes nothing, whatever the catalogue has today. Rows and columns that are missing
change nothing, and neither does an empty cell. Only the column `delete` deletes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from carreau.base.errors import OptionError, ScanError
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import require_catalogue
from carreau.catalogue.fields import MUST
from carreau.desk.document_file import Arrange, Put, RefusedError, document_file, value_at
from carreau.desk.form_state import clean_text
from carreau.desk.spreadsheet import (
    DELETE,
    DIGITS,
    LONGEST,
    PLACE,
    ROW,
    SEEN,
    Change,
    Column,
    PlacePlan,
    Plan,
    Sheet,
    SheetKind,
    SheetRow,
    damage,
    digest_cell,
    find_problem,
    format_cell,
    parse_cell,
)
from carreau.desk.spreadsheet_files import digest_place, format_cells, list_tables


def plan_changes(root: Path, sheets: Sequence[Sheet]) -> Plan:
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
        data = file.parse(content).data
    except (OptionError, ScanError, RefusedError) as error:
        for sheet, _, row in rows[:1]:
            plan.notes.append(
                message("%(sheet)s, row %(row)s: %(cause)s", sheet=sheet.name, row=row.number, cause=error.message)
            )
        return
    place = PlacePlan(file, content, data)
    for kind in dict.fromkeys(kind for _, kind, _ in rows):
        own = [(sheet, row) for sheet, each, row in rows if each is kind]
        TablePlan(place, kind, slug, plan).read(own)
    if place.edits:
        plan.places[slug] = place


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
            (row.cells[SEEN].strip()[1 + DIGITS * at :][:DIGITS], digest_cell(clean_text(row.cells[column.name])))
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


ROW_WORDS = frozenset({"row", "ligne", "zeile", "rij", "wiersz"})
"""What in the column `delete` deletes a whole row."""


@dataclass
class Row:
    """A row of a sheet with the row of the catalogue that it is."""

    sheet: Sheet
    row: SheetRow
    place: int | None = None

    def cell(self, heading: str) -> str:
        """Return the text of a cell, empty where the column is missing."""
        return clean_text(self.row.cells.get(heading, ""))


@dataclass(frozen=True)
class _Pending:
    """An edit of a cell that is not known to be valid yet."""

    row: Row
    column: Column
    edit: Put
    change: Change


class TablePlan:
    """What the rows of one kind of sheet change in one place."""

    def __init__(self, place: PlacePlan, kind: SheetKind, slug: str, plan: Plan) -> None:
        """Take the rows of the catalogue; what is planned goes into `found` and `plan`."""
        self._found, self._kind, self._slug, self._plan = place, kind, slug, plan
        self._pending: list[_Pending] = []
        self._tables = list_tables(kind, place.data)
        self._cells = [format_cells(kind, each) for each in self._tables]
        self._rows = RowMatch(kind, slug, self._cells)

    def read(self, own: list[tuple[Sheet, SheetRow]]) -> None:
        """Plan what the rows of sheets change."""
        rows = [Row(sheet, row) for sheet, row in own]
        if self._kind.is_array:
            self._rows.match(rows)
        else:
            for each in rows:
                each.place = 0
        deleted, added = list[int](), list[tuple[Row, dict[str, Any]]]()
        for each in rows:
            if each.place is None:
                if self._kind.is_array and (table := self._new(each)):
                    added.append((each, table))
            elif self._deletes_row(each):
                deleted.append(each.place)
            else:
                self._compare(each, each.place)
        self._settle()
        self._arrange(deleted, added)

    def _compare(self, row: Row, place: int) -> None:
        """Add an edit for each cell that a person has changed."""
        base = self._rows.base(row)
        if row.cell(SEEN) and not base:
            self._note(row, message("its columns 'place', 'row' and 'seen' do not belong together; it was left out"))
            return
        cleared = self._list_cleared(row)
        for at, column in enumerate(self._kind.columns):
            old, new = self._cells[place][column.name], row.cell(column.name)
            if column.name in cleared:
                self._clear(row, place, column, old)
            elif column.name in row.row.cells:
                self._compare_cell(row, place, column, old, new, base[at] if base else "")

    def _compare_cell(self, row: Row, place: int, column: Column, old: str, new: str, base: str) -> None:
        if new == old or digest_cell(new) == base:
            return
        if not new:
            if old:
                empty = message(
                    "an empty cell deletes nothing; write %(column)s into the column 'delete' for that",
                    column=column.name,
                )
                self._note(row, empty, column)
            return
        value = parse_cell(column.rule, new)
        if value == parse_cell(column.rule, old):
            return
        if why := damage(column.rule, old, new):
            self._note(row, why, column, new)
        elif base and digest_cell(old) != base:
            self._note(row, message("others have changed it to '%(text)s' since the sheet was made; it stays so",
                                    text=old[:LONGEST]), column, new)  # fmt: skip
        else:
            self._add(row, Put(self._path(place, column), value), column, "change", old, new)

    def _clear(self, row: Row, place: int, column: Column, old: str) -> None:
        if not old:
            return
        is_text = column.rule.kind in ("text", "word", "name") and column.rule.need == MUST
        self._add(row, Put(self._path(place, column), "" if is_text else None), column, "clear", old, "")

    def _add(self, row: Row, edit: Put, column: Column, kind: str, old: str, new: str) -> None:
        if any(each.edit.path == edit.path for each in self._pending):
            self._note(row, message("another row changes the same; this one was left out"), column, new)
            return
        number = row.cell(ROW) if self._kind.is_array else ""
        change = Change(self._slug, self._kind.name, number, column.name, kind, old, new)
        self._pending.append(_Pending(row, column, edit, change))

    def _settle(self) -> None:
        """Take the edits that leave the file valid: all at once, else one by one."""
        edits = [each.edit for each in self._pending]
        are_valid = not edits or find_problem(self._found, [*self._found.edits, *edits]) is None
        for each in self._pending:
            why = None if are_valid else find_problem(self._found, [*self._found.edits, each.edit])
            if why is not None:
                self._note(each.row, why.message, each.column, each.change.new)
            else:
                self._found.edits.append(each.edit)
                self._plan.changes.append(each.change)

    def _path(self, place: int, column: Column) -> tuple[str | int, ...]:
        return (*self._kind.at, place, *column.path) if self._kind.is_array else column.path

    def _list_cleared(self, row: Row) -> set[str]:
        words = {each.strip().casefold() for each in row.cell(DELETE).replace(";", ",").split(",") if each.strip()}
        known = {each.name for each in self._kind.columns}
        for word in sorted(words - known - ROW_WORDS):
            self._note(row, message("'%(word)s' in the column 'delete' is none of the columns", word=word[:80]))
        return words & known

    def _deletes_row(self, row: Row) -> bool:
        words = {each.strip().casefold() for each in row.cell(DELETE).replace(";", ",").split(",")}
        if not words & ROW_WORDS:
            return False
        if self._kind.is_array:
            return True
        self._note(row, message("a place is not deleted from a sheet; remove its folder"))
        return False

    def _new(self, row: Row) -> dict[str, Any] | None:
        """Return a new row; None where it is a copy, or of something that is gone."""
        if row.cell(SEEN) or row.cell(ROW):
            if self._is_untouched(row):
                return None
            self._note(row, message("its entry is gone, or stands in another row too; empty its cells 'row' and 'seen' "
                                    "to add it anew"))  # fmt: skip
            return None
        if self._deletes_row(row) or not any(row.cell(column.name) for column in self._kind.columns):
            return None
        name = row.cell(self._kind.identity)
        if not name:
            self._note(row, message("it does not say what it is of: '%(column)s' is empty", column=self._kind.identity))
            return None
        if SEEN not in row.row.cells and any(cells[self._kind.identity] == name for cells in self._cells):
            self._note(row, message("several entries may be meant; keep the columns 'row' and 'seen'"))
            return None
        table: dict[str, Any] = {}
        for column in self._kind.columns:
            text = row.cell(column.name)
            if text and (why := damage(column.rule, "", text)):
                self._note(row, why, column, text)
            elif text:
                table[column.name] = parse_cell(column.rule, text)
            elif column.rule.need == MUST:
                table[column.name] = ""
        return table if any(table.values()) else None

    def _is_untouched(self, row: Row) -> bool:
        """Return whether a row is unchanged since the export, so that it asks for no edit."""
        base = self._rows.base(row)
        return (
            bool(base)
            and not row.cell(DELETE)
            and all(
                column.name not in row.row.cells or digest_cell(row.cell(column.name)) in (each, digest_cell(""))
                for column, each in zip(self._kind.columns, base, strict=True)
            )
        )

    def _arrange(self, deleted: Sequence[int], added: Iterable[tuple[Row, dict[str, Any]]]) -> None:
        """Add and delete rows in one edit; those that make the file invalid are left out."""
        order: list[int | Mapping[str, Any]] = [each for each in range(len(self._tables)) if each not in deleted]
        for place in deleted:
            self._plan.changes.append(
                Change(self._slug, self._kind.name, str(place + 1), "", "delete", self._name(self._cells[place]), "")
            )
        for row, table in added:
            why = find_problem(self._found, [*self._found.edits, Arrange(self._kind.at, (*order, table))])
            if why is not None:
                self._note(row, why.message)
                continue
            order.append(table)
            texts = {each.name: format_cell(each.rule, value_at(table, each.path)) for each in self._kind.columns}
            self._plan.changes.append(Change(self._slug, self._kind.name, "", "", "add", "", self._name(texts)))
        if order != list(range(len(self._tables))):
            self._found.edits.append(Arrange(self._kind.at, tuple(order)))

    def _name(self, cells: Mapping[str, str]) -> str:
        return ", ".join(each for each in cells.values() if each)

    def _note(self, row: Row, why: Message, column: Column | None = None, text: str = "") -> None:
        where = f"{column.name} = {text[:80]}" if column is not None and text else column.name if column else ""
        self._plan.notes.append(
            message("%(sheet)s, row %(row)s, %(column)s: %(cause)s", sheet=row.sheet.name, row=row.row.number,
                    column=where, cause=why)
            if where
            else message("%(sheet)s, row %(row)s: %(cause)s", sheet=row.sheet.name, row=row.row.number, cause=why)
        )  # fmt: skip


_ALIKE = 0.5
"""Share of filled cells from which a row that others have changed is known again."""

_GONE = 50
"""Rows that a place may have lost since the sheet was made, and whose numbers are still known."""


@dataclass(frozen=True)
class RowMatch:
    """The rows of one table of a place, as the catalogue has them.

    cells : of each row, by column
    """

    kind: SheetKind
    slug: str
    cells: Sequence[Mapping[str, str]]

    def match(self, rows: list[Row]) -> None:
        """Find the row of the catalogue for each row of the sheet: by what was exported, then by its name."""
        digests = [self._digests(cells) for cells in self.cells]
        taken = set[int]()
        rest = []
        for each in rows:
            base = self.base(each)
            whole = [place for place, own in enumerate(digests) if base == own]
            if whole:  # a second row of the sheet that is the same was copied there, and is none of the others
                self._take(each, [place for place in whole if place not in taken][:1], taken)
            else:
                rest.append(each)
        for each in rest:
            self._take(each, self._alike(each, digests, taken), taken)

    def _take(self, row: Row, places: Sequence[int], taken: set[int]) -> None:
        if len(places) == 1:
            row.place = places[0]
            taken.add(places[0])

    def _alike(self, row: Row, digests: Sequence[Sequence[str]], taken: set[int]) -> list[int]:
        """Return the rows that are most like what was exported, else those of the same name."""
        base, identity = self.base(row), self.kind.identity
        free = [place for place in range(len(digests)) if place not in taken]
        if not base:
            if SEEN in row.row.cells and not row.cell(SEEN) and not row.cell(ROW):
                return []  # it is new, whatever its name
            named = [place for place in free if self.cells[place][identity] == row.cell(identity) != ""]
            return [place for place in named if row.cell(ROW) == str(place + 1)] or named
        at = [each.name for each in self.kind.columns].index(identity)
        scores = {place: (_share(base, digests[place]), digests[place][at] == base[at]) for place in free}
        best = max(scores.values(), default=(0.0, False))
        if best[0] < _ALIKE:
            named = [place for place, own in enumerate(digests) if own[at] == base[at] != digest_cell("")]
            return named if len(named) == 1 and named[0] in free else []
        places = [place for place, score in scores.items() if score == best]
        return [place for place in places if row.cell(ROW) == str(place + 1)] or places

    def _digests(self, cells: Mapping[str, str]) -> list[str]:
        return [digest_cell(cells[each.name]) for each in self.kind.columns]

    def base(self, row: Row) -> list[str]:
        """Return the digests of what was exported, none where they are missing, or of another row."""
        seen = row.cell(SEEN)
        count = len(self.kind.columns)
        numbers = [row.cell(ROW)]
        if self.kind.is_array and ROW not in row.row.cells:  # the column is gone
            numbers = [str(number) for number in range(1, len(self.cells) + _GONE)]
        where = {digest_place(self.kind, self.slug, number) for number in numbers}
        if len(seen) != 1 + DIGITS * (count + 1) or seen[0] != "s" or seen[1 : 1 + DIGITS] not in where:
            return []
        return [seen[1 + DIGITS * place : 1 + DIGITS * (place + 1)] for place in range(1, count + 1)]


def _share(base: Sequence[str], now: Sequence[str]) -> float:
    """Return the share of filled cells that have not changed."""
    empty = digest_cell("")
    filled = [(old, new) for old, new in zip(base, now, strict=True) if old != empty or new != empty]
    return sum(old == new for old, new in filled) / len(filled) if filled else 1.0
