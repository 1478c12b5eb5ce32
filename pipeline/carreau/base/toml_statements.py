"""The statements of a TOML text and their places: keys with their values, and headers of tables.

`formats/location/toml_keys.py` looks up single keys, which is enough for the few keys next to a scan; it does not
support arrays of tables and multi-line strings, which a catalogue is full of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from carreau.base.diagnostics import KeyPath
from carreau.base.toml_context import TEXTS

_TOKEN = re.compile(
    "|".join((*(each.pattern for each in TEXTS.values()), r"#[^\n]*", r"[\[\]{}=.\n]", r"[^\[\]{}=.\n\"'#]+", ".")),
    re.DOTALL,
)


@dataclass(frozen=True)
class Statement:
    """A key with its value, or the header of a table.

    table : path of the table that it is in; of a header, its own
    key : names of the key, several where they are dotted; none for a header
    start, end : of its text, in characters; a comment behind it is not in it
    line : 1 and up
    """

    table: KeyPath
    key: tuple[str, ...]
    start: int
    end: int
    line: int

    @property
    def path(self) -> KeyPath:
        """Return the path of the key, or of the table."""
        return self.table + self.key


def statements(text: str) -> list[Statement]:
    r"""Return the statements of valid TOML in order, in linear time.

    >>> [each.path for each in statements('a = 1\n[[b]]\nc.d = 2\n[[b]]\n')]
    [('a',), ('b', 0), ('b', 0, 'c', 'd'), ('b', 1)]
    """
    found: list[Statement] = []
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    for tokens, start, end, line in _token_groups(text):
        if tokens[0] == "[":
            is_array = tokens[1:2] == ["["]
            table = _table(_names(tokens[2 if is_array else 1 :]), is_array, counts)
            found.append(Statement(table, (), start, end, line))
        elif "=" in tokens:
            found.append(Statement(table, _names(tokens[: tokens.index("=")]), start, end, line))
    return found


def _token_groups(text: str) -> list[tuple[list[str], int, int, int]]:
    """Return the tokens of each statement, with start, end and line; open brackets continue it on the next line."""
    groups: list[tuple[list[str], int, int, int]] = []
    tokens, depth, start, end, line, counted = list[str](), 0, 0, 0, 1, 0
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece == "\n" and depth <= 0:
            if tokens:
                groups.append((tokens, start, end, line))
            tokens, depth = [], 0
        elif piece.strip() and piece[0] != "#":
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece, 0)
            if not tokens:
                start = match.start() + len(piece) - len(piece.lstrip())
                line, counted = line + text.count("\n", counted, start), start
            tokens.append(piece.strip())
            end = match.start() + len(piece.rstrip())
    return [*groups, (tokens, start, end, line)] if tokens else groups


def _names(tokens: list[str]) -> tuple[str, ...]:
    names = list[str]()
    for piece in tokens:
        if piece == "]":
            break
        if piece != ".":
            names.append(piece.strip("\"'"))
    return tuple(names)


def _table(names: tuple[str, ...], is_array: bool, counts: dict[KeyPath, int]) -> KeyPath:
    """Return the path of a table; where a part of its name is an array of tables, its last table is meant."""
    path: KeyPath = ()
    for place, name in enumerate(names, 1):
        path += (name,)
        if is_array and place == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path
