"""Write values as TOML as people write them: long texts in lines, plain numbers, lists with their comments."""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import tomlkit
from tomlkit.items import Array, InlineTable, Item, String, StringType, Trivia

from carreau.base.errors import KeyPath
from carreau.catalogue.table_reader import FARTHEST, plain_text

WIDTH = 120
"""Longest line of a text without line breaks."""

_WRAPPED = 110
"""Longest line of a long text, as in the files of the 53."""


def with_value(statement: str, path: KeyPath, value: Any) -> str:
    """Return a statement, `key = value`, with a value in it replaced, added, or removed where it is None.

    path : of the value within the statement; its first step is the key
    The rest, such as the comments in a list, stays as it is.
    """
    document = tomlkit.parse(statement)
    *way, last = path
    parent: Any = document
    for step in way:
        parent = parent[step]
    if value is None:
        del parent[last]
        return tomlkit.dumps(document)
    old = parent[last] if last in (range(len(parent)) if isinstance(last, int) else parent) else None
    if isinstance(old, Array) and isinstance(value, list) and _is_edited(old, value):
        return tomlkit.dumps(document)
    parent[last] = _item(value, str(last), old)
    return tomlkit.dumps(document)


def key_with_value(key: Sequence[str], value: Any) -> str:
    """Return a statement with a value of its own."""
    name = ".".join(tomlkit.key(each).as_string() for each in key)
    return f"{name} = {_item(value, name, None).as_string()}"


def table_text(path: KeyPath, table: Mapping[str, Any], is_row: bool) -> str:
    r"""Return a table with its header, and the tables in it below.

    path : whose numbers count rows and are not written
    is_row : whether it is one of an array of tables

    >>> table_text(("state", 0, "geopose"), {"lon": 3.4}, False)
    '[state.geopose]\nlon = 3.4\n'
    """
    name = ".".join(tomlkit.key(each).as_string() for each in path if isinstance(each, str))
    parts = [f"[[{name}]]\n" if is_row else f"[{name}]\n"]
    inner: list[str] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            inner.append(table_text((*path, key), value, False))
        elif _is_rows(value):
            inner.extend(table_text((*path, key), row, True) for row in value)
        else:
            parts.append(f"{key_with_value((key,), value)}\n")
    return "\n".join(["".join(parts), *inner])


def text_value(text: str) -> str:
    r"""Return a text, on one line where it fits there, else in lines, from which the catalogue reads the same text.

    >>> text_value('The "door"')
    '"The \\"door\\""'
    """
    return _text(text, "", None).as_string()


def number_value(value: float) -> str:
    """Return a number with six decimals at most, and without an exponent.

    >>> number_value(3.0), number_value(0.25)
    ('3', '0.25')
    """
    return f"{value:.6f}".rstrip("0").rstrip(".")


def point_value(point: Sequence[float] | None) -> str:
    """Return a point or direction; empty for none, and for one farther than the catalogue goes."""
    if point is None or not all(abs(part) <= FARTHEST for part in point):
        return "[]"
    return f"[{', '.join(map(number_value, point))}]"


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _item(value: Any, key: str, old: Item | None) -> Item:
    """Return a value as an item that stands behind an equals sign.

    key : its name, which decides how much room a line has
    old : what it replaces
    """
    if isinstance(value, str):
        return _text(value, key, old)
    if isinstance(value, list):
        return _array(value, key, isinstance(old, Array) and "\n" in old.as_string())
    if isinstance(value, Mapping):
        return _inline(value)
    item: Item = tomlkit.item(value)
    return item


def _text(text: str, key: str, old: Item | None) -> String:
    short = tomlkit.string(text)
    before = old.as_string() if isinstance(old, String) else ""
    was_long = before.startswith(('"""', "'''"))
    fits = len(key) + len(" = ") + len(short.as_string()) <= WIDTH or (before != "" and len(before) > WIDTH)
    if "\n" not in text and fits and not was_long:
        return short
    former = {plain_text(each): each.strip("\n") for each in _paragraphs(str(old))} if was_long else {}
    paragraphs = [former.get(each) or _wrap(each) for each in _paragraphs(text)]
    string = tomlkit.string("\n\n".join(paragraphs) + "\n", multiline=True)
    # The line break behind the opening quotes is none of the text: tomlkit would write another one before it.
    return String(StringType.MLB, str(string), f"\n{string.as_string()[3:-3]}", Trivia())


def _paragraphs(text: str) -> list[str]:
    return re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))


def _wrap(paragraph: str) -> str:
    lines = textwrap.wrap(paragraph, _WRAPPED, break_long_words=False, break_on_hyphens=False)
    wrapped = "\n".join(lines)
    return wrapped if plain_text(wrapped) == plain_text(paragraph) else paragraph


def _array(values: Sequence[Any], key: str, was_long: bool) -> Array:
    """Return a list in one line, or with a line for each text where that is too long."""
    array = tomlkit.array()
    array.extend(_inline(each) if isinstance(each, Mapping) else each for each in values)
    if values and (was_long or len(key) + len(" = ") + len(array.as_string()) > WIDTH):
        array = tomlkit.array()
        for each in values:
            array.add_line(_inline(each) if isinstance(each, Mapping) else each, indent="  ")
        array.add_line(indent="")
    return array


def _inline(table: Mapping[str, Any]) -> InlineTable:
    inline = tomlkit.inline_table()
    for key, value in table.items():
        inline[key] = _item(value, key, None) if not isinstance(value, str) else tomlkit.string(value)
    return inline


def _is_edited(array: Array, values: Sequence[Any]) -> bool:
    """Change a list of texts or numbers in its place, with its comments; return whether that was possible."""
    old = array.unwrap()
    if not old or not values or not all(isinstance(each, str | int | float) for each in (*old, *values)):
        return False
    for action, first, last, begin, end in reversed(SequenceMatcher(None, old, values, False).get_opcodes()):
        if action == "equal":
            continue
        both = min(last - first, end - begin)
        for place in range(both):
            array[first + place] = values[begin + place]
        for _ in range(last - first - both):
            del array[first + both]
        for place, each in enumerate(values[begin + both : end], first + both):
            array.insert(place, each)
    try:
        return bool(tomllib.loads(f"x = {array.as_string()}")["x"] == values)
    except ValueError:
        return False
