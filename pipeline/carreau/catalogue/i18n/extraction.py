"""Update the files of translators from the catalogue: a template, and a PO file for each language.

Babel's own update matches a new text with one of similar spelling anywhere. Here a text belongs to its context: where
the French changes, its translation stays there and becomes stale, and no work of a translator is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from babel.messages.plurals import get_plural

from carreau.base.document import read_document
from carreau.base.errors import OptionError
from carreau.base.files import write_whole
from carreau.base.languages import DOMAIN, SOURCE, TRANSLATED, content_file
from carreau.base.messages import Message, message, plural_message
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.i18n.po import FUZZY, Book, Unit, read_book, with_flag, write_book
from carreau.catalogue.i18n.source_texts import SourceText, texts_in, texts_of
from carreau.catalogue.map_scene import MapScene
from carreau.catalogue.route import Route
from carreau.catalogue.show import ENDING, Show
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import read_table
from carreau.catalogue.trail import SCENE_ENDING, SHEET, Trail


@dataclass(frozen=True)
class Merged:
    """An updated file, and the numbers of its changes.

    new : texts that were not there, without those that are stale
    stale : texts whose French changed
    restored : texts that were obsolete
    retired : texts that became obsolete
    """

    book: Book
    new: int
    stale: int
    restored: int
    retired: int


@dataclass(frozen=True)
class Extracted:
    """The result of an extraction.

    text_count : texts of the catalogue
    template : the file with all of them
    languages : the updated file of each language
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
        restored=plural_message("%(count)s restored", "%(count)s restored", merged.restored),
        obsolete=plural_message("%(count)s newly obsolete", "%(count)s newly obsolete", merged.retired),
        kept=plural_message("%(count)s kept", "%(count)s kept", len(merged.book.obsolete)),
    )


def extract(catalogue: Catalogue, locales: Path) -> Extracted:
    """Write the template and the files of all languages; writes nothing where one of them cannot be read.

    Raises OptionError for an invalid catalogue, FormatError and ScanError for invalid translations, StorageError.
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
        if not entry.document.is_read:
            # Its translations would all be taken for obsolete.
            finding = entry.document.findings[0].message()
            raise OptionError(message("%(folder)s/%(finding)s", folder=catalogue.root.as_posix(), finding=finding))
    texts = list(texts_in(catalogue))
    return {language: merge(texts, book_of(locales, language)) for language in TRANSLATED}


def book_of(locales: Path, language: str) -> Book:
    """Return the file of a language, or a new one with its header; raises as reading it does."""
    path = content_file(locales, language)
    book = read_book(path) if path.is_file() else new_book(language)
    return book if book.header.target else replace(book, header=_header(language))


def new_book(language: str) -> Book:
    """Return a file of a language without texts."""
    return Book(_header(language))


def _header(language: str) -> Unit:
    """Return the header of a new file, without a date, so that the same catalogue gives the same bytes."""
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


Key = tuple[str, str]


def merge(texts: Iterable[SourceText], old: Book) -> Merged:
    """Return a file with the texts of the catalogue in their order, each with its translation where there is one.

    The translation of a removed text is kept among the obsolete texts, and is restored when the text returns. Where
    exactly one text of a context changed, its translation is also kept there, as stale.
    """
    current = {(each.context, each.text): each for each in texts}
    existing = {unit.key: unit for unit in old.units}
    obsolete = {unit.key: unit for unit in old.obsolete}
    removed = [unit for key, unit in existing.items() if key not in current]
    added = [key for key in current if key not in existing and key not in obsolete]
    stale = {key: _stale(key, unit, obsolete) for key, unit in _changed(added, removed).items()}
    units = {**{key: Unit(*key) for key in added}, **stale, **obsolete, **existing}
    restored = [obsolete[key] for key in current if key in obsolete and key not in existing]
    retired = [replace(unit, hints=(), places=()) for unit in removed if _is_kept(unit, obsolete)]
    restored_ids = {id(unit) for unit in restored}
    still_obsolete = [unit for unit in old.obsolete if id(unit) not in restored_ids]
    book = replace(
        old,
        units=tuple(_described(units[key], text) for key, text in current.items()),
        obsolete=(*still_obsolete, *retired),
    )
    return Merged(book, len(added) - len(stale), len(stale), len(restored), len(retired))


def _changed(added: Sequence[Key], removed: Sequence[Unit]) -> dict[Key, Unit]:
    """Return the former unit of a changed text: where a context has lost exactly one text and got exactly one."""
    came, went = dict[str, list[Key]](), dict[str, list[Unit]]()
    for key in added:
        came.setdefault(key[0], []).append(key)
    for unit in removed:
        went.setdefault(unit.context, []).append(unit)
    pairs = ((keys, went.get(context, [])) for context, keys in came.items())
    return {keys[0]: units[0] for keys, units in pairs if len(keys) == len(units) == 1 and units[0].target}


def _stale(key: Key, before: Unit, obsolete: Mapping[Key, Unit]) -> Unit:
    """Return a text with its former translation; one that was stale already keeps the French it was made from."""
    former = before.former if before.is_stale and not _is_kept(before, obsolete) else before.text
    return with_flag(Unit(*key, before.target, before.flags, former, before.notes), FUZZY)


def _is_kept(unit: Unit, obsolete: Mapping[Key, Unit]) -> bool:
    """Return whether a removed text has work of a translator that no obsolete text has already."""
    first = obsolete.get((unit.context, unit.former or "")) if unit.is_stale else None
    if first is not None and (first.target, first.notes) == (unit.target, unit.notes):
        return not set(unit.flags) <= {FUZZY, *first.flags}
    return bool(unit.target or unit.notes or unit.flags)


def _described(unit: Unit, text: SourceText) -> Unit:
    """Return a text with its current comments; an accepted translation has no former text."""
    former = unit.former if unit.is_fuzzy and unit.former != unit.text else None
    return replace(unit, hints=tuple(text.comment.split("\n")), places=(text.file,), former=former)


_PLACED = "pgettext"
"""Babel's name for a text with a context."""


def babel_extract(
    fileobj: IO[bytes], _keywords: Mapping[str, Any], _comment_tags: Collection[str], **_options: Any
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Yield the texts of a site, a trail, a show, a map that moves or a route for Babel: line, function, arguments,
    comments.

    fileobj : an open file, whose `name` determines the site, trail, show, map or route

    The other arguments are Babel's, and are not needed. Raises OptionError where the file is not TOML.
    """
    path = Path(fileobj.name)
    document = read_document(path, path.as_posix(), fileobj.read())
    if not document.is_read:
        raise OptionError(document.findings[0].message())
    of: type[Any] = {"site.toml": Site, SHEET: Trail}.get(path.name, Route)
    slug = path.stem if of is Route else path.parent.name
    if path.name.endswith(ENDING):
        of, slug = Show, path.parent.name
    elif path.name.endswith(SCENE_ENDING):
        of, slug = MapScene, path.name.removesuffix(SCENE_ENDING)
    for text in texts_of(Entry(slug, read_table(of, document.data, document), document)):
        yield text.line or 1, _PLACED, (text.context, text.text), text.comment.split("\n")
