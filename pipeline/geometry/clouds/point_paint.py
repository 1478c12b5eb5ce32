"""Colours of a surface interpolated from the points of a cloud."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.clouds.neighbors import nearest_points, tree_of
from pipeline.geometry.threads import bands
from pipeline.model import ByteArray, FloatArray, IntArray

NEAR = 4
SHARP = 0.4
"""Standard deviation of a point's influence, in spacings, so that only adjacent points blend."""


class PointPaint:
    """Interpolates the colours of a cloud."""

    def __init__(self, positions: FloatArray, normals: FloatArray, spacing: FloatArray, colors: ByteArray) -> None:
        """Build the search tree for (n, 3) positions, with unit normals, (n,) spacing and sRGB colours."""
        self._tree = tree_of(positions)
        self._normals, self._spacing, self._colors = normals, spacing, colors

    def at(self, places: FloatArray, outward: FloatArray) -> FloatArray:
        """Return (k, 3) float32 sRGB 0..255 at (k, 3) positions of a surface with unit normals `outward`.

        The mean of the nearest points, weighted by distance and by how much the normals agree, so that the two sides of
        a wall keep their own colours.
        """
        colors = np.empty((len(places), 3), np.float32)
        for band in bands(len(places)):
            near, distances = nearest_points(self._tree, places[band], min(NEAR, len(self._colors)))
            colors[band] = self._mean(near, distances, outward[band])
        return colors

    def _mean(self, near: IntArray, distances: FloatArray, outward: FloatArray) -> FloatArray:
        reach = np.maximum(np.float32(SHARP) * self._spacing[near], np.float32(1e-30))
        facing = np.einsum("kjd,kd->kj", self._normals[near], outward)
        # Relative to the nearest point, so that weights do not underflow far from all points.
        away = 0.5 * np.square(distances / reach)
        weights = np.exp(away.min(axis=1, keepdims=True) - away) * np.clip(0.5 + facing, 0.02, 1)
        weights /= weights.sum(axis=1, keepdims=True)
        return np.asarray(np.einsum("kj,kjc->kc", weights, self._colors[near].astype(np.float32)), np.float32)
