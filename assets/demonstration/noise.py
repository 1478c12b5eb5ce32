"""Seeded randomness of places: the same point in space always gets the same value."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carreau.base.jit import compiled
from carreau.base.model import FloatArray


@compiled
def _hash(x: int, y: int, z: int, seed: int) -> int:
    value = (x * 0x8DA6B343 + y * 0xD8163841 + z * 0xCB1AB31F + seed * 0x9E3779B1) & 0xFFFFFFFF
    value = ((value ^ (value >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    value = ((value ^ (value >> 12)) * 0x297A2D39) & 0xFFFFFFFF
    return value ^ (value >> 15)


@compiled
def _unit(x: int, y: int, z: int, seed: int) -> float:
    return _hash(x, y, z, seed) / 4294967296.0


@compiled
def _value_noise(points: FloatArray, scale: float, seed: int, octaves: int, out: FloatArray) -> None:
    for k in range(len(points)):
        total, weight, frequency = 0.0, 0.0, scale
        for octave in range(octaves):
            x, y, z = points[k, 0] * frequency, points[k, 1] * frequency, points[k, 2] * frequency
            i, j, m = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
            a, b, c = x - i, y - j, z - m
            a, b, c = a * a * (3 - 2 * a), b * b * (3 - 2 * b), c * c * (3 - 2 * c)
            s = seed + 101 * octave
            near = (_unit(i, j, m, s) * (1 - a) + _unit(i + 1, j, m, s) * a) * (1 - b) + (
                _unit(i, j + 1, m, s) * (1 - a) + _unit(i + 1, j + 1, m, s) * a
            ) * b
            far = (_unit(i, j, m + 1, s) * (1 - a) + _unit(i + 1, j, m + 1, s) * a) * (1 - b) + (
                _unit(i, j + 1, m + 1, s) * (1 - a) + _unit(i + 1, j + 1, m + 1, s) * a
            ) * b
            amplitude = 0.5**octave
            total += amplitude * (near * (1 - c) + far * c)
            weight += amplitude
            frequency *= 2.03
        out[k] = total / weight


@compiled
def _stones(points: FloatArray, seed: int, out: FloatArray) -> None:
    """Fill out (k, 4): gap to the neighbouring stone, a value of the stone's own, and the offset from its middle."""
    for k in range(len(points)):
        x, y = points[k, 0], points[k, 1]
        row = int(np.floor(y))
        first, second, value, dx, dy = 9.0, 9.0, 0.0, 0.0, 0.0
        for j in range(row - 1, row + 2):
            shift = 0.5 * (j & 1)
            column = int(np.floor(x - shift))
            for i in range(column - 1, column + 2):
                ox = x - (i + shift + 0.5 + 0.34 * (_unit(i, j, 1, seed) - 0.5))
                oy = y - (j + 0.5 + 0.30 * (_unit(i, j, 2, seed) - 0.5))
                reach = max(abs(ox), abs(oy)) * 0.7 + 0.3 * np.sqrt(ox * ox + oy * oy)
                if reach < first:
                    first, second, value, dx, dy = reach, first, _unit(i, j, 3, seed), ox, oy
                elif reach < second:
                    second = reach
        out[k, 0], out[k, 1], out[k, 2], out[k, 3] = second - first, value, dx, dy


@compiled
def _chances(keys: NDArray[np.int64], seed: int, out: FloatArray) -> None:
    for k in range(len(keys)):
        out[k] = _unit(keys[k, 0], keys[k, 1], keys[k, 2], seed)


def smooth_noise(points: FloatArray, scale: float, seed: int, octaves: int = 3) -> FloatArray:
    """Return (k,) float32 in 0..1, mostly near 0.5: value noise with `scale` bumps a metre at points (k, 3)."""
    out = np.empty(len(points), np.float32)
    _value_noise(np.ascontiguousarray(points, np.float32), scale, seed, octaves, out)
    return out


def stones(points: FloatArray, seed: int) -> FloatArray:
    """Return (k, 4) float32 for points (k, 2) in stone lengths: gap, the stone's value in 0..1, offset from its middle.

    Stones lie in staggered rows and are squarish: plain Voronoi cells look like giraffe skin, not like a yard.
    """
    out = np.empty((len(points), 4), np.float32)
    _stones(np.ascontiguousarray(points, np.float32), seed, out)
    return out


def chances(seed: int, *keys: ArrayLike) -> FloatArray:
    """Return (k,) float32 in 0..1, one for each tuple of up to three whole numbers."""
    columns = [np.asarray(key) for key in keys]
    size = np.broadcast_shapes(*(column.shape for column in columns))
    table = np.zeros((int(np.prod(size)), 3), np.int64)
    for index, column in enumerate(columns):
        table[:, index] = np.broadcast_to(column, size).reshape(-1)
    out = np.empty(len(table), np.float32)
    _chances(table, seed, out)
    return out
