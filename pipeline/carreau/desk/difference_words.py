"""What a key of a published document is called at the desk: as the field of the form that it comes from.

The words are those of `form_words`, which `interface.po` has in the other languages.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from types import MappingProxyType

from carreau.desk.form_words import LABELS, TABLES

_WRITTEN: Mapping[str, str] = MappingProxyType(
    {
        "dates": "date", "facts": "fact", "architects": "architect", "sources": "source", "states": "state",
        "annotations": "annotation", "tours": "tour", "steps": "step", "parts": "part", "pose": "geopose",
        "chapters": "chapter", "doubts": "doubt", "versions": "version", "options": "option", "hints": "hint",
        "ways": "way", "where": "place", "audiences": "audience", "is_open": "open", "is_right": "right",
        "is_optional": "optional", "is_demonstration": "demonstration", "is_disputed": "disputed",
        "is_step_free": "step_free", "scene": "chapter.scene",
    }
)  # fmt: skip
"""Keys of documents that the form calls otherwise."""

PUBLISHED: Mapping[str, str] = MappingProxyType(
    {
        "file": "File", "model": "3D model", "poster": "Picture of the model", "routes": "Routes", "stops": "Stops",
        "scenes": "Scenes", "attract": "While nobody watches", "lines": "Words in their own language",
        "voice": "Voice", "figure": "Picture or film", "light": "Light", "events": "Events",
        "features": "What is on the map", "spots": "Positions", "others": "What other sources say",
    }
)  # fmt: skip


_MOST_PAIRS = 4_000_000
"""Of words that are compared; two texts of 2,000 words take 0.3 s."""


def words_of(key: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Return the words of a key, each with whether it is one of ours, to be translated.

    >>> words_of(("media", "photo-1", "alt"))[1:]
    [('photo-1', False), ('Description for people who cannot see it', True)]
    >>> words_of(("visit", "access"))
    [('Visit', True), ('Access', True)]
    """
    return [_word(step, place == 0) for place, step in enumerate(key)]


def _word(step: str, is_first: bool) -> tuple[str, bool]:
    written = _WRITTEN.get(step, step)
    if is_first and written in TABLES:
        return TABLES[written][0], True
    found = PUBLISHED.get(step) or LABELS.get(written) or TABLES.get(written, ("", ""))[0]
    return (found, True) if found else (step, False)


def text_changes(before: str, after: str) -> list[tuple[str, str]]:
    """Return two texts as one, word by word: pieces with "same", "gone" or "new".

    >>> text_changes("une fosse noire", "une fosse rouge")
    [('same', 'une fosse '), ('gone', 'noire'), ('new', 'rouge')]
    """
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    if len(old) * len(new) > _MOST_PAIRS:
        return [("gone", before), ("new", after)]
    pieces = list[tuple[str, str]]()
    for verb, first, last, begin, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            pieces.append(("same", "".join(old[first:last])))
        else:
            both = ("gone", "".join(old[first:last])), ("new", "".join(new[begin:end]))
            pieces += [piece for piece in both if piece[1]]
    return pieces
