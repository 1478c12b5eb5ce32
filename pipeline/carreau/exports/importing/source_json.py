"""Read the JSON of a source within limits, and take from it only what has the right type.

Scenes are written by many programs: a member of another type counts as missing, and the reader says what it lacks.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.catalogue.state import Triple
from carreau.catalogue.table_reader import FARTHEST

LARGEST_JSON_BYTES = 10_000_000
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


_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_SHOWN = 80


class NotTakenError(Exception):
    """A file cannot be taken; `reason` says why, as the end of a sentence that names the file."""

    def __init__(self, reason: Message) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Found:
    """A file beside the source.

    address : where the source says that it is, if that is on the network: then it was found by its name
    """

    path: Path
    address: str = ""


class SourceFolder:
    """The folder of a source.

    document : the source
    base : its address on the network, where it names one; files below it are looked for at the same place below `root`
    """

    def __init__(self, document: Path, base: str = "") -> None:
        """Set the folder."""
        self.root = document.parent
        self._base = base.rpartition("/")[0] + "/" if _is_web(base) else ""

    def find(self, reference: str) -> Found:
        """Return the file of a reference; raises NotTakenError.

        A file whose address is on the network is looked for beside the source, as browsers save it.
        """
        if _is_web(reference):
            return Found(self._saved(reference.strip()), shortened(reference))
        if _SCHEME.match(reference):
            raise NotTakenError(
                message(
                    "'%(address)s' is no file beside the source, and only these are read", address=shortened(reference)
                )
            )
        return Found(self._inside(reference))

    def _saved(self, address: str) -> Path:
        tails = [_path(address).rpartition("/")[2]]
        if self._base and address.startswith(self._base):
            tails.insert(0, address.removeprefix(self._base))
        for tail in tails:
            try:
                return self._inside(tail)
            except NotTakenError:
                continue
        raise NotTakenError(
            message(
                "it is at %(address)s, and nothing is fetched; save it beside the source, and import again",
                address=shortened(address),
            )
        )

    def _inside(self, reference: str) -> Path:
        name = unquote(_path(reference)).replace("\\", "/").strip()
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts or _SCHEME.match(name):
            raise NotTakenError(
                message("'%(path)s' leads out of the folder of the source; nothing is read there", path=shortened(name))
            )
        path = self.root
        try:
            for part in parts:
                path /= part
                if path.is_symlink():
                    raise NotTakenError(
                        message("'%(path)s' is a symbolic link, and these are not followed", path=shortened(name))
                    )
            if parts and path.is_file():
                return path
        except (OSError, ValueError):
            pass  # a name that no file can have
        raise NotTakenError(message("there is no file '%(path)s' beside the source", path=shortened(name)))


def _is_web(reference: str) -> bool:
    text = reference.strip().lower()
    return text.startswith(("http:", "https:", "//"))


def _path(reference: str) -> str:
    """Return a reference without its query and fragment."""
    return reference.strip().partition("#")[0].partition("?")[0]


def shortened(text: str) -> str:
    """Return a reference for a message, with at most 80 characters."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
