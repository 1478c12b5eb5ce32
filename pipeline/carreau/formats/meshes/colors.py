"""Convert vertex colours of any range to bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import ByteArray, DoubleArray, FloatArray

#: Floats are 0..1 unless one is above this: 0..255 then. Rounding may leave a 1.0000001 in the first kind.
_UNIT_LIMIT = 1.5
_STEPS_OF_16_BIT = 257


def color_bytes(colors: FloatArray | DoubleArray) -> ByteArray:
    """Return (n, 3) uint8 from numbers in 0..1 or 0..255; white where one is NaN, so that a texture shows plainly."""
    finite = np.isfinite(colors).all(axis=1)
    scale = 255.0 if colors[finite].max(initial=0.0) <= _UNIT_LIMIT else 1.0
    result = np.full(colors.shape, 255, np.uint8)
    result[finite] = np.rint(np.clip(colors[finite] * scale, 0.0, 255.0)).astype(np.uint8)
    return result


def color_bytes_of_integers(colors: NDArray[np.int64]) -> ByteArray:
    """Return (n, 3) uint8 from integers of 8 bits, or of 16 when one is above 255."""
    if colors.max(initial=0) > 255:
        colors = (colors + _STEPS_OF_16_BIT // 2) // _STEPS_OF_16_BIT
    return np.clip(colors, 0, 255).astype(np.uint8)
