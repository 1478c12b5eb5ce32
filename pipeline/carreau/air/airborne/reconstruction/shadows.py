"""Shadows of a photograph, found and made lighter.

A shadow keeps its shape and what is in it: its pixels are only multiplied, towards the tone of the lit ground near it
and never beyond a limit (as R. Guo et al., "Single-image shadow detection and removal using paired regions", 2011, do
by regions).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carreau.air.airborne.reconstruction.canopy import LUMA, greenness
from carreau.air.airborne.survey_data import BoolArray, Orthophoto
from carreau.base.model import ByteArray, DoubleArray, FloatArray
from carreau.base.process import bands

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
        down = self._interpolate(np.arange(rows.start, rows.stop), 0, self.values)
        return self._interpolate(np.arange(self.width), 1, down)

    def _interpolate(self, pixels: NDArray[np.integer], axis: int, values: FloatArray) -> FloatArray:
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
        # Limited by brightness and not by channel, so that the lifted tone keeps its hue.
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
    # Mean light of what is lit, and of what is in shadow, about each pixel: their ratio, softened, is the gain.
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
    shadow = np.zeros(shape, np.float32)
    if ignored.all():
        return shadow
    usable = BlockMeans(shape, 1, deviation)
    for rows in bands(len(pixels), BAND_ROWS):
        usable.add(rows, brightness(linear_light(pixels[rows]))[..., None], ~ignored[rows])
    # Reference in two passes: the mean of all about a pixel, then that of what is brighter than
    # it, which is lit ground.
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
        # Three signs, each from 0 to 1, all needed: dark, bluer as only the sky lights it, and no
        # leaves, which are dark too.
        dark = np.clip((DARK - share) / 0.2 + 0.5, 0, 1)
        bluer = np.clip((blueness(linear) - about[..., 1] - BLUE) / 0.06, 0, 1)
        leafless = np.clip((0.10 - greenness(linear)) / 0.06, 0, 1)
        shadow[rows] = np.where(ignored[rows], 0, dark * bluer * leafless)
    ndimage.gaussian_filter(shadow, SMOOTH_M / pixel_m, output=shadow)
    # Stretched about the middle again, as smoothing has flattened it.
    shadow *= 1.6
    shadow -= 0.3
    return np.asarray(np.clip(shadow, 0, 1, out=shadow))


FAINT = 1e-4
"""Weight of the mean of all pixels, as a share: what counts far from any that has a weight."""


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
        self._sums[self._blocks(rows)] += self._sum(rows, values * weights)
        self._counts[self._blocks(rows)] += self._sum(rows, weights.astype(np.float32))

    def means(self) -> BlockField:
        """Return the mean of the chosen pixels around each pixel; far from all chosen ones, the mean of all of them."""
        total = float(self._counts.sum(dtype=np.float64))
        mean = (self._sums.sum(axis=(0, 1), dtype=np.float64) / max(total, 1.0)).astype(np.float32)
        means = self._blur(self._sums)
        # Sums and counts are blurred apart and divided then: a mean that pixels left out take no part in.
        means += np.float32(FAINT) * mean
        means /= self._blur(self._counts) + np.float32(FAINT)
        return self._field(means)

    def shares(self) -> BlockField:
        """Return the share of the pixels about each that were chosen, in one channel."""
        return self._field(self._blur(self._counts))

    def _blocks(self, rows: slice) -> slice:
        return slice(rows.start // self.step, (rows.stop - 1) // self.step + 1)

    def _sum(self, rows: slice, values: FloatArray) -> DoubleArray:
        """Return the sums of values (n, width, channels) by blocks."""
        blocks = self._blocks(rows)
        # Bands need not begin at a block: the first sum is of the rest of its block, and is added to what is there.
        starts = np.maximum(np.arange(blocks.start, blocks.stop) * self.step, rows.start) - rows.start
        down = np.add.reduceat(values, starts, axis=0, dtype=np.float64)
        return np.asarray(np.add.reduceat(down, np.arange(0, self.shape[1], self.step), axis=1))

    def _blur(self, sums: FloatArray) -> FloatArray:
        """Return the means of the blocks, of which the last may be cut, blurred."""
        edges = [np.append(np.arange(0, side, self.step), side) for side in self.shape]
        high, wide = (np.diff(each).astype(np.float32) for each in edges)
        means = sums / (high[:, None, None] * wide[None, :, None])
        deviation = self.deviation / self.step
        ndimage.gaussian_filter(means, (deviation, deviation, 0), output=means)
        return np.asarray(means)

    def _field(self, values: FloatArray) -> BlockField:
        return BlockField(values, self.step, self.shape[1])


_CODED = np.arange(256) / 255
_LINEAR = np.where(_CODED <= 0.04045, _CODED / 12.92, ((_CODED + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_light(pixels: ByteArray) -> FloatArray:
    """Return linear light (…) float32, 0 to 1, of sRGB (…) uint8."""
    return np.asarray(_LINEAR[pixels])


def srgb(light: FloatArray) -> ByteArray:
    """Return sRGB (…) uint8 of linear light (…), clipped to 0 and 1."""
    values = np.clip(light, 0, 1)
    coded = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** np.float32(1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * coded).astype(np.uint8))


def brightness(light: FloatArray) -> FloatArray:
    """Return the brightness (…) of light (…, 3)."""
    return np.asarray(light @ LUMA)


def blueness(light: FloatArray) -> FloatArray:
    """Return by how much (…) blue exceeds red, as a share of all light (…, 3)."""
    return np.asarray((light[..., 2] - light[..., 0]) / np.maximum(light.sum(axis=-1), np.float32(1e-4)))
