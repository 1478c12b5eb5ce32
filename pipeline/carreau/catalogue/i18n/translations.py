"""Translations of the catalogue's texts, with fallback languages and standings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from carreau.base.languages import LANGUAGES, SOURCE, content_file
from carreau.base.package_folders import LOCALES
from carreau.catalogue.i18n.po import Unit, read_book

SOURCE_TEXT, REVIEWED, UNREVIEWED, STALE = "source", "reviewed", "unreviewed", "stale"
"""Standings: the curator's text; accepted by a person; not accepted yet; translated from a former French text."""


@dataclass(frozen=True)
class LocalizedText:
    """A text in one language.

    language : code of the language it is in, which may be another than was wanted
    standing : `SOURCE_TEXT`, `REVIEWED`, `UNREVIEWED` or `STALE`
    """

    text: str
    language: str
    standing: str


class Translations:
    """The texts of the catalogue in all languages; a file is read when it is first needed.

    locales : folder with a folder a language; a language that has no file has no text
    """

    def __init__(self, locales: Path = LOCALES) -> None:
        """Set the folder."""
        self.locales = locales
        self._read: dict[str, _Language] = {}

    def own(self, context: str, french: str) -> dict[str, LocalizedText]:
        """Return the text in every language that has one, French first; stale ones are included.

        Raises FormatError and ScanError, as reading the file of a language does.
        """
        texts = {SOURCE: LocalizedText(french, SOURCE, SOURCE_TEXT)}
        for language in LANGUAGES:
            if language != SOURCE and (text := self._language(language).text(context, french)):
                texts[language] = text
        return texts

    def units(self, language: str) -> tuple[Unit, ...]:
        """Return all texts of a language with their standing and lines; raises FormatError and ScanError."""
        return self._language(language).units

    def _language(self, language: str) -> _Language:
        if language not in self._read:
            self._read[language] = _Language(language, content_file(self.locales, language))
        return self._read[language]


class _Language:
    def __init__(self, language: str, path: Path) -> None:
        self.language, self._path = language, path

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        return read_book(self._path).units if self._path.is_file() else ()

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], Unit]:
        return {unit.key: unit for unit in self.units if unit.target}

    @cached_property
    def _by_context(self) -> dict[str, list[Unit]]:
        units = dict[str, list[Unit]]()
        for unit in self._by_key.values():
            units.setdefault(unit.context, []).append(unit)
        return units

    def text(self, context: str, french: str) -> LocalizedText | None:
        """Return the text, None without one; it is stale too where the French has changed since the last extraction."""
        unit = self._by_key.get((context, french))
        if unit is not None:
            return LocalizedText(unit.target, self.language, standing_of(unit))
        same_place = self._by_context.get(context, ())
        return LocalizedText(same_place[0].target, self.language, STALE) if len(same_place) == 1 else None


def standing_of(unit: Unit) -> str:
    """Return the standing of a translation."""
    return STALE if unit.is_stale else UNREVIEWED if unit.is_fuzzy else REVIEWED
