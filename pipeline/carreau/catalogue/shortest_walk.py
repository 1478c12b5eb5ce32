"""The shortest walk past points in straight lines: the best for few points, a good one for many, always the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from carreau.catalogue.ground_distance import Point, distance_m

MOST_EXACT = 13
"""Points of which the best order is found by trying all: in 0.1 s, and each further point more than doubles that."""
_MOST_POINTS = 150
"""Beyond it an order is left as it is: improving it takes seconds, and nobody visits so many places on a walk."""
_SAME_M = 0.5
"""Walks whose lengths differ by less are equally long."""
_MOST_MOVED = 3
"""Points that are moved together where orders are improved."""

Table = list[list[float]]
"""Distances in metres, from point to point."""


def tour_m(points: Sequence[Point], is_loop: bool) -> float:
    """Return the length of a walk in straight lines, in metres; of a loop with the way back to its first point."""
    ends = [*points, points[0]] if is_loop and len(points) > 1 else points
    return sum(distance_m(one, other) for one, other in pairwise(ends))


def shortest_order(points: Sequence[Point], is_loop: bool) -> tuple[int, ...]:
    """Return the order of the shortest walk past all points, as indices.

    The first point stays the first. A loop comes back to it, any other walk ends where that is shortest. For up to
    `MOST_EXACT` points no walk is shorter; beyond, a good one is found. Of walks that are equally long it is the one
    that agrees best with the order of the points: they stay in it if no other is shorter.

    >>> shortest_order([(3.40, 50.4), (3.42, 50.4), (3.41, 50.4)], is_loop=False)
    (0, 2, 1)
    """
    return _shortest(tuple(points), is_loop)


@lru_cache(maxsize=256)
def _shortest(points: tuple[Point, ...], is_loop: bool) -> tuple[int, ...]:
    count = len(points)
    written = tuple(range(count))
    if not 2 < count <= _MOST_POINTS:
        return written
    table = [[distance_m(one, other) for other in points] for one in points]
    found = exact_order(table, is_loop) if count <= MOST_EXACT else good_order(table, is_loop)
    candidates = [written, found]
    if is_loop:
        candidates.append((0, *reversed(found[1:])))
    least = min(_length(table, order, is_loop) for order in candidates)
    equal = [order for order in candidates if _length(table, order, is_loop) < least + _SAME_M]
    return min(equal, key=lambda order: (_disorder(order), order))


def _length(table: Table, order: Sequence[int], is_loop: bool) -> float:
    back = table[order[-1]][order[0]] if is_loop else 0.0
    return sum(table[one][other] for one, other in pairwise(order)) + back


def _disorder(order: Sequence[int]) -> int:
    """Return how many pairs stand the other way around than the points do."""
    return sum(one > other for one, other in combinations(order, 2))


def exact_order(table: Table, is_loop: bool) -> tuple[int, ...]:
    """Return the best order, by the shortest way past each set of points to each of them (Held and Karp, 1962)."""
    others = len(table) - 1
    lengths = [[math.inf] * others for _ in range(1 << others)]
    former = [[-1] * others for _ in range(1 << others)]
    for place in range(others):
        lengths[1 << place][place] = table[0][place + 1]
    for seen in range(1, 1 << others):
        unseen = [place for place in range(others) if not seen >> place & 1]
        for last in range(others):
            length, row = lengths[seen][last], table[last + 1]
            if length == math.inf:
                continue
            for place in unseen:
                wider = seen | 1 << place
                if length + row[place + 1] < lengths[wider][place]:
                    lengths[wider][place] = length + row[place + 1]
                    former[wider][place] = last
    seen = (1 << others) - 1
    last = min(range(others), key=lambda place: lengths[seen][place] + (table[place + 1][0] if is_loop else 0.0))
    backwards = list[int]()
    while last >= 0:
        backwards.append(last + 1)
        seen, last = seen & ~(1 << last), former[seen][last]
    return (0, *reversed(backwards))


def good_order(table: Table, is_loop: bool) -> tuple[int, ...]:
    """Return a good order, not always the best: from point to nearest point, then improved.

    It is improved by turning around what lies between two points (2-opt), and by moving up to three points elsewhere
    (or-opt), as long as that makes the walk shorter.
    """
    order = [0]
    unseen = set(range(1, len(table)))
    while unseen:
        nearest = min(unseen, key=lambda place: (table[order[-1]][place], place))
        order.append(nearest)
        unseen.remove(nearest)
    while (better := _better(table, order, is_loop)) is not None:
        order = better
    return tuple(order)


def _better(table: Table, order: list[int], is_loop: bool) -> list[int] | None:
    """Return the first shorter order that one change makes; None where there is none."""

    def step(one: int, other: int | None) -> float:
        return table[one][other] if other is not None else 0.0

    def after(place: int) -> int | None:
        return order[place + 1] if place + 1 < len(order) else order[0] if is_loop else None

    for low, high in _spans(len(order)):
        before, first, last, following = order[low - 1], order[low], order[high], after(high)
        former = step(before, first) + step(last, following)
        if step(before, last) + step(first, following) < former - 1e-6:
            return [*order[:low], *reversed(order[low : high + 1]), *order[high + 1 :]]
        if high - low >= _MOST_MOVED:
            continue
        saved = former - step(before, following)
        for place in (*range(low - 1), *range(high + 1, len(order))):
            one, other = order[place], after(place)
            for start, end, turn in ((first, last, 1), (last, first, -1)):
                if step(one, start) + step(end, other) - step(one, other) < saved - 1e-6:
                    moved = order[low : high + 1][::turn]
                    rest = [*order[:low], *order[high + 1 :]]
                    at = rest.index(one) + 1
                    return [*rest[:at], *moved, *rest[at:]]
    return None


def _spans(count: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last place of each part of an order without its first point."""
    return ((low, high) for low in range(1, count) for high in range(low, count))
