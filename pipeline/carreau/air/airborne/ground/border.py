"""The skirt around a place: down from the edge of the ground, and the cut faces of buildings that go on outside."""

from __future__ import annotations

import numpy as np
import shapely

from carreau.air.airborne.extent import ON_BORDER_M, Extent, sides_of
from carreau.air.airborne.ground.terrain import Tin
from carreau.base.model import DoubleArray, IntArray

BELOW_M = 1.5
"""How far the skirt goes below the lowest corner of all parts."""


def border(tin: Tin, tops: DoubleArray, cuts: IntArray, lowest: float, extent: Extent) -> tuple[DoubleArray, IntArray]:
    """Return positions and faces of the skirt.

    tops : (n, 3) positions of roofs; `cuts` (k, 2) are edges of them on the border, the place to their left
    """
    bottom = lowest - BELOW_M
    positions: list[DoubleArray] = []
    faces: list[IntArray] = []
    total = 0
    for rim in _rims(tin, extent):
        chain = tin.positions[rim]
        count = len(chain)
        below = np.column_stack([chain[:, :2], np.full(count, bottom)])
        positions += [chain, below]
        k = np.arange(count - 1) + total
        faces += [np.column_stack([k + 1, k, k + count]), np.column_stack([k + 1, k + count, k + count + 1])]
        total += 2 * count
        for start, end in _on(tops, cuts, chain):
            span = _between(chain, tops[start], tops[end])
            positions += [span, tops[[start, end]]]
            # The ground's edge runs from start to end below the roof's.
            size = len(span)
            fan = np.arange(size - 1) + total
            faces += [np.column_stack([fan, fan + 1, np.full(size - 1, total + size)])]
            faces += [np.array([[total + size - 1, total + size + 1, total + size]])]
            total += size + 2
    if not faces:
        return np.empty((0, 3)), np.empty((0, 3), np.int32)
    return np.concatenate(positions), np.concatenate(faces).astype(np.int32)


def _rims(tin: Tin, extent: Extent) -> list[IntArray]:
    """Return the vertices along each straight side of the border, the place to the left."""
    sides, places = sides_of(extent), tin.positions[:, :2]
    lines = np.asarray(shapely.linestrings(sides))
    vertex, side = shapely.STRtree(lines).query(shapely.points(places), predicate="dwithin", distance=ON_BORDER_M)
    along = ((places[vertex] - sides[side, 0]) * (sides[side, 1] - sides[side, 0])).sum(axis=1)
    order = np.lexsort((along, side))
    starts = np.searchsorted(side[order], np.arange(1, len(sides)))
    return [rim.astype(np.int32) for rim in np.split(vertex[order], starts)]


def _on(tops: DoubleArray, cuts: IntArray, chain: DoubleArray) -> list[tuple[int, int]]:
    """Return the cut edges that lie along one side."""
    way = chain[-1, :2] - chain[0, :2]
    length = float(np.linalg.norm(way))
    way = way / length
    ends = tops[cuts][:, :, :2] - chain[0, :2]
    along, off = ends @ way, np.abs(ends @ np.array([-way[1], way[0]]))
    on = (off < ON_BORDER_M) & (along > -ON_BORDER_M) & (along < length + ON_BORDER_M)
    return [(a, b) for a, b in cuts[on.all(axis=1)].tolist()]


def _between(chain: DoubleArray, start: DoubleArray, end: DoubleArray) -> DoubleArray:
    """Return the vertices of one side from below one corner to below another."""
    way = chain[-1, :2] - chain[0, :2]
    along = (chain[:, :2] - chain[0, :2]) @ way
    low, high = (start[:2] - chain[0, :2]) @ way, (end[:2] - chain[0, :2]) @ way
    slack = ON_BORDER_M * float(np.linalg.norm(way))
    return chain[(along >= low - slack) & (along <= high + slack)]
