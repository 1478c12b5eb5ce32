"""Tell the colour of a place from the points of a cloud around it."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.clouds.neighbors import nearest_points, tree_of
from pipeline.geometry.threads import bands
from pipeline.model import ByteArray, FloatArray, IntArray

NEAR = 4
SHARP = 0.4
"""Standard deviation of a point's influence, in its spacings: neighbours blend where they meet and not beyond."""


class PointPaint:
    """Points of one cloud, ready to be asked for colours."""

    def __init__(self, positions: FloatArray, normals: FloatArray, spacing: FloatArray, colors: ByteArray) -> None:
        """Take (n, 3) positions, unit normals and sRGB colours, and (n,) spacing."""
        self._tree = tree_of(positions)
        self._normals, self._spacing, self._colors = normals, spacing, colors

    def at(self, places: FloatArray, outward: FloatArray) -> FloatArray:
        """Return (k, 3) float32 sRGB 0..255 at (k, 3) places of a surface with unit normals `outward`.

        The mean of the nearest points by distance and by whether they look the same way; of a wall whose two sides
        differ in colour, each keeps its own.
        """
        found = np.empty((len(places), 3), np.float32)
        for band in bands(len(places)):
            near, distances = nearest_points(self._tree, places[band], min(NEAR, len(self._colors)))
            found[band] = self._mean(near, distances, outward[band])
        return found

    def _mean(self, near: IntArray, distances: FloatArray, outward: FloatArray) -> FloatArray:
        reach = np.maximum(np.float32(SHARP) * self._spacing[near], np.float32(1e-30))
        facing = np.einsum("kjd,kd->kj", self._normals[near], outward)
        # Relative to the nearest, so that far from all points its colour is taken and nothing underflows.
        away = 0.5 * np.square(distances / reach)
        weights = np.exp(away.min(axis=1, keepdims=True) - away) * np.clip(0.5 + facing, 0.02, 1)
        weights /= weights.sum(axis=1, keepdims=True)
        return np.asarray(np.einsum("kj,kjc->kc", weights, self._colors[near].astype(np.float32)), np.float32)
