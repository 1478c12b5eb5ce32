"""Points of a cloud: selected, merged, spread evenly, without outliers; and their nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, Cloud, DoubleArray, FloatArray, IntArray
from carreau.base.process import bands, cores, in_threads
from carreau.geometry.topology import BoolArray, join, same_rows, weld

PLAIN = 184
"""Grey level of a cloud without colours and intensity."""


def take_points(cloud: Cloud, selected: BoolArray | IntArray) -> Cloud:
    """Return the cloud with the selected points only, in their order."""
    if selected.dtype == np.bool_ and selected.all():
        return cloud
    attributes = {
        name: _rows(getattr(cloud, name), selected) for name in ("colors", "intensity", "normals", "station_of")
    }
    return replace(cloud, positions=cloud.positions[selected], **attributes)


def merged_points(cloud: Cloud) -> Cloud:
    """Return the cloud with one point per position: the first, with the mean of all colours there.

    Files round their coordinates: in a scan of a lion stored in centimetres, 37 of 100 points share a position.
    """
    welded = weld(cloud.positions)
    if len(welded.first) == len(welded.labels):
        return cloud
    merged = take_points(cloud, welded.first)
    colors = None if cloud.colors is None else np.rint(_means(cloud.colors, welded.labels)).astype(np.uint8)
    intensity = cloud.intensity
    if intensity is not None:
        intensity = _means(intensity[:, None], welded.labels)[:, 0].astype(np.float32)
    return replace(merged, colors=colors, intensity=intensity)


def point_colors(cloud: Cloud) -> ByteArray:
    """Return (n, 3) uint8 sRGB: the colours of the points, else their intensity as grey, else a plain grey."""
    if cloud.colors is not None:
        return cloud.colors
    if cloud.intensity is None:
        return np.full((len(cloud.positions), 3), PLAIN, np.uint8)
    gray = np.rint(np.clip(cloud.intensity, 0, 1) * 255).astype(np.uint8)
    return np.repeat(gray[:, None], 3, axis=1)


def _rows(values: Any, selected: BoolArray | IntArray) -> Any:
    return None if values is None else values[selected]


def _means(values: NDArray[Any], labels: IntArray) -> NDArray[np.float64]:
    counts = np.bincount(labels)
    return np.stack([np.bincount(labels, column) / counts for column in values.T], axis=1)


LONELY = 3.0
"""Largest ratio of a point's spacing to that of its neighbours: 1.5 along a rim, 2 in a corner."""

SPARSE = 4.0
"""Largest number of standard deviations of a point's spacing above the mean, of its logarithm, since the spacing of a
laser scan grows with distance (R. B. Rusu, "Semantic 3D Object Maps", 2009: the statistical rule)."""

REACH = 6.0
"""Largest distance between two points of a cluster, in spacings of the cloud: the radius of the radius rule."""

CLUSTER = 30
"""Least number of points of a cluster; birds, spray and reflections have fewer."""

MOST = 0.05
"""Largest share of outliers; with more, the rules have found foliage, not noise."""


def outliers(neighbors: Neighbors) -> BoolArray:
    """Return which (n,) points are outliers: sparser than the points around or than all, or in a tiny cluster.

    At most the share `MOST`, with the highest scores.
    """
    spacing = np.maximum(neighbors.spacing, np.finfo(np.float32).tiny)
    if not neighbors.indices.shape[1]:
        return np.zeros(len(spacing), np.bool_)
    # Three rules, each as a score above 1: sparser than the neighbours, sparser than the cloud, or in a tiny cluster.
    around = np.median(spacing[neighbors.indices[:, :8]], axis=1)
    logs = np.log(spacing)
    scores = np.maximum(
        spacing / around / LONELY, np.exp((logs - logs.mean()) / max(SPARSE * float(logs.std()), 1.0) - 1)
    )
    # Members of tiny clusters are outliers whatever their spacing, but keep their rank among themselves.
    scores = np.maximum(scores, np.where(_in_small_cluster(neighbors, spacing), scores + 1, 0))
    out = scores > 1
    # Above the limit only the worst go; a stable sort makes the choice the same everywhere.
    most = int(MOST * len(out))
    if np.count_nonzero(out) > most:
        keep = np.argsort(scores, kind="stable")[: len(out) - most]
        out[keep] = False
    return np.asarray(out)


def _in_small_cluster(neighbors: Neighbors, spacing: FloatArray) -> BoolArray:
    """Return which points belong to a small cluster of points within the radius of each other."""
    near = neighbors.distances <= REACH * max(float(np.median(spacing)), 1e-30)
    # Far from a scanner points are sparse everywhere: there, twice their own spacing counts as near.
    near |= neighbors.distances <= 2 * spacing[:, None]
    first, rank = np.nonzero(near)
    labels = join(first.astype(np.int32), neighbors.indices[first, rank], len(spacing))
    sizes = np.bincount(labels)
    return np.asarray(sizes[labels] < min(CLUSTER, len(spacing) // 2))


GROWTH = 1.15


def downsample(positions: FloatArray, most: int) -> IntArray:
    """Return the indices of at most `most` points: the first in each cell of a grid, as fine as possible."""
    count = len(positions)
    if count <= most:
        return np.arange(count, dtype=np.int32)
    low = positions.min(axis=0)
    sides = np.sort((positions.max(axis=0) - low).astype(np.float64))
    # Start from cells that are too fine: a quarter of what a plate of the two longer sides would need. Then coarsen by
    # the square root of the excess, as points lie on surfaces.
    edge = float(np.sqrt(sides[1] * sides[2] / most)) / 4
    while True:
        first = same_rows(_cells(positions, low, edge)).first
        if len(first) <= most:
            return first
        edge *= max(GROWTH, float(np.sqrt(len(first) / most)))


def _cells(positions: FloatArray, low: FloatArray, edge: float) -> np.ndarray:
    cells: DoubleArray = np.floor((positions - low) / max(edge, 1e-30))
    return np.minimum(cells, 2**31).astype(np.uint32)


FLAT = 0.4
"""Greatest height of land, as a share of the longer side of its footprint, without the outermost points."""

CELL = 4.0
"""Edge of the vertical columns, in spacings."""

SINGLE = 0.8
"""Least share of the columns in which land has one height; trees and walls take the others."""

STEEP = 2.0
"""Greatest height of the points of a column with one height, in edges: a slope of 63 degrees."""


def is_land(positions: FloatArray, spacing: float, axis: int) -> bool:
    """Tell whether (n, 3) positions are land: wide, low, and with one height in most columns along the axis."""
    if len(positions) < 100 or not spacing > 0:
        return False
    # Without the outermost points, as one bird or reflection would make any land tall.
    low, high = np.percentile(positions, [0.5, 99.5], axis=0)
    plan = [other for other in range(3) if other != axis]
    sides = high - low
    if sides[axis] > FLAT * max(sides[plan[0]], sides[plan[1]]):
        return False
    edge = CELL * spacing
    cells = np.zeros((len(positions), 3), np.uint32)
    for band in bands(len(positions)):
        cells[band, :2] = np.floor((positions[band][:, plan] - positions[:, plan].min(axis=0)) / edge)
    labels = same_rows(cells).labels
    heights = positions[:, axis].astype(np.float64)
    top, bottom = np.full(labels.max() + 1, -np.inf), np.full(labels.max() + 1, np.inf)
    # Highest and lowest point of each vertical column: on land they are about as close as its slope lets them.
    np.maximum.at(top, labels, heights)
    np.minimum.at(bottom, labels, heights)
    return bool(np.mean(top - bottom <= STEEP * edge) >= SINGLE)


SPACING_RANK = 8
"""The disc to the 8th neighbour contains 8 points; with fewer, the rows of a scanner or a lattice show through."""

ALONE, FAR = 1.25, 4.0
"""Largest spacing of a point, relative to that of the points around it, and to that of the cloud."""


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The k nearest other points of each point, nearest first; a cloud of k points or fewer has fewer.

    indices : (n, k) int32
    distances : (n, k) float32
    """

    indices: IntArray
    distances: FloatArray

    @property
    def spacing(self) -> FloatArray:
        """Return (n,) float32: the edge of the square that each point covers on its surface."""
        rank = min(SPACING_RANK, self.distances.shape[1])
        if not rank:
            return np.zeros(len(self.distances), np.float32)
        return np.asarray(self.distances[:, rank - 1] * np.float32(np.sqrt(np.pi / rank)), np.float32)

    @property
    def even_spacing(self) -> FloatArray:
        """Return (n,) float32: the spacing, limited by that of the points around, for isolated points."""
        spacing = self.spacing
        if not len(spacing) or not self.indices.shape[1]:
            return spacing
        around = np.median(spacing[self.indices[:, :SPACING_RANK]], axis=1)
        usual = np.minimum(around, np.float32(FAR) * np.median(spacing))
        return np.asarray(np.minimum(spacing, np.float32(ALONE) * usual), np.float32)


def search_tree(positions: FloatArray) -> cKDTree:
    """Return the search tree of (n, 3) positions: 0.5 s per million points, and 40 bytes each."""
    return cKDTree(positions, balanced_tree=False, compact_nodes=False)


def find_neighbors(positions: FloatArray, count: int) -> Neighbors:
    """Return the `count` nearest neighbours of (n, 3) positions, which must be distinct."""
    count = max(min(count, len(positions) - 1), 0)
    indices, distances = PointGrid(positions, min(count + 1, len(positions))).nearest(positions)
    return Neighbors(np.ascontiguousarray(indices[:, 1:]), np.ascontiguousarray(distances[:, 1:]))


def nearest_points(tree: cKDTree, places: FloatArray, count: int) -> tuple[IntArray, FloatArray]:
    """Return indices and distances (k, count) of the points nearest to (k, 3) places, in bands to bound the memory."""
    indices = np.empty((len(places), count), np.int32)
    distances = np.empty((len(places), count), np.float32)
    for band in bands(len(places)):
        distances[band], indices[band] = tree.query(places[band], k=np.arange(1, count + 1), workers=cores())
    return indices, distances


LongArray = NDArray[np.int64]

SAMPLE = 1000
"""Points whose farthest neighbours determine the size of a cell."""

ENOUGH = 0.97
"""Share of these points whose neighbours all lie in the cells around them."""

BITS = 21
"""Bits of a cell's number along each axis; three of them make up its key."""


class _Cells(NamedTuple):
    """Points by the occupied cells of a grid.

    cells : (c,) int64, their keys, ascending
    firsts : (c + 1,) int64, the first point of each
    points, owners : (n, 3) float32 and (n,) int32, points in the order of their cells, and their numbers in the cloud
    low, edge : (3,) float64 and float, the corner of the grid, and the edge of a cell
    """

    cells: LongArray
    firsts: LongArray
    points: FloatArray
    owners: IntArray
    low: DoubleArray
    edge: float


class PointGrid:
    """The points of a cloud, by cells in which a number of neighbours is found at once."""

    def __init__(self, positions: FloatArray, count: int) -> None:
        """Sort (n, 3) positions into cells for questions after `count` nearest points, at most n."""
        self.positions, self._count = positions, count
        # A cell as wide as the farthest neighbour is at nearly all sampled points: 27 cells hold the neighbours, a tree
        # answers the rest. 13 neighbours of 275,855 points took 1.01 s with the tree alone, and 0.55 s so.
        sample = positions[:: max(1, len(positions) // SAMPLE)]
        far = self.tree.query(sample, k=[count], workers=cores())[0] if count and len(sample) else np.zeros(1)
        extent = float(np.ptp(positions, axis=0).max()) if len(positions) else 0.0
        self._edge = max(float(np.quantile(far, ENOUGH)), extent / (1 << (BITS - 1)), 1e-30)
        self._low = (positions.min(axis=0) if len(positions) else np.zeros(3)).astype(np.float64) - 2 * self._edge
        keys = self._keys(positions)
        self._order = np.argsort(keys, kind="stable").astype(np.int32)
        cells, firsts = np.unique(keys[self._order], return_index=True)
        firsts = np.append(firsts, len(keys)).astype(np.int64)
        self._cells = _Cells(cells, firsts, positions[self._order], self._order, self._low, self._edge)

    @cached_property
    def tree(self) -> cKDTree:
        """Return the search tree of the points: 0.5 s per million, and 40 bytes each."""
        return cKDTree(self.positions, balanced_tree=False, compact_nodes=False)

    def nearest(self, places: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return indices and distances (k, count) of the points nearest to (k, 3) places, in bands to bound the memory.

        Of points at one distance the first comes first.
        """
        indices = np.empty((len(places), self._count), np.int32)
        distances = np.empty((len(places), self._count), np.float32)
        if not self._count:
            return indices, distances
        keys = self._keys(places)
        # Places in the order of their cells, so that those of one cell share the runs found for the first.
        order = np.argsort(keys, kind="stable")
        keys = keys[order]

        def search(band: slice) -> None:
            _search(self._cells, places, order, keys, (band.start, band.stop), indices, distances)

        in_threads(search, bands(len(places), 1 << 16))
        # What the cells could not prove nearest is asked of the tree.
        left = np.flatnonzero(indices[:, 0] < 0)
        for band in bands(len(left)):
            rows = left[band]
            if len(rows):
                ranks = np.arange(1, self._count + 1)
                distances[rows], indices[rows] = self.tree.query(places[rows], k=ranks, workers=cores())
        return indices, distances

    def _keys(self, places: FloatArray) -> LongArray:
        """Return the cell of each place; those outside the grid are in the nearest within it."""
        keys = np.zeros(len(places), np.int64)
        for axis in range(3):
            cells = np.floor((places[:, axis] - self._low[axis]) / self._edge)
            keys = (keys << BITS) | np.clip(cells, 1, (1 << BITS) - 2).astype(np.int64)
        return keys


@compiled
def _search(
    grid: _Cells,
    places: FloatArray,
    order: LongArray,
    keys: LongArray,
    band: tuple[int, int],
    indices: IntArray,
    distances: FloatArray,
) -> None:
    """Fill what is nearest to the places of a band of an order; -1 where a nearer point may be outside the cells."""
    cells, firsts, points, owners, low, edge = grid
    count, runs, found_runs = indices.shape[1], np.empty((9, 2), np.int64), 0
    squares, nearest = np.empty(count, np.float64), np.empty(count, np.int32)
    cell, place, current = np.empty(3, np.int64), np.empty(3, np.float64), np.int64(-1)
    for row in range(band[0], band[1]):
        i = order[row]
        if keys[row] != current:
            current = keys[row]
            found_runs = _runs(cells, firsts, current, BITS, runs)
            for d in range(3):
                cell[d] = (current >> (BITS * (2 - d))) & ((1 << BITS) - 1)
        # Distance from the place to the outside of the 27 cells: neighbours beyond it may be missing from them.
        reach = np.inf
        for d in range(3):
            place[d] = places[i, d]
            inside = place[d] - low[d]
            reach = min(reach, inside - edge * (cell[d] - 1), edge * (cell[d] + 2) - inside)
        filled = 0
        for run in range(found_runs):
            for j in range(runs[run, 0], runs[run, 1]):
                square = 0.0
                for d in range(3):
                    square += (points[j, d] - place[d]) ** 2
                # Insertion into a short sorted list; ties go to the lower index, so that the order of
                # the cells does not show.
                if filled == count and square > squares[count - 1]:
                    continue
                at = filled if filled < count else count - 1
                if filled == count and square == squares[at] and owners[j] > nearest[at]:
                    continue
                while at > 0 and (
                    square < squares[at - 1] or (square == squares[at - 1] and owners[j] < nearest[at - 1])
                ):
                    squares[at], nearest[at] = squares[at - 1], nearest[at - 1]
                    at -= 1
                squares[at], nearest[at] = square, owners[j]
                filled = min(filled + 1, count)
        if filled < count or not squares[count - 1] <= reach * reach or reach < 0:
            indices[i, 0] = -1
            continue
        for k in range(count):
            indices[i, k], distances[i, k] = nearest[k], np.sqrt(squares[k])


@compiled
def _runs(cells: LongArray, firsts: LongArray, key: int, bits: int, runs: LongArray) -> int:
    """Fill the first and behind the last point of each column of three cells around one; return how many have any."""
    count = 0
    for x in range(-1, 2):
        for y in range(-1, 2):
            column = key + (x << (2 * bits)) + (y << bits)
            # Three cells in a row along z have consecutive keys, and their points are one run.
            low, high = 0, len(cells)
            while low < high:
                middle = (low + high) >> 1
                if cells[middle] < column - 1:
                    low = middle + 1
                else:
                    high = middle
            last = low
            while last < len(cells) and cells[last] <= column + 1:
                last += 1
            if last > low:
                runs[count, 0], runs[count, 1] = firsts[low], firsts[last]
                count += 1
    return count
