"""Tell how a cloud's colours, intensities and normals are counted, and count them one way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.model import ByteArray, FloatArray

Numbers = NDArray[Any]
_UNIT_LIMIT = 1.5
"""Floats are 0..1 unless one is above this, as with the colours of vertices."""

_GRAY = 128
"""What points wear that have no colour among others that have."""

_SHARES = (1.0, 99.0)
"""Percentiles of the intensities that become black and white: mirrors and wet stone are a hundred times brighter."""

_SAMPLE = 1_000_000


class ColorRange:
    """Learns from all colours of a file how they are counted; one batch may be dark by chance."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.top = 0.0
        self._whole = True
        self._low_bits = False

    def widen(self, colors: Numbers) -> None:
        """Look at more colours, (n, 3)."""
        if not len(colors):
            return
        if colors.dtype.kind == "f":
            self._whole = False
            self.top = max(self.top, float(np.max(colors, initial=0.0, where=np.isfinite(colors))))
            return
        self.top = max(self.top, float(colors.max()))
        if not self._low_bits and colors.dtype.itemsize > 1:
            self._low_bits = bool(np.any(colors & 0xFF))

    def bytes_of(self, values: FloatArray) -> ByteArray:
        """Return (n, 3) uint8 from means of the colours seen; NaN becomes grey.

        Integers up to 255 are bytes, whatever field they stand in. Larger ones are 16 bits: bytes moved up by 8 where
        no low byte is in use, and else 0..65535.
        """
        factor = 1.0
        if not self._whole and self.top <= _UNIT_LIMIT:
            factor = 255.0
        elif self.top > 255:
            factor = 1 / 257 if self._low_bits or not self._whole else 1 / 256
        bytes_ = np.empty(values.shape, np.uint8)
        for start in range(0, len(values), _SAMPLE):
            scaled = np.rint(np.clip(values[start : start + _SAMPLE] * np.float32(factor), 0, 255))
            bytes_[start : start + _SAMPLE] = np.nan_to_num(scaled, nan=_GRAY).astype(np.uint8)
        return bytes_


def gray_levels(intensity: FloatArray) -> FloatArray | None:
    """Return (n,) float32 in 0..1; None when all are the same, which says nothing."""
    sample = intensity[:: max(1, len(intensity) // _SAMPLE)].astype(np.float64)
    low, high = np.percentile(sample, _SHARES)
    if not high > low:
        low, high = float(sample.min()), float(sample.max())
    if not high > low:
        return None
    levels: FloatArray = np.clip((intensity - np.float32(low)) / np.float32(high - low), 0, 1).astype(np.float32)
    return levels


def unit_normals(normals: FloatArray) -> FloatArray | None:
    """Return (n, 3) unit float32; up where one is nothing (two sides in one voxel), None when most are."""
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    useless = ~(lengths[:, 0] > 1e-6)
    if 2 * np.count_nonzero(useless) > len(normals):
        return None
    units: FloatArray = (normals / np.where(useless[:, None], 1, lengths)).astype(np.float32)
    units[useless] = (0.0, 0.0, 1.0)
    return units
