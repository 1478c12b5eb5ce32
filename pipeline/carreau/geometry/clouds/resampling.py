"""Resampling of a cloud: fewer points, spread evenly."""

from __future__ import annotations

import numpy as np

from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.topology import same_rows

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
