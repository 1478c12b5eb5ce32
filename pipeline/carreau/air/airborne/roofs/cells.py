"""Cells of roofs: where buildings stand, as seen from above."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carreau.air.airborne.extent import Bounds, Extent, Lattice, covers, is_box, near_border
from carreau.air.airborne.survey_data import BoolArray
from carreau.base.model import DoubleArray, FloatArray, IntArray

FINEST_M, COARSEST_M = 0.25, 0.5
POINTS_A_CELL = 0.75
"""Points that a cell has on average, of roofs as they are hit."""

CLOSING, OPENING = 3, 2
"""Cells by which gaps between points are closed, and strips that are no building are cut off."""

LEAST_BUILDING_M2, LEAST_CUT_M2 = 6.0, 2.0
"""Smallest buildings, and what is seen of those that go on outside."""


@dataclass(frozen=True, eq=False)
class RoofCells:
    """The highest point of a building in each cell; few cells of a place have one.

    points : (n + 1, 3) float32, to 0.1 mm in a place of 2 km, in the order of their cells; row 0 is NaN
    numbers : (rows, columns) int32, the row of each cell's point, 0 where it has none
    mask : (rows, columns), where a building stands
    """

    lattice: Lattice
    points: FloatArray
    numbers: IntArray
    mask: BoolArray

    @property
    def cells(self) -> NDArray[np.int64]:
        """Return the cells (n,) of the points, as flat indices."""
        return np.flatnonzero(self.numbers)

    @property
    def known(self) -> BoolArray:
        """Return the cells of buildings that have a point."""
        return np.asarray(self.mask & (self.numbers > 0))


def roof_cells(points: DoubleArray, bounds: Bounds) -> RoofCells:
    """Return the cells of buildings within bounds, of their points (n, 3)."""
    lattice = Lattice.over(bounds, _cell_size(points, bounds))
    # By height, then by place, so that the choice among equals does not depend on the order of the file.
    order = np.lexsort((points[:, 1], points[:, 0], points[:, 2]))
    rows, columns = lattice.cells(points[order])
    numbers = np.zeros(lattice.shape, np.int32)  # takes memory only where there are buildings
    numbers[rows, columns] = np.arange(1, len(order) + 1)  # the highest comes last, and stays
    cells = np.flatnonzero(numbers)
    tops = np.full((len(cells) + 1, 3), np.nan, np.float32)
    tops[1:] = points[order[numbers.ravel()[cells] - 1]]
    numbers.ravel()[cells] = np.arange(1, len(tops))
    return RoofCells(lattice, tops, numbers, _mask(numbers > 0, lattice.cell))


def _cell_size(points: DoubleArray, bounds: Bounds) -> float:
    """Return the size at which most cells of roofs have a point: the density where there are points at all."""
    coarse = Lattice.over(bounds, 1.0)
    rows, columns = coarse.cells(points)
    counts = np.bincount(rows.astype(np.int64) * coarse.columns + columns)
    density = float(np.median(counts[counts > 0])) if len(points) else math.inf
    return float(np.clip(math.sqrt(POINTS_A_CELL / density), FINEST_M, COARSEST_M))


def _mask(occupied: BoolArray, cell: float) -> BoolArray:
    """Return where buildings are: gaps closed, strips cut off, small pieces dropped; the border cuts nothing off."""
    room = CLOSING + OPENING
    # Closing with empty cells around, opening with the border repeated: neither may cut at the edge of the place.
    wide = np.pad(occupied, room)
    wide = ndimage.binary_closing(wide, disk(CLOSING))
    wide = np.pad(wide[room:-room, room:-room], room, mode="edge")
    # What is cut off is grown back to the corners, which a round opening takes too.
    mask = ndimage.binary_dilation(ndimage.binary_opening(wide, disk(OPENING)), disk(OPENING)) & wide
    wide = mask[room:-room, room:-room]
    labels, count = ndimage.label(wide)
    sizes = np.bincount(labels[labels > 0], minlength=count + 1) * cell**2
    cut = np.zeros(count + 1, bool)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        cut[side] = True
    mask = sizes >= np.where(cut, LEAST_CUT_M2, LEAST_BUILDING_M2)
    mask[0] = False
    return np.asarray(mask[labels])


def disk(radius: int) -> BoolArray:
    """Return a round structuring element."""
    steps: IntArray = np.arange(-radius, radius + 1, dtype=np.int32)
    return np.asarray(steps[:, None] ** 2 + steps[None, :] ** 2 <= (radius + 0.5) ** 2)


BLOCK_M = 250.0
"""Side of the squares of which each has the buildings whose middle lies in it."""

CELL_M = 2.0
"""Cells in which points are of one building when they touch, also at a corner."""

INSIDE_M = 1.0
"""How far buildings end before the border of a strip, so that the walls where it cuts them stand on its ground."""

FRINGE_M = 3.0
"""How far from the border that may go on: what is left of a building farther in is one that was missed."""

AROUND_M = 4.0
"""How far cells reach around buildings."""


def inside(points: DoubleArray, extent: Extent) -> DoubleArray:
    """Return the points (n, 3) that buildings may have: all in a box, whose border closes those that it cuts."""
    return points if is_box(extent) else points[covers(extent.buffer(-INSIDE_M), points)]


def without_fringe(points: DoubleArray, lattice: Lattice, labels: IntArray, extent: Extent) -> DoubleArray:
    """Return the points (n, 3) without those of buildings that the border cuts away.

    They are on no roof, and hang together from the border on.

    labels : (rows, columns) of the lattice, which roof is there, 0 for none
    """
    rows, columns = lattice.cells(points)
    loose = np.flatnonzero(labels[rows, columns] == 0)
    image = np.zeros(lattice.shape, bool)
    image[rows[loose], columns[loose]] = True
    piece = np.asarray(ndimage.label(image, np.ones((3, 3)))[0])[rows[loose], columns[loose]]
    cut = np.unique(piece[near_border(extent, points[loose], lattice.cell)])
    is_fringe = np.isin(piece, cut) & near_border(extent, points[loose], FRINGE_M)
    return np.delete(points, loose[is_fringe], axis=0)


def split_blocks(points: DoubleArray, extent: Extent) -> list[tuple[DoubleArray, Bounds]]:
    """Return the points (n, 3) of each block with bounds around them: at least one block, only one in a small box.

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
    # Cells that touch are one building, which goes to a block as a whole: that of the middle of its box.
    labels = np.asarray(ndimage.label(occupied, np.ones((3, 3)))[0], np.int32)
    middles = np.array([[(side.start + side.stop) // 2 for side in box] for box in ndimage.find_objects(labels)])
    squares = middles // round(BLOCK_M / CELL_M)
    _, block = np.unique(squares, axis=0, return_inverse=True)
    own = block[labels[rows, columns] - 1]
    order = np.argsort(own, kind="stable")
    pieces = np.split(points[order], np.flatnonzero(np.diff(own[order])) + 1)
    return [(piece, _find_bounds(piece, extent)) for piece in pieces]


def stack_corners(positions: Sequence[DoubleArray], corners: Sequence[IntArray]) -> IntArray:
    """Return corners of faces or edges of several blocks as of one, with the positions one after the other."""
    starts = np.cumsum([0, *(len(each) for each in positions[:-1])], dtype=np.int32)
    return np.concatenate([own + start for own, start in zip(corners, starts, strict=True)])


def _find_bounds(points: DoubleArray, extent: Extent) -> Bounds:
    """Return the bounds of points (n, 3), and some metres around them, in a box no farther than it goes."""
    x, y = points[:, 0], points[:, 1]
    around = float(x.min()) - AROUND_M, float(y.min()) - AROUND_M, float(x.max()) + AROUND_M, float(y.max()) + AROUND_M
    if not is_box(extent):
        return around
    west, south, east, north = extent.bounds
    return max(around[0], west), max(around[1], south), min(around[2], east), min(around[3], north)
