"""Find the points of a cloud that belong to no surface."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.clouds.neighbors import Neighbors
from pipeline.geometry.topology import BoolArray, join
from pipeline.model import FloatArray

LONELY = 3.0
"""How many times the spacing of its neighbours a point's own may be: along a rim it is 1.5, in a corner 2."""

SPARSE = 4.0
"""How many standard deviations above the mean, in the logarithm, a point's spacing may be (the statistical rule of
R. B. Rusu, "Semantic 3D Object Maps", 2009, taken in the logarithm: a laser's spacing grows with the distance)."""

REACH = 6.0
"""How many times the cloud's spacing two points of one cluster may be apart: the radius of the radius rule."""

CLUSTER = 30
"""Points that a cluster needs to stay: birds, spray and reflections have fewer."""

MOST = 0.05
"""Share of the points that may be left out altogether: beyond it, the rules have met foliage and not noise."""


def outliers(neighbors: Neighbors) -> BoolArray:
    """Say which (n,) points lie alone: sparser than the points around them or than all, or in a tiny cluster.

    Bounded: of more than `MOST` of the points, the loneliest.
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
    """Say which points hang together, over no gap wider than the radius, with fewer than a cluster's."""
    near = neighbors.distances <= REACH * max(float(np.median(spacing)), 1e-30)
    near |= neighbors.distances <= 2 * spacing[:, None]
    first, rank = np.nonzero(near)
    labels = join(first.astype(np.int32), neighbors.indices[first, rank], len(spacing))
    sizes = np.bincount(labels)
    return np.asarray(sizes[labels] < min(CLUSTER, len(spacing) // 2))
