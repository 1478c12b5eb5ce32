"""A grid of distances on which solids are fused and carved, as a scan fuses them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assets.demonstration.shapes import Shape, Window
from carreau.base.model import DoubleArray, FloatArray

OUTSIDE = np.float32(9)


@dataclass(eq=False)
class Field:
    """Signed distances at grid points.

    low, high : corners of the space
    step : metres between grid points
    distances : (nx, ny, nz) float32
    owners : (nx, ny, nz) int16, number of the shape whose skin is nearest
    """

    low: DoubleArray
    high: DoubleArray
    step: float
    distances: FloatArray = field(init=False)
    owners: NDArray[np.int16] = field(init=False)

    def __post_init__(self) -> None:
        """Start empty."""
        shape = np.ceil((self.high - self.low) / self.step).astype(int) + 1
        self.distances = np.full(shape, OUTSIDE, np.float32)
        self.owners = np.zeros(shape, np.int16)

    def coordinates(self, window: Window) -> tuple[tuple[slice, ...], list[FloatArray]]:
        """Return the grid slices that cover a window with a margin, and their three broadcasting coordinates."""
        first = np.floor((window[0] - self.low) / self.step).astype(int) - 2
        last = np.ceil((window[1] - self.low) / self.step).astype(int) + 3
        first, last = np.clip(first, 0, self.distances.shape), np.clip(last, 0, self.distances.shape)
        slices = tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
        lines = [(self.low[d] + self.step * np.arange(first[d], last[d])).astype(np.float32) for d in range(3)]
        return slices, [lines[0][:, None, None], lines[1][None, :, None], lines[2][None, None, :]]

    def add(self, shape: Shape, owner: int) -> None:
        """Fuse a solid with what is there."""
        for window in shape.windows():
            slices, (x, y, z) = self.coordinates(window)
            new, old = shape.distance(x, y, z), self.distances[slices]
            self.owners[slices][new < old] = owner
            np.minimum(old, new, out=old)

    def carve(self, shape: Shape, depth_owner: int | None = None) -> None:
        """Take a solid out of what is there."""
        for window in shape.windows():
            slices, (x, y, z) = self.coordinates(window)
            hollow, old = -shape.distance(x, y, z), self.distances[slices]
            if depth_owner is not None:
                self.owners[slices][hollow > old] = depth_owner
            np.maximum(old, hollow, out=old)
