"""What is edited on the model of a place: which fields of its form, which built models, and which of its sounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from carreau.base.levels import OFFERED
from carreau.catalogue.table_reader import NAME
from carreau.desk.form_state import FormState

T = TypeVar("T")

_OF_SCENE = re.compile(
    r"(annotation|tour)(\..+)?|state|state\.[^.]+\.(id|(part|geopose|poster|first_view)(\..+)?)|"
    r"media|media\.[^.]+\.(id|captions)"
)
"""Names of fields and of arrays of tables."""

SOUNDS: Mapping[str, str] = {
    ".aac": "audio/aac",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
}
"""Media types of sounds that browsers play, by suffix."""

CAPTIONS = ".vtt"


_TABLE = re.compile(r"(state\.[^.]+\.(?:geopose|poster|first_view)|tour\.[^.]+\.step\.[^.]+\.camera)\.[^.]+")
"""Names of the fields of tables that go where all their fields are empty."""


def of_scene(state: FormState) -> FormState:
    """Return the part of the form of a place that is edited on its model; a table whose fields are all empty goes."""
    values, theirs = _chosen(state.values), _chosen(state.theirs)
    tables = {found[1]: False for name in values if (found := _TABLE.fullmatch(name))}
    for name, value in values.items():
        if (found := _TABLE.fullmatch(name)) and value.strip():
            tables[found[1]] = True
    return FormState(
        values, _chosen(state.orders), theirs, {name for name, is_filled in tables.items() if not is_filled}
    )


def _chosen(fields: Mapping[str, T]) -> dict[str, T]:
    return {name: value for name, value in fields.items() if _OF_SCENE.fullmatch(name)}


def model_file(models: Path, slug: str, state: str) -> Path | None:
    """Return the finest level for screens that was built of a state, None where there is none.

    models : folder of `carreau build`, with SITE/STATE/
    """
    return finest_level(models / slug / state) if NAME.fullmatch(slug) and NAME.fullmatch(state) else None


def finest_level(folder: Path) -> Path | None:
    """Return the finest level for screens in a folder of built models, None where there is none."""
    files = (folder / f"{level}.glb" for level in reversed(OFFERED))
    return next((each for each in files if each.is_file()), None)


def file_beside(folder: Path, name: object, suffixes: tuple[str, ...]) -> Path | None:
    """Return a file of a place, None where there is none of that name and kind in its folder.

    folder : of the place
    """
    if not isinstance(name, str) or not name.lower().endswith(suffixes):
        return None
    path = folder / name
    try:
        is_inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a ring of links, or a zero byte
        return None
    return path if is_inside and path.is_file() else None


def rows(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the rows of an array of tables, however the document is written."""
    found = data.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
