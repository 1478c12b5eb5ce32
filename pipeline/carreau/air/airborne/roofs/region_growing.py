"""Regions of points that lie on planes, grown from flat places.

Regions grow from the flattest places outwards while points stay close to the plane (T. Rabbani et al., "Segmentation
of point clouds using smoothness constraint", 2006).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray


@compiled
def solved(s: DoubleArray) -> tuple[float, float, float]:
    """Return the plane of sums s = n, x, y, z, xx, xy, yy, xz, yz; a level one where the points are in line."""
    n = s[0]
    mx, my, mz = s[1] / n, s[2] / n, s[3] / n
    xx, xy, yy = s[4] / n - mx * mx, s[5] / n - mx * my, s[6] / n - my * my
    xz, yz = s[7] / n - mx * mz, s[8] / n - my * mz
    d = xx * yy - xy * xy
    if d < 1e-6 * (xx + yy) ** 2 + 1e-12:
        return 0.0, 0.0, mz
    a, b = (xz * yy - yz * xy) / d, (yz * xx - xz * xy) / d
    return a, b, mz - a * mx - b * my


@compiled
def _add(s: DoubleArray, x: float, y: float, z: float) -> None:
    s[0] += 1
    s[1] += x
    s[2] += y
    s[3] += z
    s[4] += x * x
    s[5] += x * y
    s[6] += y * y
    s[7] += x * z
    s[8] += y * z


@compiled
def _local(
    points: FloatArray, numbers: IntArray, r: int, c: int, radius: int, s: DoubleArray
) -> tuple[float, float, float, float]:
    """Return the plane of the points around a cell, about its own point, and their RMS distance from it."""
    rows, columns = numbers.shape
    own = points[numbers[r, c]]
    x, y, z = np.float64(own[0]), np.float64(own[1]), np.float64(own[2])
    s[:] = 0
    zz = 0.0
    for i in range(max(0, r - radius), min(rows, r + radius + 1)):
        for k in range(max(0, c - radius), min(columns, c + radius + 1)):
            other = points[numbers[i, k]]
            dz = other[2] - z
            if abs(dz) < 2.0:
                _add(s, other[0] - x, other[1] - y, dz)
                zz += dz * dz
    if s[0] < 6:
        return 0.0, 0.0, 0.0, math.inf
    a, b, e = solved(s)
    square = zz - 2 * (a * s[7] + b * s[8] + e * s[3])
    square += a * a * s[4] + b * b * s[6] + e * e * s[0] + 2 * (a * b * s[5] + a * e * s[1] + b * e * s[2])
    return a, b, e, math.sqrt(max(0.0, square / s[0]) / (1 + a * a + b * b))


@compiled
def flatness_of(points: FloatArray, numbers: IntArray, where: NDArray[np.int64], radius: int) -> DoubleArray:
    """Return the RMS distance (n,) of the points around each one's cell from a plane; infinite for too few.

    where : (n,) cells of the points
    """
    columns = numbers.shape[1]
    flatness, s = np.full(len(where), np.inf), np.zeros(9)
    for n in range(len(where)):
        if not np.isnan(points[n + 1, 2]):
            flatness[n] = _local(points, numbers, where[n] // columns, where[n] % columns, radius, s)[3]
    return flatness


@compiled
def grow_planes(
    points: FloatArray,
    numbers: IntArray,
    labels: IntArray,
    seeds: NDArray[np.int64],
    radius: int,
    reach: int,
    least: int,
    inlier: float,
    steepest: float,
) -> DoubleArray:
    """Grow a region from each seed that no region has yet, and return the planes; label their cells.

    Those of fewer than `least` points are given up.
    """
    rows, columns = numbers.shape
    planes = np.zeros((len(seeds) + 1, 3))
    queue, s, count = np.empty(len(points), np.int64), np.zeros(9), 0
    for seed in seeds:
        r, c = seed // columns, seed % columns
        if labels[r, c] != 0:
            continue
        own = points[numbers[r, c]]
        x0, y0, z0 = np.float64(own[0]), np.float64(own[1]), np.float64(own[2])
        a, b, e, _ = _local(points, numbers, r, c, radius, s)
        mark = -(count + 1)
        s[:] = 0
        head, tail, refit = 0, 1, 16
        queue[0] = seed
        labels[r, c] = mark
        _add(s, 0.0, 0.0, 0.0)
        while head < tail:
            i, k = queue[head] // columns, queue[head] % columns
            head += 1
            for i2 in range(max(0, i - reach), min(rows, i + reach + 1)):
                for k2 in range(max(0, k - reach), min(columns, k + reach + 1)):
                    other = points[numbers[i2, k2]]
                    if labels[i2, k2] != 0 or np.isnan(other[2]):
                        continue
                    x, y, z = other[0] - x0, other[1] - y0, other[2] - z0
                    if abs(a * x + b * y + e - z) <= inlier * math.sqrt(1 + a * a + b * b):
                        labels[i2, k2] = mark
                        queue[tail] = i2 * columns + k2
                        tail += 1
                        _add(s, x, y, z)
            if s[0] >= refit:
                a, b, e = solved(s)
                refit = int(s[0] * 1.5)
        a, b, e = solved(s)
        if tail >= least and a * a + b * b < steepest * steepest:
            count += 1
            planes[count] = a, b, e + z0 - a * x0 - b * y0
            for q in range(tail):
                labels[queue[q] // columns, queue[q] % columns] = count
        else:
            for q in range(tail):
                labels[queue[q] // columns, queue[q] % columns] = 0
    return planes[: count + 1]
