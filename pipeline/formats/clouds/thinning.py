"""Thin points to one a voxel while they are read, so that memory follows what is left and not what is in the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.formats.clouds.voxels import Voxels
from pipeline.model import DoubleArray, FloatArray, IntArray

MOST_POINTS = 6_000_000
"""Points a cloud keeps at most: twenty for each triangle of the largest level, and about two texels of a 4096² atlas
for each point. With colour and intensity they take 0.4 GB while they are thinned."""

_FINER = 64.0
"""How many times finer than an even spread over the two longer sides the first voxels are: points gather on objects."""


@dataclass(frozen=True, eq=False)
class Points:
    """Some points with what is known of each.

    positions : (n, 3) float64, finite
    values : (n, k) float32, whatever a mean makes sense of
    station_of : (n,) int32, of a voxel the first point's
    """

    positions: DoubleArray
    values: FloatArray
    station_of: IntArray


@dataclass(frozen=True, eq=False)
class Thinned(Points):
    """What is left.

    voxel : edge of the voxels, 0 when every point was kept
    """

    voxel: float = 0.0


class Thinner:
    """Takes points as they come; keeps all while they are few, else the mean of each voxel of a regular grid.

    Voxels double until at most `most` are left. They nest, so that the result is the one that the last size would have
    given from the start, and so is their order: that of their first points.
    """

    def __init__(self, columns: int, most: int = MOST_POINTS) -> None:
        """Take points with `columns` values each."""
        self._columns, self._most = columns, most
        self._kept: list[Points] = []
        self._count = 0
        self._voxels: Voxels | None = None

    def add(self, points: Points) -> None:
        """Take more points."""
        if self._voxels is not None:
            self._voxels.add(points.positions, points.values, points.station_of)
            return
        self._kept.append(points)
        self._count += len(points.positions)
        if self._count > self._most:
            self._begin()

    def finish(self) -> Thinned:
        """Return what is left."""
        if self._voxels is not None:
            return Thinned(*self._voxels.means(), self._voxels.edge)
        kept = [*self._kept, Points(np.zeros((0, 3)), np.zeros((0, self._columns), np.float32), np.zeros(0, np.int32))]
        self._kept = []
        return Thinned(
            np.concatenate([points.positions for points in kept]),
            np.concatenate([points.values for points in kept]),
            np.concatenate([points.station_of for points in kept]),
        )

    def _begin(self) -> None:
        """Lay the grid, and move there what was kept."""
        low, high = inner_box(np.concatenate([points.positions[::64] for points in self._kept]))
        sides = np.sort(high - low)
        edge = float(np.sqrt(sides[1] * sides[2] / self._most)) / _FINER
        least = float(np.abs((low, high)).max()) * 1e-9
        self._voxels = Voxels((low + high) / 2, max(edge, least, 1e-12), self._columns, self._most)
        while self._kept:
            points = self._kept.pop(0)
            self._voxels.add(points.positions, points.values, points.station_of)


def inner_box(positions: NDArray[np.float64], share: float = 0.002) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest and highest place, each (3,), without the outermost `share` of the points on each side."""
    if not len(positions):
        return np.zeros(3), np.zeros(3)
    low, high = np.quantile(positions, [share, 1 - share], axis=0, method="nearest")
    return low.astype(np.float64), high.astype(np.float64)
