"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

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
