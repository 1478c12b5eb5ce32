"""Find what a program puts values into, which a translation has to keep."""

from __future__ import annotations

import re
from collections import Counter

_PLACE = re.compile(r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|\{\w*\}")


def broken_places(text: str, translation: str) -> list[str]:
    """Return the placeholders that one has and the other has not, or not as often; in order.

    >>> broken_places("%(number)s lieux, {name}", "{nom}: %(number)s sites")
    ['{name}', '{nom}']
    """
    ours, theirs = _PLACE.findall(text), _PLACE.findall(translation)
    if ours == theirs:  # as nearly always: without any
        return []
    return sorted((Counter(ours) - Counter(theirs)) + (Counter(theirs) - Counter(ours)))
