"""Resampling of a cloud: fewer points, spread evenly, or more where it is sparse."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.clouds.surfels import tangent_axes
from pipeline.geometry.topology import same_rows
from pipeline.model import DoubleArray, FloatArray, IntArray

GROWTH = 1.15
SPARSE = 1.2
"""Ratio to the median spacing from which a point is sparse."""

ADDED = 4
"""Points added around each sparse point."""

RADIUS = 0.5
"""Radius of the ring of added points, in spacings of the point."""


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


def upsample(positions: FloatArray, normals: FloatArray, spacing: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return positions and normals (n + k, 3) of a cloud with a ring of points around each sparse one.

    The depth of Poisson's octree follows the density of points: leaves and thin parts with few points melt or vanish.
    On a lion in ivy this gains 1.1 dB for a tenth more time; rings around all points gain another 0.3 for five times
    the time.
    """
    sparse = spacing > SPARSE * np.median(spacing) if len(spacing) else np.zeros(0, np.bool_)
    across, along = tangent_axes(normals[sparse])
    radius = (np.float32(RADIUS) * spacing[sparse])[:, None]
    rings = [
        positions[sparse] + radius * (np.float32(np.cos(angle)) * across + np.float32(np.sin(angle)) * along)
        for angle in 2 * np.pi / ADDED * np.arange(ADDED)
    ]
    return np.concatenate([positions, *rings]), np.concatenate([normals, *[normals[sparse]] * ADDED])
