"""Single trees among the returns of vegetation.

A canopy height model is cut into the basins of its peaks, as a watershed does, and a peak that hardly stands out from
its saddle to a higher one belongs to that one (persistence; M. Bock et al., "Tree delineation by topological
persistence"; the tolerance grows with the height, as the size of crowns does in S. C. Popescu and R. H. Wynne, 2004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carreau.air.airborne.extent import Lattice
from carreau.air.airborne.survey_data import AirbornePoints, BoolArray, Orthophoto, PointClass
from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, IntArray
from carreau.base.process import bands

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
"""Cells around the canopy."""

WINDOW, REACH = 256, 8
"""Cells of the windows that are smoothed if there is vegetation in them, and what is looked at around each."""

BLUR = 0.9
"""Deviation of the Gaussian over the canopy, in cells."""

LEAST_RISE, RISE = 0.4, 0.05
"""A peak stands out when it is higher than its saddle by so much, in metres and as a share of its height."""


@dataclass(frozen=True, eq=False)
class Canopy:
    """Where there is vegetation, and which tree it belongs to.

    places : (n, 3) float64, the mean return of each cube that has any
    heights : (n,) float64 above the ground
    trees : (n,) int32, 0 … count - 1
    count : number of trees, shrubs and hedges
    lattice : cells over the canopy
    middles : (k, 2) float64, of the cells with places
    seen : (k,) int32, the tree that is seen from above in each
    roofed : (rows, columns) bool, where a building is
    ground : heights of the terrain
    returns : (m, 3) float64, all returns of vegetation
    """

    places: DoubleArray
    heights: DoubleArray
    trees: IntArray
    count: int
    lattice: Lattice
    middles: DoubleArray
    seen: IntArray
    roofed: BoolArray
    ground: Heights
    returns: DoubleArray

    def is_roofed(self, places: DoubleArray) -> BoolArray:
        """Return whether a building stands at places (n, 2 or 3)."""
        return np.asarray(self.roofed[self.lattice.cells(places)])


def find_canopy(points: AirbornePoints, ground: Heights) -> Canopy | None:
    """Return the canopy, None without vegetation."""
    finite = np.isfinite(points.positions).all(axis=1)
    returns = points.positions[np.isin(points.classes, VEGETATION) & finite]
    if not len(returns):
        return None
    above = returns[:, 2] - ground(returns[:, :2])
    returns = returns[(above > LEAST_HEIGHT) & (above < HIGHEST)]
    del above
    if not len(returns):
        return None
    # One place for each cube: where flight lines overlap, twice the returns are not twice the leaves.
    places = thin_points(returns, VOXEL)
    heights = places[:, 2] - ground(places[:, :2])
    lattice = _lattice_over(places)
    rows, columns = lattice.cells(places)
    model = np.zeros(lattice.shape)  # takes memory only where there is vegetation
    np.maximum.at(model, (rows, columns), heights)
    cells = rows.astype(np.int64) * lattice.columns + columns
    # Trees are basins of the smoothed heights as seen from above; a return below belongs to the tree above it.
    basins = _basins(*_smooth(model))
    peaks, trees = np.unique(basins.ravel()[cells], return_inverse=True)
    # Of several trees in a cell the last one counts.
    own, last = np.unique(cells[::-1], return_index=True)
    middles = np.column_stack([own % lattice.columns, own // lattice.columns]) + 0.5
    return Canopy(
        places,
        heights,
        trees.astype(np.int32),
        len(peaks),
        lattice,
        middles * CELL + [lattice.west, lattice.south],
        trees[::-1][last].astype(np.int32),
        _find_roofs(points.positions[np.isin(points.classes, ROOFED) & finite], lattice),
        ground,
        returns,
    )


def _lattice_over(places: DoubleArray) -> Lattice:
    """Return the cells over places (n, 3), and two around them."""
    low, high = (np.floor(edge(places[:, :2], axis=0) / CELL) for edge in (np.min, np.max))
    columns, rows = (high - low).astype(int) + 2 * MARGIN + 1
    west, south = (low - MARGIN) * CELL
    return Lattice(float(west), float(south), CELL, int(rows), int(columns))


def _smooth(model: DoubleArray) -> tuple[DoubleArray, BoolArray]:
    """Return heights (rows, columns) without gaps and noise, and where there is vegetation or some beside."""
    smooth, covered = np.zeros(model.shape), np.zeros(model.shape, np.bool_)
    for rows in bands(len(model), WINDOW):
        for columns in bands(model.shape[1], WINDOW):
            # Windows with what is around them, so that smoothing gives the same values as all at once.
            start = max(rows.start - REACH, 0), max(columns.start - REACH, 0)
            near = model[start[0] : rows.stop + REACH, start[1] : columns.stop + REACH]
            if not near.any():
                continue
            own = tuple(slice(side.start - at, side.stop - at) for side, at in zip((rows, columns), start, strict=True))
            filled = np.where(near > 0, near, ndimage.grey_closing(near, size=(3, 3)))
            smooth[rows, columns] = ndimage.gaussian_filter(filled, BLUR)[own]
            covered[rows, columns] = ndimage.binary_dilation(near > 0)[own]
    return smooth, covered


def _find_roofs(buildings: DoubleArray, lattice: Lattice) -> BoolArray:
    """Return the cells with points of buildings, and those beside them."""
    corner = np.array([lattice.west, lattice.south])
    high = corner + np.array([lattice.columns, lattice.rows]) * CELL
    inside = ((buildings[:, :2] >= corner) & (buildings[:, :2] < high)).all(axis=1)
    roofed = np.zeros(lattice.shape, np.bool_)
    roofed[lattice.cells(buildings[inside])] = True
    return ndimage.binary_dilation(roofed)


def thin_points(points: DoubleArray, voxel: float) -> DoubleArray:
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


def _basins(heights: DoubleArray, covered: BoolArray) -> IntArray:
    """Return the basin of each covered cell: the flat index of its peak; -1 elsewhere."""
    cells = np.flatnonzero(covered)
    order = cells[np.argsort(-heights.ravel()[cells], kind="stable")]
    return np.reshape(_flood(heights.ravel(), order, heights.shape[1], LEAST_RISE, RISE), heights.shape)


@compiled
def _flood(heights: DoubleArray, order: NDArray[np.int64], columns: int, least: float, share: float) -> IntArray:
    """Visit cells from the highest to the lowest: each begins a basin, continues one, or joins several."""
    basins = np.full(len(heights), -1, np.int32)
    rows = len(heights) // columns
    for k in range(len(order)):
        cell = int(order[k])
        row, column = cell // columns, cell % columns
        # The highest neighbour that has a basin: the cell continues it, or is a peak of its own.
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
                # Two basins meet here at their saddle, which is the highest there is, as cells come from above: the
                # lower peak is joined if it stands out too little.
                low, high = (first, second) if heights[first] < heights[second] else (second, first)
                if heights[low] - heights[cell] < least + share * heights[low]:
                    basins[low] = high
    for k in range(len(order)):
        basins[order[k]] = _peak(basins, order[k])
    return basins


@compiled
def _peak(basins: IntArray, cell: int) -> int:
    """Return the peak that a cell leads to."""
    peak = cell
    while basins[peak] != peak:
        basins[peak] = basins[basins[peak]]
        peak = int(basins[peak])
    return peak


Real = TypeVar("Real", np.float32, np.float64)

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Light of red, green and blue (ITU-R BT.601)."""

RAMP = np.array([[70, 92, 58], [84, 108, 60], [106, 124, 64], [92, 112, 74], [122, 130, 72]], float)
"""Greens of leaves where there is no picture."""

LEAST_LIGHT, MOST_LIGHT = 80.0, 136.0
"""Luma of a crown in full light: below is shadow, above is glare or a roof under the edge of a crown."""

CONTRAST = 0.55
"""Share of the differences in light between crowns that is kept."""

OWN = 0.35
"""Share of a lobe's own colour; the rest is that of its tree."""

PICTURED = 0.8
"""Share of the picture in the hue of a crown; the rest is that of the ramp."""

LEAST_LEAFY = 0.25
"""Share of leafy pixels about a lobe from which the picture is believed."""

PALEST = np.array([[0.72, 1.0, 0.48], [0.97, 1.0, 0.7]])
"""Bounds of red, green and blue relative to green: bluer is shadow, redder is a roof or a lane."""

WINDOW_M = 1.4
"""Side of the square of the picture that a lobe is coloured from."""


def crown_colors(
    places: DoubleArray, trees: IntArray, picture: Orthophoto | None, variation: DoubleArray
) -> DoubleArray:
    """Return the sRGB colour (n, 3), 0 to 255, of leaves at places (n, 3) of trees (n,).

    variation : (n,) from -1 to 1, which picks from the ramp where there is no picture or no green in it; a ramp of the
    picture's common green, if there is any
    """
    ramp = _ramp(variation)
    if picture is None or not len(places):
        return ramp
    seen, weights = _look_at(places, picture)
    # Lobes of a tree are alike, and trees differ.
    seen = OWN * seen + (1 - OWN) * _tree_means(seen, weights, trees)
    clear = weights > LEAST_LEAFY
    if not clear.any():
        return ramp
    light = seen @ LUMA
    goal = (LEAST_LIGHT + MOST_LIGHT) / 2 + CONTRAST * (light - np.median(light[clear]))
    # Hue and light apart: hue from the picture within bounds of leaves, light about a middling one with less contrast.
    tone = seen / np.maximum(seen[:, 1:2], 1.0)
    tone = np.clip(tone, PALEST[0], PALEST[1])
    base = ramp / ramp[:, 1:2]
    # Where the picture shows no leaves the ramp stands in, shifted to the common green of the picture.
    base *= np.median(tone[clear], axis=0) / np.median(base, axis=0)
    share = (PICTURED * np.clip(weights / LEAST_LEAFY, 0, 1))[:, None]
    mixed = np.clip(share * tone + (1 - share) * base, PALEST[0], PALEST[1])
    elsewhere = (LEAST_LIGHT + MOST_LIGHT) / 2 + ramp @ LUMA - RAMP.mean(axis=0) @ LUMA
    goal = np.clip(np.where(clear, goal, elsewhere), LEAST_LIGHT, MOST_LIGHT)
    return np.asarray(np.clip(mixed / (mixed @ LUMA)[:, None] * goal[:, None], 0, 255))


def _tree_means(seen: DoubleArray, weights: DoubleArray, trees: IntArray) -> DoubleArray:
    """Return the mean colour (n, 3) of each lobe's tree."""
    sums = np.stack([np.bincount(trees, seen[:, c] * weights) for c in range(3)], axis=1)
    return np.asarray((sums / np.maximum(np.bincount(trees, weights), 1e-6)[:, None])[trees])


def _ramp(variation: DoubleArray) -> DoubleArray:
    """Return colours between those of the ramp."""
    position = (np.clip(variation, -1, 1) + 1) / 2 * (len(RAMP) - 1)
    return np.stack([np.interp(position, np.arange(len(RAMP)), RAMP[:, c]) for c in range(3)], axis=1)


def greenness(pixels: NDArray[Real]) -> NDArray[Real]:
    """Return how much green exceeds red and blue, as a share of the light (…,): the excess green index."""
    return np.asarray((2 * pixels[..., 1] - pixels[..., 0] - pixels[..., 2]) / np.maximum(pixels.sum(axis=-1), 1.0))


def _look_at(places: DoubleArray, picture: Orthophoto) -> tuple[DoubleArray, DoubleArray]:
    """Return the mean of the leafy pixels about places (n, 3), and how leafy the window is (n,)."""
    height, width = picture.pixels.shape[:2]
    column = np.floor((places[:, 0] - picture.west) / picture.pixel_m).astype(int)
    row = np.floor((picture.north - places[:, 1]) / picture.pixel_m).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    size = max(round(WINDOW_M / picture.pixel_m), 1)
    weight, sums = np.zeros(len(places)), np.zeros((len(places), 3))
    for down, across in np.ndindex(size, size):
        rows = np.clip(row + down - size // 2, 0, height - 1)
        pixels = picture.pixels[rows, np.clip(column + across - size // 2, 0, width - 1)].astype(np.float64)
        leafy = np.clip((greenness(pixels) + 0.01) / 0.06, 0, 1) * np.clip((pixels @ LUMA - 12) / 20, 0, 1)
        weight += leafy / size**2
        sums += leafy[:, None] * pixels / size**2
    return sums / np.maximum(weight, 1e-6)[:, None], np.where(inside, weight, 0.0)
