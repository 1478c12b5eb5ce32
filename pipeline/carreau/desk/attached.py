"""Files that a field of a form names, checked before anything of them is kept: lines, outlines and captions."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from carreau.base.diagnostics import KeyPath
from carreau.base.document import open_document
from carreau.base.errors import FormatError, OptionError, StorageError, cannot_write
from carreau.base.messages import message
from carreau.catalogue.media import SOUND, VIDEO
from carreau.catalogue.probe.webvtt import overlap_in, read_captions
from carreau.catalogue.route_line import Origin, RouteLine, line_bytes
from carreau.desk.document_file import DocumentFile, Edit, Put, value_at
from carreau.desk.history import Editor, History
from carreau.desk.incoming import SentFile, note_placing
from carreau.desk.saving import Saved, save
from carreau.formats.geodata import OutlineError, read_outlines, read_path

LARGEST_BYTES = 5_000_000
"""A whole day with a point every two seconds has about 4 MB as GPX; the longest outline of the 53 has 2 kB."""

GPX, GEOJSON, VTT = ".gpx", ".geojson", ".vtt"
_FRANCE = (-5.3, 41.2, 9.7, 51.2)
"""West, south, east and north of its European part, in degrees."""
_BEGINNING = 1000
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Attachment:
    """A file that a key of a form names.

    accepts : suffixes and media types for the browser
    stem : of its name; empty for the slug
    taken : checks a file that was sent, and returns it with its suffix; raises FormatError
    """

    accepts: str
    stem: str
    taken: Callable[[SentFile], Path]


def taken_line(sent: SentFile) -> Path:
    """Return the line of a route, GPX or GeoJSON by its content; raises FormatError.

    Of GPX only the points are kept, as GeoJSON: its times and devices tell of the person who walked there.
    """
    is_gpx = _beginning(sent).startswith(b"<")
    if is_gpx and _ENTITIES.search(sent.path.read_bytes()):
        cause = message("it declares a document type or entities")
        raise FormatError(sent.name, "", cause, message("export the track again as plain GPX"))
    path = _named(sent, GPX if is_gpx else GEOJSON)
    try:
        points = read_path(path)
    except OutlineError as error:
        raise FormatError(sent.name, "", error.cause, error.cure) from error
    _require_in_france(sent, points)
    if is_gpx:
        path = path.replace(path.with_suffix(GEOJSON))
        path.write_bytes(line_bytes(RouteLine(points, None, Origin(engine=sent.name))))
    return path


def taken_outline(sent: SentFile) -> Path:
    """Return the outline of a place, GeoJSON with polygons; raises FormatError."""
    path = _named(sent, GEOJSON)
    try:
        outlines = read_outlines(path)
    except OutlineError as error:
        raise FormatError(sent.name, "", error.cause, error.cure) from error
    rings = [ring for outline in outlines for rings in outline.polygons for ring in rings]
    if not rings or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        cause = message("its polygons are not closed rings of three or more corners")
        raise FormatError(sent.name, "", cause, message("export the outline alone, as polygons"))
    _require_in_france(sent, (point for ring in rings for point in ring))
    return path


def taken_captions(sent: SentFile, kind: str) -> Path:
    """Return captions of a sound or film, WebVTT; raises FormatError, which names the line of the first mistake.

    kind : of the medium; of a sound, pages show one cue at a time
    """
    if kind not in (SOUND, VIDEO):
        raise OptionError(message("only a sound or a film has captions"))
    path = _named(sent, VTT)
    try:
        cues = read_captions(path)
    except FormatError as error:
        raise FormatError(sent.name, error.place, error.cause, error.cure) from error
    over = overlap_in(cues) if kind == SOUND else None
    if over is not None:
        cause = message("the cue begins before the one on line %(line)s ends", line=over[0].line)
        cure = message("of a sound one cue is shown at a time: end the one before earlier, or join both")
        raise FormatError(sent.name, message("line %(line)s", line=over[1].line), cause, cure)
    return path


def _beginning(sent: SentFile) -> bytes:
    with sent.path.open("rb") as file:
        return file.read(_BEGINNING).removeprefix(b"\xef\xbb\xbf").lstrip()


def _named(sent: SentFile, suffix: str) -> Path:
    """Give a file the suffix of its format."""
    path = sent.path.with_name(f"{sent.path.name}-taken{suffix}")
    sent.path.replace(path)
    return path


def _require_in_france(sent: SentFile, points: Iterable[tuple[float, float]]) -> None:
    """Raise FormatError for a point outside France; the usual reason is that latitude comes first."""
    west, south, east, north = _FRANCE
    for lon, lat in points:
        if west <= lon <= east and south <= lat <= north:
            continue
        place = f"{lon:.5f}, {lat:.5f}"
        if west <= lat <= east and south <= lon <= north:
            cause = message("its points have the latitude first: %(point)s", point=place)
            cure = message("export it again in WGS 84 (EPSG:4326), longitude first")
        else:
            cause = message("%(point)s is not in France", point=place)
            cure = message("choose the file of this place, or export it again in WGS 84 (EPSG:4326)")
        raise FormatError(sent.name, "", cause, cure)


ATTACHED: Mapping[str, Mapping[str, Attachment]] = MappingProxyType(
    {
        "site": {"outline": Attachment(".geojson,.json,application/geo+json", "outline", taken_outline)},
        "route": {"path": Attachment(".gpx,.geojson,.json,application/gpx+xml,application/geo+json", "", taken_line)},
    }
)
"""By kind of document and key."""


def attach(
    file: DocumentFile, edits: Sequence[Edit], read: Mapping[str, Any], history: History, editor: Editor, *,
    key: str, sent: SentFile | None, folder: Path,
) -> Saved:  # fmt: skip
    """Save the edits of a form with the file that a key of it names from then on; raises what `put_file` raises.

    sent : None where none was chosen
    """
    if sent is None:
        raise OptionError(message("choose a file"))
    found = ATTACHED[file.kind][key]
    return put_file(
        file, edits, read, history, editor,
        key=(key,), stem=found.stem or file.slug, taken=found.taken(sent), folder=folder,
    )  # fmt: skip


MOST_NAMES = 1000
"""How many names are tried until one is free."""

_PIECE_BYTES = 1 << 20


def put_file(
    file: DocumentFile, edits: Sequence[Edit], read: Mapping[str, Any], history: History, editor: Editor, *,
    key: KeyPath, stem: str, taken: Path, folder: Path,
) -> Saved:  # fmt: skip
    """Save edits with a file that a key names from then on; the one before goes, if nothing else names it.

    key : of the document as it is now
    stem : of its name; it gets a number where that is taken
    taken : the file, with its suffix, in the folder of what was sent
    Raises what `save` raises; then nothing is put there.
    """
    data = file.parsed(file.read()).data
    named = value_at(data, key)
    old = path_beside(file, named)
    if old is not None and digest_of(old) == digest_of(taken):
        return save(file, edits, read, history, editor)
    target = free_path(file, stem, taken.suffix)
    removed = unnamed(file, data, [named] if old is not None else [], key)
    others = [each for each in edits if not (isinstance(each, Put) and each.path == key)]
    with placed(file, folder, [(taken, target)], removed) as paths:
        return save(file, [*others, Put(key, target.name)], read, history, editor, placed=paths, removed=removed)


def path_beside(file: DocumentFile, name: object) -> Path | None:
    """Return the file of a name, None where it is none beside the document."""
    folder = file.path.parent
    try:
        path = folder / str(name or "")
        is_there = bool(name) and path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return None
    return path if is_there else None


def free_path(file: DocumentFile, stem: str, suffix: str) -> Path:
    """Return a path beside a document where no file is yet."""
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, MOST_NAMES))
    paths = (file.path.with_name(f"{each}{suffix}") for each in names)
    return next(path for path in paths if not path.exists())


def unnamed(file: DocumentFile, data: Mapping[str, Any], names: Sequence[str], key: KeyPath) -> list[Path]:
    """Return the files of names that nothing but a key of the document names, in it and in those beside it.

    Routes lie in one folder, and a show lies beside its trail.
    """
    beside = [open_document(path, path.name) for path in file.path.parent.glob("*.toml") if path != file.path]
    if not all(each.is_read for each in beside):
        return []  # what a file that cannot be read names is not known
    others = {file.path.name, *_texts(data, key), *(text for each in beside for text in _texts(each.data, None))}
    found = (path_beside(file, name) for name in names if name not in others)
    return [path for path in found if path is not None]


def _texts(value: Any, but: KeyPath | None, path: KeyPath = ()) -> Iterator[str]:
    """Yield the texts of a document, but those below a key."""
    if path == but:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for step, each in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _texts(each, but, (*path, step))


@contextmanager
def placed(
    file: DocumentFile, folder: Path, targets: Sequence[tuple[Path, Path]], removed: Sequence[Path] = ()
) -> Iterator[list[Path]]:
    """Put files beside the document, and take them away again where it cannot be saved."""
    paths = list[Path]()
    try:
        note_placing(file.root, folder, [*(target for _, target in targets), *removed], file.path)
        for source, target in targets:
            _put(source, target)
            paths.append(target)
            target.chmod(0o644)
        yield paths
    except BaseException as error:
        for path in paths:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StorageError(cannot_write(file.path.parent, error)) from error
        raise


def _put(source: Path, target: Path) -> None:
    """Put a file where none is; renaming would overwrite."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        with source.open("rb") as content, target.open("xb") as copy:
            shutil.copyfileobj(content, copy)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            found.update(piece)
    return found.hexdigest()
