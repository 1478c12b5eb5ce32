"""Find the row of the catalogue that a row of a sheet is: by what was exported, then by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carreau.desk.form_values import cleaned
from carreau.desk.spreadsheets.cells import DIGITS, digest_of
from carreau.desk.spreadsheets.columns import ROW, SEEN, SheetKind
from carreau.desk.spreadsheets.export import where_of
from carreau.desk.spreadsheets.sheet import Sheet, SheetRow

_ALIKE = 0.5
"""Share of filled cells from which a row that others have changed is known again."""

_GONE = 50
"""Rows that a place may have lost since the sheet was made, and whose numbers are still known."""


@dataclass
class Row:
    """A row of a sheet with the row of the catalogue that it is."""

    sheet: Sheet
    row: SheetRow
    place: int | None = None

    def cell(self, heading: str) -> str:
        """Return the text of a cell, empty where the column is missing."""
        return cleaned(self.row.cells.get(heading, ""))


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
            named = [place for place, own in enumerate(digests) if own[at] == base[at] != digest_of("")]
            return named if len(named) == 1 and named[0] in free else []
        places = [place for place, score in scores.items() if score == best]
        return [place for place in places if row.cell(ROW) == str(place + 1)] or places

    def _digests(self, cells: Mapping[str, str]) -> list[str]:
        return [digest_of(cells[each.name]) for each in self.kind.columns]

    def base(self, row: Row) -> list[str]:
        """Return the digests of what was exported, none where they are missing, or of another row."""
        seen = row.cell(SEEN)
        count = len(self.kind.columns)
        numbers = [row.cell(ROW)]
        if self.kind.is_array and ROW not in row.row.cells:  # the column is gone
            numbers = [str(number) for number in range(1, len(self.cells) + _GONE)]
        where = {where_of(self.kind, self.slug, number) for number in numbers}
        if len(seen) != 1 + DIGITS * (count + 1) or seen[0] != "s" or seen[1 : 1 + DIGITS] not in where:
            return []
        return [seen[1 + DIGITS * place : 1 + DIGITS * (place + 1)] for place in range(1, count + 1)]


def _share(base: Sequence[str], now: Sequence[str]) -> float:
    """Return the share of filled cells that are as they were."""
    empty = digest_of("")
    filled = [(old, new) for old, new in zip(base, now, strict=True) if old != empty or new != empty]
    return sum(old == new for old, new in filled) / len(filled) if filled else 1.0
