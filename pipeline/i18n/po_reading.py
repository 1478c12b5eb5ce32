"""Read a PO file; what makes no sense is told with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.pofile import unescape

from pipeline.errors import FormatError, ScanError
from pipeline.i18n.po import Book, Unit
from pipeline.messages import Message, message

LARGEST_BYTES = 200_000_000
"""Of a file; one language of the 53 sites has 0.5 MB, and of 5,000 such sites would have 50 MB."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_CHARSET = re.compile(r"charset=([\w.:-]+)")
_ORDER = {"msgctxt": 0, "msgid": 1, "msgstr": 2}
_CURE = message("correct it, or open and save it in the translation program")


def read_book(path: Path) -> Book:
    """Return what a PO file holds; raises FormatError, and ScanError where it cannot be opened or is too large."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
            raise ScanError(path, "", cause, message("check that it is the right file"))
        content = path.read_bytes()
    except OSError as error:
        cause = message("it cannot be read: %(error)s", error=str(error.strerror or error))
        raise ScanError(path, "", cause, message("check its name and its permissions")) from error
    return parse_book(content, str(path))


def parse_book(content: bytes, name: str) -> Book:
    """Return what the bytes of a PO file say; raises FormatError.

    name : of the file, for messages
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FormatError(name, _place(line), message("it is not UTF-8"), message("save it as UTF-8")) from error
    header, units, obsolete = Unit("", ""), list[Unit](), list[Unit]()
    lines = dict[tuple[str, str], int]()
    for unit, is_obsolete in _units(text.split("\n"), name):
        if is_obsolete:
            obsolete.append(unit)
        elif unit.key == ("", ""):
            header = unit
            _check_charset(header, name)
        else:
            if unit.key in lines:
                cause = message("the text of line %(line)s is repeated", line=lines[unit.key])
                raise FormatError(name, _place(unit.line), cause, message("keep one of them"))
            lines[unit.key] = unit.line
            units.append(unit)
    return Book(header, tuple(units), tuple(obsolete))


def _check_charset(header: Unit, name: str) -> None:
    charset = _CHARSET.search(header.target)
    if charset and charset[1].lower() not in ("utf-8", "utf8"):
        cause = message("the header declares the encoding %(encoding)s", encoding=charset[1])
        cure = message("save it as UTF-8, and write charset=UTF-8 there")
        raise FormatError(name, _place(header.line), cause, cure)


def _place(line: int) -> Message:
    return message("line %(line)s", line=line)


@dataclass
class _Draft:
    """A text as far as it has been read: its strings by keyword, as they are escaped; its comments by their mark."""

    line: int = 0
    is_obsolete: bool = False
    strings: dict[str, list[str]] = field(default_factory=dict)
    former: dict[str, list[str]] = field(default_factory=dict)
    comments: dict[str, list[str]] = field(default_factory=dict)
    latest: list[str] | None = None

    def unit(self) -> Unit:
        said = {keyword: _unescaped(parts) for keyword, parts in self.strings.items()}
        flags = [flag.strip() for line in self.comments.get(",", ()) for flag in line.split(",")]
        return Unit(
            said.get("msgctxt", ""),
            said["msgid"],
            said["msgstr"],
            tuple(flag for flag in dict.fromkeys(flags) if flag),
            _unescaped(self.former["msgid"]) if "msgid" in self.former else None,
            tuple(self.comments.get(" ", ())),
            tuple(self.comments.get(".", ())),
            tuple(" ".join(self.comments.get(":", ())).split()),
            self.line,
        )


def _unescaped(parts: list[str]) -> str:
    text = "".join(parts)
    return unescape(f'"{text}"') if "\\" in text else text


def _units(lines: list[str], name: str) -> Iterator[tuple[Unit, bool]]:
    draft = _Draft()
    for number, raw in enumerate(lines, 1):
        line = raw.strip(" \t\r")
        if not line:
            continue
        if line[0] == '"' and draft.latest is not None and _STRING.fullmatch(line):
            draft.latest.append(line[1:-1])  # half of all lines only go on with a text
            continue
        is_obsolete, is_former, statement = _marks(line)
        begins = statement.startswith(("msgctxt", "msgid")) if statement is not None else True
        if "msgstr" in draft.strings and (begins or is_former):
            yield draft.unit(), draft.is_obsolete
            draft = _Draft()
        if statement is None:
            mark, text = (line[1], line[2:]) if line[1:2] in (".", ":", ",") else (" ", line[1:])
            draft.comments.setdefault(mark, []).append(text.removeprefix(" "))
            continue
        draft.is_obsolete |= is_obsolete
        _take(draft, statement, is_former, number, name)
    if "msgstr" in draft.strings:
        yield draft.unit(), draft.is_obsolete
    elif draft.strings:
        raise FormatError(
            name, _place(len(lines)), message("the last text has no msgstr: the file is truncated"), _CURE
        )


def _marks(line: str) -> tuple[bool, bool, str | None]:
    """Return whether a line is of an obsolete text, whether of a former one, and its statement; None for a comment."""
    if line[0] != "#":
        return False, False, line
    if line.startswith("#~|"):
        return True, True, line[3:].strip()
    if line.startswith("#~"):
        return True, False, line[2:].strip()
    if line.startswith("#|"):
        return False, True, line[2:].strip()
    return False, False, None


def _take(draft: _Draft, statement: str, is_former: bool, number: int, name: str) -> None:
    keyword, _, rest = ("", "", statement) if statement.startswith('"') else statement.partition(" ")
    string, strings = rest.strip(), draft.former if is_former else draft.strings
    if not _STRING.fullmatch(string):
        cause = (
            message("a quotation mark is missing or not escaped")
            if keyword in ("", *_ORDER)
            else message("this is not PO syntax")
        )
        raise FormatError(name, _place(number), cause, _CURE)
    if keyword:
        if keyword not in _ORDER or _ORDER[keyword] <= _ORDER.get(next(reversed(strings), ""), -1):
            cause = message("%(keyword)s is not allowed here", keyword=keyword[:40])
            raise FormatError(name, _place(number), cause, _CURE)
        if keyword == "msgstr" and "msgid" not in strings:
            raise FormatError(name, _place(number), message("there is no msgid before this msgstr"), _CURE)
        draft.latest = strings[keyword] = []
        if keyword == "msgid" and not is_former:
            draft.line = number
    if draft.latest is None:
        raise FormatError(name, _place(number), message("there is no msgid or msgstr before this text"), _CURE)
    draft.latest.append(string[1:-1])
