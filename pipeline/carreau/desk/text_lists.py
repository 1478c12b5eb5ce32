"""The texts of the catalogue with their translations, read again only where a file has changed."""

from __future__ import annotations

import re
import threading
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

from carreau.base.document import open_document
from carreau.base.errors import CarreauError, OptionError
from carreau.base.languages import content_file
from carreau.base.messages import message
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.i18n.check_translations import open_glossary
from carreau.catalogue.i18n.fidelity import Fault, find_faults
from carreau.catalogue.i18n.glossary import NAME, Glossary
from carreau.catalogue.i18n.po import Unit
from carreau.catalogue.i18n.source_texts import SourceText, list_texts, merge, read_or_start_book
from carreau.catalogue.i18n.text_exchange import is_machine_note
from carreau.catalogue.i18n.translator_files import ExportUnit, text_id
from carreau.catalogue.table_reader import read_table
from carreau.desk.document_file import DocumentFile, list_documents

_WAIT_S = 1.0
"""How long a page waits for the lists: those of 53 places take 0.1 s, those of 5,000 places 11 s."""

Stamp = tuple[int, int, int] | None


@dataclass(frozen=True)
class Place:
    """A site, route, trail, show or map that moves, with its texts.

    kind : "site", "route", "trail", "show" or "scene"
    """

    kind: str
    slug: str
    name: str
    texts: tuple[SourceText, ...]


@dataclass(frozen=True)
class TextRow(ExportUnit):
    """A text with its translation and the place that it is of."""

    place: Place
    language: str

    @property
    def is_machine(self) -> bool:
        """Return whether the translation is a draft of a machine."""
        return any(map(is_machine_note, self.unit.notes))

    @cached_property
    def faults(self) -> list[Fault]:
        """Return what the translation does not keep of the French."""
        return find_faults(self.unit, self.language, self.source.limit)


@dataclass(frozen=True)
class _Read:
    """What a file gave, with its digest."""

    digest: int
    place: Place | None


class TextLists:
    """The texts of a catalogue in each language; several threads may ask for them."""

    def __init__(self, root: Path, locales: Path) -> None:
        """Set the folders; nothing is read yet."""
        self._root, self._locales = root, locales
        self._lock = threading.Lock()
        self._read: dict[str, _Read] = {}
        self._rows: dict[str, tuple[tuple[int, Stamp], dict[str, TextRow]]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._glossary: tuple[Stamp, Glossary] = (None, Glossary({}))

    def places(self) -> list[Place]:
        """Return sites, routes, trails, shows and maps, in order; those whose file cannot be read are left out."""
        with self._lock:
            return [each.place for each in self._refresh() if each.place]

    def sources(self) -> list[SourceText]:
        """Return all texts; raises OptionError where a file cannot be read: its translations would look obsolete."""
        with self._lock:
            entries = self._refresh()
            for name, each in self._read.items():
                if each.place is None:
                    raise OptionError(message("%(file)s cannot be read; correct it first", file=name))
            return [text for each in entries if each.place for text in each.place.texts]

    def rows(self, language: str) -> list[TextRow]:
        """Return all texts with their translations into a language, in the order of the catalogue.

        Raises FormatError and ScanError, as reading the file of the language does.
        """
        return list(self._fresh(language).values())

    def is_ready(self, language: str, wait_s: float = _WAIT_S) -> bool:
        """Return whether the texts of a language are read, after a while at most; else they are being read."""
        if language in self._rows:
            return True
        thread = self._threads.get(language)
        if thread is None:
            thread = self._threads[language] = threading.Thread(target=self._read_first, args=(language,), daemon=True)
            thread.start()
        thread.join(wait_s)
        return not thread.is_alive()

    def _read_first(self, language: str) -> None:
        with suppress(CarreauError):  # whoever asks for the texts is told
            self._fresh(language)

    def row(self, language: str, name: str, is_fresh: bool = True) -> TextRow | None:
        """Return the text of an id, None where there is none; raises as `rows` does.

        is_fresh : whether the files are looked at; else the text may be that of the last list, as while one types
        """
        cached = None if is_fresh else self._rows.get(language)
        return (cached[1] if cached else self._fresh(language)).get(name)

    def _fresh(self, language: str) -> dict[str, TextRow]:
        with self._lock:
            read = self._refresh()
            files = zlib.crc32(repr(sorted((name, each.digest) for name, each in self._read.items())).encode())
            now = files, self.stamp(language)
            cached = self._rows.get(language)
            if cached is None or cached[0] != now:
                places = [each.place for each in read if each.place]
                cached = self._rows[language] = now, {row.id: row for row in self._make(places, language)}
            return cached[1]

    def stamp(self, language: str) -> Stamp:
        """Return what the file of a language is known by, for `took`."""
        return _stamp(content_file(self._locales, language))

    def took(self, language: str, before: Stamp, unit: Unit) -> None:
        """Take over a text that was saved just now, so that a large file need not be read again.

        before : stamp of the file that it was saved onto; where the list was made of another, it is read again
        """
        name = text_id(unit.key)
        with self._lock:
            cached = self._rows.get(language)
            if cached is None or cached[0][1] != before or name not in cached[1]:
                return
            row = cached[1][name]
            now = replace(row.unit, target=unit.target, flags=unit.flags, former=unit.former, notes=unit.notes)
            cached[1][name] = replace(row, unit=now)
            self._rows[language] = (cached[0][0], self.stamp(language)), cached[1]

    def glossary(self) -> Glossary:
        """Return the glossary, empty where there is none or where it cannot be read, which `carreau check` reports."""
        with self._lock:
            now = _stamp(self._locales / NAME)
            if self._glossary[0] != now:
                self._glossary = now, open_glossary(self._locales)[0]
            return self._glossary[1]

    def _make(self, places: Sequence[Place], language: str) -> Iterator[TextRow]:
        owners = {(text.context, text.text): (place, text) for place in places for text in place.texts}
        book = merge(
            (text for place in places for text in place.texts), read_or_start_book(self._locales, language)
        ).book
        for unit in book.units:
            place, text = owners[unit.key]
            yield TextRow(text, unit, place, language)

    def _refresh(self) -> list[_Read]:
        listing = {each.file.name: each for each in list_documents(self._root)}
        for name in self._read.keys() - listing.keys():
            del self._read[name]
        for name, each in listing.items():
            if name not in self._read or self._read[name].digest != each.digest:
                self._read[name] = _Read(each.digest, _place(each.file))
        return [self._read[name] for name in listing]


def _place(file: DocumentFile) -> Place | None:
    document = open_document(file.path, file.name)
    if not document.is_read:
        return None
    content: Any = read_table(file.of, document.data, document)
    entry: Entry[Any] = Entry(file.slug, content, document)
    return Place(file.kind, file.slug, entry.of.name or file.slug, tuple(list_texts(entry)))


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


class Listed(Protocol):
    """A text of a list."""

    @property
    def id(self) -> str:
        """Return what it is known by."""


T = TypeVar("T", bound=Listed)


def plain(text: str) -> str:
    """Return a text in small letters without accents, for comparisons.

    >>> plain("L’Œuvre d’Été")
    "l'œuvre d'ete"
    """
    letters = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()


def is_found(words: str, *texts: str) -> bool:
    """Return whether all words are in some of the texts.

    >>> is_found("CITE arenberg", "Cité d’Arenberg"), is_found("fosse", "Cité")
    (True, False)
    """
    within = plain("\n".join(texts))
    return all(word in within for word in plain(words).split())


def near(listed: Sequence[T], one: T) -> tuple[T | None, T | None]:
    """Return the texts before and after one in a list, which goes round; None where there is no other."""
    at = next((place for place, each in enumerate(listed) if each.id == one.id), None)
    if not listed or (at is not None and len(listed) == 1):
        return None, None
    return listed[-1 if at is None else at - 1], listed[0 if at is None else (at + 1) % len(listed)]


SAME, REMOVED, ADDED = "same", "removed", "added"

_MOST_WORDS = 4000
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def word_difference(before: str, after: str) -> list[tuple[str, str]]:
    """Return the pieces of both texts in order, each with what became of it; a text of a novel's length is one piece.

    >>> word_difference("La fosse de 1906.", "La fosse de 1907.")
    [('same', 'La fosse de '), ('removed', '1906'), ('added', '1907'), ('same', '.')]
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        return [(REMOVED, before), (ADDED, after)]
    pieces = []
    for kind, start, end, from_, to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append((SAME, "".join(old[start:end])))
            continue
        pieces += [(REMOVED, "".join(old[start:end])), (ADDED, "".join(new[from_:to]))]
    return [(kind, text) for kind, text in pieces if text]
