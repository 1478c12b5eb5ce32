"""Convert linear light to sRGB bytes and back, exact to the byte (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import ByteArray, DoubleArray

_ROWS = 1 << 20


def srgb_bytes(linear: NDArray[np.floating]) -> ByteArray:
    """Return linear values of any shape as sRGB in 0..255, clamped to 0..1; NaN is black.

    >>> srgb_bytes(np.array([0.0, 0.2158605, 1.0])).tolist()
    [0, 128, 255]
    """
    result = np.empty(linear.shape, np.uint8)
    for start in range(0, len(linear), _ROWS):
        light = np.clip(np.nan_to_num(linear[start : start + _ROWS].astype(np.float64), nan=0.0), 0.0, 1.0)
        curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
        result[start : start + _ROWS] = np.rint(curve * 255.0)
    return result


def linear_table() -> DoubleArray:
    """Return the linear light, (256,) float64 in 0..1, of every sRGB byte."""
    srgb = np.arange(256) / 255.0
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
