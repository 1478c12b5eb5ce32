"""Find the rows of an array of tables again in another version of its file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

_NAMES = ("id", "name", "title", "site", "of")
"""Keys that tell rows apart, the surest first."""

_ALIKE = 0.5
"""Share of equal values from which two rows without a name are taken for one that was changed."""


def matched(old: Sequence[Row], new: Sequence[Row]) -> list[int | None]:
    """Return the place of each row in the new version, None where it is gone.

    Rows are the same if they are equal, else if they have the same name and no other has it, else if most of their
    values are equal and no other row is as like, or if both are the only ones without a partner between the same
    neighbours and have something in common. An edit of a row that is not found clashes, instead of going astray.

    >>> matched([{"id": "a"}, {"id": "b"}], [{"id": "b", "x": 1}, {"id": "c"}, {"id": "a"}])
    [2, 0]
    """
    pairs: dict[int, int] = {}
    _match_equal(old, new, pairs)
    for name in _NAMES:
        _match_named(old, new, pairs, name)
    _match_alike(old, new, pairs)
    _match_between(old, new, pairs)
    return [pairs.get(place) for place in range(len(old))]


def _free(count: int, taken: set[int]) -> list[int]:
    return [place for place in range(count) if place not in taken]


def _match_equal(old: Sequence[Row], new: Sequence[Row], pairs: dict[int, int]) -> None:
    places: dict[str, list[int]] = {}
    for place, row in enumerate(new):
        places.setdefault(_key(row), []).append(place)
    for place, row in enumerate(old):
        if same := places.get(_key(row)):
            pairs[place] = same.pop(0)


def _key(row: Row) -> str:
    return json.dumps(row, sort_keys=True, default=str)


def _match_named(old: Sequence[Row], new: Sequence[Row], pairs: dict[int, int], name: str) -> None:
    before, after = _free(len(old), set(pairs)), _free(len(new), set(pairs.values()))
    counts = Counter(str(old[place].get(name, "")) for place in before)
    places: dict[str, list[int]] = {}
    for place in after:
        places.setdefault(str(new[place].get(name, "")), []).append(place)
    for place in before:
        own = str(old[place].get(name, ""))
        if own and counts[own] == 1 and len(same := places.get(own, [])) == 1:
            pairs[place] = same[0]


def _match_alike(old: Sequence[Row], new: Sequence[Row], pairs: dict[int, int]) -> None:
    """Match rows that are more like each other than like any other row; where two are as like, neither is taken."""
    before, after = _free(len(old), set(pairs)), _free(len(new), set(pairs.values()))
    scores = {(one, other): _alike(old[one], new[other]) for one in before for other in after}
    for (one, other), score in scores.items():
        rivals = [each for pair, each in scores.items() if (pair[0] == one) != (pair[1] == other)]
        if score >= _ALIKE and all(each < score for each in rivals):
            pairs[one] = other


def _alike(one: Row, other: Row) -> float:
    keys = {*one, *other}
    return sum(one.get(key) == other.get(key) for key in keys) / len(keys) if keys else 1.0


def _match_between(old: Sequence[Row], new: Sequence[Row], pairs: dict[int, int]) -> None:
    ends = {-1: -1, len(old): len(new), **pairs}
    for place in _free(len(old), set(pairs)):
        before, after = ends.get(place - 1), ends.get(place + 1)
        if before is not None and after == before + 2 and _alike(old[place], new[before + 1]) > 0:
            pairs[place] = before + 1
