"""A net of right triangles over a raster of heights: few where the ground is even, many where it is not.

Triangles are halved at the middle of their longest side as long as any height there is off by more than a tolerance, as
in W. Evans, D. Kirkpatrick and G. Townsend, "Right-triangulated irregular networks", Algorithmica 30 (2001). A point is
kept by all triangles that meet in it, so there are no cracks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import DoubleArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Heights:
    """A raster of heights.

    west, north : of the middle of the first cell, in metres
    cell_m : distance of two cells
    values : (rows, columns) float32 metres, row 0 in the north, NaN where unknown
    """

    west: float
    north: float
    cell_m: float
    values: FloatArray

    def points(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> DoubleArray:
        """Return (n, 2) east and north of the middles of cells."""
        return np.stack([self.west + column * self.cell_m, self.north - row * self.cell_m], axis=1)


@dataclass(frozen=True, eq=False)
class Net:
    """Triangles over a raster.

    points : (n, 3) east, north and height in metres
    faces : (m, 3), counter-clockwise from above
    """

    points: DoubleArray
    faces: IntArray


class TerrainNet:
    """A raster, ready to be covered by triangles of any tolerance."""

    def __init__(self, heights: Heights) -> None:
        """Measure by how much each point is missed without it; what is unknown is filled and misses nothing."""
        self._heights = heights
        rows, columns = heights.values.shape
        side = 2 ** int(np.ceil(np.log2(max(rows, columns, 3) - 1))) + 1
        known = np.zeros((side, side), np.bool_)
        known[:rows, :columns] = np.isfinite(heights.values)
        padded = ((0, side - rows), (0, side - columns))
        self._values = np.pad(filled(heights.values), padded, mode="edge")
        self._missed = _missed(self._values, known)

    def at(self, tolerance_m: float) -> Net:
        """Return triangles that miss no known height by more than a tolerance in the middle of their longest sides.

        Elsewhere some heights are missed by up to half as much again.
        """
        side = len(self._values)
        last = side - 1
        corners = np.array([[[0, 0], [last, last], [0, last]], [[last, last], [0, 0], [last, 0]]], np.int64)
        done = []
        while len(corners):
            a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
            middle = (a + b) // 2
            # Triangles of two cells' corners have no point between them.
            has_middle = ((a + b) % 2 == 0).all(axis=1)
            is_split = has_middle & (self._missed[middle[:, 0], middle[:, 1]] > tolerance_m)
            done.append(corners[~is_split])
            a, b, c, middle = a[is_split], b[is_split], c[is_split], middle[is_split]
            corners = np.concatenate([np.stack([c, a, middle], axis=1), np.stack([b, c, middle], axis=1)])
        cells = np.concatenate(done).reshape(-1, 2)
        used, faces = np.unique(cells[:, 0] * side + cells[:, 1], return_inverse=True)
        row, column = np.divmod(used, side)
        points = np.concatenate([self._heights.points(row, column), self._values[row, column][:, None]], axis=1)
        return Net(points, _counter_clockwise(points, faces.reshape(-1, 3).astype(np.int32)))


def _counter_clockwise(points: DoubleArray, faces: IntArray) -> IntArray:
    a, b, c = (points[faces[:, corner], :2] for corner in range(3))
    turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0
    faces[turned] = faces[turned][:, ::-1]
    return faces


def filled(values: FloatArray) -> FloatArray:
    """Return heights without voids: each has the mean of the nearest known ones, at the finest scale that has some.

    Without any known height all are 0.
    """
    known = np.isfinite(values)
    if known.all():
        return values
    if values.size == 1:
        return np.zeros_like(values)
    rows, columns = values.shape
    even = ((0, rows % 2), (0, columns % 2))
    sums = _quartered(np.pad(np.where(known, values, np.float32(0)), even))
    counts = _quartered(np.pad(known.astype(np.float32), even))
    with np.errstate(invalid="ignore", divide="ignore"):
        coarse = filled((sums / counts).astype(np.float32))
    spread = np.repeat(np.repeat(coarse, 2, axis=0), 2, axis=1)[:rows, :columns]
    return np.where(known, values, spread)


def _quartered(values: FloatArray) -> FloatArray:
    return values[::2, ::2] + values[1::2, ::2] + values[::2, 1::2] + values[1::2, 1::2]


def _missed(values: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
    """Return (side, side) float32: by how much a height is missed without its point, or any of those under it."""
    side = len(values)
    missed = np.zeros_like(values)
    half = 1
    while half < side - 1:
        _sides(values, known, missed, half)
        _middles(values, known, missed, half)
        half *= 2
    return missed


def _sides(values: FloatArray, known: NDArray[np.bool_], missed: FloatArray, half: int) -> None:
    """Measure the points in the middle of the sides of squares that are two halves wide."""
    whole, quarter = 2 * half, half // 2
    for turned in (False, True):
        v, k, m = (values.T, known.T, missed.T) if turned else (values, known, missed)
        own = np.abs(v[::whole, half::whole] - (v[::whole, :-half:whole] + v[::whole, whole::whole]) / 2)
        own *= k[::whole, half::whole]
        if quarter:
            # The triangles on both sides of it are halved at the middles of smaller squares.
            left, right = half - quarter, half + quarter
            near = np.maximum(m[quarter::whole, left::whole], m[quarter::whole, right::whole])
            far = np.maximum(m[whole - quarter :: whole, left::whole], m[whole - quarter :: whole, right::whole])
            own[:-1] = np.maximum(own[:-1], near)
            own[1:] = np.maximum(own[1:], far)
        m[::whole, half::whole] = own


def _middles(values: FloatArray, known: NDArray[np.bool_], missed: FloatArray, half: int) -> None:
    """Measure the points in the middle of squares that are two halves wide."""
    whole = 2 * half
    corners = values[::whole, ::whole]
    falling, rising = (corners[:-1, :-1] + corners[1:, 1:]) / 2, (corners[:-1, 1:] + corners[1:, :-1]) / 2
    rows, columns = falling.shape
    is_falling = (np.arange(rows)[:, None] + np.arange(columns)) % 2 == 0
    middle = values[half::whole, half::whole]
    own = np.abs(middle - np.where(is_falling, falling, rising)) * known[half::whole, half::whole]
    sides = (
        missed[:-1:whole, half::whole], missed[whole::whole, half::whole],
        missed[half::whole, :-1:whole], missed[half::whole, whole::whole],
    )  # fmt: skip
    for each in sides:
        own = np.maximum(own, each)
    missed[half::whole, half::whole] = own
