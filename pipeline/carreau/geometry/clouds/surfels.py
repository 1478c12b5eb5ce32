"""Surfels: each point of a cloud as a small hexagon, so that a cloud can be rendered like a mesh."""

from __future__ import annotations

import numpy as np

from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Mesh

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
