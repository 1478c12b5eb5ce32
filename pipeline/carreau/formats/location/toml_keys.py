"""Typed access to the values of a TOML file, with errors that name file, line and key."""

from __future__ import annotations

import difflib
import math
import re
from pathlib import Path
from typing import Any

from carreau.base.document import TomlSyntaxError, parse_toml
from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.units import UNITS_M
from carreau.formats.location.crs import CrsError, normal_crs
from carreau.formats.location.metadata import UP_AXES, Triple
from carreau.formats.location.sidecar_text import unreadable

Ring = tuple[tuple[float, float], ...]

FARTHEST = 1e12
"""Largest absolute value of a coordinate."""

MOST_BYTES = 1 << 20

_HEADER = re.compile(r"\s*\[\[?\s*([^\]]*?)\s*\]")
_PAIR = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")


class Table:
    """A table of a TOML file."""

    def __init__(self, path: Path, text: str, data: dict[str, Any], name: str = "") -> None:
        """Keep the values, and the text for line numbers."""
        self.path, self.text, self.data, self.name = path, text, data, name

    def allow(self, *names: str) -> None:
        """Raise FormatError for a key that is not one of the names."""
        for name in self.data:
            if name not in names:
                matches = difflib.get_close_matches(name, names, 1)
                cure = message("did you mean '%(name)s'?", name=matches[0]) if matches else _one_of(names)
                raise self.key(name).error(message("unknown key"), cure)

    def key(self, name: str) -> Key:
        """Return a key of the table, which may be missing."""
        return Key(self, name)


class Key:
    """A key of a table, with its value."""

    def __init__(self, table: Table, name: str) -> None:
        """Look the value up."""
        self.parent, self.name = table, name
        self.exists = name in table.data
        self.value = table.data.get(name)

    @property
    def full_name(self) -> str:
        """Return the name with that of its table."""
        return f"{self.parent.name}.{self.name}" if self.parent.name else self.name

    @property
    def shown(self) -> str:
        """Return the value for a message."""
        text = repr(self.value)
        return text if len(text) <= 60 else text[:57] + "..."

    def error(self, cause: Message, cure: Message) -> FormatError:
        """Return the error about the key, which names file, line and key."""
        line = line_of(self.parent.text, self.full_name)
        place = message("line %(line)s, %(key)s", line=line, key=self.full_name) if line else self.full_name
        return FormatError(self.parent.path, place, cause, cure)

    def text(self) -> str:
        """Return a string on one line; empty without the key."""
        if not self.exists:
            return ""
        if not isinstance(self.value, str):
            raise self.error(message("%(value)s is not a string", value=self.shown), message("put it in quotes"))
        return " ".join(self.value.split())

    def flag(self) -> bool:
        """Return true or false; false without the key."""
        if not self.exists:
            return False
        if not isinstance(self.value, bool):
            cause = message("%(value)s is neither true nor false", value=self.shown)
            raise self.error(cause, message("write true or false, without quotes"))
        return self.value

    def unit(self) -> str | None:
        """Return a key of `UNITS_M`, None for "auto" and without the key."""
        return self._choice(tuple(UNITS_M))

    def axis(self) -> str | None:
        """Return one of `UP_AXES`, None for "auto" and without the key."""
        return self._choice(UP_AXES)

    def _choice(self, choices: tuple[str, ...]) -> str | None:
        if not self.exists or self.value == "auto":
            return None
        if self.value not in choices:
            raise self.error(message("%(value)s is not allowed", value=self.shown), _one_of(("auto", *choices)))
        return str(self.value)

    def crs(self) -> str:
        """Return the name of a coordinate system; empty without the key."""
        if not self.exists:
            return ""
        if isinstance(self.value, bool) or not isinstance(self.value, int | str):
            cure = message('write a code such as 2154, or a string such as "2154+5720"')
            raise self.error(message("%(value)s is not an EPSG code", value=self.shown), cure)
        try:
            return normal_crs(str(self.value))
        except CrsError as error:
            cure = message("look up the code of the coordinate system in the EPSG registry")
            raise self.error(error.reason, cure) from error

    def positive(self) -> float | None:
        """Return a number above zero, None without the key."""
        if not self.exists:
            return None
        number = _number(self.value)
        if number is None or number <= 0:
            cause = message("%(value)s is not a length", value=self.shown)
            raise self.error(cause, message("give a number greater than zero"))
        return number

    def triple(self) -> Triple | None:
        """Return three numbers, None without the key."""
        if not self.exists:
            return None
        triple = _triple(self.value)
        if triple is None:
            raise self.error(message("%(value)s is not three numbers", value=self.shown), message("write [x, y, z]"))
        return triple

    def points(self, count: int) -> Any:
        """Return a number of points, each three numbers; None without the key."""
        if not self.exists:
            return None
        values = self.value if isinstance(self.value, list) else []
        points = tuple(_triple(value) for value in values)
        if len(points) != count or None in points:
            cause = message("%(value)s is not a list of %(number)s points", value=self.shown, number=count)
            raise self.error(cause, message("write %(number)s points [x, y, z] in one list", number=count))
        return points

    def numbers(self, count: int) -> tuple[float, ...] | None:
        """Return a list of numbers, None without the key."""
        if not self.exists:
            return None
        values = self.value if isinstance(self.value, list) else []
        found = [number for number in map(_number, values) if number is not None]
        if len(found) != count or len(values) != count:
            cause = message("%(value)s is not a list of %(number)s numbers", value=self.shown, number=count)
            raise self.error(cause, message("write %(number)s numbers in brackets", number=count))
        return tuple(found)

    def rings(self) -> tuple[Ring, ...]:
        """Return a list of rings of at least three points, each two numbers; empty without the key."""
        if not self.exists:
            return ()
        values = self.value if isinstance(self.value, list) else [None]
        found = [_ring(value) for value in values]
        rings = tuple(ring for ring in found if ring is not None)
        if len(rings) != len(found):
            cause = message("%(value)s is not a list of rings", value=self.shown)
            raise self.error(cause, message("write each ring as [[x, y], [x, y], [x, y]]"))
        return rings

    def ring(self) -> Ring:
        """Return a ring of at least three points, each two numbers; empty without the key."""
        if not self.exists:
            return ()
        ring = _ring(self.value)
        if ring is None:
            cause = message("%(value)s is not an outline", value=self.shown)
            raise self.error(cause, message("write its corners as [[x, y], [x, y], [x, y]]"))
        return ring

    def number(self) -> float | None:
        """Return a number, None without the key."""
        if not self.exists:
            return None
        found = _number(self.value)
        if found is None:
            cause = message("%(value)s is not a number", value=self.shown)
            raise self.error(cause, message("give a number without quotes"))
        return found

    def whole(self, least: int = 0) -> int | None:
        """Return a whole number from `least`, None without the key."""
        number = self.number()
        if number is not None and (number < least or number != int(number)):
            cause = message("%(value)s is not a whole number from %(least)s", value=self.shown, least=least)
            raise self.error(cause, message("give a number without quotes"))
        return None if number is None else int(number)

    def texts(self) -> tuple[str, ...]:
        """Return a list of strings; empty without the key."""
        if not self.exists:
            return ()
        if not isinstance(self.value, list) or not all(isinstance(item, str) for item in self.value):
            cause = message("%(value)s is not a list of strings", value=self.shown)
            raise self.error(cause, message('write strings in brackets: ["…", "…"]'))
        return tuple(" ".join(item.split()) for item in self.value)

    def tables(self) -> tuple[Table, ...]:
        """Return an array of tables; each keeps the lines of its own header and keys, for line numbers."""
        if not self.exists:
            return ()
        values = self.value if isinstance(self.value, list) else [None]
        if not all(isinstance(item, dict) for item in values):
            cause = message("%(value)s is not an array of tables", value=self.shown)
            raise self.error(cause, message("write [[%(name)s]] on its own line, with its keys below", name=self.name))
        texts = _blocks(self.parent.text, self.full_name)
        texts = texts if len(texts) == len(values) else [self.parent.text] * len(values)
        return tuple(
            Table(self.parent.path, text, item, self.full_name) for text, item in zip(texts, values, strict=True)
        )

    def table(self) -> Table:
        """Return the value as a table."""
        if not isinstance(self.value, dict):
            cure = message("write [%(name)s] on its own line, with its keys below", name=self.full_name)
            raise self.error(message("%(value)s is not a table", value=self.shown), cure)
        return Table(self.parent.path, self.parent.text, self.value, self.full_name)


def toml_table(path: Path) -> Table:
    """Return the top table of a TOML file. Raises FormatError naming file and line if it is not valid TOML."""
    try:
        return Table(path, *parse_toml(_content(path)))
    except TomlSyntaxError as error:
        place = (
            message("line %(line)s, column %(column)s", line=error.line, column=error.column)
            if error.column
            else message("line %(line)s", line=error.line)
        )
        raise FormatError(path, place, error.cause, error.cure) from error


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            cause = message("it is larger than %(size)s bytes", size=MOST_BYTES)
            raise FormatError(path, "", cause, message("keep only the keys of the template"))
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def line_of(text: str, full_name: str) -> int | None:
    """Return the line of a key such as "height.metres", else that of its table, else None."""
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            table = _plain(header[1])
            if table == full_name:
                return number
        elif pair := _PAIR.match(line):
            name = ".".join(part for part in (table, _plain(pair[1])) if part)
            if full_name == name or name.startswith(f"{full_name}."):
                return number
    parent = full_name.rpartition(".")[0]
    return line_of(text, parent) if parent else None


def _blocks(text: str, name: str) -> list[str]:
    """Return the text once for each `[[name]]`, with the lines of all others blank, so that line numbers stay."""
    lines = text.split("\n")
    owners, count = [], 0
    is_inside = False
    for line in lines:
        if header := _HEADER.match(line):
            is_inside = _plain(header[1]) == name
            count += is_inside
        owners.append(count if is_inside else 0)
    return [
        "\n".join(line if owner == number else "" for line, owner in zip(lines, owners, strict=True))
        for number in range(1, count + 1)
    ]


def _one_of(choices: tuple[str, ...]) -> Message:
    return message("use one of %(choices)s", choices=choices)


def _plain(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= FARTHEST and math.isfinite(value) else None


def _triple(value: object) -> Triple | None:
    numbers = [_number(item) for item in value] if isinstance(value, list) and len(value) == 3 else []
    x, y, z = numbers if len(numbers) == 3 else (None, None, None)
    return None if x is None or y is None or z is None else (x, y, z)


def _ring(value: object) -> Ring | None:
    points = [_pair(item) for item in value] if isinstance(value, list) else []
    ring = tuple(point for point in points if point is not None)
    return ring if len(ring) == len(points) >= 3 else None


def _pair(value: object) -> tuple[float, float] | None:
    numbers = [_number(item) for item in value] if isinstance(value, list) and len(value) == 2 else []
    x, y = numbers if len(numbers) == 2 else (None, None)
    return None if x is None or y is None else (x, y)
