"""Nearest neighbours of the points of a cloud."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.base.process import bands, cores, in_threads

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


def tree_of(positions: FloatArray) -> cKDTree:
    """Return the search tree of (n, 3) positions: 0.5 s per million points, and 40 bytes each."""
    return cKDTree(positions, balanced_tree=False, compact_nodes=False)


def neighbors_of(positions: FloatArray, count: int) -> Neighbors:
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
"""Points whose farthest neighbour says how large a cell is to be."""

ENOUGH = 0.97
"""Share of them for which the cells around one hold all its neighbours."""

BITS = 21
"""Of the number of a cell along each axis, three of which are one number."""


class PointGrid:
    """The points of a cloud, by cells in which a number of neighbours is found at once."""

    def __init__(self, positions: FloatArray, count: int) -> None:
        """Sort (n, 3) positions into cells for questions after `count` nearest points, at most n."""
        self.positions, self._count = positions, count
        sample = positions[:: max(1, len(positions) // SAMPLE)]
        far = self.tree.query(sample, k=[count], workers=cores())[0] if count and len(sample) else np.zeros(1)
        extent = float(np.ptp(positions, axis=0).max()) if len(positions) else 0.0
        self._edge = max(float(np.quantile(far, ENOUGH)), extent / (1 << (BITS - 1)), 1e-30)
        self._low = (positions.min(axis=0) if len(positions) else np.zeros(3)).astype(np.float64) - 2 * self._edge
        keys = self._keys(positions)
        self._order = np.argsort(keys, kind="stable").astype(np.int32)
        self._cells, firsts = np.unique(keys[self._order], return_index=True)
        self._firsts = np.append(firsts, len(keys)).astype(np.int64)
        self._sorted = positions[self._order]

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
        order = np.argsort(keys, kind="stable")
        keys = keys[order]

        def search(band: slice) -> None:
            _search(
                self._cells, self._firsts, self._sorted, self._order, self._low, self._edge, BITS, places, order, keys,
                band.start, band.stop, indices, distances,
            )  # fmt: skip

        in_threads(search, bands(len(places), 1 << 16))
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
    cells: LongArray,
    firsts: LongArray,
    points: FloatArray,
    owners: IntArray,
    low: DoubleArray,
    edge: float,
    bits: int,
    places: FloatArray,
    order: LongArray,
    keys: LongArray,
    start: int,
    stop: int,
    indices: IntArray,
    distances: FloatArray,
) -> None:
    """Fill what is nearest to places start..stop of an order; -1 where a nearer point may be outside the cells."""
    count, runs, found_runs = indices.shape[1], np.empty((9, 2), np.int64), 0
    squares, nearest = np.empty(count, np.float64), np.empty(count, np.int32)
    cell, place, current = np.empty(3, np.int64), np.empty(3, np.float64), np.int64(-1)
    for row in range(start, stop):
        i = order[row]
        if keys[row] != current:
            current = keys[row]
            found_runs = _runs(cells, firsts, current, bits, runs)
            for d in range(3):
                cell[d] = (current >> (bits * (2 - d))) & ((1 << bits) - 1)
        reach = np.inf
        for d in range(3):
            place[d] = places[i, d]
            inside = place[d] - low[d]
            reach = min(reach, inside - edge * (cell[d] - 1), edge * (cell[d] + 2) - inside)
        found = 0
        for run in range(found_runs):
            for j in range(runs[run, 0], runs[run, 1]):
                square = 0.0
                for d in range(3):
                    square += (points[j, d] - place[d]) ** 2
                if found == count and square > squares[count - 1]:
                    continue
                at = found if found < count else count - 1
                if found == count and square == squares[at] and owners[j] > nearest[at]:
                    continue
                while at > 0 and (
                    square < squares[at - 1] or (square == squares[at - 1] and owners[j] < nearest[at - 1])
                ):
                    squares[at], nearest[at] = squares[at - 1], nearest[at - 1]
                    at -= 1
                squares[at], nearest[at] = square, owners[j]
                found = min(found + 1, count)
        if found < count or not squares[count - 1] <= reach * reach or reach < 0:
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
