"""Say which way a surface looks, at its faces and at its vertices."""

from __future__ import annotations

import numpy as np

from pipeline.jit import compiled
from pipeline.model import DoubleArray, FloatArray, IntArray

UPWARDS = (0.0, 1.0, 0.0)


def face_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return (m, 3) float32 unit normals; `UPWARDS` where a face has no area."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    return unit(np.cross(b - a, c - a))


def vertex_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return (n, 3) float32 unit normals, weighted by area and angle; `UPWARDS` where no face says anything.

    Weld first, or seams show. Weights: N. Max, "Weights for computing vertex normals from facet normals", 1999, for
    the area and G. Thürmer & C. Wüthrich, "Computing vertex normals from polygonal facets", 1998, for the angle.
    The product, as Blender has it, is the calmest on the slivers that surface reconstruction leaves.
    """
    return unit(_vertex_sums(positions, faces))


def unit(vectors: DoubleArray) -> FloatArray:
    """Scale (n, 3) vectors to length 1 as float32; `UPWARDS` for those that are zero or not finite."""
    largest = np.abs(vectors).max(axis=1, initial=0.0, keepdims=True)
    good = np.isfinite(largest) & (largest > 0)
    scaled = np.divide(vectors, largest, out=np.zeros_like(vectors), where=good)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.where(good, scaled / np.where(good, lengths, 1.0), UPWARDS).astype(np.float32)


@compiled
def _vertex_sums(positions: FloatArray, faces: IntArray) -> DoubleArray:
    sums = np.zeros(positions.shape, np.float64)
    p = np.empty((3, 3), np.float64)
    for f in range(len(faces)):
        for k in range(3):
            for d in range(3):
                p[k, d] = positions[faces[f, k], d]
        u, v, w = p[1] - p[0], p[2] - p[0], p[2] - p[1]
        n = np.array([u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]])
        double_area = np.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2])
        if not double_area > 0:
            continue
        uv = u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
        uw = u[0] * w[0] + u[1] * w[1] + u[2] * w[2]
        first = np.arctan2(double_area, uv)
        second = np.arctan2(double_area, -uw)
        for d in range(3):
            sums[faces[f, 0], d] += first * n[d]
            sums[faces[f, 1], d] += second * n[d]
            sums[faces[f, 2], d] += (np.pi - first - second) * n[d]
    return sums
