"""Single trees among the returns of vegetation.

A canopy height model is cut into the basins of its peaks, as a watershed does, and a peak that hardly stands out from
its saddle to a higher one belongs to that one (persistence; M. Bock et al., "Tree delineation by topological
persistence"; the tolerance grows with the height, as the size of crowns does in S. C. Popescu and R. H. Wynne, 2004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.geometry.airborne.survey_data import AirbornePoints, BoolArray, PointClass
from pipeline.jit import compiled
from pipeline.model import DoubleArray, IntArray

Heights = Callable[[DoubleArray], DoubleArray]
"""Heights (n,) of the ground at places (n, 2), in the coordinates of the points."""

VEGETATION = (PointClass.LOW_VEGETATION, PointClass.MEDIUM_VEGETATION, PointClass.HIGH_VEGETATION)
ROOFED = (PointClass.BUILDING, PointClass.OTHER_BUILDING)

LEAST_HEIGHT = 0.7
"""Metres above the ground from which a return is of a shrub or a tree; below, grass is in the picture."""

HIGHEST = 60.0
"""Metres above the ground up to which a return is of a tree: no tree of Europe is higher, and a bird may be."""

VOXEL = 0.4
"""Side of the cubes of which each counts once however many returns it has: the flight lines overlap."""

CELL = 0.5
"""Cell of the canopy height model."""

MARGIN = 2
"""Cells around what is asked for."""

BLUR = 0.9
"""Deviation of the Gaussian over the canopy, in cells."""

LEAST_RISE, RISE = 0.4, 0.05
"""A peak stands out when it is higher than its saddle by so much, in metres and as a share of its height."""


@dataclass(frozen=True, eq=False)
class Floor:
    """Heights of the ground on a lattice, to be asked often.

    corner : (2,) float64, the south-west node
    nodes : (rows, columns) float64, every `CELL`; row 0 is the south
    """

    corner: DoubleArray
    nodes: DoubleArray

    def heights(self, places: DoubleArray) -> DoubleArray:
        """Return the heights (n,) at places (n, 2 or 3), between the nodes."""
        steps = (places[:, :2] - self.corner) / CELL
        return np.asarray(ndimage.map_coordinates(self.nodes, steps.T[::-1], order=1, mode="nearest"), np.float64)


def floor_of(ground: Heights, places: DoubleArray) -> Floor:
    """Ask for the ground under places (n, 2 or 3), and two cells around them, where it is that of the nearest place."""
    low, high = places[:, :2].min(axis=0), places[:, :2].max(axis=0)
    corner = (np.floor(low / CELL) - MARGIN) * CELL
    columns, rows = (int(side) + MARGIN + 2 for side in np.floor((high - corner) / CELL))
    x = np.clip(corner[0] + CELL * np.arange(columns), low[0], high[0])
    y = np.clip(corner[1] + CELL * np.arange(rows), low[1], high[1])
    heights = ground(np.stack([values.ravel() for values in np.meshgrid(x, y)], axis=1))
    return Floor(corner, np.asarray(heights, np.float64).reshape(rows, columns))


@dataclass(frozen=True, eq=False)
class Canopy:
    """Where there is vegetation, and which tree it belongs to.

    places : (n, 3) float64, the mean return of each cube that has any
    heights : (n,) float64 above the ground
    trees : (n,) int32, 0 … count - 1
    count : number of trees, shrubs and hedges
    cells : (rows, columns) int32, the tree that is seen from above, -1 none; row 0 is the south
    roofed : (rows, columns) bool, where a building is
    floor : the ground, whose nodes are the south-west corners of the cells
    returns : (m, 3) float64, all returns of vegetation
    """

    places: DoubleArray
    heights: DoubleArray
    trees: IntArray
    count: int
    cells: IntArray
    roofed: BoolArray
    floor: Floor
    returns: DoubleArray

    def cell_of(self, places: DoubleArray) -> tuple[IntArray, IntArray]:
        """Return rows and columns of places (n, 2 or 3), those outside at the border."""
        return _cell_of(places, self.floor)


def canopy_of(points: AirbornePoints, ground: Heights) -> Canopy | None:
    """Return the canopy, None without vegetation."""
    finite = np.isfinite(points.positions).all(axis=1)
    returns = points.positions[np.isin(points.classes, VEGETATION) & finite]
    if not len(returns):
        return None
    floor = floor_of(ground, returns)
    above = returns[:, 2] - floor.heights(returns)
    returns = returns[(above > LEAST_HEIGHT) & (above < HIGHEST)]
    del above
    if not len(returns):
        return None
    places = thinned(returns, VOXEL)
    heights = places[:, 2] - floor.heights(places)
    model = np.zeros(floor.nodes.shape)
    where = _cell_of(places, floor)
    np.maximum.at(model, where, heights)
    filled = np.where(model > 0, model, ndimage.grey_closing(model, size=(3, 3)))
    smooth = np.asarray(ndimage.gaussian_filter(filled, BLUR))
    basins = _basins(smooth, ndimage.binary_dilation(model > 0))
    peaks, trees = np.unique(basins[where], return_inverse=True)
    cells = np.full(model.shape, -1, np.int32)
    cells[where] = trees
    roofed = _roofed(points.positions[np.isin(points.classes, ROOFED) & finite], floor)
    return Canopy(places, heights, trees.astype(np.int32), len(peaks), cells, roofed, floor, returns)


def _cell_of(places: DoubleArray, floor: Floor) -> tuple[IntArray, IntArray]:
    index = np.floor((places[:, :2] - floor.corner) / CELL).astype(np.int32)
    rows, columns = floor.nodes.shape
    return np.clip(index[:, 1], 0, rows - 1), np.clip(index[:, 0], 0, columns - 1)


def _roofed(buildings: DoubleArray, floor: Floor) -> BoolArray:
    """Return the cells with points of buildings, and those beside them."""
    rows, columns = floor.nodes.shape
    high = floor.corner + np.array([columns, rows]) * CELL
    inside = ((buildings[:, :2] >= floor.corner) & (buildings[:, :2] < high)).all(axis=1)
    roofed = np.zeros((rows, columns), np.bool_)
    roofed[_cell_of(buildings[inside], floor)] = True
    return ndimage.binary_dilation(roofed)


def thinned(points: DoubleArray, voxel: float) -> DoubleArray:
    """Return the mean point (k, 3) of each cube that has any of the points (n, 3), by x, then y, then z."""
    low, high = points.min(axis=0), points.max(axis=0)
    numbers = np.zeros(len(points), np.int64)
    for axis in range(3):  # one after the other: each is as large as a third of the points
        numbers *= int((high[axis] - low[axis]) / voxel) + 1
        numbers += np.floor((points[:, axis] - low[axis]) / voxel).astype(np.int64)
    _, cubes = np.unique(numbers, return_inverse=True)
    del numbers
    counts = np.bincount(cubes)
    sums = [np.bincount(cubes, points[:, axis] - low[axis]) for axis in range(3)]
    return np.asarray(np.stack(sums, axis=1) / counts[:, None] + low)


def _basins(heights: DoubleArray, covered: BoolArray) -> NDArray[np.int64]:
    """Return the basin of each covered cell: the flat index of its peak; -1 elsewhere."""
    order = np.argsort(-heights, axis=None, kind="stable")
    order = order[covered.ravel()[order]]
    return np.reshape(_flood(heights.ravel(), order, heights.shape[1], LEAST_RISE, RISE), heights.shape)


@compiled
def _flood(
    heights: DoubleArray, order: NDArray[np.int64], columns: int, least: float, share: float
) -> NDArray[np.int64]:
    """Visit cells from the highest to the lowest: each begins a basin, continues one, or joins several."""
    basins = np.full(len(heights), -1, np.int64)
    rows = len(heights) // columns
    for k in range(len(order)):
        cell = int(order[k])
        row, column = cell // columns, cell % columns
        best, best_height = -1, -1.0
        for other_row in range(max(row - 1, 0), min(row + 2, rows)):
            for other_column in range(max(column - 1, 0), min(column + 2, columns)):
                other = other_row * columns + other_column
                if basins[other] >= 0 and heights[other] > best_height:
                    best, best_height = _peak(basins, other), heights[other]
        basins[cell] = cell if best < 0 else best
        for other_row in range(max(row - 1, 0), min(row + 2, rows)):
            for other_column in range(max(column - 1, 0), min(column + 2, columns)):
                other = other_row * columns + other_column
                if basins[other] < 0:
                    continue
                first, second = _peak(basins, cell), _peak(basins, other)
                if first == second:
                    continue
                low, high = (first, second) if heights[first] < heights[second] else (second, first)
                if heights[low] - heights[cell] < least + share * heights[low]:
                    basins[low] = high
    for k in range(len(order)):
        basins[order[k]] = _peak(basins, order[k])
    return basins


@compiled
def _peak(basins: NDArray[np.int64], cell: int) -> int:
    """Return the peak that a cell leads to."""
    peak = cell
    while basins[peak] != peak:
        basins[peak] = basins[basins[peak]]
        peak = int(basins[peak])
    return peak
