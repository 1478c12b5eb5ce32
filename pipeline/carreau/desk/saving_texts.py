"""Save translations into the PO file of their language: onto what is on disk now, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from carreau.base.errors import ERROR, QUESTION, CarreauError, FormatError, OptionError
from carreau.base.files import write_whole
from carreau.base.languages import ENGLISH, LANGUAGES, content_file
from carreau.base.messages import Message, message
from carreau.catalogue.i18n.fidelity import Fault, confirming, faults
from carreau.catalogue.i18n.po import (
    FUZZY,
    LARGEST_BYTES,
    Book,
    InterfaceText,
    Unit,
    find_unit,
    interface_file,
    interface_texts,
    parse_book,
    read_interface,
    read_limited,
    with_flag,
    with_forms,
    write_book,
)
from carreau.catalogue.i18n.source_texts import SourceText, merge, new_book, read_or_start_book
from carreau.catalogue.i18n.text_exchange import is_machine_note, machine_note
from carreau.desk.document_file import writing_in
from carreau.desk.history import Editor, History
from carreau.desk.saving import Clash, ClashError, Saved
from carreau.desk.text_lists import TextLists


@dataclass(frozen=True)
class Translation:
    """A translation that is to be saved.

    context, text : of the French text
    read : the translation as the translator saw it, empty where there was none
    target : the new one
    is_accepted : whether a person has accepted it
    confirmed : signs of the doubts that the translator has confirmed
    limit : in characters, None where there is no limit
    """

    language: str
    context: str
    text: str
    read: str
    target: str
    is_accepted: bool
    confirmed: frozenset[str] = frozenset()
    limit: int | None = None


class UnfaithfulError(OptionError):
    """A translation loses something of its text, or has doubts that nobody has confirmed.

    found : what
    """

    def __init__(self, doubts: Sequence[Fault]) -> None:
        """Set the faults; the message is that of the first."""
        super().__init__(message("%(cause)s; %(cure)s", cause=doubts[0].cause, cure=doubts[0].cure))
        self.found = tuple(doubts)


def save_text(
    root: Path, locales: Path, translation: Translation, texts: Callable[[], Iterable[SourceText]], history: History,
    editor: Editor, lists: TextLists | None = None,
) -> Saved:  # fmt: skip
    """Write a translation, and record it as a commit.

    root : folder of the catalogue, which only one writes in at a time
    texts : all texts of the catalogue, asked for only where the file does not have this one yet
    lists : that are told of it
    Raises ClashError where the translation was changed since, UnfaithfulError where it loses something of its text or
    is accepted with doubts, OptionError where the French was changed, and FormatError, ScanError or StorageError;
    nothing is written then.
    """
    path = content_file(locales, translation.language)
    with writing_in(root):
        stamp = lists.stamp(translation.language) if lists else None
        content = read_limited(path, LARGEST_BYTES) if path.is_file() else None
        unit, file_with = _open_text(content, translation, texts, str(path))
        after = _after(unit, translation)
        if after == unit:
            return Saved(False, False)
        write_whole(path, file_with(after))
        if lists:
            lists.took(translation.language, stamp, after)
        missing = history.record(
            path, lambda content: _replay(content, translation, texts), editor,
            f"{translation.context} ({translation.language})",
        )  # fmt: skip
    return Saved(True, False, missing)


@dataclass(frozen=True)
class SavedTexts:
    """What became of several translations.

    count : of those that were written
    refused : why one was not, by context and French text
    not_recorded : as of `Saved`
    """

    count: int
    refused: Mapping[tuple[str, str], CarreauError]
    not_recorded: Message | None = None


def save_texts(
    root: Path, locales: Path, translations: Sequence[Translation], texts: Callable[[], Iterable[SourceText]],
    history: History, editor: Editor, lists: TextLists,
) -> SavedTexts:  # fmt: skip
    """Write translations of several texts into one language, each or why not; one commit records them all.

    Raises FormatError, ScanError or StorageError, as `save_text` does; nothing is written then.
    """
    language = translations[0].language
    path = content_file(locales, language)
    with writing_in(root):
        stamp = lists.stamp(language)
        content = read_limited(path, LARGEST_BYTES) if path.is_file() else None
        written, refused = list[tuple[Translation, Unit]](), dict[tuple[str, str], CarreauError]()
        for each in translations:
            try:
                unit, file_with = _open_text(content, each, texts, str(path))
            except (ClashError, OptionError) as error:
                refused[each.context, each.text] = error
                continue
            after = _after(unit, each)
            if after != unit:
                content = file_with(after)
                written.append((each, after))
        if content is None or not written:
            return SavedTexts(0, refused)
        write_whole(path, content)
        for _, after in written:
            lists.took(language, stamp, after)
            stamp = lists.stamp(language)
        saved = [each for each, _ in written]
        subject = f"{len(saved)} translations ({language}): {saved[0].context.rpartition('.')[0]}"
        missing = history.record(path, lambda other: _all_replayed(other, saved, texts), editor, subject)
    return SavedTexts(len(written), refused, missing)


def _open_text(
    content: bytes | None, translation: Translation, texts: Callable[[], Iterable[SourceText]], name: str
) -> tuple[Unit, Callable[[Unit], bytes]]:
    """Return a text of a file, and what makes the file with another; raises as `save_text` does."""
    if refused := [each for each in _find_faults(translation) if _refuses(each, translation)]:
        raise UnfaithfulError(refused)
    located = _locate(content, translation, texts, name)
    if located is None:
        raise OptionError(message("the French text has changed meanwhile; open the page again"))
    unit = located[0]
    if unit.target not in (translation.read, translation.target):
        place = (translation.context,)
        clash = Clash(place, place, translation.read, translation.target, unit.target)
        raise ClashError([clash], {translation.context: unit.target})
    return located


def _all_replayed(
    content: bytes, translations: Sequence[Translation], texts: Callable[[], Iterable[SourceText]]
) -> bytes | None:
    """Return another version of the file with the same translations, None where one cannot be made there."""
    result: bytes | None = content
    for each in translations:
        result = _replay(result, each, texts) if result is not None else None
    return result


def save_drafts(
    root: Path, locales: Path, drafts: Sequence[Translation], texts: Callable[[], Iterable[SourceText]],
    history: History, editor: Editor,
) -> int:  # fmt: skip
    """Write drafts of a machine into one language, where nobody has translated meanwhile; return how many.

    Raises as `save_text` does, but leaves out a draft that loses something of its text; one commit records them all.
    """
    accepted = [each for each in drafts if not any(_refuses(one, each) for one in _find_faults(each))]
    if not accepted:
        return 0
    path = content_file(locales, accepted[0].language)
    with writing_in(root):
        before = read_or_start_book(locales, accepted[0].language)
        book, count = _draft(before, accepted, texts)
        if count:
            write_whole(path, write_book(book))
            subject = f"{count} machine translations ({accepted[0].language})"
            history.record(path, lambda content: _redraft(content, accepted, texts), editor, subject)
    return count


def _find_faults(translation: Translation) -> list[Fault]:
    return faults(translation.text, translation.target, translation.language, translation.limit)


def _refuses(fault: Fault, translation: Translation) -> bool:
    return fault.level == ERROR or (translation.is_accepted and fault.sign not in translation.confirmed)


def _locate(
    content: bytes | None, translation: Translation, texts: Callable[[], Iterable[SourceText]], name: str
) -> tuple[Unit, Callable[[Unit], bytes]] | None:
    """Return a text of a file, and what makes the file with another; None where the catalogue has no such text.

    content : of the file, None where there is none yet
    A text that is not in the file yet is added as an extraction would add it.
    """
    if content is not None and (entry := find_unit(content, translation.context, translation.text)):
        return entry.unit, entry.replace_unit
    book = parse_book(content, name) if content is not None else new_book(translation.language)
    book = book if _unit(book, translation) else merge(texts(), book).book
    unit = _unit(book, translation)
    return (unit, lambda after: write_book(_with(book, unit, after))) if unit else None


def _draft(book: Book, drafts: Sequence[Translation], texts: Callable[[], Iterable[SourceText]]) -> tuple[Book, int]:
    there = {unit.key for unit in book.units}
    if any((each.context, each.text) not in there for each in drafts):
        book = merge(texts(), book).book
    by_key = {(each.context, each.text): each for each in drafts}
    units, count = [], 0
    for unit in book.units:
        draft = by_key.get(unit.key)
        if draft is not None and not unit.target:
            unit = with_flag(replace(unit, target=draft.target, notes=(*unit.notes, machine_note())), FUZZY)
            count += 1
        units.append(unit)
    return replace(book, units=tuple(units)), count


def _redraft(content: bytes, drafts: Sequence[Translation], texts: Callable[[], Iterable[SourceText]]) -> bytes | None:
    try:
        return write_book(_draft(parse_book(content, ""), drafts, texts)[0])
    except CarreauError:
        return None


def _unit(book: Book, translation: Translation) -> Unit | None:
    return next((each for each in book.units if each.key == (translation.context, translation.text)), None)


def _after(unit: Unit, translation: Translation) -> Unit:
    """Return the text with its translation, which is no machine draft once a person has accepted or changed it."""
    doubts = _find_faults(translation)
    notes = confirming(unit.notes, [each for each in doubts if each.sign in translation.confirmed])
    if translation.is_accepted or translation.target != unit.target:
        notes = tuple(each for each in notes if not is_machine_note(each))
    after = replace(unit, target=translation.target, former=None, notes=notes)
    return with_flag(after, FUZZY, not translation.is_accepted)


def _with(book: Book, unit: Unit, after: Unit) -> Book:
    return replace(book, units=tuple(after if each is unit else each for each in book.units))


def _replay(content: bytes, translation: Translation, texts: Callable[[], Iterable[SourceText]]) -> bytes | None:
    """Return another version of the file with the same translation, None where it cannot be read."""
    try:
        located = _locate(content, translation, texts, "")
    except CarreauError:
        return None
    return located[1](_after(located[0], translation)) if located else None


LOST = ("hidden character", "broken placeholder", "markup")
"""Topics of faults that break a page; what else differs a translator may confirm each time."""


@dataclass(frozen=True)
class Wording:
    """A translation that is to be saved.

    read, forms : of each plural form, as the translator saw it and as it is to be
    is_accepted : whether it is reviewed with it, or stays a draft
    """

    language: str
    text: InterfaceText
    read: tuple[str, ...]
    forms: tuple[str, ...]
    confirmed: frozenset[str] = frozenset()
    is_accepted: bool = True


def interface_languages(locales: Path) -> list[str]:
    """Return the languages whose texts of pages lie beside the catalogue, and may be written."""
    paths = {language: interface_file(locales, language) for language in LANGUAGES}
    return [language for language, path in paths.items() if path.is_file() and os.access(path, os.W_OK)]


def wording_faults(text: InterfaceText, forms: Sequence[str], language: str) -> list[Fault]:
    """Return what the forms of a translation do not keep of the English; all but `LOST` are doubts."""
    pairs = [(text.english(number), form) for number, form in enumerate(forms) if form]
    all_faults = [fault for english, form in pairs for fault in faults(english, form, language, source=ENGLISH)]
    return [
        each if each.topic in LOST else replace(each, level=QUESTION, sign=each.sign or each.topic)
        for each in all_faults
    ]


def save_wording(root: Path, locales: Path, wording: Wording, history: History, editor: Editor) -> Saved:
    """Write a translation, and record it as a commit; raises as `carreau.desk.saving_texts.save_text` does."""
    if not all(wording.forms) or len(wording.forms) != len(wording.text.forms):
        raise OptionError(message("a form of the translation is empty"))
    doubts = wording_faults(wording.text, wording.forms, wording.language)
    if refused := [each for each in doubts if each.sign not in wording.confirmed]:
        raise UnfaithfulError(refused)
    path = interface_file(locales, wording.language)
    with writing_in(root):
        content = read_interface(path)
        texts = {(each.context, each.one, each.many): each for each in interface_texts(content, str(path))}
        now = texts.get((wording.text.context, wording.text.one, wording.text.many))
        after = with_forms(content, wording.text, wording.forms, str(path), wording.is_accepted)
        if now is None or after is None:
            raise OptionError(message("the text is not there any more; open the page again"))
        if after == content:
            return Saved(False, False)
        if now.forms not in (wording.read, wording.forms):
            place = (wording.text.one,)
            raise ClashError([Clash(place, place, wording.read, wording.forms, now.forms)], {})
        write_whole(path, after)
        subject = f"{wording.text.one[:60]} ({wording.language})"
        return Saved(
            True, False, history.record(path, lambda other: _replayed_interface(other, wording), editor, subject)
        )


def _replayed_interface(content: bytes, wording: Wording) -> bytes | None:
    try:
        return with_forms(content, wording.text, wording.forms, "", wording.is_accepted)
    except FormatError:
        return None
