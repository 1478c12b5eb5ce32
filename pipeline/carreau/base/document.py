"""A TOML file of the catalogue, with its diagnostics by file, line and key."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from carreau.base.errors import ERROR, QUESTION, Diagnostic, KeyPath, cannot_read, shown_key
from carreau.base.messages import Message, message
from carreau.base.toml_mistakes import LOOK, mistake_at, short
from carreau.base.toml_places import Names, key_lines

LARGEST_BYTES = 1_000_000
"""Limit of a curator's file; the longest of the 53 has 20 kB."""


@dataclass
class TomlDocument:
    """A file that was read, with its diagnostics.

    path : of the file
    name : for messages, relative to the folder that is checked
    text : its content
    data : the same as tables
    is_read : whether it could be read
    """

    path: Path
    name: str
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    is_read: bool = False
    findings: list[Diagnostic] = field(default_factory=list)

    @cached_property
    def _lines(self) -> dict[KeyPath, int]:
        return key_lines(self.text)

    def line(self, key: KeyPath) -> int | None:
        """Return the line of a key, or of the nearest enclosing table in the file."""
        while key and key not in self._lines:
            key = key[:-1]
        return self._lines.get(key)

    def error(self, topic: str, key: KeyPath, cause: Message, cure: str) -> None:
        """Add an error: something to correct."""
        self.findings.append(Diagnostic(ERROR, topic, self.name, self.line(key), shown_key(key), cause, cure))

    def question(self, topic: str, key: KeyPath, cause: str, cure: Message) -> None:
        """Add a question: something to find out. Its cause may be the text of a curator."""
        self.findings.append(Diagnostic(QUESTION, topic, self.name, self.line(key), shown_key(key), cause, cure))

    def draft(self, is_draft: bool, topic: str, key: KeyPath, cause: Message, cure: Message) -> None:
        """Add a question as long as the table is a draft, and an error afterwards."""
        (self.question if is_draft else self.error)(topic, key, cause, cure)


def open_document(path: Path, name: str) -> TomlDocument:
    """Read a file; where that fails, the document has a diagnostic, and nothing is raised."""
    document = TomlDocument(path, name)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
            document.error("unreadable", (), cause, message("move long texts to documents of their own"))
            return document
        return read_document(path, name, path.read_bytes())
    except OSError as error:
        cause = cannot_read(error)
        document.error("unreadable", (), cause, message("check its name and its permissions"))
    return document


def read_document(path: Path, name: str, content: bytes) -> TomlDocument:
    """Parse the bytes of a file; invalid TOML gives a diagnostic."""
    document = TomlDocument(path, name)
    try:
        document.text, document.data = parse_toml(content)
        document.is_read = True
    except TomlSyntaxError as error:
        key = shown_key(_key_path(error))
        document.findings.append(Diagnostic(ERROR, "unreadable", name, error.line, key, error.cause, error.cure))
    return document


def _key_path(error: TomlSyntaxError) -> KeyPath:
    """Return the path of the key or table that is wrong, as far as it can be read."""
    table = next(reversed(key_lines(f"{error.before}\n_ = 0")))[:-1]
    return (*table, *error.names)


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
    text = _decode(content).replace("\r\n", "\n")
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _explain(text, _offset(text, str(error))) from error
    except (ValueError, RecursionError) as error:
        number = _LONG_NUMBER.search(text)
        line = text.count("\n", 0, number.start()) + 1 if number else 1
        raise TomlSyntaxError(message("it is nested too deeply, or a number is too long"), LOOK, line) from error


def _decode(content: bytes) -> str:
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


def _explain(text: str, at: int) -> TomlSyntaxError:
    mistake, context = mistake_at(text, at)
    begin = text.rfind("\n", 0, mistake.at) + 1
    start = max((each for each in context.starts if each <= mistake.at), default=0)
    is_table, names = context.names(start)
    before = "" if is_table else text[:start]
    line = context.line(mistake.at)
    return TomlSyntaxError(mistake.cause, mistake.cure, line, mistake.at - begin + 1, before, names)
