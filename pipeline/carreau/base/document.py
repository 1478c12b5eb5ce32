"""A TOML file of the catalogue, with its diagnostics by file, line and key."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from carreau.base.diagnostics import ERROR, QUESTION, Diagnostic, KeyPath, shown_key
from carreau.base.errors import cannot_read
from carreau.base.messages import Message, message
from carreau.base.toml_lines import key_lines
from carreau.base.toml_syntax import TomlSyntaxError, parse_toml

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
