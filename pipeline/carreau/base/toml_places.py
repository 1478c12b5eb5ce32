"""The places in a TOML text: of statements, keys and values, and what stands around them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from carreau.base.errors import KeyPath

TEXTS = {
    '"""': re.compile(r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}', re.DOTALL),
    "'''": re.compile(r"'''(?:[^']++|'(?!''))*+'{3,5}"),
    '"': re.compile(r'"(?:[^"\\\n]++|\\[^\n])*+"'),
    "'": re.compile(r"'[^'\n]*'"),
}
"""A whole text, by its opening quotation marks; the longer marks come first. Possessive, and so in linear time."""

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


@lru_cache(maxsize=16)
def statements(text: str) -> tuple[Statement, ...]:
    r"""Return the statements of valid TOML in order, in linear time; those of the same text are kept.

    >>> [each.path for each in statements('a = 1\n[[b]]\nc.d = 2\n[[b]]\n')]
    [('a',), ('b', 0), ('b', 0, 'c', 'd'), ('b', 1)]
    """
    result: list[Statement] = []
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    for tokens, start, end, line in _token_groups(text):
        if tokens[0] == "[":
            is_array = tokens[1:2] == ["["]
            table = _table(_names(tokens[2 if is_array else 1 :]), is_array, counts)
            result.append(Statement(table, (), start, end, line))
        elif "=" in tokens:
            result.append(Statement(table, _names(tokens[: tokens.index("=")]), start, end, line))
    return tuple(result)


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


def key_lines(text: str) -> dict[KeyPath, int]:
    r"""Return the first line of each key and table of valid TOML, in linear time.

    >>> key_lines('a = 1\n[[b]]\nc.d = 2\n[[b]]\n')
    {('a',): 1, ('b',): 2, ('b', 0): 2, ('b', 0, 'c'): 3, ('b', 0, 'c', 'd'): 3, ('b', 1): 4}
    """
    lines: dict[KeyPath, int] = {}
    for each in statements(text):
        for end in range(len(each.table) if each.key else 1, len(each.path) + 1):
            if end:
                lines.setdefault(each.path[:end], each.line)
    return lines


def with_value(text: str, path: KeyPath, value: Any) -> str:
    r"""Return valid TOML with another value of a key, or with a further key; all else stays, comments too.

    path : of the key; a further one comes behind the last of its table, which is added where it is missing
    value : as of `write_toml`

    >>> with_value('a = 1 # one\n[[b]]\n', ("a",), "x"), with_value('[[b]]\nc = 1\n', ("b", 0, "d"), 2)
    ('a = "x" # one\n[[b]]\n', '[[b]]\nc = 1\nd = 2\n')
    """
    lines, table, line = statements(text), path[:-1], f"{path[-1]} = {write_toml(value)}\n"
    own = next((each for each in lines if each.key and each.path == path), None)
    if own is not None:
        name = _TO_EQUALS.match(text, own.start)
        start = name.end() if name else own.start
        start += len(text[start : own.end]) - len(text[start : own.end].lstrip(" \t"))
        return text[:start] + write_toml(value) + text[own.end :]
    before = [each for each in lines if each.table == table]
    if table and not before:
        line = f"\n[{'.'.join(each for each in table if isinstance(each, str))}]\n{line}"
        before = [each for each in lines if each.table[: len(table) - 1] == table[:-1]]
    end = text.find("\n", before[-1].end) + 1 or len(text) if before else 0
    head = f"{text[:end]}\n" if end and text[end - 1] != "\n" else text[:end]
    return head + line + text[end:]


def write_toml(value: Any) -> str:
    r"""Return a text, a number, a truth value or a list of them as TOML, in one line.

    >>> write_toml(["a", 'b "c"']), write_toml(True)
    ('["a", "b \\"c\\""]', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"[{', '.join(map(write_toml, value))}]" if isinstance(value, list) else repr(value)


Names = tuple[str, ...]

PART = r"""(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
NAME = rf"{PART}(?:[ \t]*\.[ \t]*{PART})*"
"""The name of a key or table, as a regular expression."""

_HEADER = re.compile(rf"\[\[?[ \t]*({NAME})[ \t]*\]\]?")
_KEY = re.compile(rf"({NAME})[ \t]*=")
_TO_EQUALS = re.compile(r"""(?:"[^"\n]*"|'[^'\n]*'|[^"'=\n])*=""")


@dataclass(frozen=True)
class Context:
    """The text around the place where the parser stopped.

    at : that place
    starts : of each statement up to there; the last one is the wrong one
    brackets : that are open there, the outer one first
    quote : of the text that is open there, None without one
    previous : the last character before it that is no space and in no comment
    run_on : where a text begins that the quotation marks of the next one close, None without one
    """

    text: str
    at: int
    starts: tuple[int, ...]
    brackets: tuple[int, ...]
    quote: int | None
    previous: str
    run_on: int | None

    @property
    def start(self) -> int:
        """Return where the wrong statement begins."""
        return self.starts[-1]

    @property
    def letter(self) -> str:
        """Return the character at the place; empty at the end of the text."""
        return self.text[self.at : self.at + 1]

    def line_end(self, at: int) -> int:
        """Return where the line ends that an offset is in."""
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def rest(self, at: int) -> str:
        """Return the rest of a line, without spaces around it."""
        return self.text[at : self.line_end(at)].strip(" \t\r")

    def line(self, at: int) -> int:
        """Return the number of a line."""
        return self.text.count("\n", 0, at) + 1

    def equals(self) -> int | None:
        """Return where the '=' of the statement is, None where there is none up to the place."""
        key = _TO_EQUALS.match(self.text, self.start, self.at)
        return key.end() - 1 if key else None

    def names(self, start: int) -> tuple[bool, Names]:
        """Return whether a statement begins a table, and the names of its table or key as far as they can be read."""
        is_table = self.text.startswith("[", start)
        match = (_HEADER if is_table else _KEY).match(self.text, start)
        return is_table, tuple(part.strip("\"'") for part in re.findall(PART, match[1])) if match else ()


def look_around(text: str, at: int) -> Context:
    """Read a text up to where the parser stopped, in linear time."""
    starts, brackets = list[int](), list[int]()
    position, is_new, previous, run_on = 0, True, "", None
    while position < at:
        letter = text[position]
        if letter in " \t\r":
            position += 1
        elif letter == "\n":
            is_new = is_new or not brackets
            position += 1
        elif letter == "#":
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        else:
            if is_new:
                starts.append(position)
            is_new, previous = False, letter
            if letter in "\"'":
                mark = next(mark for mark in TEXTS if text.startswith(mark, position))
                whole = TEXTS[mark].match(text, position)
                if whole is None or whole.end() > at:
                    return Context(text, at, tuple(starts), tuple(brackets), position, previous, run_on)
                _, is_long, last_line = whole[0].rpartition("\n")
                if is_long and re.fullmatch(rf"[ \t]*{NAME}[ \t]*=[ \t]*{mark}", last_line):
                    run_on = position
                position = whole.end()
                continue
            if letter in "[{":
                brackets.append(position)
            elif letter in "]}" and brackets:
                brackets.pop()
            position += 1
    if is_new:
        starts.append(at)
    return Context(text, at, tuple(starts), tuple(brackets), None, previous, run_on)
