"""Parts of a point cloud: selected, merged, spread evenly, without outliers; and whether it shows land or an object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import ByteArray, Cloud, DoubleArray, FloatArray, IntArray
from carreau.base.process import bands
from carreau.geometry.clouds.neighbors import Neighbors
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


GROWTH = 1.15


def downsample(positions: FloatArray, most: int) -> IntArray:
    """Return the indices of at most `most` points: the first in each cell of a grid, as fine as possible."""
    count = len(positions)
    if count <= most:
        return np.arange(count, dtype=np.int32)
    low = positions.min(axis=0)
    sides = np.sort((positions.max(axis=0) - low).astype(np.float64))
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
    np.maximum.at(top, labels, heights)
    np.minimum.at(bottom, labels, heights)
    return bool(np.mean(top - bottom <= STEEP * edge) >= SINGLE)
