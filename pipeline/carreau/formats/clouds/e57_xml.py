"""Checks of the XML of an E57 file, before the library parses it without limits."""

from __future__ import annotations

import os
import struct
import xml.parsers.expat
from pathlib import Path

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.formats.io.file_errors import DAMAGED

DEEPEST = 64
"""Greatest depth of elements; real files have 8. The library is recursive, and overflows its stack."""

MOST_SIBLINGS = 5000
"""Most elements with one parent, such as scans: the library takes quadratic time, 20 s for 20,000."""

_PAGE, _CHECKSUM = 1024, 4
_LONGEST_BYTES = 256 << 20


def check_xml(path: Path) -> None:
    """Raise FormatError unless the XML lies inside the file, is well formed, and has a plausible shape.

    A document type declaration is refused, since entities can name other files and expand without limit.

    Source: ASTM E2807-11, sections 8.2 and 8.3: pages of 1020 bytes with a checksum each.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(48)
        if len(head) < 48 or head[:8] != b"ASTM-E57":
            raise FormatError(path, message("header"), message("it is not an E57 file"), DAMAGED)
        start, length, page = struct.unpack_from("<QQQ", head, 24)
        if page != _PAGE or start + length > size or not 0 < length <= _LONGEST_BYTES:
            cause = message(
                "its XML section (%(length)s bytes at byte %(start)s) does not fit in the file (%(size)s bytes)",
                length=length,
                start=start,
                size=size,
            )
            raise FormatError(path, message("header"), cause, DAMAGED)
        first = start // _PAGE * _PAGE
        file.seek(first)
        pages = file.read(length + length // (_PAGE - _CHECKSUM) * _CHECKSUM + 3 * _PAGE)
    body = b"".join(pages[at : at + _PAGE - _CHECKSUM] for at in range(0, len(pages), _PAGE))
    _check(path, body[start - first : start - first + length])


def _check(path: Path, text: bytes) -> None:
    siblings = [0]

    def error_here(cause: Message) -> FormatError:
        return FormatError(path, message("XML, line %(line)s", line=parser.CurrentLineNumber), cause, DAMAGED)

    def begin(*_: object) -> None:
        siblings[-1] += 1
        if len(siblings) > DEEPEST or siblings[-1] > MOST_SIBLINGS:
            raise error_here(message("it has too many XML elements, or nests them too deeply"))
        siblings.append(0)

    def end(_: str) -> None:
        siblings.pop()

    def doctype(*_: object) -> None:
        raise error_here(message("it has a document type declaration, which is not allowed"))

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text, True)
    except xml.parsers.expat.ExpatError as error:
        cause = message("the XML is not well formed (%(reason)s)", reason=xml.parsers.expat.ErrorString(error.code))
        raise FormatError(path, message("XML, line %(line)s", line=error.lineno), cause, DAMAGED) from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not know, or that is not one of texts
        raise error_here(message("the XML is not well formed (%(reason)s)", reason=str(error))) from error
