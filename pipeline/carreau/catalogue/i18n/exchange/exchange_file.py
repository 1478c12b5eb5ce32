"""The data of files for translators: exported units, and the translations that are imported."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from carreau.catalogue.i18n.po import Unit
from carreau.catalogue.i18n.source_texts import SourceText
from carreau.catalogue.i18n.status import MISSING
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
