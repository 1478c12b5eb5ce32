"""Typed access to the JSON of a glTF; an error names the place of the value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message

_CURE = message("export it again, or check it with the Khronos glTF Validator")
_LARGEST = 1 << 53
_HUGE = 1e300


@dataclass(frozen=True)
class JsonElement:
    """A JSON object of a glTF with its file and its place there."""

    file: Path
    place: str
    members: dict[str, Any]

    def error(self, cause: Message, key: str = "") -> FormatError:
        """Return the error for a member of this object."""
        place = ".".join(part for part in (self.place, key) if part)
        return FormatError(self.file, place, cause, _CURE)

    def has(self, key: str) -> bool:
        """Return whether a member is present and not null."""
        return self.members.get(key) is not None

    def integer(self, key: str, default: int | None = None) -> int:
        """Return a non-negative integer. Raises FormatError."""
        value = self.members.get(key)
        if value is None and default is not None:
            return default
        return self._whole(value, key)

    def integers(self, key: str) -> list[int]:
        """Return a list of non-negative integers, empty when absent. Raises FormatError."""
        return [self._whole(value, key) for value in self._list(key)]

    def number(self, key: str, default: float) -> float:
        """Return a finite number. Raises FormatError."""
        value = self.members.get(key)
        return default if value is None else self._finite(value, key)

    def numbers(self, key: str, count: int) -> list[float] | None:
        """Return `count` finite numbers, or None when absent. Raises FormatError."""
        if not self.has(key):
            return None
        values = self._list(key)
        if len(values) != count:
            raise self.error(expected_values(count, len(values)), key)
        return [self._finite(value, key) for value in values]

    def text(self, key: str, default: str = "") -> str:
        """Return a string. Raises FormatError."""
        value = self.members.get(key, default)
        if not isinstance(value, str):
            raise self.error(message("not a string"), key)
        return value

    def flag(self, key: str) -> bool:
        """Return whether a member is true."""
        return self.members.get(key) is True

    def child(self, key: str) -> JsonElement | None:
        """Return the object under a key, or None when absent. Raises FormatError."""
        return JsonElement(self.file, self._place(key), self._object(self.members[key], key)) if self.has(key) else None

    def children(self, key: str) -> list[JsonElement]:
        """Return the objects of a list, empty when absent. Raises FormatError."""
        return [
            JsonElement(self.file, self._place(f"{key}[{index}]"), self._object(value, f"{key}[{index}]"))
            for index, value in enumerate(self._list(key))
        ]

    def item(self, key: str, index: int, wanted_by: JsonElement) -> JsonElement:
        """Return one object of a list. Raises FormatError for `wanted_by` when the index is past its end."""
        values = self._list(key)
        if index >= len(values):
            raise wanted_by.error(missing_item(key, index))
        name = f"{key}[{index}]"
        return JsonElement(self.file, self._place(name), self._object(values[index], name))

    def extension(self, *names: str) -> JsonElement | None:
        """Return the first of these extensions that is present, or None."""
        extensions = self.child("extensions")
        for name in names if extensions is not None else ():
            if extensions is not None and extensions.has(name):
                return extensions.child(name)
        return None

    def texts(self, key: str) -> list[str]:
        """Return the strings of a list, empty when absent."""
        return [value for value in self._list(key) if isinstance(value, str)]

    def _place(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def _list(self, key: str) -> list[Any]:
        value = self.members.get(key)
        if value is not None and not isinstance(value, list):
            raise self.error(message("not an array"), key)
        return value or []

    def _object(self, value: object, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.error(message("not an object"), key)
        return value

    def _whole(self, value: object, key: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST:
            raise self.error(message("missing") if value is None else message("not a non-negative integer"), key)
        return value

    def _finite(self, value: object, key: str) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _HUGE:
            raise self.error(message("not a finite number"), key)
        return float(value)


def missing_item(key: str, index: int) -> Message:
    """Return the cause of an index past the end of the list `key`."""
    return message("refers to %(item)s, which does not exist", item=f"{key}[{index}]")


def expected_values(expected: int, count: int) -> Message:
    """Return the cause of a list of the wrong length."""
    return message("wrong number of values (expected: %(expected)s, found: %(count)s)", expected=expected, count=count)


def vertex_out_of_range(index: int, count: int) -> Message:
    """Return the cause of a vertex index past the last of `count` vertices."""
    return message("vertex index %(index)s is out of range (vertices: %(count)s)", index=index, count=count)


def parse(file: Path, text: bytes) -> JsonElement:
    """Return the root object of a glTF's JSON text. Raises FormatError."""
    try:
        root = json.loads(text.decode("utf-8-sig"), parse_constant=_refuse)
        if b"\\ud" in text.lower():  # a lone surrogate cannot be encoded as UTF-8
            root = json.loads(json.dumps(root, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise FormatError(file, "JSON", message("cannot be parsed (%(error)s)", error=str(error)), _CURE) from error
    if not isinstance(root, dict):
        raise FormatError(file, "JSON", message("not an object"), _CURE)
    return JsonElement(file, "", root)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
