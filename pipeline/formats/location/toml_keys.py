"""Take values out of TOML, and say file, line and key of each that makes no sense."""

from __future__ import annotations

import difflib
import math
import re
from pathlib import Path
from typing import Any

from pipeline.errors import FormatError
from pipeline.formats.location.crs import CrsError, normal_crs
from pipeline.formats.location.metadata import UPS, Triple
from pipeline.messages import Message, message
from pipeline.units import UNITS_M

FARTHEST = 1e12
"""Largest number that can be a coordinate."""

_HEADER = re.compile(r"\s*\[\[?\s*([^\]]*?)\s*\]")
_PAIR = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")


class Table:
    """A table of a TOML file."""

    def __init__(self, path: Path, text: str, data: dict[str, Any], name: str = "") -> None:
        """Keep the values, and the text their lines are looked up in."""
        self.path, self.text, self.data, self.name = path, text, data, name

    def allow(self, *known: str) -> None:
        """Raise FormatError for a key that is not among those known."""
        for found in self.data:
            if found not in known:
                near = difflib.get_close_matches(found, known, 1)
                cure = message("did you mean '%(name)s'?", name=near[0]) if near else _one_of(known)
                raise self.key(found).wrong(message("unknown key"), cure)

    def key(self, name: str) -> Key:
        """Return a key of the table, whether it is there or not."""
        return Key(self, name)


class Key:
    """A key of a table, with the value it has."""

    def __init__(self, table: Table, name: str) -> None:
        """Look the value up."""
        self.table_of, self.name = table, name
        self.is_there = name in table.data
        self.value = table.data.get(name)

    @property
    def full_name(self) -> str:
        """Return the name with that of its table."""
        return f"{self.table_of.name}.{self.name}" if self.table_of.name else self.name

    @property
    def shown(self) -> str:
        """Return the value for a message."""
        text = repr(self.value)
        return text if len(text) <= 60 else text[:57] + "..."

    def wrong(self, cause: Message, cure: Message) -> FormatError:
        """Return the error that names file, line and key."""
        line = line_of(self.table_of.text, self.full_name)
        place = message("line %(line)s, %(key)s", line=line, key=self.full_name) if line else self.full_name
        return FormatError(self.table_of.path, place, cause, cure)

    def text(self) -> str:
        """Return a string on one line; empty without the key."""
        if not self.is_there:
            return ""
        if not isinstance(self.value, str):
            raise self.wrong(message("%(value)s is not a string", value=self.shown), message("put it in quotes"))
        return " ".join(self.value.split())

    def unit(self) -> str | None:
        """Return a key of `UNITS_M`, None for "auto" and without the key."""
        return self._choice(tuple(UNITS_M))

    def axis(self) -> str | None:
        """Return a direction that can be up, None for "auto" and without the key."""
        return self._choice(UPS)

    def _choice(self, choices: tuple[str, ...]) -> str | None:
        if not self.is_there or self.value == "auto":
            return None
        if self.value not in choices:
            raise self.wrong(message("%(value)s is not allowed", value=self.shown), _one_of(("auto", *choices)))
        return str(self.value)

    def crs(self) -> str:
        """Return the name of a coordinate system; empty without the key."""
        if not self.is_there:
            return ""
        if isinstance(self.value, bool) or not isinstance(self.value, int | str):
            cure = message('write a code such as 2154, or a string such as "2154+5720"')
            raise self.wrong(message("%(value)s is not an EPSG code", value=self.shown), cure)
        try:
            return normal_crs(str(self.value))
        except CrsError as error:
            cure = message("look up the code of the coordinate system in the EPSG registry")
            raise self.wrong(error.reason, cure) from error

    def positive(self) -> float | None:
        """Return a number above zero, None without the key."""
        if not self.is_there:
            return None
        number = _number(self.value)
        if number is None or number <= 0:
            cause = message("%(value)s is not a length", value=self.shown)
            raise self.wrong(cause, message("give a number greater than zero"))
        return number

    def triple(self) -> Triple | None:
        """Return three numbers, None without the key."""
        if not self.is_there:
            return None
        found = _triple(self.value)
        if found is None:
            raise self.wrong(message("%(value)s is not three numbers", value=self.shown), message("write [x, y, z]"))
        return found

    def points(self, count: int) -> Any:
        """Return some places of three numbers each, None without the key."""
        if not self.is_there:
            return None
        values = self.value if isinstance(self.value, list) else []
        found = tuple(_triple(value) for value in values)
        if len(found) != count or None in found:
            cause = message("%(value)s is not a list of %(number)s points", value=self.shown, number=count)
            raise self.wrong(cause, message("write %(number)s points [x, y, z] in one list", number=count))
        return found

    def table(self) -> Table:
        """Return the table that is the value."""
        if not isinstance(self.value, dict):
            cure = message("write [%(name)s] on its own line, with its keys below", name=self.full_name)
            raise self.wrong(message("%(value)s is not a table", value=self.shown), cure)
        return Table(self.table_of.path, self.table_of.text, self.value, self.full_name)


def line_of(text: str, full_name: str) -> int | None:
    """Return the line that a key, "height.metres", is written on; its table's, where only that is found, or None."""
    table = found = ""
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            table = _plain(header[1])
            if table == full_name:
                return number
        elif pair := _PAIR.match(line):
            found = ".".join(part for part in (table, _plain(pair[1])) if part)
            if full_name == found or found.startswith(f"{full_name}."):
                return number
    parent = full_name.rpartition(".")[0]
    return line_of(text, parent) if parent else None


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
