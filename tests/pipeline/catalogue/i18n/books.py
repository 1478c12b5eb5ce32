"""Make small files of translations, and the messages they are of."""

from __future__ import annotations

from pathlib import Path

from carreau.base.languages import content_file
from carreau.catalogue.i18n.po import Book, Unit, write_book
from carreau.catalogue.i18n.source_texts import SourceText

HEADER = Unit("", "", "Language: nl\nContent-Type: text/plain; charset=UTF-8\n")


def message(context: str, text: str, limit: int | None = None) -> SourceText:
    return SourceText(context, text, ("name",), f"about {context}", limit, "", "sites/a/site.toml", 1)


def book(*units: Unit, obsolete: tuple[Unit, ...] = ()) -> Book:
    return Book(HEADER, units, obsolete)


def reviewed(context: str, text: str, target: str) -> Unit:
    return Unit(context, text, target)


def unreviewed(context: str, text: str, target: str) -> Unit:
    return Unit(context, text, target, ("fuzzy",))


def stale(context: str, text: str, target: str, former: str) -> Unit:
    return Unit(context, text, target, ("fuzzy",), former)


def written(locales: Path, language: str, *units: Unit) -> Path:
    path = content_file(locales, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_book(book(*units)))
    return path
