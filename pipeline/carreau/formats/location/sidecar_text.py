"""Text and XML of sidecars, read with limits on size and depth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from carreau.base.errors import FormatError, ScanError
from carreau.base.messages import Message, message
from carreau.base.text_encoding import decode_text
from carreau.formats.location.metadata import Triple

MOST_BYTES = 1 << 22
"""Largest sidecar: a `coords.txt` has a line for each of some ten thousand photographs."""

DEEPEST = 64
EXPORT_OR_DELETE = message("export it again, or delete the file")
WRITE_WKT = message("write the coordinate system as WKT, or delete the file")
SET_EPSG = message("set epsg in scan.toml")
EMPTY = message("the file is empty")
FARTHEST = 1e12
"""Largest number that can be a coordinate."""


def sidecar_text(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """Return the text of a sidecar, whatever its encoding.

    Raises ScanError if it cannot be read, FormatError if it is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(data) > most_bytes:
        raise too_large(path, most_bytes)
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    return decode_text(data)


def too_large(path: Path, most_bytes: int) -> FormatError:
    """Return the error for a file that is larger than any real one."""
    cause = message("it is larger than %(size)s bytes", size=most_bytes)
    return FormatError(path, "", cause, message("replace it with the real file, or delete it"))


def unreadable(path: Path, error: OSError) -> ScanError:
    """Return the error for a file that cannot be read."""
    cause = message("it cannot be read (%(reason)s)", reason=str(error.strerror or error))
    return ScanError(path, "", cause, message("check its permissions"))


def xml_tree(path: Path, text: str) -> Element:
    """Return the XML of a sidecar under one root element, as RealityCapture writes several side by side.

    Document types and entities are refused: no sidecar needs them, and they can expand without limit.
    Raises FormatError naming the line.
    """
    for declaration in ("<!DOCTYPE", "<!ENTITY"):
        if declaration in text:
            line = text[: text.index(declaration)].count("\n") + 1
            cause = message("it has a document type declaration, which is not allowed")
            raise FormatError(path, message("line %(line)s", line=line), cause, EXPORT_OR_DELETE)
    parser, builder = expat.ParserCreate(), TreeBuilder()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _xml_error(path, parser, message("its elements are nested too deeply"))
        builder.start(tag.rpartition(":")[2], attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag.rpartition(":")[2])

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    body = text.lstrip()
    if body.startswith("<?xml"):
        end_of_declaration = body.find("?>") + 2
        # Keep the line breaks, so that messages name the right line.
        body = "\n" * body[:end_of_declaration].count("\n") + body[end_of_declaration:]
    lines_before = "\n" * text[: len(text) - len(text.lstrip())].count("\n")
    try:
        parser.Parse(f"<sidecar>{lines_before}{body}</sidecar>", True)
        return builder.close()
    except expat.ExpatError as error:
        cause = message("the XML is not well formed (%(reason)s)", reason=expat.ErrorString(error.code))
        raise _xml_error(path, parser, cause) from error


def _xml_error(path: Path, parser: expat.XMLParserType, cause: Message) -> FormatError:
    return FormatError(path, message("line %(line)s", line=parser.CurrentLineNumber), cause, EXPORT_OR_DELETE)


def first_text(tree: Element, tag: str) -> str:
    """Return the text of the first element with a tag, at any depth; empty without one."""
    first = next((element for element in tree.iter() if element.tag.lower() == tag.lower()), None)
    return (first.text or "").strip() if first is not None else ""


def triple_of(path: Path, place: str, text: str, counts: tuple[int, ...] = (3,)) -> Triple:
    """Return the numbers of a text, separated by commas, semicolons or white space; a missing third is 0.

    counts : allowed numbers of numbers: (3,) or (2, 3)
    Raises FormatError naming the place.
    """
    words = text.replace(",", " ").replace(";", " ").split()
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) not in counts or not all(math.isfinite(each) and abs(each) <= FARTHEST for each in numbers):
        line = " ".join(text.split())
        shown = line if len(line) <= 60 else line[:57] + "..."
        cause = (
            message("'%(text)s' is not three numbers", text=shown)
            if counts == (3,)
            else message("'%(text)s' is not two or three numbers", text=shown)
        )
        raise FormatError(path, place, cause, message("export it again, or set offset in scan.toml"))
    x, y, z = (*numbers, 0.0)[:3]
    return x, y, z


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, line.strip()


def in_folder(folder: Path, names: Iterable[str]) -> list[Path]:
    """Return the files of a folder with one of the names, in any case, in the order of the names."""
    try:
        entries = {entry.name.lower(): entry for entry in sorted(folder.iterdir(), reverse=True)}
    except OSError:
        return []
    paths = (entries.get(name.lower()) for name in names)
    return [path for path in paths if path is not None and path.is_file()]
