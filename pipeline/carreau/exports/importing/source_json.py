"""Read the JSON of a source within limits, and take from it only what has the right type.

Scenes are written by many programs: a member of another type counts as missing, and the reader says what it lacks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.catalogue.state import Triple
from carreau.catalogue.table_reader import FARTHEST

LARGEST_BYTES = 10_000_000
"""Limit of a scene or manifest: Python's objects take up to 20 times as much. The largest known scene has 0.3 MB."""

MOST_ITEMS = 10_000
"""Of the nodes, annotations and the like of one list that are read."""


def parse_json(content: bytes, path: Path) -> dict[str, Any]:
    """Return the object of a JSON text; raises FormatError for anything else, however deeply it is nested."""
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        reason = message("it is nested too deeply") if isinstance(error, RecursionError) else str(error)[:100]
        cause = message("the JSON cannot be parsed (%(reason)s)", reason=reason)
        raise FormatError(path, "", cause, message("export the scene again")) from error
    if not isinstance(found, dict):
        raise FormatError(path, "", message("the JSON is not an object"), message("export the scene again"))
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def members(value: Any) -> dict[str, Any]:
    """Return an object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, or a single one; others are left out, and those over 10,000."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values[:MOST_ITEMS] if isinstance(each, dict)]


def item(values: Any, index: Any) -> dict[str, Any]:
    """Return an object of a list by its index, empty where there is none."""
    is_index = isinstance(values, list) and isinstance(index, int) and not isinstance(index, bool)
    return members(values[index]) if is_index and 0 <= index < len(values) else {}


def string(value: Any) -> str:
    """Return a string, empty for anything else."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """Return a finite number, None for anything else and for one that the catalogue refuses."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= FARTHEST and math.isfinite(value) else None


def numbers(value: Any, count: int) -> tuple[float, ...] | None:
    """Return a list of so many numbers, None for anything else."""
    if not isinstance(value, list) or len(value) != count:
        return None
    found = [each for each in map(number, value) if each is not None]
    return tuple(found) if len(found) == count else None


def triple(value: Any) -> Triple | None:
    """Return three numbers, None for anything else."""
    found = numbers(value, 3)
    return None if found is None else (found[0], found[1], found[2])


def strings(value: Any) -> Iterator[str]:
    """Yield a string, or the strings of a list."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield each
