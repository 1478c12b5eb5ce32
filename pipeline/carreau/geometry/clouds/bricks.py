"""Bricks of a regular grid, only those that points reach, with the points that reach each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.topology import same_rows

LongArray = NDArray[np.int64]

SIDE = 8
"""Nodes along the edge of a brick; the sums over its 512 nodes stay in a core's first cache."""

NODES = SIDE**3
"""Nodes of a brick: (x, y, z) of them is 64 x + 8 y + z."""


@dataclass(frozen=True, eq=False)
class Bricks:
    """Bricks in the order of their places.

    low, cell : (3,) the first node of brick (0, 0, 0), and the distance between nodes
    places : (b, 3) int32, where each brick is, counted in bricks
    around : (b, 27) int32, the brick at each of the 27 places around, itself in the middle; -1 where there is none
    starts, points : (b + 1,) int64 and (m,) int32, the points that reach into each brick, ascending
    """

    low: DoubleArray
    cell: float
    places: IntArray
    around: IntArray
    starts: LongArray
    points: IntArray


def bricks_of(positions: FloatArray, radii: FloatArray, cell: float) -> Bricks:
    """Return the bricks that balls of (n,) radii around (n, 3) positions reach into."""
    edge = SIDE * cell
    low = positions.min(axis=0).astype(np.float64) - float(radii.max(initial=0)) - cell
    firsts = np.floor((positions - low - radii[:, None]) / edge).astype(np.int32)
    lasts = np.floor((positions - low + radii[:, None]) / edge).astype(np.int32)
    rows, owners = _rows(firsts, lasts, int(np.prod(lasts - firsts + 1, axis=1, dtype=np.int64).sum()))
    kinds = same_rows(rows)
    places = rows[kinds.first].astype(np.int32)
    order = np.lexsort(places.T[::-1])
    numbers = np.empty(len(order), np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    starts, points = _grouped(numbers[kinds.labels], owners, len(order))
    return Bricks(low, cell, places[order], _around(places[order]), starts, points)


def _around(places: IntArray) -> IntArray:
    """Return (b, 27) int32 the neighbours of bricks in the order of their places."""
    if not len(places):
        return np.zeros((0, 27), np.int32)
    sides = places.max(axis=0).astype(np.int64) + 3
    keys = _keys(places.astype(np.int64) + 1, sides)
    around = np.empty((len(places), 27), np.int32)
    for number, step in enumerate(np.ndindex(3, 3, 3)):
        wanted = _keys(places.astype(np.int64) + np.array(step), sides)
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        around[:, number] = np.where(keys[found] == wanted, found, -1)
    return around


def _keys(places: LongArray, sides: LongArray) -> LongArray:
    return np.asarray((places[:, 0] * sides[1] + places[:, 1]) * sides[2] + places[:, 2])


@compiled
def _rows(firsts: IntArray, lasts: IntArray, total: int) -> tuple[NDArray[np.uint32], IntArray]:
    """Return the place of each brick that each point reaches into, and the point."""
    rows, owners = np.empty((total, 3), np.uint32), np.empty(total, np.int32)
    count = 0
    for i in range(len(firsts)):
        for x in range(firsts[i, 0], lasts[i, 0] + 1):
            for y in range(firsts[i, 1], lasts[i, 1] + 1):
                for z in range(firsts[i, 2], lasts[i, 2] + 1):
                    rows[count, 0], rows[count, 1], rows[count, 2] = x, y, z
                    owners[count] = i
                    count += 1
    return rows, owners


@compiled
def _grouped(labels: IntArray, owners: IntArray, count: int) -> tuple[LongArray, IntArray]:
    """Return the owners of each label, in their order (counting sort)."""
    starts = np.zeros(count + 1, np.int64)
    for row in range(len(labels)):
        starts[labels[row] + 1] += 1
    for label in range(count):
        starts[label + 1] += starts[label]
    free, grouped = starts.copy(), np.empty(len(labels), np.int32)
    for row in range(len(labels)):
        grouped[free[labels[row]]] = owners[row]
        free[labels[row]] += 1
    return starts, grouped
