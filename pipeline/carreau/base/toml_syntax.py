"""Read TOML that people write; what is wrong with it is told in plain words, with line and column."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from carreau.base.messages import Message, message
from carreau.base.toml_context import Names
from carreau.base.toml_mistakes import LOOK, mistake_at, short

_AT = re.compile(r"\(at line (\d+), column (\d+)\)$")
_LONG_NUMBER = re.compile(r"[0-9_]{4300,}")
_UTF_16 = re.compile(rb"(?:[^\0]\0){2}|(?:\0[^\0]){2}")
"""Without its mark."""


class TomlSyntaxError(ValueError):
    """A text is not TOML.

    line : 1 and up; of something that is not closed, where it opened
    column : 1 and up, None where the whole line or file is meant
    before : the statements before the wrong one that say in which table it is; empty for one that begins a table
    names : of the wrong key or table, as far as they can be read
    """

    def __init__(
        self, cause: Message, cure: Message, line: int, column: int | None = None, before: str = "", names: Names = ()
    ) -> None:
        """Keep what is wrong, what to do about it, and where."""
        super().__init__(cause, cure)
        self.cause, self.cure, self.line, self.column = cause, cure, line, column
        self.before, self.names = before, names


def parse_toml(content: bytes) -> tuple[str, dict[str, Any]]:
    r"""Return the text of a file, with "\n" at the ends of its lines, and its tables; raises TomlSyntaxError."""
    text = _decoded(content).replace("\r\n", "\n")
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _explained(text, _offset(text, str(error))) from error
    except (ValueError, RecursionError) as error:
        number = _LONG_NUMBER.search(text)
        line = text.count("\n", 0, number.start()) + 1 if number else 1
        raise TomlSyntaxError(message("it is nested too deeply, or a number is too long"), LOOK, line) from error


def _decoded(content: bytes) -> str:
    cure = message("save it as UTF-8")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or _UTF_16.match(content):
        raise TomlSyntaxError(message("it is UTF-16, not UTF-8"), cure, 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cause, line = message("it is not UTF-8"), content.count(b"\n", 0, error.start) + 1
        word = re.search(rb"[^\s\"'=]*$", content[: error.start])
        begin = word.start() if word else error.start
        ahead = re.match(rb"[^\s\"'=]*", content[begin:])
        try:
            shown = (ahead[0] if ahead else b"").decode("cp1252")
        except UnicodeDecodeError:
            shown = ""
        if shown and shown.isprintable():
            cause = message("it is not UTF-8: '%(word)s' is coded as in Windows-1252 or Latin-1", word=short(shown))
        raise TomlSyntaxError(cause, cure, line) from error


def _offset(text: str, reason: str) -> int:
    """Return the place that the parser names; the end of the text without one."""
    place = _AT.search(reason)
    if place is None:
        return len(text)
    begin = 0
    for _ in range(int(place[1]) - 1):
        begin = text.index("\n", begin) + 1
    return min(begin + int(place[2]) - 1, len(text))


def _explained(text: str, at: int) -> TomlSyntaxError:
    mistake, context = mistake_at(text, at)
    begin = text.rfind("\n", 0, mistake.at) + 1
    start = max((each for each in context.starts if each <= mistake.at), default=0)
    is_table, names = context.names(start)
    before = "" if is_table else text[:start]
    line = context.line(mistake.at)
    return TomlSyntaxError(mistake.cause, mistake.cure, line, mistake.at - begin + 1, before, names)
