"""Bring the files that translators work in up to the catalogue: a template, and a file a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from babel.messages.plurals import get_plural

from pipeline.catalogue.catalogue import Catalogue
from pipeline.catalogue.writing import write_whole
from pipeline.errors import OptionError
from pipeline.i18n.languages import DOMAIN, SOURCE, TRANSLATED, content_file
from pipeline.i18n.merging import Merged, merge
from pipeline.i18n.po import Book, Unit, write_book
from pipeline.i18n.po_reading import read_book
from pipeline.i18n.source_texts import texts_in
from pipeline.messages import Message, message, plural_message


@dataclass(frozen=True)
class Extracted:
    """What an extraction did.

    text_count : texts of the catalogue
    template : the file with all of them
    languages : what became of the file of each language
    """

    text_count: int
    template: Path
    languages: Mapping[str, Merged]

    def lines(self) -> list[Message]:
        """Return the number of texts, and a line for each language."""
        texts = plural_message(
            "%(count)s text in %(file)s", "%(count)s texts in %(file)s", self.text_count, file=str(self.template)
        )
        return [texts, *(_line(language, merged) for language, merged in self.languages.items())]


def _line(language: str, merged: Merged) -> Message:
    return message(
        "  %(language)s  %(new)s, %(stale)s, %(restored)s, %(obsolete)s (%(kept)s)",
        language=language,
        new=plural_message("%(count)s new", "%(count)s new", merged.new),
        stale=plural_message("%(count)s newly stale", "%(count)s newly stale", merged.stale),
        restored=plural_message("%(count)s restored", "%(count)s restored", merged.revived),
        obsolete=plural_message("%(count)s newly obsolete", "%(count)s newly obsolete", merged.retired),
        kept=plural_message("%(count)s kept", "%(count)s kept", len(merged.book.obsolete)),
    )


def extract(catalogue: Catalogue, locales: Path) -> Extracted:
    """Write the template and the files of all languages; nothing is written where one of them cannot be read.

    Raises OptionError for what a curator wrote, FormatError and ScanError for what translators did, StorageError.
    """
    merged = merged_books(catalogue, locales)
    template = locales / f"{DOMAIN}.pot"
    texts = merge(texts_in(catalogue), Book(_header("")))
    files = {template: texts.book} | {content_file(locales, each): one.book for each, one in merged.items()}
    for path, content in {path: write_book(book) for path, book in files.items()}.items():
        if not path.is_file() or path.read_bytes() != content:
            write_whole(path, content)
    return Extracted(len(texts.book.units), template, merged)


def merged_books(catalogue: Catalogue, locales: Path) -> dict[str, Merged]:
    """Return the file of each language as an extraction would write it; raises as `extract` does."""
    for entry in catalogue.entries():
        if not entry.sheet.is_read:
            # Its translations would all be taken for obsolete.
            finding = entry.sheet.findings[0].message()
            raise OptionError(message("%(folder)s/%(finding)s", folder=catalogue.root.as_posix(), finding=finding))
    texts = list(texts_in(catalogue))
    return {language: merge(texts, _book(locales, language)) for language in TRANSLATED}


def _book(locales: Path, language: str) -> Book:
    path = content_file(locales, language)
    book = read_book(path) if path.is_file() else Book(Unit("", ""))
    return book if book.header.target else replace(book, header=_header(language))


def _header(language: str) -> Unit:
    """Return the header of a new file; it holds no date, so that the same catalogue gives the same bytes."""
    fields = {
        "Project-Id-Version": "Carreau",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": f"{get_plural(language).plural_forms}" if language else "",
        "X-Source-Language": SOURCE,
    }
    return Unit("", "", "".join(f"{name}: {value}\n" for name, value in fields.items() if value))
