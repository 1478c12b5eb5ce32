"""Write the texts of one language into a file for a translator: `carreau texts export`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from carreau.base.atomic_write import write_whole
from carreau.base.errors import OptionError
from carreau.base.i18n.languages import TRANSLATED
from carreau.base.messages import Message, message, plural_message
from carreau.catalogue.catalogue import Catalogue
from carreau.catalogue.i18n.exchange.exchange_file import ExchangeFile, ExportUnit
from carreau.catalogue.i18n.extraction import merged_books
from carreau.catalogue.i18n.po import Book, write_book
from carreau.catalogue.i18n.source_texts import texts_in, texts_of
from carreau.catalogue.i18n.status import no_such_entry

PO, XLIFF12, XLIFF21 = "po", "xliff12", "xliff21"
FORMATS = (PO, XLIFF12, XLIFF21)


@dataclass(frozen=True)
class TextsExportResult:
    """The result of an export: how many texts there are, and how many need work."""

    out: Path
    text_count: int
    open_count: int

    def lines(self) -> list[Message]:
        """Return both counts."""
        return [
            plural_message(
                "%(count)s text in %(file)s, %(open)s to translate or review",
                "%(count)s texts in %(file)s, %(open)s to translate or review",
                self.text_count, file=str(self.out), open=self.open_count,
            )
        ]  # fmt: skip


def export_texts(
    catalogue: Catalogue, locales: Path, language: str, out: Path, slug: str = "", file_format: str = PO
) -> TextsExportResult:
    """Write the texts of a language to a file.

    slug : of a site or route; empty for all
    file_format : one of `FORMATS`

    Raises OptionError for invalid options, and the errors of reading translations.
    """
    exported = exchange_file(catalogue, locales, language, slug)
    write_whole(out, _writer(file_format)(exported))
    open_count = sum(not each.unit.target or each.unit.is_fuzzy for each in exported.texts)
    return TextsExportResult(out, len(exported.texts), open_count)


def exchange_file(catalogue: Catalogue, locales: Path, language: str, slug: str = "") -> ExchangeFile:
    """Return the texts of a language as an extraction would give them; raises as `export_texts` does."""
    if language not in TRANSLATED:
        raise OptionError(
            message("--lang %(language)s: use one of: %(choices)s", language=language, choices=TRANSLATED)
        )
    entries = [entry for entry in catalogue.entries() if slug in ("", entry.slug)]
    if not entries:
        raise no_such_entry(slug, [entry.slug for entry in catalogue.entries()])
    book = merged_books(catalogue, locales)[language].book
    units = {unit.key: unit for unit in book.units}
    texts = texts_in(catalogue) if not slug else (each for entry in entries for each in texts_of(entry))
    return ExchangeFile(
        language, book.header, tuple(ExportUnit(each, units[each.context, each.text]) for each in texts)
    )


def format_for(out: Path) -> str:
    """Return the format for the suffix of a file.

    >>> format_for(Path("nl.xlf")), format_for(Path("nl.po"))
    ('xliff12', 'po')
    """
    return XLIFF12 if out.suffix.lower() in (".xlf", ".xliff") else PO


def _writer(file_format: str) -> Callable[[ExchangeFile], bytes]:
    from carreau.catalogue.i18n.exchange.xliff12 import write_xliff12
    from carreau.catalogue.i18n.exchange.xliff21 import write_xliff21

    writers: Mapping[str, Callable[[ExchangeFile], bytes]] = {
        PO: _write_po, XLIFF12: write_xliff12, XLIFF21: write_xliff21
    }  # fmt: skip
    if file_format not in writers:
        raise OptionError(message("--format %(format)s: use one of: %(choices)s", format=file_format, choices=FORMATS))
    return writers[file_format]


def _write_po(exported: ExchangeFile) -> bytes:
    return write_book(Book(exported.header, tuple(each.unit for each in exported.texts)))
