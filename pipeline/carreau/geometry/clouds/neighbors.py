"""Nearest neighbours of the points of a cloud."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from carreau.base.cores import cores
from carreau.base.model import FloatArray, IntArray
from carreau.geometry.clouds.point_grid import PointGrid
from carreau.geometry.threads import bands

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
