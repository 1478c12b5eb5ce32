"""Bring a file of translations up to what curators wrote, and lose nothing that a translator did.

Babel's own update takes a text for another that is spelt alike, wherever that stands. Here a text belongs to its place:
where the French of a place changed, its translation stays there and is stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.i18n.po import FUZZY, Book, Unit, with_flag
from pipeline.i18n.source_texts import SourceText

Key = tuple[str, str]


@dataclass(frozen=True)
class Merged:
    """A file as it is now, and how it came to that.

    new : texts that were not there, without those that are stale
    stale : texts whose French changed
    revived : texts that were obsolete
    retired : texts that became obsolete
    """

    book: Book
    new: int
    stale: int
    revived: int
    retired: int


def merge(texts: Iterable[SourceText], old: Book) -> Merged:
    """Return a file with the texts of the catalogue in its order, each with its translation where there is one.

    The translation of what French no longer says stays as it was among the obsolete texts, and comes back from there
    when French says it again. Where exactly one text of a place changed, its translation is shown there too, stale.
    """
    wanted = {(each.context, each.text): each for each in texts}
    there = {unit.key: unit for unit in old.units}
    gone = {unit.key: unit for unit in old.obsolete}
    left = [unit for key, unit in there.items() if key not in wanted]
    fresh = [key for key in wanted if key not in there and key not in gone]
    stale = {key: _stale(key, unit, gone) for key, unit in _changed(fresh, left).items()}
    known = {**{key: Unit(*key) for key in fresh}, **stale, **gone, **there}
    revived = [gone[key] for key in wanted if key in gone and key not in there]
    retired = [replace(unit, hints=(), places=()) for unit in left if _is_kept(unit, gone)]
    back = {id(unit) for unit in revived}
    kept = [unit for unit in old.obsolete if id(unit) not in back]
    book = replace(
        old,
        units=tuple(_described(known[key], text) for key, text in wanted.items()),
        obsolete=(*kept, *retired),
    )
    return Merged(book, len(fresh) - len(stale), len(stale), len(revived), len(retired))


def _changed(fresh: Sequence[Key], left: Sequence[Unit]) -> dict[Key, Unit]:
    """Return what texts were before, where one translation of a place is left over and one text has none."""
    came, went = dict[str, list[Key]](), dict[str, list[Unit]]()
    for key in fresh:
        came.setdefault(key[0], []).append(key)
    for unit in left:
        went.setdefault(unit.context, []).append(unit)
    pairs = ((keys, went.get(context, [])) for context, keys in came.items())
    return {keys[0]: units[0] for keys, units in pairs if len(keys) == len(units) == 1 and units[0].target}


def _stale(key: Key, before: Unit, gone: Mapping[Key, Unit]) -> Unit:
    """Return a text with the translation it had; what was stale and untouched before is of what French said first."""
    former = before.former if before.is_stale and not _is_kept(before, gone) else before.text
    return with_flag(Unit(*key, before.target, before.flags, former, before.notes), FUZZY)


def _is_kept(unit: Unit, gone: Mapping[Key, Unit]) -> bool:
    """Say whether a text that goes holds work of a translator that no obsolete text holds already."""
    first = gone.get((unit.context, unit.former or "")) if unit.is_stale else None
    if first is not None and (first.target, first.notes) == (unit.target, unit.notes):
        return not set(unit.flags) <= {FUZZY, *first.flags}
    return bool(unit.target or unit.notes or unit.flags)


def _described(unit: Unit, text: SourceText) -> Unit:
    """Return a text with what translators are told of it now; what a person accepted has no former text any more."""
    former = unit.former if unit.is_fuzzy and unit.former != unit.text else None
    return replace(unit, hints=tuple(text.comment.split("\n")), places=(text.file,), former=former)
