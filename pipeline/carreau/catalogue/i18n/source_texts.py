"""The texts of the catalogue that are translated, each with its context, and their files, updated from them.

A context names the place of a text so that it stays the same when others are added above it.

Babel's own update matches a new text with one of similar spelling anywhere. Here a text belongs to its context: where
the French changes, its translation stays there and becomes stale, and no work of a translator is lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import IO, Any

from babel.messages.plurals import get_plural

from carreau.base.document import read_document
from carreau.base.errors import KeyPath, OptionError
from carreau.base.files import write_whole
from carreau.base.languages import DOMAIN, SOURCE, TRANSLATED, content_file
from carreau.base.messages import Message, message, plural_message
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.fields import FieldRule
from carreau.catalogue.i18n.po import FUZZY, Book, Unit, read_book, with_flag, write_book
from carreau.catalogue.media import TEXTS
from carreau.catalogue.route import Route
from carreau.catalogue.show import ENDING, MapScene, Show
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import plain_text, read_table
from carreau.catalogue.trail import SCENE_ENDING, SHEET, Trail

_SPELT = str.maketrans({"’": "'", "œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae"})
"""Letters that Unicode does not decompose, and the two apostrophes."""

_KINDS = {Site: "site", Route: "route", Trail: "trail", Show: "show", MapScene: "scene"}
"""First part of contexts."""


@cache
def list_rules(of: type) -> tuple[tuple[str, FieldRule], ...]:
    """Return the keys of a class of the catalogue with their rules, in order."""
    return tuple((each.name, each.metadata["rule"]) for each in fields(of))


def entry_context(entry: Entry[Any]) -> str:
    """Return the context of a site, route, trail or show: `site.fosse-mathilde`."""
    return f"{_KINDS[type(entry.of)]}.{entry.slug}"


def number_tables(context: str, key: str, tables: tuple[Any, ...]) -> Iterator[tuple[int, Any, str]]:
    """Yield each table of a list with its index and its context.

    A table is named by its id or name, a date by its event and date, a stop by its site or place, a step of a tour by
    its number. Without any of these it has no name, and its texts are distinguished by their words alone.
    """
    for place, table in enumerate(tables):
        yield place, table, ".".join(part for part in (context, key, _table_name(key, place, table)) if part)


def _table_name(key: str, place: int, table: Any) -> str:
    if key == "date":
        return plain_name(f"{table.event}-{table.when.text if table.when else ''}")
    if key == "stop":
        return table.site or plain_name(table.place.name if table.place else "")
    if key == "step":
        return str(place + 1)
    return plain_name(getattr(table, "id", "") or getattr(table, "name", ""))


def plain_name(text: str) -> str:
    """Return a name in lower-case letters, digits, hyphens and underscores.

    >>> plain_name("Cité d’Œuvre (église)"), plain_name("opened-1831-07/1862~")
    ('cite-d-oeuvre-eglise', 'opened-1831-07-1862')
    """
    plain = unicodedata.normalize("NFKD", text.translate(_SPELT)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")


_SOURCES_NAMED = 2


@dataclass(frozen=True)
class SourceText:
    """A French text to translate.

    context : its place, `site.fosse-mathilde.summary`, which is `msgctxt`
    key : its path in the file
    comment : for the translator, in lines
    limit : of a translation in characters, None where there is no limit
    source : of its content, empty where none is given
    file : relative to the folder of the catalogue
    line : None in a file that has no such key
    """

    context: str
    text: str
    key: KeyPath
    comment: str
    limit: int | None
    source: str
    file: str
    line: int | None


def list_texts(entry: Entry[Any]) -> Iterator[SourceText]:
    """Yield the texts of a site, route, trail or show in the order of its class, without duplicates."""
    keys = set[tuple[str, str]]()
    for context, key, rule, text, owner in _texts(entry, entry.of, entry_context(entry), ()):
        if (context, text) not in keys:
            keys.add((context, text))
            is_prose = rule.kind == "text" and len(key) <= 2 and all(isinstance(step, str) for step in key)
            source = _source(owner) or (_source(entry.of) if is_prose else "")
            comment = _comment(entry, key, rule, source)
            yield SourceText(
                context, text, key, comment, rule.limit, source, entry.document.name, entry.document.line(key)
            )


def texts_in(catalogue: Catalogue) -> Iterator[SourceText]:
    """Yield the texts of all sites, then of all routes, trails, shows, and maps that move."""
    for entry in catalogue.entries():
        yield from list_texts(entry)


def is_translatable(rule: FieldRule, value: Any) -> bool:
    """Return whether a value is a text for visitors, and not a number or the name of a text file."""
    return rule.translatable and isinstance(value, str) and any(map(str.isalpha, value)) and not _is_file(value)


def read_words(entry: Entry[Any], rule: FieldRule, value: Any) -> str:
    """Return the text of a value, or of the text file that it names; empty where there is none."""
    if is_translatable(rule, value):
        return str(value)
    if not (rule.translatable and isinstance(value, str) and _is_file(value)):
        return ""
    path = (entry.folder / value).resolve()
    try:
        # `carreau check` reports a file that is elsewhere, missing or unreadable.
        is_beside = path.is_relative_to(entry.folder.resolve())
        return plain_text(path.read_text(encoding="utf-8-sig")) if is_beside else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _is_file(value: str) -> bool:
    return value.endswith(TEXTS) and "\n" not in value


_Text = tuple[str, KeyPath, FieldRule, str, Any]


def _texts(entry: Entry[Any], table: Any, context: str, path: KeyPath) -> Iterator[_Text]:
    for key, rule in list_rules(table.__class__):
        value, inner = getattr(table, key), f"{context}.{key}"
        if rule.kind == "one" and value is not None:
            yield from _texts(entry, value, inner, (*path, key))
        elif rule.kind == "many":
            for place, each, inner in number_tables(context, key, value):
                yield from _texts(entry, each, inner, (*path, key, place))
        elif rule.translatable:
            for words in (read_words(entry, rule, each) for each in _all(value)):
                if words:
                    yield inner, (*path, key), rule, words, table


def _all(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple) else (value,)


def _source(table: Any) -> str:
    """Return the source of a table: its own text, or the first titles of its list."""
    if isinstance(own := getattr(table, "source", ""), str) and own:
        return own
    titles = [each if isinstance(each, str) else each.title for each in own or getattr(table, "sources", ())]
    more = f" ; + {len(titles) - _SOURCES_NAMED}" if len(titles) > _SOURCES_NAMED else ""
    return " ; ".join(titles[:_SOURCES_NAMED]) + more


def _comment(entry: Entry[Any], key: KeyPath, rule: FieldRule, source: str) -> str:
    """Return the comment for the translator, in lines: key without indices, which would change, limit and source."""
    about = ", ".join(part for part in (entry.of.name or entry.slug, getattr(entry.of, "commune", "")) if part)
    limit = f"At most {rule.limit} characters" if rule.limit else ""
    lines = (
        f"{about} – {', '.join(step for step in key if isinstance(step, str))}",
        limit,
        source and f"Source: {source}",
    )
    return "\n".join(line for line in lines if line)


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
    return {language: merge(texts, read_or_start_book(locales, language)) for language in TRANSLATED}


def read_or_start_book(locales: Path, language: str) -> Book:
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
    stale = {key: _stale(key, unit, obsolete) for key, unit in _find_changed(added, removed).items()}
    units = {**{key: Unit(*key) for key in added}, **stale, **obsolete, **existing}
    restored = [obsolete[key] for key in current if key in obsolete and key not in existing]
    retired = [replace(unit, hints=(), places=()) for unit in removed if _is_kept(unit, obsolete)]
    restored_ids = {id(unit) for unit in restored}
    still_obsolete = [unit for unit in old.obsolete if id(unit) not in restored_ids]
    book = replace(
        old,
        units=tuple(_describe(units[key], text) for key, text in current.items()),
        obsolete=(*still_obsolete, *retired),
    )
    return Merged(book, len(added) - len(stale), len(stale), len(restored), len(retired))


def _find_changed(added: Sequence[Key], removed: Sequence[Unit]) -> dict[Key, Unit]:
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


def _describe(unit: Unit, text: SourceText) -> Unit:
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
    for text in list_texts(Entry(slug, read_table(of, document.data, document), document)):
        yield text.line or 1, _PLACED, (text.context, text.text), text.comment.split("\n")
