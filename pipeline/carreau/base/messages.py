"""Messages for people: an id, its parameters, and the English text made of both; text decoded and made printable.

The id is the English template, as gettext has it. Code raises and returns messages; `Translator.message` renders them
in another language at the edge (the command line, a page), from `locales/*/LC_MESSAGES/messages.po`. `make messages`
collects the ids from the sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, overload

SEPARATOR = ", "


@dataclass(frozen=True)
class Number:
    """A number with its format; a plain `int` has thousands separators.

    format : of Python's mini-language, such as ",.1f", ".0%" or "d"

    >>> str(Number(0.031, ".1%")), str(Number(1234.56, ",.1f"))
    ('3.1%', '1,234.6')
    """

    value: float
    format: str = ","

    def __str__(self) -> str:
        """Return it in English."""
        return format(self.value, self.format)


Parameter = str | int | Number | tuple["str | int | Number", ...]
"""A `Message` is a `str` too, and is translated; other strings stay as they are. A tuple is a list with commas."""


class Message(str):
    """A message in English that can be rendered in other languages; the names are gettext's.

    msgid : template with named places, such as "%(file)s is missing"
    msgid_plural : template for all numbers but one, with the same places; empty where there is none
    n : number that decides between the two
    parameters : values of the places
    """

    msgid: str
    msgid_plural: str
    n: int
    parameters: Mapping[str, Parameter]

    def __new__(cls, msgid: str, parameters: Mapping[str, Parameter], msgid_plural: str = "", n: int = 1) -> Message:
        """Fill the template; raises KeyError where a place has no value."""
        template = msgid_plural if msgid_plural and n != 1 else msgid
        shown = {name: _make_printable(value) for name, value in parameters.items()}
        self = super().__new__(cls, template % {name: _english(value) for name, value in shown.items()})
        self.msgid, self.msgid_plural, self.n, self.parameters = msgid, msgid_plural, n, shown
        return self

    def __reduce__(self) -> tuple[type[Message], tuple[str, Mapping[str, Parameter], str, int]]:
        """Keep id and parameters on the way to another process."""
        return type(self), (self.msgid, self.parameters, self.msgid_plural, self.n)


def message(msgid: str, /, **parameters: Parameter) -> Message:
    """Return a message.

    >>> message("the file ends in line %(line)s", line=1200)
    'the file ends in line 1,200'
    """
    return Message(msgid, parameters)


def plural_message(one: str, other: str, count: int, /, **parameters: Parameter) -> Message:
    """Return a message whose words depend on a count, which is its parameter `count`.

    >>> plural_message("%(count)s site", "%(count)s sites", 2)
    '2 sites'
    """
    return Message(one, {"count": count, **parameters}, other, count)


def join_messages(parts: Iterable[str], separator: Literal["; ", ": ", ", "] = "; ") -> Message:
    """Return messages as one, with a separator between them.

    >>> join_messages([message("no texture"), message("no colours")])
    'no texture; no colours'
    """
    listed = list(parts)
    if not listed:
        return Message("", {})
    result = listed[0] if isinstance(listed[0], Message) else message("%(text)s", text=listed[0])
    for part in listed[1:]:
        result = _join(result, part, separator)
    return result


def list_some(names: Sequence[str], most: int) -> Message:
    """Return a list with commas, cut after some names.

    >>> list_some(["a", "b", "c", "d"], 2)
    'a, b and 2 more'
    """
    rest = len(names) - most
    if rest <= 0:
        return message("%(names)s", names=tuple(names))
    return plural_message(
        "%(names)s and %(count)s more", "%(names)s and %(count)s more", rest, names=tuple(names[:most])
    )


def _join(first: str, second: str, separator: Literal["; ", ": ", ", "]) -> Message:
    if separator == "; ":
        return message("%(first)s; %(second)s", first=first, second=second)
    if separator == ": ":
        return message("%(first)s: %(second)s", first=first, second=second)
    return message("%(first)s, %(second)s", first=first, second=second)


@overload
def replace_text(text: Message, old: str, new: str) -> Message: ...


@overload
def replace_text(text: str, old: str, new: str) -> str: ...


def replace_text(text: str, old: str, new: str) -> str:
    """Return a text with a part of it replaced, also in the parameters of a message.

    >>> replace_text(message("%(file)s is empty", file="/tmp/in/a.obj"), "/tmp/in", "/scans")
    '/scans/a.obj is empty'
    """
    if not isinstance(text, Message):
        return text.replace(old, new)
    parameters = {name: _replace(value, old, new) for name, value in text.parameters.items()}
    return Message(text.msgid, parameters, text.msgid_plural, text.n)


def _replace(value: Parameter, old: str, new: str) -> Parameter:
    if isinstance(value, str):
        return replace_text(value, old, new)
    if isinstance(value, tuple):
        return tuple(replace_text(each, old, new) if isinstance(each, str) else each for each in value)
    return value


Line = str | tuple[str, ...]
"""A line of a result; tuples are cells of a table, see `align`."""


def align(lines: Iterable[Line]) -> list[str]:
    """Return lines as text; cells of adjacent tuples get columns of one width, to the right.

    >>> align(["Scan", ("level", "bytes"), ("phone", "1,234,567")])
    ['Scan', 'level      bytes', 'phone  1,234,567']
    """
    result: list[str] = []
    for is_table, group in groupby(lines, lambda line: isinstance(line, tuple)):
        if not is_table:
            result += map(str, group)
            continue
        rows = [line for line in group if isinstance(line, tuple)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        result += ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return result


def to_json(value: Parameter) -> Any:
    """Return a message or a parameter as plain values, for `from_json`."""
    if isinstance(value, Message):
        plain: dict[str, Any] = {"msgid": value.msgid}
        if value.msgid_plural:
            plain |= {"msgid_plural": value.msgid_plural, "n": value.n}
        if value.parameters:
            plain["parameters"] = {name: to_json(each) for name, each in value.parameters.items()}
        return plain
    if isinstance(value, Number):
        return {"number": value.value, "format": value.format}
    if isinstance(value, tuple):
        return [to_json(each) for each in value]
    return value


def from_json(plain: Any) -> Any:
    """Return the message or parameter that `to_json` wrote; raises KeyError, TypeError or ValueError for others."""
    if isinstance(plain, list):
        return tuple(from_json(each) for each in plain)
    if not isinstance(plain, dict):
        return plain
    if "number" in plain:
        return Number(plain["number"], plain["format"])
    parameters = {name: from_json(each) for name, each in plain.get("parameters", {}).items()}
    return Message(plain["msgid"], parameters, plain.get("msgid_plural", ""), plain.get("n", 1))


def _make_printable(value: Parameter) -> Parameter:
    """Return a parameter whose file names can be printed."""
    if isinstance(value, tuple):
        return tuple(printable(each) if type(each) is str else each for each in value)
    return printable(value) if type(value) is str else value


def _english(value: Parameter) -> str:
    if isinstance(value, tuple):
        return SEPARATOR.join(_english(each) for each in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


_ESCAPED_BYTES = re.compile("[\udc80-\udcff]+")


def decode_text(data: bytes) -> str:
    r"""Return bytes as text: UTF-8, else Windows-1252, which contains the letters of Latin-1.

    >>> decode_text("façade".encode()), decode_text(b"fa\xe7ade")
    ('façade', 'façade')
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def printable(text: str) -> str:
    r"""Return a file name or path as people wrote it: the bytes that Python could not decode become letters.

    Python stands a surrogate for each such byte (PEP 383), which cannot be printed, or encoded as UTF-8.

    >>> printable("\udcc9glise.obj")
    'Église.obj'
    """
    return text if text.isascii() else _ESCAPED_BYTES.sub(_letters, text)


def _letters(match: re.Match[str]) -> str:
    return match[0].encode("ascii", "surrogateescape").decode("cp1252", "replace")
