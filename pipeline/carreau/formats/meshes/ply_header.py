"""Read the header of a PLY file: its elements, their properties and the byte order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import Message, decode_text, message

_TYPES = {"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"}
_TYPES |= {"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"}
_TYPES |= {"int64": "i8", "uint64": "u8", "float": "f4", "double": "f8", "float32": "f4", "float64": "f8"}
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_LONGEST_BYTES = 1 << 20
_LINE = re.compile(rb"\r\n|\n|\r")
HEADER = message("header")
EXPORT_AGAIN = message("export it again")
TRUNCATED = message("the file may be truncated; export it again")


@dataclass(frozen=True)
class Property:
    """One number, or one list of numbers, of each row of an element.

    kind : numpy type of the number or of a list's items, without byte order
    count_kind : numpy type of a list's length, None for a single number
    """

    name: str
    kind: str
    count_kind: str | None = None


@dataclass(frozen=True)
class PlyElement:
    """`count` rows of the same properties."""

    name: str
    count: int
    properties: tuple[Property, ...]

    @property
    def names(self) -> frozenset[str]:
        """Return the names of the properties."""
        return frozenset(entry.name for entry in self.properties)

    @property
    def least_bytes(self) -> int:
        """Return the least number of bytes of a row in a binary file."""
        return sum(np.dtype(entry.count_kind or entry.kind).itemsize for entry in self.properties)


@dataclass(frozen=True)
class Header:
    """The header of a PLY file.

    order : "" for text, "<" or ">" for binary
    comments : the words after `comment` and `obj_info`
    start : the byte where the first element begins
    """

    path: Path
    detail: str
    order: str
    elements: tuple[PlyElement, ...]
    comments: tuple[str, ...]
    start: int

    def element(self, name: str) -> PlyElement | None:
        """Return the first element of that name that has rows."""
        return next((entry for entry in self.elements if entry.name == name and entry.count), None)


def read_header(path: Path) -> Header:
    """Return the header; raises FormatError, naming the invalid line."""
    with path.open("rb") as file:
        text = file.read(_LONGEST_BYTES)
    lines, start = _split(path, text)
    parser = _Parser(path)
    for number, line in enumerate(lines, 1):
        parser.line = message("header line %(line)s", line=number)
        parser.take(line, first=number == 1)
    return parser.finish(start)


def _split(path: Path, text: bytes) -> tuple[list[str], int]:
    """Return the header's lines before `end_header`, and where the data begins."""
    lines: list[str] = []
    at = 0
    for match in _LINE.finditer(text):
        line = decode_text(text[at : match.start()]).strip()
        at = match.end()
        if line == "end_header":
            return lines, at
        lines.append(line)
    raise FormatError(path, HEADER, message("the end_header line is missing"), TRUNCATED)


class _Parser:
    """Builds a header line by line."""

    def __init__(self, path: Path) -> None:
        self.path, self.line = path, HEADER
        self.format = ""
        self.comments: list[str] = []
        self.elements: list[tuple[str, int, list[Property]]] = []

    def take(self, line: str, *, first: bool) -> None:
        """Read one line."""
        keyword, _, rest = line.partition(" ")
        words = rest.split()
        if first:
            if line != "ply":
                raise self._error(message("the first line is not 'ply'"))
        elif keyword in ("comment", "obj_info"):
            self.comments.append(rest.strip())
        elif keyword == "format":
            self._take_format(words)
        elif keyword == "element":
            self._take_element(words)
        elif keyword == "property":
            self._take_property(words)
        elif line:
            raise self._error(message("'%(line)s' is not a line of a PLY header", line=line[:40]))

    def finish(self, start: int) -> Header:
        """Return the header, whose data begins at byte `start`."""
        if not self.format:
            raise FormatError(self.path, HEADER, message("the format line is missing"), EXPORT_AGAIN)
        elements = tuple(PlyElement(name, count, tuple(properties)) for name, count, properties in self.elements)
        detail = self.format.replace("_", " ")
        return Header(self.path, detail, _ORDERS[self.format], elements, tuple(self.comments), start)

    def _take_format(self, words: list[str]) -> None:
        if not words or words[0] not in _ORDERS:
            raise self._error(message("unknown format '%(name)s'", name=" ".join(words)[:40]))
        self.format = words[0]

    def _take_element(self, words: list[str]) -> None:
        if len(words) != 2 or not words[1].isascii() or not words[1].isdigit() or len(words[1]) > 18:
            raise self._error(message("an element needs a name and a count"))
        self.elements.append((words[0], int(words[1]), []))

    def _take_property(self, words: list[str]) -> None:
        is_list = words[:1] == ["list"]
        types = [_TYPES.get(word) for word in words[is_list:-1]]
        if len(types) != 1 + is_list or not self.elements:
            raise self._error(message("a property needs an element, a type and a name"))
        kind, count_kind = types[-1], types[0] if is_list else None
        if kind is None or (is_list and (count_kind is None or count_kind.startswith("f"))):
            raise self._error(message("unknown type in '%(text)s'", text=" ".join(words)[:60]))
        self.elements[-1][2].append(Property(words[-1], kind, count_kind))

    def _error(self, cause: Message) -> FormatError:
        return FormatError(self.path, self.line, cause, EXPORT_AGAIN)
