"""Colours of crowns: greens of the orthophoto, freed of its shadows, lighter above and darker inside."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from carreau.air.airborne.survey_data import Orthophoto
from carreau.base.model import DoubleArray, IntArray

Real = TypeVar("Real", np.float32, np.float64)

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Light of red, green and blue (ITU-R BT.601)."""

RAMP = np.array([[70, 92, 58], [84, 108, 60], [106, 124, 64], [92, 112, 74], [122, 130, 72]], float)
"""Greens of leaves where there is no picture."""

LEAST_LIGHT, MOST_LIGHT = 80.0, 136.0
"""Luma of a crown in full light: below is shadow, above is glare or a roof under the edge of a crown."""

CONTRAST = 0.55
"""Share of the differences in light between crowns that is kept."""

OWN = 0.35
"""Share of a lobe's own colour; the rest is that of its tree."""

PICTURED = 0.8
"""Share of the picture in the hue of a crown; the rest is that of the ramp."""

LEAST_LEAFY = 0.25
"""Share of leafy pixels about a lobe from which the picture is believed."""

PALEST = np.array([[0.72, 1.0, 0.48], [0.97, 1.0, 0.7]])
"""Bounds of red, green and blue relative to green: bluer is shadow, redder is a roof or a lane."""

WINDOW_M = 1.4
"""Side of the square of the picture that a lobe is coloured from."""


def crown_colors(
    places: DoubleArray, trees: IntArray, picture: Orthophoto | None, variation: DoubleArray
) -> DoubleArray:
    """Return the sRGB colour (n, 3), 0 to 255, of leaves at places (n, 3) of trees (n,).

    variation : (n,) from -1 to 1, which picks from the ramp where there is no picture or no green in it; a ramp of the
    picture's common green, if there is any
    """
    ramp = _ramp(variation)
    if picture is None or not len(places):
        return ramp
    seen, weights = _seen(places, picture)
    seen = OWN * seen + (1 - OWN) * _tree_means(seen, weights, trees)
    clear = weights > LEAST_LEAFY
    if not clear.any():
        return ramp
    light = seen @ LUMA
    goal = (LEAST_LIGHT + MOST_LIGHT) / 2 + CONTRAST * (light - np.median(light[clear]))
    tone = seen / np.maximum(seen[:, 1:2], 1.0)
    tone = np.clip(tone, PALEST[0], PALEST[1])
    base = ramp / ramp[:, 1:2]
    base *= np.median(tone[clear], axis=0) / np.median(base, axis=0)
    share = (PICTURED * np.clip(weights / LEAST_LEAFY, 0, 1))[:, None]
    mixed = np.clip(share * tone + (1 - share) * base, PALEST[0], PALEST[1])
    elsewhere = (LEAST_LIGHT + MOST_LIGHT) / 2 + ramp @ LUMA - RAMP.mean(axis=0) @ LUMA
    goal = np.clip(np.where(clear, goal, elsewhere), LEAST_LIGHT, MOST_LIGHT)
    return np.asarray(np.clip(mixed / (mixed @ LUMA)[:, None] * goal[:, None], 0, 255))


def _tree_means(seen: DoubleArray, weights: DoubleArray, trees: IntArray) -> DoubleArray:
    """Return the mean colour (n, 3) of each lobe's tree."""
    sums = np.stack([np.bincount(trees, seen[:, c] * weights) for c in range(3)], axis=1)
    return np.asarray((sums / np.maximum(np.bincount(trees, weights), 1e-6)[:, None])[trees])


def _ramp(variation: DoubleArray) -> DoubleArray:
    """Return colours between those of the ramp."""
    position = (np.clip(variation, -1, 1) + 1) / 2 * (len(RAMP) - 1)
    return np.stack([np.interp(position, np.arange(len(RAMP)), RAMP[:, c]) for c in range(3)], axis=1)


def greenness(pixels: NDArray[Real]) -> NDArray[Real]:
    """Return how much green exceeds red and blue, as a share of the light (…,): the excess green index."""
    return np.asarray((2 * pixels[..., 1] - pixels[..., 0] - pixels[..., 2]) / np.maximum(pixels.sum(axis=-1), 1.0))


def _seen(places: DoubleArray, picture: Orthophoto) -> tuple[DoubleArray, DoubleArray]:
    """Return the mean of the leafy pixels about places (n, 3), and how leafy the window is (n,)."""
    height, width = picture.pixels.shape[:2]
    column = np.floor((places[:, 0] - picture.west) / picture.pixel_m).astype(int)
    row = np.floor((picture.north - places[:, 1]) / picture.pixel_m).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    size = max(round(WINDOW_M / picture.pixel_m), 1)
    weight, sums = np.zeros(len(places)), np.zeros((len(places), 3))
    for down, across in np.ndindex(size, size):
        rows = np.clip(row + down - size // 2, 0, height - 1)
        pixels = picture.pixels[rows, np.clip(column + across - size // 2, 0, width - 1)].astype(np.float64)
        leafy = np.clip((greenness(pixels) + 0.01) / 0.06, 0, 1) * np.clip((pixels @ LUMA - 12) / 20, 0, 1)
        weight += leafy / size**2
        sums += leafy[:, None] * pixels / size**2
    return sums / np.maximum(weight, 1e-6)[:, None], np.where(inside, weight, 0.0)
