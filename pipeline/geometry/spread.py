"""Spread points evenly over a surface, the same ones every time."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.areas import face_areas
from pipeline.model import DoubleArray, FloatArray, IntArray

PLASTIC = 1.324717957244746
"""Root of x**3 = x + 1: its powers give the plane its most even sequence (M. Roberts, "The unreasonable effectiveness
of quasirandom sequences", 2018)."""


def spread_points(positions: FloatArray, faces: IntArray, count: int) -> FloatArray:
    """Return (count, 3) float32 points, as many to each square metre; none when the surface has no area.

    The k-th point lies where the faces' areas sum up to (k + 1/2) / count of the whole: no chance, no clumps.
    """
    ends = np.cumsum(face_areas(positions, faces))
    if not len(ends) or not ends[-1] > 0:
        return np.zeros((0, 3), np.float32)
    picked = np.searchsorted(ends, (np.arange(count) + 0.5) * (ends[-1] / count), side="right")
    corners = positions[faces[np.minimum(picked, len(faces) - 1)]].astype(np.float64)
    return np.asarray(np.einsum("kc,kcd->kd", _weights(count), corners), np.float32)


def _weights(count: int) -> DoubleArray:
    """Return (count, 3) barycentric weights, uniform over a triangle (the square's far half is folded back)."""
    index = np.arange(1, count + 1)
    u, v = index / PLASTIC % 1, index / PLASTIC**2 % 1
    far = u + v > 1
    u, v = np.where(far, 1 - u, u), np.where(far, 1 - v, v)
    return np.stack([1 - u - v, u, v], axis=1)
