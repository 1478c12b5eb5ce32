"""How long, steep and far a route is, and how far to trust that: from its line, from documents, or at least so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, pairwise

from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.route import Effort, Point, Route, RouteLine, Stop, distance_m, length_m, passes
from carreau.catalogue.site import Position

STRAIGHT, WALKED, COMPUTED, INDICATIVE = "straight", "walked", "computed", "indicative"


@dataclass(frozen=True)
class RouteMeasures:
    """What is known of a route.

    path_measure : one of `MEASURES`, or "walked" for a computed line that somebody followed
    length_km : along the line, or of a document; None where there is neither
    length_measure : the same for the length; "straight" where only the straight lines between the stops are known
    straight_km : sum of the straight lines between the stops: no way is shorter; None with fewer than two positions
    climb_m, descent_m : None where heights are unknown
    duration_min : on the way, without time at the stops
    formula : of the duration; empty where it is of a document or unknown
    stops_min : time at the stops, None where none is given
    required_… : the same without the optional stops; None without any, or where it is not known
    """

    path_measure: str
    length_km: float | None = None
    length_measure: str = INDICATIVE
    straight_km: float | None = None
    climb_m: float | None = None
    descent_m: float | None = None
    duration_min: float | None = None
    formula: str = ""
    stops_min: float | None = None
    required_km: float | None = None
    required_straight_km: float | None = None
    required_min: float | None = None


def measure_route(route: Route, positions: Sequence[Point | None], line: RouteLine | None) -> RouteMeasures:
    """Return what is known of a route.

    A number that the file gives as of a document or as measured stands; so do its climb and duration. Otherwise they
    are taken from the line. A length that is only indicative is not used: without a line, straight lines say more.

    positions : of the stops, None where unknown
    """
    path_measure = WALKED if route.walked and route.path_measure == COMPUTED else route.path_measure
    path_measure = path_measure if line else INDICATIVE
    whole = line.effort if line else None
    without = line.origin.without_optional if line else None
    is_written = route.length_km is not None and route.length_measure in ("documented", "measured")
    formula = FORMULAS.get(route.mode)
    required = [
        point for stop, point in zip(route.stop, positions, strict=True) if not stop.optional or stop is route.stop[0]
    ]
    has_optional = len(required) < len(positions)
    pauses = [stop.minutes for stop in route.stop if stop.minutes]
    return RouteMeasures(
        path_measure=path_measure,
        length_km=route.length_km if is_written else _km(whole),
        length_measure=route.length_measure if is_written else path_measure if whole else STRAIGHT,
        straight_km=_straight_km(positions, route.loop),
        climb_m=route.climb_m if route.climb_m is not None else whole.climb_m if whole else None,
        descent_m=whole.descent_m if whole else None,
        duration_min=_minutes(route, whole),
        formula=formula.name if formula and whole and route.duration_min is None else "",
        stops_min=sum(pauses) if pauses else None,
        required_km=_km(without) if has_optional else None,
        required_straight_km=_straight_km(required, route.loop) if has_optional else None,
        required_min=formula.minutes(without) if has_optional and without and formula else None,
    )


def _km(effort: Effort | None) -> float | None:
    return round(effort.length_m / 1000, 2) if effort else None


def _minutes(route: Route, whole: Effort | None) -> float | None:
    if route.duration_min is not None:
        return route.duration_min
    formula = FORMULAS.get(route.mode)
    return round(formula.minutes(whole)) if formula and whole else None


def _straight_km(positions: Sequence[Point | None], is_loop: bool | None) -> float | None:
    """Return the sum of straight lines, rounded down: no way is shorter."""
    known = [point for point in positions if point is not None]
    return int(tour_m(known, bool(is_loop)) / 10) / 100 if len(known) > 1 else None


WALKING_M_H, CLIMBING_M_H, DESCENDING_M_H = 4000.0, 300.0, 500.0
CYCLING_M_H = 15_000.0
CLIMB_AS_LENGTH = 8.0


@dataclass(frozen=True)
class Formula:
    """A formula.

    name : as signposts and guides know it
    minutes : of an effort
    """

    name: str
    minutes: Callable[[Effort], float]


def walking_minutes(effort: Effort) -> float:
    """Return the minutes on foot after DIN 33466, the norm of signposts for hikers, without pauses.

    4 km, 300 m up or 500 m down an hour; the longer of the two times, on the flat and up and down, and half of the
    other. Unknown heights count as flat.
    """
    flat = effort.length_m / WALKING_M_H
    steep = (effort.climb_m or 0.0) / CLIMBING_M_H + (effort.descent_m or 0.0) / DESCENDING_M_H
    return 60 * (max(flat, steep) + min(flat, steep) / 2)


def cycling_minutes(effort: Effort) -> float:
    """Return the minutes by bicycle: 15 km an hour, the speed of OSRM's bicycle profile, without pauses.

    A metre of climb counts as eight metres of way, the equivalence that is in Naismith's rule.
    Source: P. Scarf, "Route choice in mountain navigation, Naismith's rule, and the equivalence of distance and climb",
    Journal of Sports Sciences 25 (2007).
    """
    return 60 * (effort.length_m + CLIMB_AS_LENGTH * (effort.climb_m or 0.0)) / CYCLING_M_H


FORMULAS: Mapping[str, Formula] = {
    "walk": Formula("DIN 33466", walking_minutes),
    "bike": Formula("15 km/h, Naismith/Scarf", cycling_minutes),
}
"""By travel mode; there is none for cars and buses."""

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


def find_position(stop: Stop, catalogue: Catalogue) -> Position | None:
    """Return where one stands at a stop: as the stop says, else where its site or place lies; None without any."""
    site = catalogue.sites.get(stop.site)
    return stop.at or (site.of.position if site else stop.place.position if stop.place else None)


def list_positions(route: Route, catalogue: Catalogue) -> list[Point | None]:
    """Return where one stands at each stop, None where that is unknown."""
    positions = (find_position(stop, catalogue) for stop in route.stop)
    return [position.point if position else None for position in positions]


def walk_order(route: Route, catalogue: Catalogue) -> tuple[int, ...]:
    """Return the order in which the stops come, as their indices in the file.

    The first stop stays the first: one has to get there, by bus or by car, and the author knows where that is possible.
    A stop whose position is unknown stays behind the one before it.
    """
    if route.has_fixed_order:
        return tuple(range(len(route.stop)))
    points = list_positions(route, catalogue)
    known = [index for index, point in enumerate(points) if point is not None]
    groups = [range(*ends) for ends in pairwise([*([0] if known else []), *known[1:], len(points)])]
    order = shortest_order([point for point in points if point is not None], bool(route.loop))
    return tuple(index for group in order for index in groups[group]) if known else tuple(range(len(points)))


def in_walk_order(entry: Entry[Route], catalogue: Catalogue) -> Entry[Route]:
    """Return a route with its stops in the order in which they come; lines of its document are those of the file."""
    stops = tuple(entry.of.stop[index] for index in walk_order(entry.of, catalogue))
    return replace(entry, of=replace(entry.of, stop=stops))


MOST_EXACT = 13
"""Points of which the best order is found by trying all: in 0.1 s, and each further point more than doubles that."""
_MOST_POINTS_EXACT = 150
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
    if not 2 < count <= _MOST_POINTS_EXACT:
        return written
    table = [[distance_m(one, other) for other in points] for one in points]
    best = exact_order(table, is_loop) if count <= MOST_EXACT else good_order(table, is_loop)
    candidates = [written, best]
    if is_loop:
        candidates.append((0, *reversed(best[1:])))
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
