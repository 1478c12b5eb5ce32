"""Know, for each point of a cloud, the points nearest to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from pipeline.cores import cores
from pipeline.geometry.threads import bands
from pipeline.model import FloatArray, IntArray

SPACING_RANK = 8
"""A disc that reaches the 8th neighbour holds 8 points: fewer, and a lattice or a scanner's rows show through."""

ALONE, FAR = 1.25, 4.0
"""How many times the spacing of the points around, and of the whole cloud, a point's own may count for."""


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
        """Return (n,) float32: the edge of the square that each point has for itself on its surface."""
        rank = min(SPACING_RANK, self.distances.shape[1])
        if not rank:
            return np.zeros(len(self.distances), np.float32)
        return np.asarray(self.distances[:, rank - 1] * np.float32(np.sqrt(np.pi / rank)), np.float32)

    @property
    def even_spacing(self) -> FloatArray:
        """Return (n,) float32: the spacing, where a point that stands alone has not much more than those around it."""
        spacing = self.spacing
        if not len(spacing) or not self.indices.shape[1]:
            return spacing
        around = np.median(spacing[self.indices[:, :SPACING_RANK]], axis=1)
        usual = np.minimum(around, np.float32(FAR) * np.median(spacing))
        return np.asarray(np.minimum(spacing, np.float32(ALONE) * usual), np.float32)


def tree_of(positions: FloatArray) -> cKDTree:
    """Return what answers where the nearest points are: 0.5 s a million points, and 40 bytes each."""
    return cKDTree(positions, balanced_tree=False, compact_nodes=False)


def neighbors_of(positions: FloatArray, count: int) -> Neighbors:
    """Return the `count` nearest others of (n, 3) positions, which are all at different places."""
    count = max(min(count, len(positions) - 1), 0)
    indices, distances = nearest_points(tree_of(positions), positions, count + 1)
    return Neighbors(np.ascontiguousarray(indices[:, 1:]), np.ascontiguousarray(distances[:, 1:]))


def nearest_points(tree: cKDTree, places: FloatArray, count: int) -> tuple[IntArray, FloatArray]:
    """Return indices and distances (k, count) of the points nearest to (k, 3) places, in bands to bound the memory."""
    indices = np.empty((len(places), count), np.int32)
    distances = np.empty((len(places), count), np.float32)
    for band in bands(len(places)):
        found = tree.query(places[band], k=np.arange(1, count + 1), workers=cores())
        distances[band], indices[band] = found
    return indices, distances
