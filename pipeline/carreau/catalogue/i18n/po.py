"""Read and write PO files, with all that translators and their programs store; change texts of `interface.po`.

Babel's reader and writer lose data that we promise to keep: the former text of `#| msgid`, and the flags of obsolete
texts. Quoting and wrapping are Babel's, which also reads the files that are written here.

polib 1.2 keeps more, but loses the former text of obsolete entries (`#~|`) and breaks texts at U+0085 and U+2028. Of
the 12 broken files of the tests it accepts five: one cut off, one with plurals, one with a text that comes twice, two
with a quotation mark missing; it gives the line where an entry's comments begin, not that of its text. It is no faster:
1,242 entries take it 31 ms to read and 30 ms to write, and 23 ms and 28 ms here.
"""

from __future__ import annotations

import gettext
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path

from babel.messages.pofile import escape, normalize, unescape

from carreau.base.errors import FormatError, ScanError, cannot_read
from carreau.base.languages import PSEUDO
from carreau.base.messages import Message, message
from carreau.base.package_folders import LOCALES
from carreau.base.translator import PseudoTranslations

FUZZY = "fuzzy"


@dataclass(frozen=True)
class Unit:
    """A text with its translation.

    context : `msgctxt`
    text : `msgid`, the French text
    target : `msgstr`, empty as long as there is none
    flags : as `fuzzy`, in order
    former : the French text that was translated, where that is another; None otherwise
    notes : of the translator, `# `
    hints : for the translator, `#. `
    places : files, `#: `
    line : 1 and up, in the file it was read from
    """

    context: str
    text: str
    target: str = ""
    flags: tuple[str, ...] = ()
    former: str | None = None
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    line: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Return its unique key."""
        return self.context, self.text

    @property
    def is_fuzzy(self) -> bool:
        """Return whether the translation awaits acceptance by a person."""
        return FUZZY in self.flags

    @property
    def is_stale(self) -> bool:
        """Return whether the translation is of a former French text."""
        return self.is_fuzzy and self.former is not None


@dataclass(frozen=True)
class Book:
    """A PO file.

    header : its first text, whose lines are `Name: value`
    units : the texts there are
    obsolete : those that were there once
    """

    header: Unit
    units: tuple[Unit, ...] = ()
    obsolete: tuple[Unit, ...] = ()


def with_flag(unit: Unit, flag: str, is_there: bool = True) -> Unit:
    """Return a text with a flag, or without it."""
    rest = tuple(each for each in unit.flags if each != flag)
    return replace(unit, flags=(flag, *rest) if is_there else rest)


def write_book(book: Book) -> bytes:
    """Return the bytes of a PO file; the same book gives the same bytes."""
    parts = [_lines(book.header, "", True), *(_lines(each, "") for each in book.units)]
    parts += (_lines(each, "~") for each in book.obsolete)
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts).encode()


def write_unit(unit: Unit) -> bytes:
    """Return the lines of one text of a PO file."""
    return "".join(f"{line}\n" for line in _lines(unit, "")).encode()


def _lines(unit: Unit, mark: str, is_header: bool = False) -> Iterator[str]:
    yield from (f"# {note}".rstrip() for note in unit.notes)
    yield from (f"#. {hint}" for hint in unit.hints)
    if unit.places:
        yield f"#: {' '.join(unit.places)}"
    if unit.flags:
        yield f"#, {', '.join(unit.flags)}"
    if unit.former is not None:
        yield from _string_lines("msgid", unit.former, f"#{mark}| ")
    start = f"#{mark} " if mark else ""
    if not is_header and unit.context:
        yield f"{start}msgctxt {escape(unit.context)}"
    yield from _string_lines("msgid", unit.text, start)
    yield from _string_lines("msgstr", unit.target, start)


def _string_lines(keyword: str, text: str, start: str) -> Iterator[str]:
    for line in f"{keyword} {normalize(text)}".split("\n"):
        yield start + line


LARGEST_BYTES = 200_000_000
"""Size limit; one language of the 53 sites has 0.5 MB, 5,000 such sites would have 50 MB."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_CHARSET = re.compile(r"charset=([\w.:-]+)")
_ORDER = {"msgctxt": 0, "msgid": 1, "msgstr": 2}
_CURE = message("correct it, or open and save it in the translation program")


def read_book(path: Path) -> Book:
    """Read a PO file; raises FormatError, and ScanError where it cannot be opened or is too large."""
    content = read_limited(path, LARGEST_BYTES)
    return parse_book(content, str(path)) if len(content) > _REUSED_BYTES else _parse_once(content, str(path))


_REUSED_BYTES = 2_000_000
"""Largest file whose parsed texts are held for the next check: the 0.8 MB of the 53 sites in German take 2.6 MB."""


@lru_cache(maxsize=8)
def _parse_once(content: bytes, name: str) -> Book:
    """Parse a file, or return the book of the same bytes: the desk checks every language after each edit of one."""
    return parse_book(content, name)


def read_limited(path: Path, most_bytes: int) -> bytes:
    """Return the content of a translator's file; raises ScanError where it cannot be read or is larger."""
    try:
        if path.stat().st_size > most_bytes:
            cause = message("the file is over %(limit)s MB", limit=most_bytes // 10**6)
            raise ScanError(path, "", cause, message("check that it is the right file"))
        return path.read_bytes()
    except OSError as error:
        raise ScanError(path, "", cannot_read(error), message("check its name and its permissions")) from error


def parse_book(content: bytes, name: str) -> Book:
    """Parse the bytes of a PO file; raises FormatError.

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
    """An entry that is being parsed: its escaped strings by keyword, and its comments by their mark."""

    line: int = 0
    is_obsolete: bool = False
    strings: dict[str, list[str]] = field(default_factory=dict)
    former: dict[str, list[str]] = field(default_factory=dict)
    comments: dict[str, list[str]] = field(default_factory=dict)
    latest: list[str] | None = None

    def unit(self) -> Unit:
        strings = {keyword: _unescape(parts) for keyword, parts in self.strings.items()}
        flags = [flag.strip() for line in self.comments.get(",", ()) for flag in line.split(",")]
        return Unit(
            strings.get("msgctxt", ""),
            strings["msgid"],
            strings["msgstr"],
            tuple(flag for flag in dict.fromkeys(flags) if flag),
            _unescape(self.former["msgid"]) if "msgid" in self.former else None,
            tuple(self.comments.get(" ", ())),
            tuple(self.comments.get(".", ())),
            tuple(" ".join(self.comments.get(":", ())).split()),
            self.line,
        )


def _unescape(parts: list[str]) -> str:
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
    """Return whether a line is obsolete, whether it is of a former text, and its statement, None for a comment."""
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


@dataclass(frozen=True)
class FoundUnit:
    """A text of a file with its place.

    content : of the file; start, end : the bytes of the text's lines
    """

    unit: Unit
    content: bytes
    start: int
    end: int

    def replace_unit(self, unit: Unit) -> bytes:
        """Return the file with another text in the place of this one."""
        return self.content[: self.start] + write_unit(unit) + self.content[self.end :]


def find_unit(content: bytes, context: str, text: str) -> FoundUnit | None:
    """Return a text of a file; None where it is not there, or where its lines do not stand apart by empty lines."""
    needle = f"\nmsgctxt {escape(context)}\n".encode("utf-8", "surrogatepass")
    at = content.find(needle)
    while at >= 0:
        start = content.rfind(b"\n\n", 0, at + 1) + 2
        start = start if start > 1 else 0
        end = content.find(b"\n\n", at + 1) + 1 or len(content)
        try:
            book = parse_book(content[start:end], "")
        except FormatError:
            return None
        if len(book.units) != 1 or book.obsolete or book.header.target:
            return None
        if book.units[0].key == (context, text):
            return FoundUnit(book.units[0], content, start, end)
        at = content.find(needle, at + 1)
    return None


_LARGEST_BYTES = 20_000_000
_UNREVIEWED, _REVIEWED = '"X-Standing: unreviewed\\n"\n', "# reviewed\n"
"""Mark in the header of a file whose texts no person has read, and the comment of a text that a person has accepted."""
_WITH_END = re.compile(r"[^\n]*\n|[^\n]+")
_LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?) )?("(?:[^"\\]|\\.)*")\s*')


@dataclass(frozen=True)
class InterfaceText:
    """An English text with its translation.

    one, many : the English, for one thing and for several; `many` is empty for a text without a number
    forms : translations; of a text with a number one for each plural form of the language
    line : 1 and up, of its `msgid`
    is_reviewed : whether somebody who reads the language has accepted it, or all of its file
    """

    context: str
    one: str
    many: str
    forms: tuple[str, ...]
    is_fuzzy: bool
    line: int
    is_reviewed: bool = True

    @property
    def is_missing(self) -> bool:
        """Return whether pages show its English, or a part of it."""
        return self.is_fuzzy or not all(self.forms)

    @property
    def id(self) -> str:
        """Return a name for addresses, which depends on context and English alone."""
        return "i" + hashlib.sha256("\x04".join((self.context, self.one)).encode()).hexdigest()[:16]

    def english(self, form: int) -> str:
        """Return the English that a form says."""
        return self.many if form and self.many else self.one


def interface_file(locales: Path, language: str) -> Path:
    """Return the file with the words of pages and viewer in a language."""
    return locales / language / "LC_MESSAGES" / "interface.po"


def read_interface(path: Path) -> bytes:
    """Return the content of a file; raises ScanError where it cannot be read."""
    return read_limited(path, _LARGEST_BYTES)


def interface_texts(content: bytes, name: str) -> list[InterfaceText]:
    """Return the texts of a file, without its header and obsolete ones; raises FormatError.

    name : of the file, for messages
    """
    return [text for text, _, _ in _entries(_decode(content, name), name)]


def is_unreviewed(content: bytes) -> bool:
    """Return whether a file says that nobody has read its texts; each of them can be accepted then."""
    return _UNREVIEWED.encode() in content


def with_forms(
    content: bytes, text: InterfaceText, forms: Sequence[str], name: str, is_accepted: bool = True
) -> bytes | None:
    """Return a file with another translation of a text, which is not fuzzy any more; None where it has no such text.

    is_accepted : whether it is noted as reviewed, where the file as a whole is not
    """
    lines = _decode(content, name)
    note = [_REVIEWED] if is_accepted and is_unreviewed(content) else []
    for entry, start, end in _entries(lines, name):
        if (entry.context, entry.one, entry.many) == (text.context, text.one, text.many):
            first = next(at for at in range(start, end) if lines[at].startswith("msgstr"))
            keys = [f"msgstr[{number}]" for number in range(len(forms))] if text.many else ["msgstr"]
            translations = [f"{key} {escape(form)}\n" for key, form in zip(keys, forms, strict=True)]
            comments = [each for line in lines[start:first] if line != _REVIEWED and (each := _without_fuzzy(line))]
            return "".join([*lines[:start], *note, *comments, *translations, *lines[end:]]).encode()
    return None


def _decode(content: bytes, name: str) -> list[str]:
    if b"\r" in content:
        raise _refusal(name, content.count(b"\n", 0, content.index(b"\r")) + 1)
    try:
        return _WITH_END.findall(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        place = message("line %(line)s", line=line)
        raise FormatError(name, place, message("it is not UTF-8"), message("save it as UTF-8")) from error


def _entries(lines: Sequence[str], name: str) -> Iterator[tuple[InterfaceText, int, int]]:
    """Yield each text with the lines that it takes, without the empty one after it."""
    start, is_open = 0, _UNREVIEWED in lines
    for end in range(len(lines) + 1):
        if end < len(lines) and lines[end].strip():
            continue
        entry = _entry(lines, start, end, name) if end > start else None
        if entry is not None:
            is_reviewed = not is_open or _REVIEWED in lines[start:end]
            yield replace(entry, is_reviewed=is_reviewed and not entry.is_fuzzy), start, end
        start = end + 1


def _entry(lines: Sequence[str], start: int, end: int, name: str) -> InterfaceText | None:
    strings: dict[str, str] = {}
    key, place = "", start + 1
    for number in range(start, end):
        line = lines[number]
        if line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or not (match[1] or key):
            raise _refusal(name, number + 1)
        if match[1]:
            key = match[1]
            place = number + 1 if key == "msgid" else place
        strings[key] = strings.get(key, "") + unescape(match[2])
    if not strings.get("msgid"):
        return None  # the header, or an obsolete text
    forms = tuple(text for keyword, text in strings.items() if keyword.startswith("msgstr"))
    flags = [flag.strip() for line in lines[start:end] if line.startswith("#,") for flag in line[2:].split(",")]
    context, many = strings.get("msgctxt", ""), strings.get("msgid_plural", "")
    return InterfaceText(context, strings["msgid"], many, forms, FUZZY in flags, place)


def _refusal(name: str, line: int) -> FormatError:
    cause = message("this is not PO syntax")
    cure = message("correct it, or open and save it in the translation program")
    return FormatError(name, message("line %(line)s", line=line), cause, cure)


def _without_fuzzy(line: str) -> str:
    if not line.startswith("#,"):
        return line
    flags = [flag.strip() for flag in line[2:].split(",") if flag.strip() not in ("", FUZZY)]
    return f"#, {', '.join(flags)}\n" if flags else ""


@cache
def api_translations(language: str) -> gettext.NullTranslations:
    """Return the translations of the API's texts, English where the language has none."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    if language == PSEUDO:
        return PseudoTranslations()
    path = LOCALES / language / "LC_MESSAGES" / "server.po"
    if not path.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        # The server uses translations that await review, which are marked fuzzy, and a page has to say the same.
        write_mo(compiled, read_po(file, locale=language), use_fuzzy=True)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
