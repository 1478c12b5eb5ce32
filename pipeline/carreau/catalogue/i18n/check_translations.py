"""Translations of the catalogue's texts, with fallback languages and standings, and their check for `carreau check`."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from carreau.base.errors import ERROR, QUESTION, Diagnostic, OptionError, ScanError, shown_key
from carreau.base.languages import LANGUAGES, OWN_NAMES, SOURCE, TRANSLATED, content_file, locales_beside
from carreau.base.messages import Message, message, plural_message
from carreau.base.package_folders import LOCALES
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.i18n.fidelity import find_faults
from carreau.catalogue.i18n.glossary import NAME, Glossary, Stray, read_glossary
from carreau.catalogue.i18n.po import Unit, read_book
from carreau.catalogue.i18n.source_texts import SourceText, entry_context, list_texts, merged_books

REQUIRED: Mapping[str, tuple[str, ...]] = {"name": LANGUAGES, "summary": LANGUAGES, "description": (SOURCE, "en")}
"""Languages in which a text of every site and route is required; the French is checked with the sites."""

_SHORTEN = message("shorten it")


def check_texts(catalogue: Catalogue, opened: Translations | None = None) -> list[Diagnostic]:
    """Return the diagnostics of the translations in `locales/`, next to the folder of the catalogue.

    opened : these translations, if they are open already
    A catalogue without that folder is not translated, and has no diagnostics.
    """
    locales = locales_beside(catalogue.root)
    if not locales.is_dir():
        return []
    translations = opened or Translations(locales)
    texts = {entry_context(entry): list(list_texts(entry)) for entry in catalogue.entries() if entry.document.is_read}
    limits = {(each.context, each.text): each.limit for of_entry in texts.values() for each in of_entry}
    glossary, diagnostics = open_glossary(locales)
    for language in TRANSLATED:
        diagnostics += _check_file(translations, language, limits, glossary)
    if any(each.topic == "unreadable" for each in diagnostics):
        return diagnostics
    standings = Counter[str]()
    for entry in catalogue.entries():
        for text in texts.get(entry_context(entry), ()):
            own = translations.own(text.context, text.text)
            diagnostics += _check_text(text, own, _list_required(entry, text))
            standings.update(language for language, each in own.items() if each.standing == UNREVIEWED)
    unreviewed = (_report_unreviewed(language, standings[language]) for language in TRANSLATED if standings[language])
    return [*diagnostics, *unreviewed]


def _check_file(
    translations: Translations, language: str, limits: Mapping[tuple[str, str], int | None], glossary: Glossary
) -> Iterator[Diagnostic]:
    name = _file_name(language)
    try:
        units = translations.units(language)
    except ScanError as error:
        yield Diagnostic(ERROR, "unreadable", name, find_line(error), "", error.cause, error.cure)
        return
    for unit in units:
        for fault in find_faults(unit, language, limits.get(unit.key)):
            if unit.key in limits or fault.topic == "broken placeholder":
                yield Diagnostic(fault.level, fault.topic, name, unit.line, unit.context, fault.cause, fault.cure)
        if unit.key in limits:
            yield from check_terms(glossary, unit, language, name)


def check_lengths(entry: Entry[Any]) -> Iterator[Diagnostic]:
    """Yield a diagnostic of each French text of a site or route that is too long."""
    for text in list_texts(entry):
        yield from _check_text(text, {}, ())


def _check_text(text: SourceText, own: Mapping[str, LocalizedText], required: tuple[str, ...]) -> Iterator[Diagnostic]:
    def diagnostic(level: str, topic: str, cause: Message, cure: Message) -> Diagnostic:
        return Diagnostic(level, topic, text.file, text.line, shown_key(text.key), cause, cure)

    if text.limit and len(text.text) > text.limit:
        cause = plural_message(
            "the text has %(count)s character; the limit is %(limit)s",
            "the text has %(count)s characters; the limit is %(limit)s",
            len(text.text), limit=text.limit,
        )  # fmt: skip
        yield diagnostic(ERROR, "too long", cause, _SHORTEN)
    for language in TRANSLATED:
        if language not in own and language in required:
            cause = message("there is no translation (%(language)s)", language=OWN_NAMES[language])
            yield diagnostic(QUESTION, "not translated", cause, message("have it translated (carreau texts export)"))
        elif language in own and own[language].standing == STALE:
            cause = message(
                "the translation (%(language)s) is stale, because the French has changed", language=OWN_NAMES[language]
            )
            cure = message("have it translated again; until then it is not shown")
            yield diagnostic(QUESTION, "stale", cause, cure)


def _list_required(entry: Entry[Any], text: SourceText) -> tuple[str, ...]:
    key = text.context.removeprefix(f"{entry_context(entry)}.")
    return REQUIRED.get(key, ())


def _report_unreviewed(language: str, count: int) -> Diagnostic:
    cause = plural_message(
        "%(count)s translation (%(language)s) has not been reviewed",
        "%(count)s translations (%(language)s) have not been reviewed",
        count, language=OWN_NAMES[language],
    )  # fmt: skip
    cure = message("have a speaker of the language review and accept them")
    return Diagnostic(QUESTION, "unreviewed", _file_name(language), None, "", cause, cure)


def _file_name(language: str) -> str:
    return content_file(Path("locales"), language).as_posix()


def open_glossary(locales: Path) -> tuple[Glossary, list[Diagnostic]]:
    """Return the glossary of a folder, empty where there is none, and its diagnostics."""
    path = locales / NAME
    try:
        return read_glossary(path) if path.is_file() else Glossary({}), []
    except ScanError as error:
        name, line = f"locales/{NAME}", find_line(error)
        return Glossary({}), [Diagnostic(ERROR, "wrong value", name, line, "", error.cause, error.cure)]


def find_line(error: ScanError) -> int | None:
    """Return the line that an error names, None where it names no line."""
    line = error.place.parameters.get("line") if isinstance(error.place, Message) else None
    return line if isinstance(line, int) else None


def check_terms(glossary: Glossary, unit: Unit, language: str, name: str) -> Iterator[Diagnostic]:
    """Yield diagnostics of terms that do not follow the glossary; stale translations are not shown, and not checked.

    name : of the file, for messages
    """
    if unit.target and not unit.is_stale:
        for stray in glossary.strays(unit.text, unit.target, language):
            cause, cure = _messages(stray)
            yield Diagnostic(QUESTION, "stray term", name, unit.line, unit.context, cause, cure)


def _messages(stray: Stray) -> tuple[Message, Message]:
    if stray.word:
        cause = message("the glossary advises against '%(word)s' for '%(term)s'", word=stray.word, term=stray.term)
    else:
        cause = message("the translation uses none of the glossary's words for '%(term)s'", term=stray.term)
    cure = message("write %(words)s, or add the word to %(file)s", words=stray.expected, file=f"locales/{NAME}")
    return cause, cure


MISSING = "missing"

SOURCE_TEXT, REVIEWED, UNREVIEWED, STALE = "source", "reviewed", "unreviewed", "stale"
"""Standings: the curator's text; accepted by a person; not accepted yet; translated from a former French text."""

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


def count_status(catalogue: Catalogue, locales: Path, slug: str = "") -> Status:
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
        _row(entry.slug, entry.of.name or entry.slug, entry_context(entry).partition(".")[0], list_texts(entry), books)
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
    return STANDINGS[find_standing(unit) if unit.target else MISSING]


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
            return LocalizedText(unit.target, self.language, find_standing(unit))
        same_place = self._by_context.get(context, ())
        return LocalizedText(same_place[0].target, self.language, STALE) if len(same_place) == 1 else None


def find_standing(unit: Unit) -> str:
    """Return the standing of a translation."""
    return STALE if unit.is_stale else UNREVIEWED if unit.is_fuzzy else REVIEWED
