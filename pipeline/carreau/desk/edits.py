"""Edits of a document of the catalogue: a value is put, or the rows of an array of tables are arranged."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from carreau.base.diagnostics import KeyPath
from carreau.catalogue.table_reader import plain_text


@dataclass(frozen=True)
class Put:
    """A value is put at a path; None removes it."""

    path: KeyPath
    value: Any


@dataclass(frozen=True)
class Arrange:
    """The rows of an array of tables get an order: some may be left out, and new ones added.

    path : of the array
    order : the number of a row that is there, or a new row
    """

    path: KeyPath
    order: tuple[int | Mapping[str, Any], ...]


Edit = Put | Arrange


def value_at(data: Any, path: KeyPath) -> Any:
    """Return the value at a path, None where there is none.

    >>> value_at({"state": [{"id": "today"}]}, ("state", 0, "id")), value_at({}, ("state", 0))
    ('today', None)
    """
    for step in path:
        if isinstance(step, int):
            is_there = isinstance(data, list) and step < len(data)
        else:
            is_there = isinstance(data, dict) and step in data
        if not is_there:
            return None
        data = data[step]
    return data


def normal(value: Any) -> Any:
    r"""Return a value as the catalogue reads it: without line wrapping, and dates as text.

    >>> normal({"text": "\na\nb\n", "when": [date(1831, 7, 15)]})
    {'text': 'a b', 'when': ['1831-07-15']}
    """
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, Mapping):
        return {key: normal(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [normal(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def applied(data: Mapping[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    """Return the data after the edits, which all refer to it as it was; it is not changed itself."""
    after = copy.deepcopy(dict(data))
    for edit in in_order(edits):
        if isinstance(edit, Put):
            _put(after, edit.path, edit.value)
        else:
            rows = value_at(after, edit.path) or []
            _put(after, edit.path, [rows[each] if isinstance(each, int) else dict(each) for each in edit.order] or None)
    return after


def in_order(edits: Sequence[Edit]) -> list[Edit]:
    """Return edits so that none moves what another refers to: values first, then arrays from the inside out."""
    arranged = [each for each in edits if isinstance(each, Arrange)]
    puts = [each for each in edits if isinstance(each, Put)]
    return [*puts, *sorted(arranged, key=lambda each: -len(each.path))]


def _put(data: Any, path: KeyPath, value: Any) -> None:
    for step in path[:-1]:
        if isinstance(step, str) and isinstance(data, dict) and step not in data:
            if value is None:
                return
            data[step] = {}
        data = data[step]
    if value is not None:
        data[path[-1]] = value
    else:
        data.pop(path[-1], None)
