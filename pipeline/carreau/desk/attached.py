"""Files that a field of a form names, checked before anything of them is kept: lines, outlines and captions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from carreau.base.errors import FormatError, OptionError
from carreau.base.messages import message
from carreau.catalogue.media import SOUND, VIDEO
from carreau.catalogue.probe.webvtt import overlap_in, read_captions
from carreau.catalogue.route_line import Origin, RouteLine, line_bytes
from carreau.desk.beside import put_file
from carreau.desk.document_file import DocumentFile
from carreau.desk.edits import Edit
from carreau.desk.history import Editor, History
from carreau.desk.incoming import SentFile
from carreau.desk.saving import Saved
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
