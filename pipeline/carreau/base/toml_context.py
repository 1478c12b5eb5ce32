"""The text around a place of a TOML file: which statement, text and brackets it is in."""

from __future__ import annotations

import re
from dataclasses import dataclass

Names = tuple[str, ...]

PART = r"""(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
NAME = rf"{PART}(?:[ \t]*\.[ \t]*{PART})*"
"""The name of a key or table, as a regular expression."""

_HEADER = re.compile(rf"\[\[?[ \t]*({NAME})[ \t]*\]\]?")
_KEY = re.compile(rf"({NAME})[ \t]*=")
_TO_EQUALS = re.compile(r"""(?:"[^"\n]*"|'[^'\n]*'|[^"'=\n])*=""")
TEXTS = {
    '"""': re.compile(r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}', re.DOTALL),
    "'''": re.compile(r"'''(?:[^']++|'(?!''))*+'{3,5}"),
    '"': re.compile(r'"(?:[^"\\\n]++|\\[^\n])*+"'),
    "'": re.compile(r"'[^'\n]*'"),
}
"""A whole text, by its opening quotation marks; the longer marks come first. Possessive, and so in linear time."""


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
        found = (_HEADER if is_table else _KEY).match(self.text, start)
        return is_table, tuple(part.strip("\"'") for part in re.findall(PART, found[1])) if found else ()


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
