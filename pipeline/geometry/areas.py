"""Measure triangles: their areas, and what they enclose."""

from __future__ import annotations

import numpy as np

from pipeline.jit import compiled
from pipeline.model import DoubleArray, FloatArray, IntArray


def face_areas(positions: FloatArray, faces: IntArray) -> DoubleArray:
    """Return (m,) float64 areas in the square of the positions' unit, worked out in double precision."""
    return _areas(positions, faces)


def texcoord_areas(texcoords: FloatArray) -> DoubleArray:
    """Return (m,) signed float64 areas of (m, 3, 2) texture triangles; NaN where a face has none."""
    a, b, c = (texcoords[:, k].astype(np.float64) for k in range(3))
    cross = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return np.asarray(cross / 2)


def vector_area(positions: FloatArray, faces: IntArray) -> DoubleArray:
    """Return the (3,) sum of area times normal: zero when closed, else it points away from what is missing."""
    return _sums(positions, faces)[:3]


def enclosed_volume(positions: FloatArray, faces: IntArray) -> float:
    """Return the signed volume inside a closed surface: negative when its faces look inwards."""
    return float(_sums(positions, faces)[3])


@compiled
def _areas(positions: FloatArray, faces: IntArray) -> DoubleArray:
    areas = np.empty(len(faces), np.float64)
    for f in range(len(faces)):
        square = 0.0
        for d in range(3):
            e = (d + 1) % 3
            ad, ae = np.float64(positions[faces[f, 0], d]), np.float64(positions[faces[f, 0], e])
            ud, ue = positions[faces[f, 1], d] - ad, positions[faces[f, 1], e] - ae
            vd, ve = positions[faces[f, 2], d] - ad, positions[faces[f, 2], e] - ae
            square += (ud * ve - ue * vd) ** 2
        areas[f] = np.sqrt(square) / 2
    return areas


@compiled
def _sums(positions: FloatArray, faces: IntArray) -> DoubleArray:
    """Sum area vectors and tetrahedra about the first corner, which keeps far-off coordinates from cancelling."""
    sums = np.zeros(4, np.float64)
    if len(faces) == 0:
        return sums
    p = np.empty((3, 3), np.float64)
    for f in range(len(faces)):
        for k in range(3):
            for d in range(3):
                p[k, d] = np.float64(positions[faces[f, k], d]) - np.float64(positions[faces[0, 0], d])
        u, v = p[1] - p[0], p[2] - p[0]
        x, y, z = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
        sums[0] += x / 2
        sums[1] += y / 2
        sums[2] += z / 2
        sums[3] += (p[0, 0] * x + p[0, 1] * y + p[0, 2] * z) / 6
    return sums
