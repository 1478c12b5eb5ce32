"""The formats that places are imported from: one row for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from carreau.base.errors import FormatError, OptionError
from carreau.base.messages import message
from carreau.catalogue.i18n.po import read_limited
from carreau.exports.importing.record import Outcomes, SourcePlace
from carreau.exports.importing.source_json import LARGEST_BYTES, parse_json

USUAL_NAMES = ("scene.svx.json", "manifest.json", "index.html")
"""Of the file in a folder that is given."""


@dataclass(frozen=True)
class SourceFormat:
    """A format.

    name : for people
    read : return what a file says, or None where it is of another format; raises FormatError
    """

    name: str
    read: Callable[[Path, bytes, Outcomes], SourcePlace | None]


def _voyager(path: Path, content: bytes, outcomes: Outcomes) -> SourcePlace | None:
    from carreau.exports.importing import voyager

    document = parse_json(content, path) if _is_json(content) else {}
    return voyager.read(path, document, outcomes) if voyager.is_scene(document) else None


def _iiif(path: Path, content: bytes, outcomes: Outcomes) -> SourcePlace | None:
    from carreau.exports.importing import iiif

    document = parse_json(content, path) if _is_json(content) else {}
    return iiif.read(path, document, outcomes) if iiif.is_manifest(document) else None


def _model_viewer(path: Path, content: bytes, outcomes: Outcomes) -> SourcePlace | None:
    from carreau.exports.importing import model_viewer

    return model_viewer.read(path, content, outcomes) if model_viewer.is_page(content) else None


FORMATS: tuple[SourceFormat, ...] = (
    SourceFormat("Voyager (scene.svx.json)", _voyager),
    SourceFormat("IIIF (manifest.json)", _iiif),
    SourceFormat("<model-viewer> (HTML)", _model_viewer),
)


def _is_json(content: bytes) -> bool:
    return content[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def source_file(source: Path) -> Path:
    """Return the file of a source: itself, or in a folder the one with a usual name; raises OptionError."""
    if not source.is_dir():
        return source
    found = [source / name for name in USUAL_NAMES if (source / name).is_file()]
    if len(found) != 1:
        raise OptionError(
            message(
                "%(folder)s: name the file to import; only exactly one of %(names)s in a folder is found by itself",
                folder=str(source), names=USUAL_NAMES,
            )
        )  # fmt: skip
    return found[0]


def read_source(path: Path, outcomes: Outcomes) -> SourcePlace:
    """Return what a file says of a place.

    Raises ScanError where it cannot be read, FormatError where it is of none of the formats, or is damaged.
    """
    content = read_limited(path, LARGEST_BYTES)
    for each in FORMATS:
        place = each.read(path, content, outcomes)
        if place is not None:
            return place
    known = tuple(each.name for each in FORMATS)
    if content.startswith(b"PK\x03\x04"):
        raise FormatError(
            path, "", message("it is a ZIP"), message("unpack it, and name the scene, manifest or page in it")
        )
    raise FormatError(
        path,
        "",
        message("it is none of the formats that are imported"),
        message("use one of: %(choices)s", choices=known),
    )
