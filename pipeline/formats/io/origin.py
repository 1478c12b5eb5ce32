"""Choose the place that coordinates are counted from, so that float32 holds them."""

from __future__ import annotations

import math

import numpy as np

from pipeline.jit import compiled_bare
from pipeline.model import DoubleArray, FloatArray

#: Largest share of the extent that rounding to float32 may cost before an origin is taken out.
_WORST_ROUNDING = 1e-6
#: The same of the extent along one axis: longitudes of a house, beside its height in metres, lose 1e-4 of theirs.
_WORST_ALONG = 1e-5
_HALF_STEP = 2.0**-24
_LARGEST = 3.4e38


def about_origin(places: FloatArray | DoubleArray) -> tuple[FloatArray, DoubleArray]:
    """Return places as float32 about an origin, and the origin: zero unless float32 would lose 1e-6 of the extent.

    It is taken out, too, where an axis would lose 1e-5 of its own extent, as those that count in degrees do.
    places : (n, 3); what is not finite stays so and does not count. The origin is the middle, rounded to a power of
    ten near the extent, so that people can read it.
    """
    low, high = _bounds(places)
    origin = np.zeros(3)
    size, reach = float((high - low).max()), float(np.abs((low, high)).max())
    own = high - low
    along = (own > 0) & (np.abs((low, high)).max(axis=0) * _HALF_STEP > _WORST_ALONG * own)
    if reach * _HALF_STEP > _WORST_ROUNDING * size:
        step = 10.0 ** math.floor(math.log10(size)) if size > 0 else 1.0
        origin = np.round((low + high) / 2 / step) * step
    for axis in np.flatnonzero(along):
        step = 10.0 ** math.floor(math.log10(own[axis]))
        origin[axis] = round(float(low[axis] + high[axis]) / 2 / step) * step
    with np.errstate(over="ignore", invalid="ignore"):
        if not origin.any():
            return np.ascontiguousarray(places, dtype=np.float32), origin
        about = np.empty(places.shape, np.float32)
        np.subtract(places, origin, out=about, casting="unsafe")
    return about, origin


def _bounds(places: FloatArray | DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest and highest finite coordinate of each axis, zeros where there is none.

    A coordinate that no float32 holds does not count: `clean` drops it like infinity.
    """
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    _widen(places, low, high)
    none = low > high
    low[none], high[none] = 0.0, 0.0
    return low, high


@compiled_bare
def _widen(places: FloatArray | DoubleArray, low: DoubleArray, high: DoubleArray) -> None:
    """Widen bounds by every place; one pass, where numpy's masked minimum and maximum take 0.3 s on 2.9 M places."""
    for row in range(len(places)):
        for axis in range(3):
            value = np.float64(places[row, axis])
            if abs(value) < _LARGEST:
                low[axis] = min(low[axis], value)
                high[axis] = max(high[axis], value)
