"""Reject XML with entities or external references before a parser expands them."""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.formats.interchange.parts import EXPORT_AGAIN, one_line

SAFE: dict[str, bool] = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": True}
"""Options of lxml. `huge_tree` lifts its limits, which the arrays of valid scans exceed; XML without a document type
does not expand."""


class _PrologEndError(Exception):
    """The prolog has ended without a document type."""


def refuse_doctype(path: Path, data: bytes, place: str = "") -> None:
    """Raise FormatError if XML declares a document type or is damaged before its first element.

    Entities are declared in a document type only. So a document without one cannot expand, or name another file.
    """

    def end(*_: object) -> None:
        raise _PrologEndError

    def refuse(*_: object) -> None:
        cause = message("it has a document type declaration, which is not allowed")
        raise FormatError(path, place, cause, message("export it without a document type"))

    parser = expat.ParserCreate()
    parser.StartElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except _PrologEndError:
        return
    except (expat.ExpatError, ValueError, LookupError) as error:
        cause = message("the XML is not well formed (%(reason)s)", reason=one_line(error))
        raise FormatError(path, place, cause, EXPORT_AGAIN) from error
