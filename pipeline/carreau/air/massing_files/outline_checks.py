"""What is wrong with an outline that a person wrote: sides that cross, corners in one place, no area."""

from __future__ import annotations

from carreau.base.messages import Message, message

Point = tuple[float, float]
Ring = tuple[Point, ...]

MOST_CORNERS = 200
LEAST_M2 = 0.01
NEAR_M = 0.001
"""Distance below which two corners count as one: what models are exact to."""


def outline_mistake(ring: Ring) -> Message | None:
    """Return what is wrong with a ring of at least three corners, None for a sound one.

    >>> outline_mistake(((0, 0), (4, 0), (0, 3), (4, 3)))
    'its sides 2 and 4 cross or touch each other'
    """
    if len(ring) > MOST_CORNERS:
        return message("it has more than %(count)s corners", count=MOST_CORNERS)
    count = len(ring)
    for at in range(count):
        if _distance(ring[at], ring[(at + 1) % count]) < NEAR_M:
            return message(
                "its corners %(first)s and %(second)s are in one place", first=at + 1, second=(at + 1) % count + 1
            )
    for first in range(count):
        for second in range(first + 1, count):
            if _is_crossing(ring, first, second):
                return message(
                    "its sides %(first)s and %(second)s cross or touch each other", first=first + 1, second=second + 1
                )
    if abs(signed_area(ring)) < LEAST_M2:
        return message("it has no area")
    return None


def signed_area(ring: Ring) -> float:
    """Return the area of a ring, positive where it is counter-clockwise."""
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, (*ring[1:], ring[0]), strict=True)) / 2


def is_inside(ring: Ring, point: Point) -> bool:
    """Return whether a point lies inside a ring."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def do_cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Return whether two segments cross, or touch within a millimetre."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((a, c, d), (b, c, d), (c, a, b), (d, a, b))
    return any(_away(*each) < NEAR_M for each in ends)


def _is_crossing(ring: Ring, first: int, second: int) -> bool:
    count = len(ring)
    a, b, c, d = ring[first], ring[(first + 1) % count], ring[second], ring[(second + 1) % count]
    if second == first + 1:  # they share b; one that folds back lies on the other
        return _away(d, a, b) < NEAR_M or _away(a, c, d) < NEAR_M
    if first == (second + 1) % count:
        return _away(b, c, d) < NEAR_M or _away(c, a, b) < NEAR_M
    return do_cross(a, b, c, d)


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _distance(a: Point, b: Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def _away(point: Point, start: Point, end: Point) -> float:
    """Return the distance of a point from a segment."""
    length = _distance(start, end)
    along = ((point[0] - start[0]) * (end[0] - start[0]) + (point[1] - start[1]) * (end[1] - start[1])) / length**2
    share = min(max(along, 0.0), 1.0)
    return _distance(point, (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
