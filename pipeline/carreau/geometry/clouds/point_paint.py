"""Colours of a surface interpolated from the points of a cloud."""

from __future__ import annotations

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Mesh
from carreau.base.process import bands, in_threads
from carreau.geometry.clouds.neighbors import PointGrid

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


SIDES = 6
RADIUS = 1.0
"""Radius of a hexagon, in spacings. At 0.8 the far side of a lion shows between them, at 1.4 they stick out."""


def surfel_mesh(
    positions: FloatArray, normals: FloatArray, spacing: FloatArray, colors: ByteArray, origin: DoubleArray
) -> Mesh:
    """Return a mesh of one flat hexagon of one colour per point.

    Its first n positions are the points, in their order; the hexagon of point i is the faces 6 i to 6 i + 5.
    """
    count = len(positions)
    across, along = tangent_axes(normals)
    rim = np.empty((count, SIDES, 3), np.float32)
    radius = (np.float32(RADIUS) * spacing)[:, None]
    for side in range(SIDES):
        angle = side * 2 * np.pi / SIDES
        rim[:, side] = positions + radius * (np.float32(np.cos(angle)) * across + np.float32(np.sin(angle)) * along)
    return Mesh(
        np.concatenate([positions, rim.reshape(-1, 3)]),
        _faces(count),
        colors=np.concatenate([colors, np.repeat(colors, SIDES, axis=0)]),
        origin=origin,
    )


def surfel_centers(mesh: Mesh) -> FloatArray:
    """Return (n, 3) float32, the points that hexagons were made of."""
    return mesh.positions[: len(mesh.faces) // SIDES]


def surfel_radius(mesh: Mesh) -> float:
    """Return the median radius of hexagons, the distance between points; 0 without points."""
    centers = surfel_centers(mesh)
    rims = mesh.positions[len(centers) :: SIDES][: len(centers)]
    return float(np.median(np.linalg.norm(rims - centers, axis=1))) / RADIUS if len(centers) else 0.0


def _faces(count: int) -> IntArray:
    faces = np.empty((count, SIDES, 3), np.int32)
    first = count + SIDES * np.arange(count, dtype=np.int32)
    faces[:, :, 0] = np.arange(count, dtype=np.int32)[:, None]
    for side in range(SIDES):
        faces[:, side, 1], faces[:, side, 2] = first + side, first + (side + 1) % SIDES
    return faces.reshape(-1, 3)


def tangent_axes(normals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two unit vectors perpendicular to each other and to each normal, counter-clockwise from outside.

    T. Duff et al., "Building an orthonormal basis, revisited", JCGT 2017.
    """
    x, y, z = normals.astype(np.float64).T
    sign = np.copysign(1.0, z)
    a = -1 / (sign + z)
    b = x * y * a
    across = np.stack([1 + sign * x * x * a, sign * b, -sign * x], axis=1)
    along = np.stack([b, sign + y * y * a, -y], axis=1)
    return across.astype(np.float32), along.astype(np.float32)
