"""Distinction of land, scanned from above, from an object, scanned from all sides."""

from __future__ import annotations

import numpy as np

from carreau.base.model import FloatArray
from carreau.geometry.threads import bands
from carreau.geometry.topology import same_rows

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
