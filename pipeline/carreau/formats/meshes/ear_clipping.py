"""Cut a simple polygon into triangles without losing a corner, not even one on a straight edge.

Ear clipping (G. H. Meisters, "Polygons have ears", 1975). mapbox_earcut, which cuts large polygons, drops corners on
straight edges: the neighbour that has them would not meet the cut.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled, compiled_bare
from carreau.base.model import DoubleArray, IntArray

EPSILON = 1e-9
"""Share of the square of the polygon's size below which three corners count as lying on one line."""


def ears(ring: DoubleArray) -> IntArray:
    """Return (n - 2, 3) int32 triangles, counter-clockwise, of a counter-clockwise ring (n, 2) of simple outline.

    Each is the ear that is least of a sliver. Raises ValueError for a ring that crosses itself or is not
    counter-clockwise.
    """
    flat = EPSILON * float(np.ptp(ring, axis=0).max()) ** 2
    triangles, is_whole = _ears(np.ascontiguousarray(ring, np.float64), flat)
    if not is_whole:
        raise ValueError("the ring is not simple and counter-clockwise")
    return triangles


@compiled
def _ears(ring: DoubleArray, flat: float) -> tuple[IntArray, bool]:
    """Return the triangles, and whether there was an ear each time."""
    left = len(ring)
    triangles, corners = np.empty((left - 2, 3), np.int32), np.arange(left)
    for row in range(left - 2):
        if left > 3:
            tip = best_ear(ring, corners, left, flat)
        else:
            tip = 1 if turn(ring, corners[0], corners[1], corners[2]) > flat else -1
        if tip < 0:
            return triangles, False
        triangles[row, 0] = corners[(tip + left - 1) % left]
        triangles[row, 1], triangles[row, 2] = corners[tip], corners[(tip + 1) % left]
        without(corners, tip, left)
        left -= 1
    return triangles, True


@compiled_bare
def first_ear(places: DoubleArray, corners: NDArray[np.int64], left: int) -> int:
    """Return the tip of the first ear, -1 without one: a place in the corners (left,) that are not cut off yet.

    The first that is looked at is the second corner.
    """
    for step in range(left):
        tip = (step + 1) % left
        if _turn_at(places, corners, left, tip) > 0 and not _holds_corner(places, corners, left, tip, 0.0):
            return tip
    return -1


@compiled_bare
def best_ear(places: DoubleArray, corners: NDArray[np.int64], left: int, flat: float) -> int:
    """Return the tip of the ear that is least of a sliver, -1 without one.

    flat : twice the area up to which three corners lie on a line
    """
    best, found = 0.0, -1
    for tip in range(left):
        area = _turn_at(places, corners, left, tip)
        if area > flat:
            squares = 0.0
            for step in range(3):
                a, b = corners[(tip + left - 1 + step) % left], corners[(tip + left - 1 + (step + 1) % 3) % left]
                x, y = places[a, 0] - places[b, 0], places[a, 1] - places[b, 1]
                squares += x * x
                squares += y * y
            if area / squares > best and not _holds_corner(places, corners, left, tip, flat):
                best, found = area / squares, tip
    return found


@compiled_bare
def without(corners: NDArray[np.int64], tip: int, left: int) -> None:
    """Take a corner out of those that are left."""
    for later in range(tip, left - 1):
        corners[later] = corners[later + 1]


@compiled_bare
def turn(places: DoubleArray, a: int, b: int, c: int) -> float:
    """Return twice the area of three corners, less than 0 where they turn clockwise."""
    x, y = places[b, 0] - places[a, 0], places[b, 1] - places[a, 1]
    return float(x * (places[c, 1] - places[a, 1]) - y * (places[c, 0] - places[a, 0]))


@compiled_bare
def _turn_at(places: DoubleArray, corners: NDArray[np.int64], left: int, tip: int) -> float:
    return turn(places, corners[(tip + left - 1) % left], corners[tip], corners[(tip + 1) % left])


@compiled_bare
def _same(places: DoubleArray, a: int, b: int) -> bool:
    """Return whether two corners have the same position."""
    return bool(places[a, 0] == places[b, 0] and places[a, 1] == places[b, 1])


@compiled_bare
def _holds_corner(places: DoubleArray, corners: NDArray[np.int64], left: int, tip: int, flat: float) -> bool:
    """Return whether another corner lies in the triangle at a tip, or on its rim.

    Corners at the place of one of the three do not count: a polygon with a hole passes its bridge twice.
    """
    a, b, c = corners[(tip + left - 1) % left], corners[tip], corners[(tip + 1) % left]
    for step in range(2, left - 1):
        other = corners[(tip + step) % left]
        if _same(places, other, a) or _same(places, other, b) or _same(places, other, c):
            continue
        if (
            turn(places, a, b, other) >= -flat
            and turn(places, b, c, other) >= -flat
            and turn(places, c, a, other) >= -flat
        ):
            return True
    return False
