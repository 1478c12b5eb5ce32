"""Cut a simple polygon into triangles without losing a corner, not even one on a straight edge.

Ear clipping (G. H. Meisters, "Polygons have ears", 1975). mapbox_earcut, which cuts large polygons, drops corners on
straight edges: the neighbour that has them would not meet the cut.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.model import DoubleArray, IntArray

EPSILON = 1e-9
"""Share of the square of the polygon's size below which three corners count as lying on one line."""


def ears(ring: DoubleArray) -> IntArray:
    """Return (n - 2, 3) int32 triangles, counter-clockwise, of a counter-clockwise ring (n, 2) of simple outline.

    Raises ValueError for a ring that crosses itself or is not counter-clockwise.
    """
    left = list(range(len(ring)))
    flat = EPSILON * float(np.ptp(ring, axis=0).max()) ** 2
    triangles = []
    while len(left) > 3:
        at = _ear(ring, left, flat)
        triangles.append((left[at - 1], left[at], left[(at + 1) % len(left)]))
        del left[at]
    triangles.append((left[0], left[1], left[2]))
    if _turn(ring, *triangles[-1]) <= flat:
        raise ValueError("the ring is not simple and counter-clockwise")
    return np.array(triangles, np.int32)


def _ear(ring: DoubleArray, left: list[int], flat: float) -> int:
    """Return the place in `left` of the corner to cut off: the one whose triangle is least of a sliver."""
    best, found = 0.0, -1
    for at in range(len(left)):
        before, tip, after = left[at - 1], left[at], left[(at + 1) % len(left)]
        turn = _turn(ring, before, tip, after)
        if turn <= flat:
            continue
        sides = ring[[before, tip, after]] - ring[[tip, after, before]]
        quality = turn / float((sides**2).sum())
        if quality > best and _is_empty(ring, (before, tip, after), left, flat):
            best, found = quality, at
    if found < 0:
        raise ValueError("the ring is not simple and counter-clockwise")
    return found


def _turn(ring: DoubleArray, a: int, b: int, c: int) -> float:
    (ax, ay), (bx, by), (cx, cy) = ring[a], ring[b], ring[c]
    return float((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))


def _is_empty(ring: DoubleArray, ear: tuple[int, int, int], left: list[int], flat: float) -> bool:
    """Return whether no other corner lies in the triangle or on its rim."""
    others = ring[[corner for corner in left if corner not in ear]]
    inside: NDArray[np.bool_] = np.ones(len(others), bool)
    for first, second in ((0, 1), (1, 2), (2, 0)):
        start, end = ring[ear[first]], ring[ear[second]]
        side = (end[0] - start[0]) * (others[:, 1] - start[1]) - (end[1] - start[1]) * (others[:, 0] - start[0])
        inside &= side >= -flat
    return not inside.any()
