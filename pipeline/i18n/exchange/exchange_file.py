"""Name what goes out to a translator, and what comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.i18n.po import Unit
from pipeline.i18n.source_texts import SourceText
from pipeline.i18n.status import MISSING
from pipeline.i18n.translations import standing_of

ACCEPTED, TO_REVIEW, STILL_STALE, SILENT = "accepted", "to review", "still stale", "silent"
"""What a file says of a translation: done; somebody has to look; of a former French text; or nothing, as the files of
programs do that leave the states as they were."""


FORMER_FRENCH, FORMER_WORDS = "former-french", "former-translation"
"""What a note of a stale translation holds: the French that was translated, and its translation as it went out."""


@dataclass(frozen=True)
class ExportUnit:
    """A text for a translator, with the translation that there is."""

    source: SourceText
    unit: Unit

    @property
    def standing(self) -> str:
        """Return how far its translation may be trusted: `MISSING`, or a standing of `said.py`."""
        return standing_of(self.unit) if self.unit.target else MISSING

    @property
    def id(self) -> str:
        """Return what XLIFF calls it: the same as long as its place and its French are the same."""
        return "t" + hashlib.sha256("\x04".join(self.unit.key).encode()).hexdigest()[:16]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """Return what the translator has to know, by what it is about."""
        notes = [("context", self.unit.context), ("comment", self.source.comment)]
        if self.unit.is_stale:
            notes += [(FORMER_FRENCH, self.unit.former or ""), (FORMER_WORDS, self.unit.target)]
        notes += [("translator", note) for note in self.unit.notes]
        return [(about, note) for about, note in notes if note]


@dataclass(frozen=True)
class ExchangeFile:
    """What goes out: texts for a language, in the order of the catalogue."""

    language: str
    header: Unit
    texts: tuple[ExportUnit, ...]

    def by_file(self) -> dict[str, list[ExportUnit]]:
        """Return the texts by the file of the catalogue they were read from."""
        texts = dict[str, list[ExportUnit]]()
        for each in self.texts:
            texts.setdefault(each.source.file, []).append(each)
        return texts


@dataclass(frozen=True)
class ImportUnit:
    """A translation that came back.

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
    """Return what is claimed of words whose state still is that of a stale translation, and the French they are of.

    words, french : as they went out, None where a program dropped them
    """
    if words is None or not french:
        return TO_REVIEW, None
    # Words as they went out are those of the former French, as long as nobody says otherwise.
    return (STILL_STALE, french) if target == words else (SILENT, None)


@dataclass(frozen=True)
class Delivery:
    """What came back in one file.

    name : of the file, for messages
    """

    name: str
    language: str
    texts: Sequence[ImportUnit]
