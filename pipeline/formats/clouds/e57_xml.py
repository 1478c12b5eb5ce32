"""Look at the XML of an E57 file before the library does, which trusts it."""

from __future__ import annotations

import os
import struct
import xml.parsers.expat
from pathlib import Path

from pipeline.errors import FormatError

DEEPEST = 64
"""Elements inside one another: real files have 8. The library is recursive, and its stack ends."""

MOST_SIBLINGS = 5000
"""Elements beside one another, such as scans: the library's time grows with their square, 20 s for 20,000."""

_PAGE, _CHECKSUM = 1024, 4
_LONGEST_BYTES = 256 << 20
_CURE = "the file may be damaged or cut short; copy or export it again"


def check_xml(path: Path) -> None:
    """Raise FormatError unless the file's XML lies in it, is well formed, and is of a shape that real files have.

    A document type is refused: through it XML fetches other files, and grows without end.

    Source: ASTM E2807-11, sections 8.2 and 8.3: pages of 1020 bytes with a checksum each.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(48)
        if len(head) < 48 or head[:8] != b"ASTM-E57":
            raise FormatError(path, "header", "it is no E57 file", _CURE)
        start, length, page = struct.unpack_from("<QQQ", head, 24)
        if page != _PAGE or start + length > size or not 0 < length <= _LONGEST_BYTES:
            cause = f"its XML is said to be {length:,} bytes at byte {start:,} of {size:,}"
            raise FormatError(path, "header", cause, _CURE)
        first = start // _PAGE * _PAGE
        file.seek(first)
        pages = file.read(length + length // (_PAGE - _CHECKSUM) * _CHECKSUM + 3 * _PAGE)
    body = b"".join(pages[at : at + _PAGE - _CHECKSUM] for at in range(0, len(pages), _PAGE))
    _check(path, body[start - first : start - first + length])


def _check(path: Path, text: bytes) -> None:
    siblings = [0]

    def refuse(cause: str) -> FormatError:
        return FormatError(path, f"XML, line {parser.CurrentLineNumber}", cause, _CURE)

    def begin(*_: object) -> None:
        siblings[-1] += 1
        if len(siblings) > DEEPEST or siblings[-1] > MOST_SIBLINGS:
            raise refuse("it has more elements than any scanner writes")
        siblings.append(0)

    def end(_: str) -> None:
        siblings.pop()

    def doctype(*_: object) -> None:
        raise refuse("it has a document type, which may name other files")

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text, True)
    except xml.parsers.expat.ExpatError as error:
        words = xml.parsers.expat.ErrorString(error.code)
        raise FormatError(path, f"XML, line {error.lineno}", f"it is not well formed ({words})", _CURE) from error
