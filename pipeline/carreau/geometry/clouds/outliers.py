"""Outliers: points that belong to no surface."""

from __future__ import annotations

import numpy as np

from carreau.base.model import FloatArray
from carreau.geometry.clouds.neighbors import Neighbors
from carreau.geometry.topology import BoolArray, join

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
    around = np.median(spacing[neighbors.indices[:, :8]], axis=1)
    logs = np.log(spacing)
    scores = np.maximum(
        spacing / around / LONELY, np.exp((logs - logs.mean()) / max(SPARSE * float(logs.std()), 1.0) - 1)
    )
    scores = np.maximum(scores, np.where(_in_small_cluster(neighbors, spacing), scores + 1, 0))
    out = scores > 1
    most = int(MOST * len(out))
    if np.count_nonzero(out) > most:
        keep = np.argsort(scores, kind="stable")[: len(out) - most]
        out[keep] = False
    return np.asarray(out)


def _in_small_cluster(neighbors: Neighbors, spacing: FloatArray) -> BoolArray:
    """Return which points belong to a small cluster of points within the radius of each other."""
    near = neighbors.distances <= REACH * max(float(np.median(spacing)), 1e-30)
    near |= neighbors.distances <= 2 * spacing[:, None]
    first, rank = np.nonzero(near)
    labels = join(first.astype(np.int32), neighbors.indices[first, rank], len(spacing))
    sizes = np.bincount(labels)
    return np.asarray(sizes[labels] < min(CLUSTER, len(spacing) // 2))
