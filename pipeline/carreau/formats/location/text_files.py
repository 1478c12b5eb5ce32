"""Text, XML and TOML of the files beside a scan, read within limits, with errors that name file, line and key."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from carreau.base.document import TomlSyntaxError, parse_toml
from carreau.base.errors import FormatError, ScanError
from carreau.base.messages import Message, decode_text, message
from carreau.base.options import UNITS_M
from carreau.formats.location.crs import UP_AXES, CrsError, Triple, normal_crs

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


def parse_triple(path: Path, place: str, text: str, counts: tuple[int, ...] = (3,)) -> Triple:
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


def number_lines(text: str) -> Iterator[tuple[int, str]]:
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


Ring = tuple[tuple[float, float], ...]

MOST_TOML_BYTES = 1 << 20

_HEADER = re.compile(r"\s*\[\[?\s*([^\]]*?)\s*\]")
_PAIR = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")


class Table:
    """A table of a TOML file."""

    def __init__(self, path: Path, text: str, data: dict[str, Any], name: str = "") -> None:
        """Keep the values, and the text for line numbers."""
        self.path, self.text, self.data, self.name = path, text, data, name

    def allow(self, *names: str) -> None:
        """Raise FormatError for a key that is not one of the names."""
        for name in self.data:
            if name not in names:
                matches = difflib.get_close_matches(name, names, 1)
                cure = message("did you mean '%(name)s'?", name=matches[0]) if matches else _suggest_choices(names)
                raise self.key(name).error(message("unknown key"), cure)

    def key(self, name: str) -> Key:
        """Return a key of the table, which may be missing."""
        return Key(self, name)


class Key:
    """A key of a table, with its value."""

    def __init__(self, table: Table, name: str) -> None:
        """Look the value up."""
        self.parent, self.name = table, name
        self.exists = name in table.data
        self.value = table.data.get(name)

    @property
    def full_name(self) -> str:
        """Return the name with that of its table."""
        return f"{self.parent.name}.{self.name}" if self.parent.name else self.name

    @property
    def shown(self) -> str:
        """Return the value for a message."""
        text = repr(self.value)
        return text if len(text) <= 60 else text[:57] + "..."

    def error(self, cause: Message, cure: Message) -> FormatError:
        """Return the error about the key, which names file, line and key."""
        line = find_line(self.parent.text, self.full_name)
        place = message("line %(line)s, %(key)s", line=line, key=self.full_name) if line else self.full_name
        return FormatError(self.parent.path, place, cause, cure)

    def text(self) -> str:
        """Return a string on one line; empty without the key."""
        if not self.exists:
            return ""
        if not isinstance(self.value, str):
            raise self.error(message("%(value)s is not a string", value=self.shown), message("put it in quotes"))
        return " ".join(self.value.split())

    def flag(self) -> bool:
        """Return true or false; false without the key."""
        if not self.exists:
            return False
        if not isinstance(self.value, bool):
            cause = message("%(value)s is neither true nor false", value=self.shown)
            raise self.error(cause, message("write true or false, without quotes"))
        return self.value

    def unit(self) -> str | None:
        """Return a key of `UNITS_M`, None for "auto" and without the key."""
        return self._choice(tuple(UNITS_M))

    def axis(self) -> str | None:
        """Return one of `UP_AXES`, None for "auto" and without the key."""
        return self._choice(UP_AXES)

    def _choice(self, choices: tuple[str, ...]) -> str | None:
        if not self.exists or self.value == "auto":
            return None
        if self.value not in choices:
            raise self.error(
                message("%(value)s is not allowed", value=self.shown), _suggest_choices(("auto", *choices))
            )
        return str(self.value)

    def crs(self) -> str:
        """Return the name of a coordinate system; empty without the key."""
        if not self.exists:
            return ""
        if isinstance(self.value, bool) or not isinstance(self.value, int | str):
            cure = message('write a code such as 2154, or a string such as "2154+5720"')
            raise self.error(message("%(value)s is not an EPSG code", value=self.shown), cure)
        try:
            return normal_crs(str(self.value))
        except CrsError as error:
            cure = message("look up the code of the coordinate system in the EPSG registry")
            raise self.error(error.reason, cure) from error

    def positive(self) -> float | None:
        """Return a number above zero, None without the key."""
        if not self.exists:
            return None
        number = _number(self.value)
        if number is None or number <= 0:
            cause = message("%(value)s is not a length", value=self.shown)
            raise self.error(cause, message("give a number greater than zero"))
        return number

    def triple(self) -> Triple | None:
        """Return three numbers, None without the key."""
        if not self.exists:
            return None
        triple = _triple(self.value)
        if triple is None:
            raise self.error(message("%(value)s is not three numbers", value=self.shown), message("write [x, y, z]"))
        return triple

    def points(self, count: int) -> Any:
        """Return a number of points, each three numbers; None without the key."""
        if not self.exists:
            return None
        values = self.value if isinstance(self.value, list) else []
        points = tuple(_triple(value) for value in values)
        if len(points) != count or None in points:
            cause = message("%(value)s is not a list of %(number)s points", value=self.shown, number=count)
            raise self.error(cause, message("write %(number)s points [x, y, z] in one list", number=count))
        return points

    def numbers(self, count: int) -> tuple[float, ...] | None:
        """Return a list of numbers, None without the key."""
        if not self.exists:
            return None
        values = self.value if isinstance(self.value, list) else []
        numbers = [number for number in map(_number, values) if number is not None]
        if len(numbers) != count or len(values) != count:
            cause = message("%(value)s is not a list of %(number)s numbers", value=self.shown, number=count)
            raise self.error(cause, message("write %(number)s numbers in brackets", number=count))
        return tuple(numbers)

    def rings(self) -> tuple[Ring, ...]:
        """Return a list of rings of at least three points, each two numbers; empty without the key."""
        if not self.exists:
            return ()
        values = self.value if isinstance(self.value, list) else [None]
        parsed = [_ring(value) for value in values]
        rings = tuple(ring for ring in parsed if ring is not None)
        if len(rings) != len(parsed):
            cause = message("%(value)s is not a list of rings", value=self.shown)
            raise self.error(cause, message("write each ring as [[x, y], [x, y], [x, y]]"))
        return rings

    def ring(self) -> Ring:
        """Return a ring of at least three points, each two numbers; empty without the key."""
        if not self.exists:
            return ()
        ring = _ring(self.value)
        if ring is None:
            cause = message("%(value)s is not an outline", value=self.shown)
            raise self.error(cause, message("write its corners as [[x, y], [x, y], [x, y]]"))
        return ring

    def line(self) -> Ring:
        """Return a line of at least two points, each two numbers."""
        points = [_pair(item) for item in self.value] if isinstance(self.value, list) else []
        line = tuple(point for point in points if point is not None)
        if len(line) < 2 or len(line) != len(points):
            cause = message("%(value)s is not a line", value=self.shown)
            raise self.error(cause, message("write its corners as [[x, y], [x, y]]"))
        return line

    def number(self) -> float | None:
        """Return a number, None without the key."""
        if not self.exists:
            return None
        number = _number(self.value)
        if number is None:
            cause = message("%(value)s is not a number", value=self.shown)
            raise self.error(cause, message("give a number without quotes"))
        return number

    def whole(self, least: int = 0) -> int | None:
        """Return a whole number from `least`, None without the key."""
        number = self.number()
        if number is not None and (number < least or number != int(number)):
            cause = message("%(value)s is not a whole number from %(least)s", value=self.shown, least=least)
            raise self.error(cause, message("give a number without quotes"))
        return None if number is None else int(number)

    def texts(self) -> tuple[str, ...]:
        """Return a list of strings; empty without the key."""
        if not self.exists:
            return ()
        if not isinstance(self.value, list) or not all(isinstance(item, str) for item in self.value):
            cause = message("%(value)s is not a list of strings", value=self.shown)
            raise self.error(cause, message('write strings in brackets: ["…", "…"]'))
        return tuple(" ".join(item.split()) for item in self.value)

    def tables(self) -> tuple[Table, ...]:
        """Return an array of tables; each keeps the lines of its own header and keys, for line numbers."""
        if not self.exists:
            return ()
        values = self.value if isinstance(self.value, list) else [None]
        if not all(isinstance(item, dict) for item in values):
            cause = message("%(value)s is not an array of tables", value=self.shown)
            raise self.error(cause, message("write [[%(name)s]] on its own line, with its keys below", name=self.name))
        texts = _blocks(self.parent.text, self.full_name)
        texts = texts if len(texts) == len(values) else [self.parent.text] * len(values)
        return tuple(
            Table(self.parent.path, text, item, self.full_name) for text, item in zip(texts, values, strict=True)
        )

    def table(self) -> Table:
        """Return the value as a table."""
        if not isinstance(self.value, dict):
            cure = message("write [%(name)s] on its own line, with its keys below", name=self.full_name)
            raise self.error(message("%(value)s is not a table", value=self.shown), cure)
        return Table(self.parent.path, self.parent.text, self.value, self.full_name)


def toml_table(path: Path) -> Table:
    """Return the top table of a TOML file. Raises FormatError naming file and line if it is not valid TOML."""
    try:
        return Table(path, *parse_toml(_read_content(path)))
    except TomlSyntaxError as error:
        place = (
            message("line %(line)s, column %(column)s", line=error.line, column=error.column)
            if error.column
            else message("line %(line)s", line=error.line)
        )
        raise FormatError(path, place, error.cause, error.cure) from error


def _read_content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_TOML_BYTES:
            cause = message("it is larger than %(size)s bytes", size=MOST_TOML_BYTES)
            raise FormatError(path, "", cause, message("keep only the keys of the template"))
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def find_line(text: str, full_name: str) -> int | None:
    """Return the line of a key such as "height.metres", else that of its table, else None."""
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            table = _plain(header[1])
            if table == full_name:
                return number
        elif pair := _PAIR.match(line):
            name = ".".join(part for part in (table, _plain(pair[1])) if part)
            if full_name == name or name.startswith(f"{full_name}."):
                return number
    parent = full_name.rpartition(".")[0]
    return find_line(text, parent) if parent else None


def _blocks(text: str, name: str) -> list[str]:
    """Return the text once for each `[[name]]`, with the lines of all others blank, so that line numbers stay."""
    lines = text.split("\n")
    owners, count = [], 0
    is_inside = False
    for line in lines:
        if header := _HEADER.match(line):
            is_inside = _plain(header[1]) == name
            count += is_inside
        owners.append(count if is_inside else 0)
    return [
        "\n".join(line if owner == number else "" for line, owner in zip(lines, owners, strict=True))
        for number in range(1, count + 1)
    ]


def _suggest_choices(choices: tuple[str, ...]) -> Message:
    return message("use one of %(choices)s", choices=choices)


def _plain(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= FARTHEST and math.isfinite(value) else None


def _triple(value: object) -> Triple | None:
    numbers = [_number(item) for item in value] if isinstance(value, list) and len(value) == 3 else []
    x, y, z = numbers if len(numbers) == 3 else (None, None, None)
    return None if x is None or y is None or z is None else (x, y, z)


def _ring(value: object) -> Ring | None:
    points = [_pair(item) for item in value] if isinstance(value, list) else []
    ring = tuple(point for point in points if point is not None)
    return ring if len(ring) == len(points) >= 3 else None


def _pair(value: object) -> tuple[float, float] | None:
    numbers = [_number(item) for item in value] if isinstance(value, list) and len(value) == 2 else []
    x, y = numbers if len(numbers) == 2 else (None, None)
    return None if x is None or y is None else (x, y)
