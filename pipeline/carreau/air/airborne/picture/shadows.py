"""Shadows of a photograph, found and made lighter.

A shadow keeps its shape and what is in it: its pixels are only multiplied, towards the tone of the lit ground near it
and never beyond a limit (as R. Guo et al., "Single-image shadow detection and removal using paired regions", 2011, do
by regions).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from carreau.air.airborne.picture.block_means import BlockField, BlockMeans
from carreau.air.airborne.picture.linear_light import blueness, brightness, linear_light
from carreau.air.airborne.survey_data import BoolArray, Orthophoto
from carreau.air.airborne.trees.greens import greenness
from carreau.base.model import ByteArray, FloatArray
from carreau.geometry.threads import bands

DARK, BLUE = 0.45, 0.02
"""A shadow is darker than this share of the lit ground about it, and this much bluer, as a share of the light."""

AROUND_M = 8.0
"""Deviation of the neighbourhood that lit ground is taken from."""

SMOOTH_M = 0.3
"""Deviation that shadows are smoothed with."""

LIFT, MOST_LIFT = 0.6, 2.2
"""Share of the way to the lit tone, as a power, and the greatest factor of linear light."""

BAND_ROWS = 256
"""Rows of pixels that are worked on at once: all of them would take gigabytes."""


@dataclass(frozen=True, eq=False)
class LitPicture:
    """A picture with lighter shadows; its light is worked out for a few rows at a time.

    pixels : (h, w, 3) uint8, the picture as it was
    shadow : (h, w) float32, how surely a pixel lies in a shadow, 0 to 1
    gain : factor of linear light of what lies in one, None where there is none
    """

    pixels: ByteArray
    shadow: FloatArray
    gain: BlockField | None

    def light(self, rows: slice) -> FloatArray:
        """Return the linear light (n, w, 3) of rows."""
        linear, shadow = linear_light(self.pixels[rows]), self.shadow[rows]
        if self.gain is None or not shadow.any():
            return linear
        lifted = linear * self.gain.at(rows)
        rise = brightness(lifted) / np.maximum(brightness(linear), np.float32(1e-4))
        most = np.minimum(np.float32(1), np.float32(MOST_LIFT) / np.maximum(rise, np.float32(1e-4)))
        lifted *= most[..., None]
        lifted -= linear
        lifted *= shadow[..., None]
        lifted += linear
        return lifted


def lit_picture(picture: Orthophoto, ignored: BoolArray) -> LitPicture:
    """Return a picture with lighter shadows.

    ignored : (h, w) not looked at, nor used as lit ground
    """
    pixels, deviation = picture.pixels, AROUND_M / picture.pixel_m
    shadow = _shadows(pixels, picture.pixel_m, ignored)
    lit, dark = (BlockMeans(shadow.shape, 3, deviation) for _ in range(2))
    is_lit = is_dark = False
    for rows in bands(len(pixels), BAND_ROWS):
        linear = linear_light(pixels[rows])
        bright, deep = (shadow[rows] < 0.1) & ~ignored[rows], shadow[rows] > 0.5
        lit.add(rows, linear, bright)
        dark.add(rows, linear, deep)
        is_lit, is_dark = is_lit or bool(bright.any()), is_dark or bool(deep.any())
    if not is_lit or not is_dark:
        return LitPicture(pixels, shadow, None)
    ratio = lit.means().values / np.maximum(dark.means().values, np.float32(1e-4))
    gain = np.maximum(ratio, np.float32(1)) ** np.float32(LIFT)
    return LitPicture(pixels, shadow, BlockField(gain, lit.step, pixels.shape[1]))


def _shadows(pixels: ByteArray, pixel_m: float, ignored: BoolArray) -> FloatArray:
    """Return how surely (h, w) pixels lie in a shadow, 0 to 1: darker and bluer than what is lit about them."""
    shape, deviation = ignored.shape, AROUND_M / pixel_m
    found = np.zeros(shape, np.float32)
    if ignored.all():
        return found
    usable = BlockMeans(shape, 1, deviation)
    for rows in bands(len(pixels), BAND_ROWS):
        usable.add(rows, brightness(linear_light(pixels[rows]))[..., None], ~ignored[rows])
    middle, lit = usable.means(), BlockMeans(shape, 2, deviation)
    for rows in bands(len(pixels), BAND_ROWS):
        linear = linear_light(pixels[rows])
        light = brightness(linear)
        lit.add(rows, np.stack([light, blueness(linear)], axis=2), ~ignored[rows] & (light > middle.at(rows)[..., 0]))
    reference = lit.means()
    for rows in bands(len(pixels), BAND_ROWS):
        linear = linear_light(pixels[rows])
        about = reference.at(rows)
        share = brightness(linear) / np.maximum(about[..., 0], np.float32(1e-4))
        dark = np.clip((DARK - share) / 0.2 + 0.5, 0, 1)
        bluer = np.clip((blueness(linear) - about[..., 1] - BLUE) / 0.06, 0, 1)
        leafless = np.clip((0.10 - greenness(linear)) / 0.06, 0, 1)
        found[rows] = np.where(ignored[rows], 0, dark * bluer * leafless)
    ndimage.gaussian_filter(found, SMOOTH_M / pixel_m, output=found)
    found *= 1.6
    found -= 0.3
    return np.asarray(np.clip(found, 0, 1, out=found))
