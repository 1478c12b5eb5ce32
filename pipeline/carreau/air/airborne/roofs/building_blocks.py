"""Points of buildings in blocks that are reconstructed apart: each building is whole, and lies in one of them.

Cells of 25 cm over the bounds of a long place take gigabytes, and most of them hold no building.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from carreau.air.airborne.extent import Extent, covers, is_box
from carreau.air.airborne.lattice import Bounds, Lattice
from carreau.base.model import DoubleArray, IntArray

BLOCK_M = 250.0
"""Side of the squares of which each has the buildings whose middle lies in it."""

CELL_M = 2.0
"""Cells in which points are of one building when they touch, also at a corner."""

INSIDE_M = 1.0
"""How far buildings end before the border of a strip, so that the walls where it cuts them stand on its ground."""

AROUND_M = 4.0
"""How far cells reach around buildings."""


def inside(points: DoubleArray, extent: Extent) -> DoubleArray:
    """Return the points (n, 3) that buildings may have: all in a box, whose border closes those that it cuts."""
    return points if is_box(extent) else points[covers(extent.buffer(-INSIDE_M), points)]


def blocks_of(points: DoubleArray, extent: Extent) -> list[tuple[DoubleArray, Bounds]]:
    """Return the points (n, 3) of each block with bounds around them: one at least, and one of all in a small box.

    The border of a box closes the buildings that it cuts, so no bounds go beyond.
    """
    west, south, east, north = extent.bounds
    if is_box(extent) and max(east - west, north - south) <= BLOCK_M:
        return [(points, extent.bounds)]
    if not len(points):
        return [(points, (west, south, west + CELL_M, south + CELL_M))]
    lattice = Lattice.over(extent.bounds, CELL_M)
    occupied = np.zeros(lattice.shape, bool)
    rows, columns = lattice.cells(points)
    occupied[rows, columns] = True
    labels = np.asarray(ndimage.label(occupied, np.ones((3, 3)))[0], np.int32)
    middles = np.array([[(side.start + side.stop) // 2 for side in box] for box in ndimage.find_objects(labels)])
    squares = middles // round(BLOCK_M / CELL_M)
    _, block = np.unique(squares, axis=0, return_inverse=True)
    own = block[labels[rows, columns] - 1]
    order = np.argsort(own, kind="stable")
    pieces = np.split(points[order], np.flatnonzero(np.diff(own[order])) + 1)
    return [(piece, _around(piece, extent)) for piece in pieces]


def stacked(positions: Sequence[DoubleArray], corners: Sequence[IntArray]) -> IntArray:
    """Return corners of faces or edges of several blocks as of one, with the positions one after the other."""
    starts = np.cumsum([0, *(len(each) for each in positions[:-1])], dtype=np.int32)
    return np.concatenate([own + start for own, start in zip(corners, starts, strict=True)])


def _around(points: DoubleArray, extent: Extent) -> Bounds:
    """Return the bounds of points (n, 3), and some metres around them, in a box no farther than it goes."""
    x, y = points[:, 0], points[:, 1]
    around = float(x.min()) - AROUND_M, float(y.min()) - AROUND_M, float(x.max()) + AROUND_M, float(y.max()) + AROUND_M
    if not is_box(extent):
        return around
    west, south, east, north = extent.bounds
    return max(around[0], west), max(around[1], south), min(around[2], east), min(around[3], north)
