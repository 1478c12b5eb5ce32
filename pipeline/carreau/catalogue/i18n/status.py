"""Progress of the translations, for every site, route and language."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.errors import OptionError
from carreau.base.i18n.languages import TRANSLATED
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import Catalogue
from carreau.catalogue.i18n.extraction import merged_books
from carreau.catalogue.i18n.po import Unit
from carreau.catalogue.i18n.source_texts import SourceText, context_of, texts_of
from carreau.catalogue.i18n.translations import REVIEWED, STALE, UNREVIEWED, standing_of

MISSING = "missing"
STANDINGS = {
    REVIEWED: message("translated"),
    UNREVIEWED: message("unreviewed"),
    STALE: message("stale"),
    MISSING: message("missing"),
}
"""Standings with their words; JSON has the English ones as keys."""


@dataclass(frozen=True)
class StatusRow:
    """The counts of a site or route.

    counts : number of texts by language, then by the words of `STANDINGS`
    texts : context of each text, with the word for its standing by language
    """

    slug: str
    name: str
    kind: str
    text_count: int
    counts: Mapping[str, Mapping[str, int]]
    texts: tuple[tuple[str, Mapping[str, Message]], ...]


@dataclass(frozen=True)
class Status:
    """The rows, and whether to list their texts."""

    rows: tuple[StatusRow, ...]
    is_detailed: bool = False

    def total(self, language: str) -> Mapping[str, int]:
        """Return the counts of a language."""
        return {word: sum(row.counts[language][word] for row in self.rows) for word in STANDINGS.values()}

    def lines(self) -> list[str]:
        """Return a table with a row for each site, and four counts for each language."""
        names = [*(row.slug for row in self.rows), ""]
        texts = [*(row.text_count for row in self.rows), sum(row.text_count for row in self.rows)]
        cells = [self._cells(language) for language in TRANSLATED]
        width = max(map(len, names))
        heads = (f"{language:<{len(cell[0])}}" for language, cell in zip(TRANSLATED, cells, strict=True))
        table = [
            f"{name:{width}}  {count:5d}  {'  '.join(row)}"
            for name, count, *row in zip(names, texts, *cells, strict=True)
        ]
        legend = message("Columns: French texts; then for each language: translated, unreviewed, stale, missing")
        return [f"{'':{width}}  {'':5}  {'  '.join(heads)}".rstrip(), *table, legend, *self._details()]

    def _cells(self, language: str) -> list[str]:
        table = [row.counts[language] for row in self.rows] + [self.total(language)]
        widths = {word: max(len(str(counts[word])) for counts in table) for word in STANDINGS.values()}
        return [" ".join(f"{counts[word]:{wide}d}" for word, wide in widths.items()) for counts in table]

    def _details(self) -> list[Message]:
        if not self.is_detailed:
            return []
        return [_details(place, standings) for row in self.rows for place, standings in row.texts]

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        rows = []
        for row in self.rows:
            entry = {"slug": row.slug, "name": row.name, "kind": row.kind, "texts": row.text_count}
            detail = {"standings": [{"place": place, **by} for place, by in row.texts]} if self.is_detailed else {}
            rows.append({**entry, "languages": row.counts, **detail})
        total = {language: self.total(language) for language in TRANSLATED}
        return {"texts": sum(row.text_count for row in self.rows), "languages": total, "entries": rows}


def status_of(catalogue: Catalogue, locales: Path, slug: str = "") -> Status:
    """Count the standings of all texts, as if they had just been extracted; writes nothing.

    slug : of the one site or route to count, and to tell text by text; empty for all

    Raises OptionError, FormatError and ScanError.
    """
    slugs = [entry.slug for entry in catalogue.entries()]
    if slug and slug not in slugs:
        raise no_such_entry(slug, slugs)
    books = {language: _by_key(merged.book.units) for language, merged in merged_books(catalogue, locales).items()}
    entries = [entry for entry in catalogue.entries() if slug in ("", entry.slug)]
    rows = (
        _row(entry.slug, entry.of.name or entry.slug, context_of(entry).partition(".")[0], texts_of(entry), books)
        for entry in entries
    )
    return Status(tuple(rows), bool(slug))


def no_such_entry(slug: str, slugs: Sequence[str]) -> OptionError:
    """Return the error of a `--site` that is not in the catalogue, with the nearest name in it."""
    near = difflib.get_close_matches(slug, slugs, 1, 0.6)
    cure = message("write %(word)s", word=near[0]) if near else message("see the names in sites/ and routes/")
    return OptionError(message("--site %(name)s: there is no such site or route; %(cure)s", name=slug, cure=cure))


def _details(place: str, standings: Mapping[str, Message]) -> Message:
    words = (message("%(language)s %(standing)s", language=each, standing=word) for each, word in standings.items())
    return message("%(place)s: %(standings)s", place=place, standings=tuple(words))


def _by_key(units: Iterable[Unit]) -> dict[tuple[str, str], Unit]:
    return {unit.key: unit for unit in units}


def _row(
    slug: str, name: str, kind: str, texts: Iterable[SourceText], books: Mapping[str, Mapping[tuple[str, str], Unit]]
) -> StatusRow:
    rows = tuple(
        (text.context, {language: _standing(book[text.context, text.text]) for language, book in books.items()})
        for text in texts
    )
    counts: dict[str, dict[str, int]] = {}
    for language in books:
        by_standing = Counter(standings[language] for _, standings in rows)
        counts[language] = {word: by_standing[word] for word in STANDINGS.values()}
    return StatusRow(slug, name, kind, len(rows), counts, rows)


def _standing(unit: Unit) -> Message:
    return STANDINGS[standing_of(unit) if unit.target else MISSING]
