"""Line numbers of the keys of a TOML text.

`formats/location/toml_keys.py` looks up single keys, which is enough for the few keys next to a scan; it does not
support arrays of tables and multi-line strings, which a catalogue is full of.
"""

from __future__ import annotations

import re
from itertools import accumulate

from pipeline.catalogue.diagnostics import KeyPath

_TOKEN = re.compile(
    r'"""(?:[^"\\]+|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']+|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]+|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\[\]{}=.\n]"
    r"|[^\[\]{}=.\n\"'#]+"
    r"|.",
    re.DOTALL,
)


def key_lines(text: str) -> dict[KeyPath, int]:
    r"""Return the first line of each key and table of valid TOML, in linear time.

    >>> key_lines('a = 1\n[[b]]\nc.d = 2\n[[b]]\n')
    {('a',): 1, ('b',): 2, ('b', 0): 2, ('b', 0, 'c'): 3, ('b', 0, 'c', 'd'): 3, ('b', 1): 4}
    """
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    for number, tokens in _statements(text):
        if tokens[0] == "[":
            is_array = tokens[1:2] == ["["]
            table = _table(_names(tokens[2 if is_array else 1 :]), is_array, counts)
            path = table
        elif "=" in tokens:
            path = table + _names(tokens[: tokens.index("=")])
        else:
            continue
        for end in range(len(table) if path != table else 1, len(path) + 1):
            if path[:end]:
                lines.setdefault(path[:end], number)
    return lines


def _statements(text: str) -> list[tuple[int, list[str]]]:
    """Return the tokens of each statement with its line; open brackets continue a statement on the next line."""
    statements: list[tuple[int, list[str]]] = []
    tokens = _TOKEN.findall(text)
    ends = list(accumulate(token.count("\n") for token in tokens))
    depth, current = 0, list[str]()
    for piece, end in zip(tokens, ends, strict=True):
        if piece == "\n" and depth <= 0:
            current, depth = [], 0
        elif piece.strip() and piece[0] != "#":
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece, 0)
            if not current:
                statements.append((end + 1 - piece.count("\n"), current))
            current.append(piece.strip())
    return statements


def _names(tokens: list[str]) -> KeyPath:
    names = list[str]()
    for piece in tokens:
        if piece == "]":
            break
        if piece != ".":
            names.append(piece.strip("\"'"))
    return tuple(names)


def _table(names: KeyPath, is_array: bool, counts: dict[KeyPath, int]) -> KeyPath:
    """Return the path of a table; where a part of its name is an array of tables, its last table is meant."""
    path: KeyPath = ()
    for place, name in enumerate(names, 1):
        path += (name,)
        if is_array and place == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path
