"""Colours of a surface interpolated from the points of a cloud."""

from __future__ import annotations

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray, IntArray
from carreau.geometry.clouds.point_grid import PointGrid
from carreau.geometry.threads import bands, in_threads

NEAR = 4
SHARP = 0.4
"""Standard deviation of a point's influence, in spacings, so that only adjacent points blend."""


class PointPaint:
    """Interpolates the colours of a cloud."""

    def __init__(self, positions: FloatArray, normals: FloatArray, spacing: FloatArray, colors: ByteArray) -> None:
        """Sort (n, 3) positions into a grid, with unit normals, (n,) spacing and sRGB colours."""
        self._grid = PointGrid(positions, min(NEAR, len(positions)))
        self._normals, self._spacing, self._colors = normals, spacing, colors

    def at(self, places: FloatArray, outward: FloatArray) -> FloatArray:
        """Return (k, 3) float32 sRGB 0..255 at (k, 3) positions of a surface with unit normals `outward`.

        The mean of the nearest points, weighted by distance and by how much the normals agree, so that the two sides of
        a wall keep their own colours.
        """
        colors = np.empty((len(places), 3), np.float32)
        near, distances = self._grid.nearest(places)

        def mix(band: slice) -> None:
            _mix(
                near, distances, self._normals, self._spacing, self._colors, outward, band.start, band.stop, colors
            )  # fmt: skip

        in_threads(mix, bands(len(places), 1 << 16))
        return colors


@compiled
def _mix(
    near: IntArray,
    distances: FloatArray,
    normals: FloatArray,
    spacing: FloatArray,
    colors: ByteArray,
    outward: FloatArray,
    start: int,
    stop: int,
    mixed: FloatArray,
) -> None:
    away = np.empty(near.shape[1], np.float64)
    for k in range(start, stop):
        least, total, red, green, blue = np.inf, 0.0, 0.0, 0.0, 0.0
        for j in range(near.shape[1]):
            away[j] = 0.5 * (distances[k, j] / max(SHARP * np.float64(spacing[near[k, j]]), 1e-30)) ** 2
            least = min(least, away[j])
        for j in range(near.shape[1]):
            i, facing = near[k, j], 0.0
            for d in range(3):
                facing += np.float64(normals[i, d]) * outward[k, d]
            # Relative to the nearest point, so that weights do not underflow far from all points.
            weight = np.exp(least - away[j]) * min(max(0.5 + facing, 0.02), 1.0)
            total += weight
            red += weight * colors[i, 0]
            green += weight * colors[i, 1]
            blue += weight * colors[i, 2]
        mixed[k, 0], mixed[k, 1], mixed[k, 2] = red / total, green / total, blue / total
