"""Put the texts of a new place that are not French into the translations of the catalogue.

Where the source has no French, its text stands in the catalogue in its own language, and as its own translation: so the
translation becomes stale, and is kept, when the team writes the French.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from carreau.base.diagnostics import KeyPath
from carreau.base.i18n.languages import TRANSLATED, content_file
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.i18n.extraction import book_of, merge
from carreau.catalogue.i18n.po import FUZZY, Book, Unit, write_book
from carreau.catalogue.i18n.source_texts import texts_of
from carreau.catalogue.site import Site
from carreau.exports.importing.record import Texts


def translation_files(entry: Entry[Site], texts: Mapping[KeyPath, Texts], locales: Path) -> dict[Path, bytes]:
    """Return the files of translators with the texts of a new place; those of other places do not change.

    texts : of the place by key, in all languages of the source

    They are marked as unreviewed. What is translated already stays. Raises FormatError and ScanError for a file that
    cannot be read.
    """
    found = dict[Path, bytes]()
    for language in TRANSLATED:
        units = [
            Unit(each.context, each.text, texts[each.key][language], (FUZZY,))
            for each in texts_of(entry)
            if language in texts.get(each.key, {})
        ]
        if units:
            added = merge(texts_of(entry), Book(Unit("", ""), tuple(units))).book.units
            found[content_file(locales, language)] = write_book(with_units(book_of(locales, language), added))
    return found


def with_units(book: Book, added: tuple[Unit, ...]) -> Book:
    """Return a file with further texts in the order of the catalogue: sites by name, then routes."""
    own = {unit.key: unit for unit in book.units}
    new = tuple(unit for unit in added if not own.get(unit.key, unit).target or unit.key not in own)
    keys = {unit.key for unit in new}
    rest = tuple(unit for unit in book.units if unit.key not in keys)
    place = _order(added[0])
    before = tuple(unit for unit in rest if _order(unit) <= place)
    after = tuple(unit for unit in rest if _order(unit) > place)
    return replace(book, units=(*before, *new, *after))


def _order(unit: Unit) -> tuple[bool, str]:
    kind, _, rest = unit.context.partition(".")
    return kind != "site", rest.partition(".")[0]
