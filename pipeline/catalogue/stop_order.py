"""Whether another order of the stops is clearly shorter, and whether a line passes them in theirs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pipeline.catalogue.ground_distance import Point, distance_m, length_m, passes

NEAR_M = 150.0
"""A line that comes so near to a stop leads to it; beyond the yard of a pit, a visitor would ask where it is."""
CLEARLY = 0.25
"""Share by which a tour must be shorter to be worth a question."""
_BACK_M = 100.0
"""A line that turns around at a stop passes its neighbour on the way there: so near, their order does not matter."""
_MOST_STOPS = 60
_MOST_POINTS = 20_000
"""Limits of what a check can compare in a moment."""


def tour_m(points: Sequence[Point], is_loop: bool) -> float:
    """Return the length of a tour in straight lines."""
    ends = [*points, points[0]] if is_loop and len(points) > 1 else points
    return sum(distance_m(one, other) for one, other in pairwise(ends))


def shorter_order(points: Sequence[Point], is_loop: bool) -> tuple[float, list[int]] | None:
    """Return by which share another order is shorter, and that order; None where none is clearly shorter.

    The first stop stays the first, and the last of a tour that is no loop the last. Orders are improved by turning
    around what lies between two stops, and by moving one, as long as that shortens the tour (2-opt and or-opt): the
    result is a good order, not always the best.
    """
    count = len(points)
    if not 4 <= count <= _MOST_STOPS:
        return None
    order, former = list(range(count)), tour_m(points, is_loop)
    best = former
    is_better = True
    while is_better:
        is_better = False
        for changed in _changes(order, is_loop):
            length = tour_m([points[place] for place in changed], is_loop)
            if length < best - 0.5:
                order, best, is_better = changed, length, True
                break
    share = 1 - best / former if former else 0.0
    return (share, order) if share > CLEARLY else None


def _changes(order: list[int], is_loop: bool) -> list[list[int]]:
    last = len(order) if is_loop else len(order) - 1
    turned = [
        [*order[:low], *reversed(order[low:high]), *order[high:]]
        for low in range(1, last)
        for high in range(low + 2, last + 1)
    ]
    moved = []
    for place in range(1, last):
        rest = [*order[:place], *order[place + 1 :]]
        moved += [[*rest[:to], order[place], *rest[to:]] for to in range(1, last) if to != place]
    return turned + moved


def first_out_of_order(line: Sequence[Point], stops: Sequence[Point], is_loop: bool) -> int | None:
    """Return the place of the first stop that a line passes too early, counted from 0; None if it passes all in order.

    A line may pass a stop more than once. Where a loop starts does not matter to the first stop.
    """
    if len(line) > _MOST_POINTS or not stops:
        return None
    places = [passes(line, stop)[1] for stop in stops]
    if is_loop:
        total, start = length_m(line), places[0][0]
        places = [sorted((along - start + 1e-6) % total for along in each) for each in places]
    reached = 0.0
    for number, passed in enumerate(places):
        later = [along for along in passed if along >= reached - _BACK_M]
        if not later:
            return number
        reached = max(reached, min(later))
    return None


def along_line(line: Sequence[Point], stops: Sequence[Point | None]) -> list[float | None]:
    """Return how far along a line each stop is, in metres: of several passes, the first after the stop before.

    None where a position is unknown.
    """
    reached, places = 0.0, list[float | None]()
    for stop in stops:
        passed = passes(line, stop)[1] if stop is not None and len(line) <= _MOST_POINTS else []
        if not passed:
            places.append(None)
            continue
        later = [along for along in passed if along >= reached - _BACK_M]
        reached = max(reached, min(later)) if later else reached
        places.append(reached if later else passed[0])
    return places
