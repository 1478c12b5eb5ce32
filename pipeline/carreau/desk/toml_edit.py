"""Apply edits to the text of a TOML file, with the smallest difference: comments, order and line ends stay.

tomlkit writes the values. Places are found by the statements of the text, because tomlkit keeps the comment above a
table in the table before it, where it would stay when its table moves, and gathers arrays of tables that other tables
stand between. What is written is read again, and refused if it does not say what it should.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from tomlkit.exceptions import TOMLKitError

from carreau.base.errors import KeyPath, OptionError, shown_key
from carreau.base.messages import message
from carreau.base.toml_places import Statement, statements
from carreau.catalogue.toml_values import key_with_value, table_text, with_value
from carreau.desk.document_file import Edit, Put, apply_edits, in_order, normal


def edit_text(text: str, edits: Sequence[Edit], of: type) -> str:
    """Return a text with edits applied.

    text : valid TOML, with the line ends of its file
    of : class of the document, which decides where new keys and tables go
    Raises OptionError where an edit cannot be written without changing something else.
    """
    try:
        after = _write(text, edits, of)
        is_right = normal(tomllib.loads(after)) == normal(apply_edits(tomllib.loads(text), edits))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, TOMLKitError):
        is_right = False  # a value stands where a table should, or the like
    if not is_right:
        keys = tuple(dict.fromkeys(shown_key(each.path) for each in edits))
        raise OptionError(
            message("%(keys)s: the file is written in a way that cannot be edited here; use a text editor", keys=keys)
        )
    return after


def _write(text: str, edits: Sequence[Edit], of: type) -> str:
    sheet = _Sheet(text, of)
    for edit in in_order(edits):
        if isinstance(edit, Put):
            sheet.put(edit.path, edit.value)
        else:
            sheet.arrange(edit.path, edit.order)
    return sheet.text


@dataclass(frozen=True)
class _Table:
    """A table with its lines.

    path : empty for what stands above the first header
    begin : where the comments directly above its header begin
    end : behind its last line; comments behind an empty line are not in it
    statements : its keys
    """

    path: KeyPath
    begin: int
    end: int
    statements: tuple[Statement, ...]


_Span = tuple[int, int]


class _Sheet:
    """A text that is edited; its places are found anew after every edit."""

    def __init__(self, text: str, of: type) -> None:
        self._of = of
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._take(text)

    def _take(self, text: str) -> None:
        self.text = text
        self._statements = statements(text)
        self._tables = _tables(text, self._statements)

    def put(self, path: KeyPath, value: Any) -> None:
        """Put a value at a path; None removes the present one."""
        for each in self._statements:
            if each.key and path[: len(each.path)] == each.path:
                self._rewrite(each, path[len(each.path) :], value)
                return
        if value is not None:
            self._add(path, value)
            return
        self._replace([self._with_blank(span) for span in self._spans(path)], [])

    def _rewrite(self, statement: Statement, inner: KeyPath, value: Any) -> None:
        if value is None and not inner:
            line = self.text.rfind("\n", 0, statement.start) + 1, _line_end(self.text, statement.end)
            self._replace([line], [])
            return
        old = self.text[statement.start : statement.end]
        new = with_value(old, (*statement.key, *inner), value).rstrip("\n")
        self._replace([(statement.start, statement.end)], [(statement.start, self._adapt_newlines(new))])

    def _add(self, path: KeyPath, value: Any) -> None:
        parent, key = path[:-1], str(path[-1])
        dotted = [
            each for each in self._statements
            if each.key and each.path[: len(parent)] == parent and len(each.table) < len(parent)
        ]  # fmt: skip
        table = next((each for each in self._tables if each.path == parent), None)
        if dotted:
            names = [str(step) for step in (*parent[len(dotted[-1].table) :], key)]
            self._insert(_line_end(self.text, dotted[-1].end), f"{key_with_value(names, value)}\n")
        elif table is not None:
            self._insert(self._place_in(table, key), f"{key_with_value((key,), value)}\n")
        else:
            self._insert(self._find_place(parent), f"\n{table_text(parent, {key: value}, False)}")

    def _place_in(self, table: _Table, key: str) -> int:
        """Return where a key goes in a table: behind those that its class has before it."""
        ranks = _ranks(self._of, table.path)
        before = [each for each in table.statements if ranks.get(each.key[0], -1) < ranks.get(key, len(ranks))]
        if before:
            nearest = max(before, key=lambda each: (ranks.get(each.key[0], -1), each.start))
            return _line_end(self.text, nearest.end)
        if table.statements:
            return _lead(self.text, table.statements[0].start, table.begin)
        return table.end

    def _find_place(self, path: KeyPath) -> int:
        """Return where a new table goes: behind those that the class around it has before it."""
        parent, key = path[:-1], path[-1]
        ranks, depth = _ranks(self._of, parent), len(path) - 1
        inner = [each for each in self._tables if len(each.path) > depth and each.path[:depth] == parent]
        before = [each for each in inner if ranks.get(str(each.path[depth]), -1) <= ranks.get(str(key), len(ranks))]
        if before:
            nearest = max(ranks.get(str(each.path[depth]), -1) for each in before)
            return max(each.end for each in before if ranks.get(str(each.path[depth]), -1) == nearest)
        own = [each.end for each in self._tables if each.path == parent]
        return own[0] if own else len(self.text)

    def arrange(self, path: KeyPath, order: Sequence[int | Mapping[str, Any]]) -> None:
        """Give the rows of an array of tables an order; new ones are added, and those not named removed."""
        inline = next((each for each in self._statements if each.key and each.path == path), None)
        if inline is not None:
            rows = tomllib.loads(f"x = {self.text[inline.start : inline.end].partition('=')[2]}")["x"]
            if rows:
                self.put(path, [rows[each] if isinstance(each, int) else dict(each) for each in order])
                return
            self.put(path, None)
        count = len({each.path[len(path)] for each in self._tables if _is_below(each.path, path)})
        units = [self._spans((*path, number)) for number in range(count)]
        remaining = [each for each in order if isinstance(each, int)]
        slots = sorted(remaining)
        cuts = [self._with_blank(span) for place, unit in enumerate(units) if place not in remaining for span in unit]
        moved: list[tuple[int, str]] = []
        for slot, number in zip(slots, remaining, strict=True):
            if slot != number:
                cuts.extend(units[slot])
                moved.append((units[slot][0][0], "\n".join(self._piece(span) for span in units[number])))
        behind, first, added = -1, list[str](), list[tuple[int, str]]()
        for each in order:
            if isinstance(each, int):
                behind += 1
            elif behind >= 0:
                added.append((units[slots[behind]][-1][1], f"\n{table_text((*path, 0), each, True)}"))
            else:
                first.append(table_text((*path, 0), each, True))
        if units:
            added = [(units[slots[0] if slots else 0][0][0], f"{text}\n") for text in first] + added
        else:
            added = [(self._find_place(path), f"\n{text}") for text in first]
        added += moved  # behind what is added at the same place: at the end of the row before
        self._replace(cuts, [(at, self._adapt_newlines(text)) for at, text in added])

    def _piece(self, span: _Span) -> str:
        """Return lines, with an end also where the file ends without one."""
        text = self.text[span[0] : span[1]].replace("\r\n", "\n")
        return text if text.endswith("\n") else f"{text}\n"

    def _spans(self, path: KeyPath) -> list[_Span]:
        """Return the lines of a table and those in it; several spans where others stand between."""
        places = [place for place, each in enumerate(self._tables) if each.path[: len(path)] == path]
        spans: list[_Span] = []
        for before, place in pairwise([-2, *places]):
            table = self._tables[place]
            if spans and before == place - 1:
                spans[-1] = spans[-1][0], table.end
            else:
                spans.append((table.begin, table.end))
        return spans

    def _with_blank(self, span: _Span) -> _Span:
        """Return lines that are to be removed with the empty ones behind them, at the end of the file before them."""
        begin, end = span
        while end < len(self.text) and not self.text[end : (after := _line_end(self.text, end))].strip():
            end = after
        if end == len(self.text):
            begin = len(self.text[:begin].rstrip())
            begin = _line_end(self.text, begin) if begin else 0
        return begin, end

    def _insert(self, at: int, text: str) -> None:
        self._replace([], [(at, self._adapt_newlines(text))])

    def _adapt_newlines(self, text: str) -> str:
        return text.replace("\r\n", "\n").replace("\n", self._newline)

    def _replace(self, cuts: Sequence[_Span], added: Sequence[tuple[int, str]]) -> None:
        """Cut spans and add texts; both are given as places in the text before the edit."""
        parts: list[str] = []
        points = sorted({0, len(self.text), *(at for at, _ in added), *(point for span in cuts for point in span)})
        texts: dict[int, list[str]] = {}
        for at, text in added:
            texts.setdefault(at, []).append(text)
        begins = sorted(cuts)
        for place, point in enumerate(points):
            for text in texts.get(point, ()):
                if parts and parts[-1] and not parts[-1].endswith("\n") and point == len(self.text):
                    parts.append(self._newline)
                parts.append(text)
            if place + 1 < len(points) and not _is_cut(point, begins):
                parts.append(self.text[point : points[place + 1]])
        self._take("".join(parts))


def _is_cut(point: int, cuts: Sequence[_Span]) -> bool:
    place = bisect_left(cuts, (point + 1, 0)) - 1
    return place >= 0 and point < cuts[place][1]


def _is_below(path: KeyPath, array: KeyPath) -> bool:
    return len(path) > len(array) and path[: len(array)] == array and isinstance(path[len(array)], int)


def _tables(text: str, lines: Sequence[Statement]) -> list[_Table]:
    """Return the tables of a text in the order of the file, first what stands above them."""
    # A table reaches from the comments directly above its header to those directly below its last key.
    headers = [place for place, each in enumerate(lines) if not each.key]
    firsts = [-1, *headers]
    begins = [0]
    for place in headers:
        floor = _line_end(text, lines[place - 1].end) if place else 0
        begins.append(_lead(text, lines[place].start, floor))
    tables = []
    for place, begin, limit, until in zip(
        firsts, begins, [*begins[1:], len(text)], [*headers, len(lines)], strict=True
    ):
        own = tuple(lines[place + 1 : until])
        last = lines[until - 1].end if until else 0
        end = _tail(text, _line_end(text, last) if until else 0, limit)
        tables.append(_Table(lines[place].table if place >= 0 else (), begin, end, own))
    return tables


def _lead(text: str, start: int, floor: int) -> int:
    """Return where the comments directly above a statement begin.

    floor : behind the line of the statement before
    """
    begin = text.rfind("\n", 0, start) + 1
    while begin > floor:
        before = text.rfind("\n", 0, begin - 1) + 1
        if before < floor or not text[before:begin].lstrip().startswith("#"):
            break
        begin = before
    return begin


def _tail(text: str, end: int, limit: int) -> int:
    """Return where the comments directly below a statement end."""
    while end < limit and text[end : (after := _line_end(text, end))].lstrip().startswith("#") and after <= limit:
        end = after
    return end


def _line_end(text: str, place: int) -> int:
    """Return the place behind the end of the line that a place is in."""
    return text.find("\n", place) + 1 or len(text)


def _ranks(of: type, path: KeyPath) -> dict[str, int]:
    """Return the places of the keys in the class of a table."""
    for step in path:
        if isinstance(step, str):
            rule = next((each.metadata["rule"] for each in fields(of) if each.name == step), None)
            if rule is None or rule.of is None:
                return {}
            of = rule.of
    return {each.name: place for place, each in enumerate(fields(of))}
