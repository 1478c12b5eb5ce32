"""The data of files for translators: exported units, and the translations that are imported."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.catalogue.i18n.check_translations import MISSING
from carreau.catalogue.i18n.po import Unit
from carreau.catalogue.i18n.source_texts import SourceText
from carreau.catalogue.i18n.translations import standing_of

ACCEPTED, TO_REVIEW, STILL_STALE, SILENT = "accepted", "to review", "still stale", "silent"
"""Claims of a file about a translation: done; needs review; of a former French text; none, in files of programs that do
not change states."""

FORMER_FRENCH, FORMER_WORDS = "former-french", "former-translation"
"""Notes of a stale translation: the French that was translated, and its translation as exported."""


def id_of(key: tuple[str, str]) -> str:
    """Return the id of a text in XLIFF."""
    return "t" + hashlib.sha256("\x04".join(key).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ExportUnit:
    """A text for a translator, with its present translation."""

    source: SourceText
    unit: Unit

    @property
    def standing(self) -> str:
        """Return the standing of its translation, or `MISSING`."""
        return standing_of(self.unit) if self.unit.target else MISSING

    @property
    def id(self) -> str:
        """Return its id in XLIFF, which depends on its context and its French alone."""
        return id_of(self.unit.key)

    @property
    def notes(self) -> list[tuple[str, str]]:
        """Return the notes for the translator, each with its subject."""
        notes = [("context", self.unit.context), ("comment", self.source.comment)]
        if self.unit.is_stale:
            notes += [(FORMER_FRENCH, self.unit.former or ""), (FORMER_WORDS, self.unit.target)]
        notes += [("translator", note) for note in self.unit.notes]
        return [(about, note) for about, note in notes if note]


@dataclass(frozen=True)
class ExchangeFile:
    """The exported texts of a language, in the order of the catalogue."""

    language: str
    header: Unit
    texts: tuple[ExportUnit, ...]

    def by_file(self) -> dict[str, list[ExportUnit]]:
        """Return the texts by their file of the catalogue."""
        texts = dict[str, list[ExportUnit]]()
        for each in self.texts:
            texts.setdefault(each.source.file, []).append(each)
        return texts


@dataclass(frozen=True)
class ImportUnit:
    """An imported translation.

    context : its place; text : the French that was translated
    claim : `ACCEPTED`, `TO_REVIEW`, `STILL_STALE` or `SILENT`
    line : in the file it came in
    former : the French that was translated before, where it still is that translation
    """

    context: str
    text: str
    target: str
    claim: str
    line: int
    former: str | None = None


def claim_of_stale(target: str, words: str | None, french: str | None) -> tuple[str, str | None]:
    """Return the claim of a translation whose state is still that of a stale one, and the French it is of.

    words, french : as they went out, None where a program dropped them
    """
    if words is None or not french:
        return TO_REVIEW, None
    # A translation that did not change since the export is still that of the former French.
    return (STILL_STALE, french) if target == words else (SILENT, None)


@dataclass(frozen=True)
class Delivery:
    """The translations of one imported file.

    name : of the file, for messages
    """

    name: str
    language: str
    texts: Sequence[ImportUnit]


LARGEST_BYTES = 50_000_000
"""Size limit; one language of the 53 sites has about 1 MB."""

# In UTF-8 as in UTF-16. A text that speaks of it has "&lt;" there.
_DOCTYPE = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_xml(content: bytes, name: str) -> etree._Element:
    """Return the root of a document; raises FormatError.

    name : of the file, for messages
    """
    if len(content) > LARGEST_BYTES:
        cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
        raise FormatError(name, "", cause, message("export one site at a time"))
    if _DOCTYPE.search(content):
        raise _doctype(name)
    # With `huge_tree` off, libxml2 refuses deep nesting and entity expansion by itself.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        text = re.sub(r", line \d+, column \d+.*$", "", " ".join(str(error).split()))
        cause = message("invalid XML: %(error)s", error=text[:100])
        cure = message("export it again from the translation program")
        raise FormatError(name, message("line %(line)s", line=line), cause, cure) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype(name)
    return root


def forbidden_in_xml(text: str) -> str | None:
    r"""Return the first character that XML does not allow, such as "U+0007"; None where there is none.

    >>> forbidden_in_xml("a\u0007"), forbidden_in_xml("a\n")
    ('U+0007', None)
    """
    match = _FORBIDDEN.search(text)
    return f"U+{ord(match[0]):04X}" if match else None


def _doctype(name: str) -> FormatError:
    cause = message("it declares a document type, which may refer to other files")
    return FormatError(name, "", cause, message("remove the declaration; XLIFF does not need it"))
