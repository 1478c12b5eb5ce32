"""Whether a line passes the stops in their order, and how far along it each is."""

from __future__ import annotations

from collections.abc import Sequence

from carreau.catalogue.ground_distance import Point, length_m, passes

NEAR_M = 150.0
"""A line that comes so near to a stop leads to it; beyond the yard of a pit, a visitor would ask where it is."""
_BACK_M = 100.0
"""A line that turns around at a stop passes its neighbour on the way there: so near, their order does not matter."""
_MOST_POINTS = 20_000
"""Of a line: what a check can compare in a moment."""


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
