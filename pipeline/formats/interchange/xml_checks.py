"""Refuse XML that could make its readers follow entities or fetch files, before they see it."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from pipeline.errors import FormatError
from pipeline.formats.interchange.parts import EXPORT_AGAIN, one_line

SAFE: dict[str, bool] = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": True}
"""Options of lxml. Its limits are off, because arrays of honest scans are longer; without a document type nothing grows
when it is read."""


class _RootSeenError(Exception):
    """The prolog has ended without a document type."""


def refuse_doctype(path: Path, data: bytes, place: str = "") -> None:
    """Raise FormatError where XML declares a document type or is damaged before its first element; reads no further.

    An entity can only be declared in a document type: a document without one cannot grow, or name another file.
    """

    def end(*_: object) -> None:
        raise _RootSeenError

    def refuse(*_: object) -> None:
        cause = "it declares a document type, which may name other files and grow without end"
        raise FormatError(path, place, cause, "export the scan without it")

    parser = expat.ParserCreate()
    parser.StartElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except _RootSeenError:
        return
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise FormatError(path, place, f"it is not XML ({one_line(error)})", EXPORT_AGAIN) from error
