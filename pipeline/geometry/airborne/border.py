"""The skirt around a place: down from the edge of the ground, and the cut faces of buildings that go on outside."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.airborne.lattice import Bounds
from pipeline.geometry.airborne.terrain import Tin
from pipeline.model import DoubleArray, IntArray

BELOW_M = 1.5
"""How far the skirt goes below the lowest corner of all parts."""

ON_BORDER_M = 2e-3


def border(tin: Tin, tops: DoubleArray, cuts: IntArray, lowest: float, bounds: Bounds) -> tuple[DoubleArray, IntArray]:
    """Return positions and faces of the skirt.

    tops : (n, 3) positions of roofs; `cuts` (k, 2) are edges of them on the border, the place to their left
    """
    bottom = lowest - BELOW_M
    positions: list[DoubleArray] = []
    faces: list[IntArray] = []
    total = 0
    for rim in _rims(tin, bounds):
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


def _rims(tin: Tin, bounds: Bounds) -> list[IntArray]:
    """Return the vertices along each side of the bounds, the place to the left: south, east, north, west."""
    west, south, east, north = bounds
    x, y = tin.positions[:, 0], tin.positions[:, 1]
    sides = [(np.abs(y - south), x), (np.abs(x - east), y), (np.abs(y - north), -x), (np.abs(x - west), -y)]
    result = []
    for off, along in sides:
        found = np.flatnonzero(off < ON_BORDER_M)
        result.append(found[np.argsort(along[found], kind="stable")].astype(np.int32))
    return result


def _on(tops: DoubleArray, cuts: IntArray, chain: DoubleArray) -> list[tuple[int, int]]:
    """Return the cut edges that lie along one side."""
    way = chain[-1, :2] - chain[0, :2]
    way = way / np.linalg.norm(way)
    normal = np.array([-way[1], way[0]])
    return [
        (int(a), int(b))
        for a, b in cuts
        if max(abs((tops[a, :2] - chain[0, :2]) @ normal), abs((tops[b, :2] - chain[0, :2]) @ normal)) < ON_BORDER_M
    ]


def _between(chain: DoubleArray, start: DoubleArray, end: DoubleArray) -> DoubleArray:
    """Return the vertices of one side from below one corner to below another."""
    way = chain[-1, :2] - chain[0, :2]
    along = (chain[:, :2] - chain[0, :2]) @ way
    low, high = (start[:2] - chain[0, :2]) @ way, (end[:2] - chain[0, :2]) @ way
    slack = ON_BORDER_M * float(np.linalg.norm(way))
    return chain[(along >= low - slack) & (along <= high + slack)]
