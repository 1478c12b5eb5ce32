"""Colour differences (CIEDE2000), and the colours that show them on a heat map."""

from __future__ import annotations

import numpy as np

from carreau.base.model import ByteArray, FloatArray
from carreau.geometry.render.views import Views

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    np.float32,
)
"""Linear sRGB to CIE XYZ (IEC 61966-2-1, white D65)."""

_CODED = np.arange(256) / 255
_LINEAR = np.where(_CODED <= 0.04045, _CODED / 12.92, ((_CODED + 0.055) / 1.055) ** 2.4).astype(np.float32)
"""Linear light of each sRGB byte."""

_WHITE = _TO_XYZ.sum(axis=1)
_FAR = 25.0**7


def differences(one: Views, other: Views) -> FloatArray:
    """Return (views, h, w) float32: CIEDE2000 where both show something, infinite where one does, NaN elsewhere."""
    values = np.full(one.masks.shape, np.nan, np.float32)
    values[one.masks ^ other.masks] = np.inf
    both = one.masks & other.masks
    values[both] = ciede2000(lab(one.colors[both]), lab(other.colors[both]))
    return values


def lab(colors: ByteArray) -> FloatArray:
    """Return (k, 3) float32 CIELAB values of (k, 3) sRGB bytes."""
    ratio = _LINEAR[colors] @ _TO_XYZ.T / _WHITE
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def ciede2000(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return (k,) CIEDE2000 differences of CIELAB colours (k, 3), all weights 1, as exact as these are.

    After Sharma, Wu & Dalal 2005, doi:10.1002/col.20070, whose pairs of colours are the test.
    """
    (light_1, a_1, b_1), (light_2, a_2, b_2) = one.T, other.T
    chroma = (np.hypot(a_1, b_1) + np.hypot(a_2, b_2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + _FAR))
    chroma_1, chroma_2 = np.hypot(a_1 * stretch, b_1), np.hypot(a_2 * stretch, b_2)
    hue_1, hue_2 = (np.degrees(np.arctan2(b, a * stretch)) % 360 for a, b in ((a_1, b_1), (a_2, b_2)))
    is_gray = chroma_1 * chroma_2 == 0
    turn = np.where(is_gray, 0, (hue_2 - hue_1 + 180) % 360 - 180)
    turn = np.where(~is_gray & (hue_2 - hue_1 == 180), 180, turn)
    hue_step = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn / 2))
    hue = np.where(is_gray, hue_1 + hue_2, _mean_hue(hue_1, hue_2))
    light, chroma = (light_1 + light_2) / 2, (chroma_1 + chroma_2) / 2
    weight_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    weight_chroma, weight_hue = 1 + 0.045 * chroma, 1 + 0.015 * chroma * _hue_weight(hue)
    steps = (light_2 - light_1) / weight_light, (chroma_2 - chroma_1) / weight_chroma, hue_step / weight_hue
    return np.asarray(np.sqrt(np.maximum(sum(step**2 for step in steps) + _blue(hue, chroma) * steps[1] * steps[2], 0)))


def _mean_hue(one: FloatArray, other: FloatArray) -> FloatArray:
    total = one + other
    across = np.where(total < 360, total + 360, total - 360)
    return np.asarray(np.where(np.abs(one - other) > 180, across, total) / 2)


def _hue_weight(hue: FloatArray) -> FloatArray:
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return np.asarray(1 + sum(share * np.cos(np.radians(times * hue + shift)) for share, times, shift in terms))


def _blue(hue: FloatArray, chroma: FloatArray) -> FloatArray:
    """Return the term that turns the ellipses of tolerance in the blue."""
    lean = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    return np.asarray(-2 * np.sqrt(chroma**7 / (chroma**7 + _FAR)) * np.sin(np.radians(2 * lean)))


RAMP = (
    "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
)  # fmt: skip
"""Ten even steps of cividis, uniform for normal and for colour-deficient sight: Nuñez, Anderton & Renslow 2018,
doi:10.1371/journal.pone.0199239."""

_STEPS = np.array([[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in RAMP])
_SHADES = np.linspace(0, len(RAMP) - 1, 1 << 12)
_PALETTE = np.full((len(_SHADES), 4), 255, np.uint8)
_PALETTE[:, :3] = np.rint([np.interp(_SHADES, np.arange(len(RAMP)), channel) for channel in _STEPS.T]).T


def painted(values: FloatArray, top: float) -> ByteArray:
    """Return (h, w, 4) uint8 colours with alpha of values (h, w): 0 dark blue, `top` and more yellow, NaN nothing."""
    known = ~np.isnan(values)
    share = np.clip(np.where(known, values, 0) / top, 0, 1)
    pixels = _PALETTE[np.rint(share * (len(_PALETTE) - 1)).astype(np.intp)]
    pixels[~known] = 0
    return pixels
