"""Tell which way the surface under each point of a cloud lies, not yet which side is out."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.threads import bands, in_threads
from pipeline.jit import compiled
from pipeline.model import DoubleArray, FloatArray, IntArray

SWEEPS = 12
"""Jacobi sweeps of a symmetric 3x3 matrix: four are enough for float32, the others cost nothing once it is done."""


def point_normals(positions: FloatArray, indices: IntArray) -> FloatArray:
    """Return (n, 3) float32 unit normals of the planes through each point and its neighbours (n, k), either side.

    The direction in which they spread least: H. Hoppe et al., "Surface reconstruction from unorganized points", 1992.
    """
    normals = np.empty((len(positions), 3), np.float32)

    def fit(band: slice) -> None:
        _fit(positions, indices, band.start, band.stop, normals)

    in_threads(fit, bands(len(positions)))
    return normals


@compiled
def _fit(positions: FloatArray, indices: IntArray, start: int, stop: int, normals: FloatArray) -> None:
    matrix, axes = np.empty((3, 3), np.float64), np.empty((3, 3), np.float64)
    for i in range(start, stop):
        _spread(positions, indices, i, matrix)
        _diagonalise(matrix, axes)
        least = 0
        for d in range(1, 3):
            if matrix[d, d] < matrix[least, least]:
                least = d
        length = np.sqrt(axes[0, least] ** 2 + axes[1, least] ** 2 + axes[2, least] ** 2)
        for d in range(3):
            normals[i, d] = axes[d, least] / length


@compiled
def _spread(positions: FloatArray, indices: IntArray, i: int, matrix: DoubleArray) -> None:
    """Fill matrix with the covariance of a point and its neighbours, about the point."""
    count = indices.shape[1] + 1
    sums = np.zeros(3, np.float64)
    matrix[:] = 0.0
    offset = np.empty(3, np.float64)
    for k in range(indices.shape[1]):
        for d in range(3):
            offset[d] = np.float64(positions[indices[i, k], d]) - np.float64(positions[i, d])
            sums[d] += offset[d]
        for d in range(3):
            for e in range(d, 3):
                matrix[d, e] += offset[d] * offset[e]
    for d in range(3):
        for e in range(d, 3):
            matrix[d, e] -= sums[d] * sums[e] / count
            matrix[e, d] = matrix[d, e]


@compiled
def _diagonalise(matrix: DoubleArray, axes: DoubleArray) -> None:
    """Turn a symmetric matrix into a diagonal one, and fill the columns of axes with its directions (Jacobi, 1846)."""
    axes[:] = 0.0
    for d in range(3):
        axes[d, d] = 1.0
    for _sweep in range(SWEEPS):
        scale = abs(matrix[0, 0]) + abs(matrix[1, 1]) + abs(matrix[2, 2])
        if abs(matrix[0, 1]) + abs(matrix[0, 2]) + abs(matrix[1, 2]) <= 1e-14 * scale:
            return
        for p in range(2):
            for q in range(p + 1, 3):
                if abs(matrix[p, q]) > 1e-300:
                    _rotate(matrix, axes, p, q)


@compiled
def _rotate(matrix: DoubleArray, axes: DoubleArray, p: int, q: int) -> None:
    theta = (matrix[q, q] - matrix[p, p]) / (2 * matrix[p, q])
    t = (1.0 if theta >= 0 else -1.0) / (abs(theta) + np.sqrt(theta * theta + 1))
    c = 1 / np.sqrt(t * t + 1)
    s = t * c
    for k in range(3):
        a, b = matrix[k, p], matrix[k, q]
        matrix[k, p], matrix[k, q] = c * a - s * b, s * a + c * b
    for k in range(3):
        a, b = matrix[p, k], matrix[q, k]
        matrix[p, k], matrix[q, k] = c * a - s * b, s * a + c * b
    for k in range(3):
        a, b = axes[k, p], axes[k, q]
        axes[k, p], axes[k, q] = c * a - s * b, s * a + c * b
