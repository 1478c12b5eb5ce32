"""Means of the pixels about each pixel of a large picture, worked out on blocks: a few rows at a time are enough.

A Gaussian neighbourhood is so smooth that the means of blocks of a quarter of its deviation tell it: their sums are
gathered band by band, blurred, and read between the middles of the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carreau.air.airborne.survey_data import BoolArray
from carreau.base.model import DoubleArray, FloatArray

FAINT = 1e-4
"""Weight of the mean of all pixels, as a share: what counts far from any that has a weight."""


@dataclass(frozen=True, eq=False)
class BlockField:
    """Values that vary smoothly over a picture.

    values : (rows, columns, channels) float32 in the middles of blocks
    step : side of a block, in pixels
    width : of the picture, in pixels
    """

    values: FloatArray
    step: int
    width: int

    def at(self, rows: slice) -> FloatArray:
        """Return the values (n, width, channels) float32 of rows of the picture."""
        down = self._between(np.arange(rows.start, rows.stop), 0, self.values)
        return self._between(np.arange(self.width), 1, down)

    def _between(self, pixels: NDArray[np.integer], axis: int, values: FloatArray) -> FloatArray:
        if self.step == 1:
            return values if axis else values[pixels]
        place = (pixels + 0.5) / self.step - 0.5
        low = np.clip(np.floor(place).astype(int), 0, max(values.shape[axis] - 2, 0))
        high = np.minimum(low + 1, values.shape[axis] - 1)
        share = np.clip(place - low, 0, 1).astype(np.float32).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        between = values.take(high, axis)
        lower = values.take(low, axis)
        between -= lower
        between *= share
        between += lower
        return np.asarray(between)


class BlockMeans:
    """Gathers pixels with a weight, for the means of those about each pixel."""

    def __init__(self, shape: tuple[int, int], channels: int, deviation: float) -> None:
        """Begin without any pixel.

        shape : rows and columns of the picture
        deviation : of the Gaussian neighbourhood, in pixels
        """
        self.shape, self.deviation = shape, deviation
        self.step = max(int(deviation / 4), 1)
        blocks = tuple(-(-side // self.step) for side in shape)
        self._sums = np.zeros((*blocks, channels), np.float32)
        self._counts = np.zeros((*blocks, 1), np.float32)

    def add(self, rows: slice, values: FloatArray, chosen: BoolArray) -> None:
        """Add rows of the picture: values (n, width, channels) of the pixels chosen (n, width)."""
        weights = chosen[..., None]
        self._sums[self._blocks(rows)] += self._summed(rows, values * weights)
        self._counts[self._blocks(rows)] += self._summed(rows, weights.astype(np.float32))

    def means(self) -> BlockField:
        """Return the mean of the chosen pixels about each; far from any it is that of all."""
        total = float(self._counts.sum(dtype=np.float64))
        mean = (self._sums.sum(axis=(0, 1), dtype=np.float64) / max(total, 1.0)).astype(np.float32)
        means = self._blurred(self._sums)
        means += np.float32(FAINT) * mean
        means /= self._blurred(self._counts) + np.float32(FAINT)
        return self._field(means)

    def shares(self) -> BlockField:
        """Return the share of the pixels about each that were chosen, in one channel."""
        return self._field(self._blurred(self._counts))

    def _blocks(self, rows: slice) -> slice:
        return slice(rows.start // self.step, (rows.stop - 1) // self.step + 1)

    def _summed(self, rows: slice, values: FloatArray) -> DoubleArray:
        """Return the sums of values (n, width, channels) by blocks."""
        blocks = self._blocks(rows)
        starts = np.maximum(np.arange(blocks.start, blocks.stop) * self.step, rows.start) - rows.start
        down = np.add.reduceat(values, starts, axis=0, dtype=np.float64)
        return np.asarray(np.add.reduceat(down, np.arange(0, self.shape[1], self.step), axis=1))

    def _blurred(self, sums: FloatArray) -> FloatArray:
        """Return the means of the blocks, of which the last may be cut, blurred."""
        edges = [np.append(np.arange(0, side, self.step), side) for side in self.shape]
        high, wide = (np.diff(each).astype(np.float32) for each in edges)
        means = sums / (high[:, None, None] * wide[None, :, None])
        deviation = self.deviation / self.step
        ndimage.gaussian_filter(means, (deviation, deviation, 0), output=means)
        return np.asarray(means)

    def _field(self, values: FloatArray) -> BlockField:
        return BlockField(values, self.step, self.shape[1])
