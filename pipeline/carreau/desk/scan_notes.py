"""Write into the notes of a scan or authored model, `scan.toml`, what was pointed at: level ground, a real length."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError

from carreau.base.errors import FormatError, OptionError, ScanError, cannot_read
from carreau.base.files import write_whole
from carreau.base.levels import OFFERED
from carreau.base.messages import Message, message
from carreau.catalogue.site import MODEL, RECONSTRUCTION, SCAN, sample_name
from carreau.catalogue.table_reader import ENTRY_NAME
from carreau.desk.document_file import writing_in
from carreau.desk.form_state import FormState
from carreau.desk.history import Editor, History
from carreau.formats.location.scan_toml import NAME, notes_file, own_notes, read_notes
from carreau.formats.registry import list_suffixes

GROUND, HEIGHT = "ground", "height"
POINTS = {GROUND: 3, HEIGHT: 2}
"""How many points each needs."""

Point = tuple[float, float, float]
_DIGITS = 4
"""Decimals of a coordinate of a scan: a tenth of a millimetre, or less."""

_MOST_ERROR_M = 0.01
"""Largest error of the matrix: a model of many kilometres follows the Earth's curve, which no matrix describes."""


@dataclass(frozen=True)
class Measured:
    """What was pointed at.

    key : `GROUND` or `HEIGHT`
    points : in the scan's coordinates; none to leave it to Carreau again
    metres : from one point to the other, of `HEIGHT`
    """

    key: str
    points: tuple[Point, ...]
    metres: float | None = None


@dataclass(frozen=True)
class ScanNotesFile:
    """The notes of a scan or an authored model.

    source : where they are read now, None where there are none yet
    target : where they are written: of a file beside other scans, notes of its own
    """

    source: Path | None
    target: Path


def notable_keys(state: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what may be noted of the file of a state: of an authored model, which is drawn upright, its size alone."""
    if state.get("kind") == SCAN:
        return tuple(POINTS)
    is_gltf = str(state.get("file")).lower().endswith(list_suffixes("gltf"))
    return (HEIGHT,) if state.get("kind") in (RECONSTRUCTION, MODEL) and is_gltf else ()


def notable_file(folder: Path, state: Mapping[str, Any]) -> Path | None:
    """Return the scan or authored model of a state, None where it has none of its own in the folder of the place."""
    name = state.get("file")
    if not notable_keys(state) or not isinstance(name, str) or not name or sample_name(name):
        return None
    path = folder / name
    try:
        is_inside = path.resolve().is_relative_to(folder.resolve()) and path.exists()
    except (OSError, RuntimeError, ValueError):
        return None
    return path if is_inside else None


def to_scan(report: Path, points: Sequence[Point]) -> tuple[Point, ...] | None:
    """Return points of a model in the coordinates of its scan, None where the report does not tell how.

    report : of the build of the model
    """
    import numpy as np

    try:
        scan = json.loads(report.read_bytes())["scan"]
        matrix = np.array(scan["scan_to_model"], np.float64).reshape(4, 4)
        if scan["matrix_error_m"] > _MOST_ERROR_M or not np.isfinite(matrix).all():
            return None
        places = np.linalg.solve(matrix[:3, :3], (np.array(points, np.float64).reshape(-1, 3) - matrix[:3, 3]).T).T
    except (OSError, ValueError, KeyError, TypeError, np.linalg.LinAlgError):
        return None
    return tuple((round(float(x), _DIGITS), round(float(y), _DIGITS), round(float(z), _DIGITS)) for x, y, z in places)


def make_notes(scan: Path, others: Sequence[Path], is_authored: bool = False) -> ScanNotesFile:
    """Return the notes of a scan.

    others : scans of other states, which notes of the whole folder would be about, too
    is_authored : whether it is an authored model, which only notes of its own are about
    """
    source, own = notes_file(scan), own_notes(scan)
    if is_authored:
        return ScanNotesFile(own if own.is_file() else None, own)
    is_shared = any(notes_file(each) == source and each != scan for each in others)
    return ScanNotesFile(source, own if source is None or is_shared else source)


def write_notes(
    notes: ScanNotesFile, measured: Measured, root: Path, history: History, editor: Editor, subject: str
) -> Message | None:
    """Write what was measured, and record it as a commit; return why it is not recorded, None where it is.

    root : of the catalogue, in which nobody else writes meanwhile
    Raises OptionError, ScanError or StorageError; nothing is written then.
    """
    with writing_in(root):
        before = _read(notes.source)
        after = _check(_edit(before, measured), notes.target)
        write_whole(notes.target, after)
    if notes.source == notes.target:
        return history.record(notes.target, _again(measured), editor, subject)
    return history.record(notes.target, lambda _: after, editor, subject)


def _read(path: Path | None) -> bytes:
    if path is None:
        return b""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ScanError(path, "", cannot_read(error), message("check its name and its permissions")) from error


def _again(measured: Measured) -> Callable[[bytes], bytes | None]:
    def change(content: bytes) -> bytes | None:
        try:
            return _edit(content, measured)
        except OptionError:
            return None

    return change


def _edit(content: bytes, measured: Measured) -> bytes:
    try:
        text = content.decode("utf-8-sig")
        document = tomlkit.parse(text)
        _put(document, measured)
        return tomlkit.dumps(document).encode()
    except (UnicodeDecodeError, TOMLKitError, TypeError) as error:
        keys = (measured.key,)
        raise OptionError(
            message("%(keys)s: the file is written in a way that cannot be edited here; use a text editor", keys=keys)
        ) from error


def _put(document: TOMLDocument, measured: Measured) -> None:
    key, points = measured.key, [list(each) for each in measured.points]
    if not points:
        document.pop(key, None)
        return
    table: Any = document.get(key)
    if not isinstance(table, dict):  # missing, or ground = "auto", which stands above the tables
        document.pop(key, None)
        table = tomlkit.table()
        document.add(key, table)
    if key == GROUND:
        for other in ("point", "normal"):
            table.pop(other, None)
        table["points"] = points
    else:
        table["metres"] = measured.metres
        table["between"] = points


def _check(content: bytes, target: Path) -> bytes:
    """Return the content of notes that a build will be able to read; raises ScanError where it will not."""
    with tempfile.TemporaryDirectory() as folder:
        tried = Path(folder) / NAME
        tried.write_bytes(content)
        try:
            read_notes(tried)
        except FormatError as error:
            raise ScanError(target, str(error.place), error.cause, error.cure) from error
    return content


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
    values, theirs = _choose(state.values), _choose(state.theirs)
    tables = {match[1]: False for name in values if (match := _TABLE.fullmatch(name))}
    for name, value in values.items():
        if (match := _TABLE.fullmatch(name)) and value.strip():
            tables[match[1]] = True
    return FormState(
        values, _choose(state.orders), theirs, {name for name, is_filled in tables.items() if not is_filled}
    )


def _choose(fields: Mapping[str, T]) -> dict[str, T]:
    return {name: value for name, value in fields.items() if _OF_SCENE.fullmatch(name)}


def model_file(models: Path, slug: str, state: str) -> Path | None:
    """Return the finest level for screens that was built of a state, None where there is none.

    models : folder of `carreau build`, with SITE/STATE/
    """
    return finest_level(models / slug / state) if ENTRY_NAME.fullmatch(slug) and ENTRY_NAME.fullmatch(state) else None


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
    value = data.get(key)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
