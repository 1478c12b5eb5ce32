"""Plan what the rows of one kind of sheet change in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carreau.base.messages import Message, message
from carreau.catalogue.fields import MUST
from carreau.desk.edits import Arrange, Put, value_at
from carreau.desk.spreadsheets.cells import cell_of, damage, digest_of, value_of
from carreau.desk.spreadsheets.changes import LONGEST, Change, PlacePlan, Plan, problem_of
from carreau.desk.spreadsheets.columns import DELETE, ROW, SEEN, Column, SheetKind
from carreau.desk.spreadsheets.export import cells_of, tables_of
from carreau.desk.spreadsheets.row_match import Row, RowMatch
from carreau.desk.spreadsheets.sheet import Sheet, SheetRow

ROW_WORDS = frozenset({"row", "ligne", "zeile", "rij", "wiersz"})
"""What in the column `delete` deletes a whole row."""


@dataclass(frozen=True)
class _Pending:
    """An edit of a cell that is not known to be valid yet."""

    row: Row
    column: Column
    edit: Put
    change: Change


class TablePlan:
    """What the rows of one kind of sheet change in one place."""

    def __init__(self, found: PlacePlan, kind: SheetKind, slug: str, plan: Plan) -> None:
        """Take the rows of the catalogue; what is planned goes into `found` and `plan`."""
        self._found, self._kind, self._slug, self._plan = found, kind, slug, plan
        self._pending: list[_Pending] = []
        self._tables = tables_of(kind, found.data)
        self._cells = [cells_of(kind, each) for each in self._tables]
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
        cleared = self._cleared(row)
        for at, column in enumerate(self._kind.columns):
            old, new = self._cells[place][column.name], row.cell(column.name)
            if column.name in cleared:
                self._clear(row, place, column, old)
            elif column.name in row.row.cells:
                self._compare_cell(row, place, column, old, new, base[at] if base else "")

    def _compare_cell(self, row: Row, place: int, column: Column, old: str, new: str, base: str) -> None:
        if new == old or digest_of(new) == base:
            return
        if not new:
            if old:
                empty = message(
                    "an empty cell deletes nothing; write %(column)s into the column 'delete' for that",
                    column=column.name,
                )
                self._note(row, empty, column)
            return
        value = value_of(column.rule, new)
        if value == value_of(column.rule, old):
            return
        if why := damage(column.rule, old, new):
            self._note(row, why, column, new)
        elif base and digest_of(old) != base:
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
        are_valid = not edits or problem_of(self._found, [*self._found.edits, *edits]) is None
        for each in self._pending:
            why = None if are_valid else problem_of(self._found, [*self._found.edits, each.edit])
            if why is not None:
                self._note(each.row, why.message, each.column, each.change.new)
            else:
                self._found.edits.append(each.edit)
                self._plan.changes.append(each.change)

    def _path(self, place: int, column: Column) -> tuple[str | int, ...]:
        return (*self._kind.at, place, *column.path) if self._kind.is_array else column.path

    def _cleared(self, row: Row) -> set[str]:
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
                table[column.name] = value_of(column.rule, text)
            elif column.rule.need == MUST:
                table[column.name] = ""
        return table if any(table.values()) else None

    def _is_untouched(self, row: Row) -> bool:
        """Return whether a row is as it was exported: then nothing was meant by it."""
        base = self._rows.base(row)
        return (
            bool(base)
            and not row.cell(DELETE)
            and all(
                column.name not in row.row.cells or digest_of(row.cell(column.name)) in (each, digest_of(""))
                for column, each in zip(self._kind.columns, base, strict=True)
            )
        )

    def _arrange(self, deleted: Sequence[int], added: Iterable[tuple[Row, dict[str, Any]]]) -> None:
        """Add and delete rows in one edit; those that make the file invalid are left out."""
        kept: list[int | Mapping[str, Any]] = [each for each in range(len(self._tables)) if each not in deleted]
        for place in deleted:
            self._plan.changes.append(
                Change(self._slug, self._kind.name, str(place + 1), "", "delete", self._named(self._cells[place]), "")
            )
        for row, table in added:
            why = problem_of(self._found, [*self._found.edits, Arrange(self._kind.at, (*kept, table))])
            if why is not None:
                self._note(row, why.message)
                continue
            kept.append(table)
            texts = {each.name: cell_of(each.rule, value_at(table, each.path)) for each in self._kind.columns}
            self._plan.changes.append(Change(self._slug, self._kind.name, "", "", "add", "", self._named(texts)))
        if kept != list(range(len(self._tables))):
            self._found.edits.append(Arrange(self._kind.at, tuple(kept)))

    def _named(self, cells: Mapping[str, str]) -> str:
        return ", ".join(each for each in cells.values() if each)

    def _note(self, row: Row, why: Message, column: Column | None = None, text: str = "") -> None:
        where = f"{column.name} = {text[:80]}" if column is not None and text else column.name if column else ""
        self._plan.notes.append(
            message("%(sheet)s, row %(row)s, %(column)s: %(cause)s", sheet=row.sheet.name, row=row.row.number,
                    column=where, cause=why)
            if where
            else message("%(sheet)s, row %(row)s: %(cause)s", sheet=row.sheet.name, row=row.row.number, cause=why)
        )  # fmt: skip
