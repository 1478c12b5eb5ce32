"""Count how far the translations have come: of every site and route, in every language."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.catalogue.catalogue import Catalogue
from pipeline.errors import OptionError
from pipeline.i18n.contexts import context_of
from pipeline.i18n.extraction import merged_books
from pipeline.i18n.languages import TRANSLATED
from pipeline.i18n.localized_text import REVIEWED, STALE, UNREVIEWED
from pipeline.i18n.messages import Message, messages_of
from pipeline.i18n.po import Unit
from pipeline.i18n.translations import standing_of

MISSING = "missing"
STANDINGS = {REVIEWED: "translated", UNREVIEWED: "unreviewed", STALE: "stale", MISSING: "missing"}
"""Standings, and what they are called in a count."""


@dataclass(frozen=True)
class Row:
    """A site or route.

    counts : texts by language, and in it by what `STANDINGS` calls them
    texts : standings by place of a text, and in it by language
    """

    slug: str
    name: str
    kind: str
    text_count: int
    counts: Mapping[str, Mapping[str, int]]
    texts: tuple[tuple[str, Mapping[str, str]], ...]


@dataclass(frozen=True)
class Status:
    """Every row, and whether their texts are asked for one by one."""

    rows: tuple[Row, ...]
    is_detailed: bool = False

    def total(self, language: str) -> Mapping[str, int]:
        """Return the counts of a language."""
        return {word: sum(row.counts[language][word] for row in self.rows) for word in STANDINGS.values()}

    def lines(self) -> list[str]:
        """Return it for a person: a row a site, and in each language four counts."""
        names = [*(row.slug for row in self.rows), ""]
        texts = [*(row.text_count for row in self.rows), sum(row.text_count for row in self.rows)]
        cells = [self._cells(language) for language in TRANSLATED]
        width = max(map(len, names))
        heads = (f"{language:<{len(cell[0])}}" for language, cell in zip(TRANSLATED, cells, strict=True))
        table = [
            f"{name:{width}}  {count:5d}  {'  '.join(row)}"
            for name, count, *row in zip(names, texts, *cells, strict=True)
        ]
        legend = f"In each language: {', '.join(STANDINGS.values())}"
        return [f"{'':{width}}  texts  {'  '.join(heads)}".rstrip(), *table, legend, *self._details()]

    def _cells(self, language: str) -> list[str]:
        table = [row.counts[language] for row in self.rows] + [self.total(language)]
        widths = {word: max(len(str(counts[word])) for counts in table) for word in STANDINGS.values()}
        return [" ".join(f"{counts[word]:{wide}d}" for word, wide in widths.items()) for counts in table]

    def _details(self) -> list[str]:
        if not self.is_detailed:
            return []
        texts = [text for row in self.rows for text in row.texts]
        return [f"{place}: {', '.join(f'{each} {standing}' for each, standing in by.items())}" for place, by in texts]

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        rows = []
        for row in self.rows:
            made = {"slug": row.slug, "name": row.name, "kind": row.kind, "texts": row.text_count}
            detail = {"standings": [{"place": place, **by} for place, by in row.texts]} if self.is_detailed else {}
            rows.append({**made, "languages": row.counts, **detail})
        total = {language: self.total(language) for language in TRANSLATED}
        return {"texts": sum(row.text_count for row in self.rows), "languages": total, "entries": rows}


def status_of(catalogue: Catalogue, locales: Path, slug: str = "") -> Status:
    """Count as if the texts had just been extracted, which writes nothing.

    slug : of the one site or route to count, and to tell text by text; empty for all

    Raises OptionError, FormatError and ScanError.
    """
    known = [entry.slug for entry in catalogue.entries()]
    if slug and slug not in known:
        near = difflib.get_close_matches(slug, known, 1, 0.6)
        raise OptionError(f"--site: there is no {slug!r}; {f'write {near[0]}' if near else 'look into the catalogue'}")
    books = {language: _by_key(merged.book.units) for language, merged in merged_books(catalogue, locales).items()}
    entries = [entry for entry in catalogue.entries() if slug in ("", entry.slug)]
    rows = (
        _row(entry.slug, entry.of.name or entry.slug, context_of(entry).partition(".")[0], messages_of(entry), books)
        for entry in entries
    )
    return Status(tuple(rows), bool(slug))


def _by_key(units: Iterable[Unit]) -> dict[tuple[str, str], Unit]:
    return {unit.key: unit for unit in units}


def _row(
    slug: str, name: str, kind: str, messages: Iterable[Message], books: Mapping[str, Mapping[tuple[str, str], Unit]]
) -> Row:
    texts = tuple(
        (message.context, {each: _standing(book[message.context, message.text]) for each, book in books.items()})
        for message in messages
    )
    counts = {}
    for language in books:
        found = Counter(by[language] for _, by in texts)
        counts[language] = {word: found[word] for word in STANDINGS.values()}
    return Row(slug, name, kind, len(texts), counts, texts)


def _standing(unit: Unit) -> str:
    return STANDINGS[standing_of(unit) if unit.target else MISSING]
