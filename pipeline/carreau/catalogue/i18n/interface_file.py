"""Change single texts of `interface.po`, whose plurals `carreau.catalogue.i18n.po` does not read; other bytes stay."""

from __future__ import annotations

import gettext
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from babel.messages.pofile import escape, unescape

from carreau.base.errors import FormatError
from carreau.base.languages import PSEUDO
from carreau.base.messages import message
from carreau.base.package_folders import LOCALES
from carreau.base.translator import PseudoTranslations
from carreau.catalogue.i18n.po import FUZZY, read_limited

_LARGEST_BYTES = 20_000_000
_UNREVIEWED, _REVIEWED = '"X-Standing: unreviewed\\n"\n', "# reviewed\n"
"""What the header of a file says whose texts nobody has read, and the comment of one that somebody has accepted."""
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
    return [text for text, _, _ in _entries(_decoded(content, name), name)]


def is_unreviewed(content: bytes) -> bool:
    """Return whether a file says that nobody has read its texts; each of them can be accepted then."""
    return _UNREVIEWED.encode() in content


def with_forms(
    content: bytes, text: InterfaceText, forms: Sequence[str], name: str, is_accepted: bool = True
) -> bytes | None:
    """Return a file with another translation of a text, which is not fuzzy any more; None where it has no such text.

    is_accepted : whether it is noted as reviewed, where the file as a whole is not
    """
    lines = _decoded(content, name)
    note = [_REVIEWED] if is_accepted and is_unreviewed(content) else []
    for found, start, end in _entries(lines, name):
        if (found.context, found.one, found.many) == (text.context, text.one, text.many):
            first = next(at for at in range(start, end) if lines[at].startswith("msgstr"))
            keys = [f"msgstr[{number}]" for number in range(len(forms))] if text.many else ["msgstr"]
            made = [f"{key} {escape(form)}\n" for key, form in zip(keys, forms, strict=True)]
            kept = [each for line in lines[start:first] if line != _REVIEWED and (each := _without_fuzzy(line))]
            return "".join([*lines[:start], *note, *kept, *made, *lines[end:]]).encode()
    return None


def _decoded(content: bytes, name: str) -> list[str]:
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
