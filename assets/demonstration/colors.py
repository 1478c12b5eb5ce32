"""Colours as light: paint is mixed linear and shown as sRGB."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import FloatArray
from carreau.geometry.render.sampling import to_linear

Values = NDArray[np.floating[Any]]


def srgb(red: float, green: float, blue: float) -> FloatArray:
    """Return (3,) linear light for an sRGB colour 0..255."""
    return to_linear(np.array([red, green, blue], np.float32))


def mixed(a: Values, b: Values, share: Values) -> FloatArray:
    """Return (k, 3) colours between a and b, each (k, 3) or (3,), as share (k,) says."""
    return (a + (b - a) * share[:, None]).astype(np.float32)


def ramp(values: Values, start: float | Values, end: float | Values) -> FloatArray:
    """Return values (k,) mapped to 0..1 between start and end, smoothly."""
    t = np.clip((values - start) / (end - start), 0, 1)
    share: FloatArray = (t * t * (3 - 2 * t)).astype(np.float32)
    return share


def line(distances: Values, width: float, texel: float) -> FloatArray:
    """Return (k,) 0..1: how much of a texel a line covers whose middle is that far away (analytic antialiasing).

    Sampling mortar of 12 mm at texels of 16 mm without it gives moiré.
    """
    covered = np.clip((width + texel) / 2 - np.abs(distances), 0, min(width, texel)) / texel
    return covered.astype(np.float32)
