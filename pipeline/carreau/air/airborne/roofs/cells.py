"""Cells of roofs: where buildings stand, as seen from above."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carreau.air.airborne.lattice import Bounds, Lattice
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
    wide = np.pad(occupied, room)
    wide = ndimage.binary_closing(wide, disk(CLOSING))
    wide = np.pad(wide[room:-room, room:-room], room, mode="edge")
    # What is cut off is grown back to the corners, which a round opening takes too.
    kept = ndimage.binary_dilation(ndimage.binary_opening(wide, disk(OPENING)), disk(OPENING)) & wide
    wide = kept[room:-room, room:-room]
    labels, count = ndimage.label(wide)
    sizes = np.bincount(labels[labels > 0], minlength=count + 1) * cell**2
    cut = np.zeros(count + 1, bool)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        cut[side] = True
    kept = sizes >= np.where(cut, LEAST_CUT_M2, LEAST_BUILDING_M2)
    kept[0] = False
    return np.asarray(kept[labels])


def disk(radius: int) -> BoolArray:
    """Return a round structuring element."""
    steps: IntArray = np.arange(-radius, radius + 1, dtype=np.int32)
    return np.asarray(steps[:, None] ** 2 + steps[None, :] ** 2 <= (radius + 0.5) ** 2)
