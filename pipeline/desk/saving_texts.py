"""Save a translation into the PO file of its language: onto what is on disk now, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.catalogue.atomic_write import write_whole
from pipeline.desk.history import Editor, History
from pipeline.desk.merge import Clash
from pipeline.desk.saving import ClashError, Saved
from pipeline.desk.writing import writing_in
from pipeline.errors import CarreauError, FormatError, OptionError
from pipeline.i18n.extraction import merge
from pipeline.i18n.fidelity import broken_places
from pipeline.i18n.languages import content_file
from pipeline.i18n.po import FUZZY, Book, Unit, parse_book, read_book, with_flag, write_book
from pipeline.i18n.source_texts import SourceText
from pipeline.messages import message


@dataclass(frozen=True)
class Translation:
    """A translation that is to be saved.

    context, text : of the French text
    read : the translation as the translator saw it, empty where there was none
    target : the new one
    is_accepted : whether a person has accepted it
    """

    language: str
    context: str
    text: str
    read: str
    target: str
    is_accepted: bool


def save_text(
    root: Path, locales: Path, translation: Translation, texts: Callable[[], Iterable[SourceText]], history: History,
    editor: Editor,
) -> Saved:  # fmt: skip
    """Write a translation, and record it as a commit.

    root : folder of the catalogue, which only one writes in at a time
    texts : all texts of the catalogue, asked for only where the file does not have this one yet
    Raises ClashError where the translation was changed since, OptionError where the French was or where a placeholder
    is broken, and FormatError, ScanError or StorageError; nothing is written then.
    """
    if broken := broken_places(translation.text, translation.target):
        raise OptionError(
            message(
                "the placeholder '%(place)s' is not in both text and translation; copy the placeholders as they are",
                place=broken[0],
            )
        )
    path = content_file(locales, translation.language)
    with writing_in(root):
        book = read_book(path)
        if _unit(book, translation) is None:
            book = merge(texts(), book).book
        unit = _unit(book, translation)
        if unit is None:
            raise OptionError(message("the French text has changed meanwhile; open the page again"))
        after = _after(unit, translation)
        if after == unit:
            return Saved(False, False)
        if unit.target not in (translation.read, translation.target):
            place = (translation.context,)
            clash = Clash(place, place, translation.read, translation.target, unit.target)
            raise ClashError([clash], {translation.context: unit.target})
        write_whole(path, write_book(_with(book, unit, after)))
        missing = history.record(
            path, lambda content: _replayed(content, translation, texts), editor,
            f"{translation.context} ({translation.language})",
        )  # fmt: skip
    return Saved(True, False, missing)


def _unit(book: Book, translation: Translation) -> Unit | None:
    return next((each for each in book.units if each.key == (translation.context, translation.text)), None)


def _after(unit: Unit, translation: Translation) -> Unit:
    return with_flag(replace(unit, target=translation.target, former=None), FUZZY, not translation.is_accepted)


def _with(book: Book, unit: Unit, after: Unit) -> Book:
    return replace(book, units=tuple(after if each is unit else each for each in book.units))


def _replayed(content: bytes, translation: Translation, texts: Callable[[], Iterable[SourceText]]) -> bytes | None:
    """Return another version of the file with the same translation, None where it cannot be read."""
    try:
        book = parse_book(content, "")
    except FormatError:
        return None
    if _unit(book, translation) is None:
        try:
            book = merge(texts(), book).book
        except CarreauError:
            return None
    unit = _unit(book, translation)
    return write_book(_with(book, unit, _after(unit, translation))) if unit else None
