"""An orthophoto for the ground: tree tops are not on the lawn, shadows are softer, and voids are known.

Where a crown stands, the picture shows its top; the model has the crown itself, so the ground under it takes a tone
between that of the open ground around it and that of the crown, which is supposed and told. A shadow keeps its shape
and what is in it: its pixels are only multiplied, towards the tone of the lit ground near it and never beyond a limit
(as R. Guo et al., "Single-image shadow detection and removal using paired regions", 2011, do by regions).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pipeline.geometry.airborne.canopy import HIGHEST, ROOFED, VEGETATION, Heights, floor_of
from pipeline.geometry.airborne.greens import LUMA, greenness
from pipeline.geometry.airborne.survey_data import AirbornePoints, BoolArray, Orthophoto
from pipeline.model import ByteArray, DoubleArray, FloatArray

WHITE, BLACK = 252, 3
"""Least and most value of all channels in a void."""

LEAST_VOID_M2 = 20.0
"""Area from which white or black is a void; a white van is less."""

GREY = 6
"""Most difference of the channels of a grey picture, which old photographs are."""

CROWN_M = 1.6
"""Height from which vegetation hides the ground that is modelled."""

LEAN_M = 0.8
"""How far crowns reach beyond their returns in a picture, as they lean."""

CELL_M = 0.5
"""Cells of the masks."""

FRINGE_M = 0.8
"""How far beyond that the ground's tone is not taken from, either."""

NEIGHBOURHOODS_M = (6.0, 2.0)
"""Deviations of the neighbourhoods that open ground is taken from, the nearest last."""

ENOUGH = 0.12
"""Share of open ground in a neighbourhood from which it counts wholly."""

GROUND = 0.55
"""Share, as a power, of the open ground in the tone; the rest is that of the crowns, which shade it."""

PATTERN_M = 2.5
"""Deviation that no crown is told apart with."""

GRAIN_M, GRAIN = 0.4, 0.25
"""Deviation of the grain of the picture, and the share of it that is kept, so that filled ground is no smooth spot."""

FEATHER_M = 0.6

DARK, BLUE = 0.45, 0.02
"""A shadow is darker than this share of the lit ground about it, and this much bluer, as a share of the light."""

AROUND_M = 8.0
"""Deviation of the neighbourhood that lit ground is taken from."""

FAINT = 1e-4
"""Weight of the mean of all."""

LIFT, MOST_LIFT = 0.6, 2.2
"""Share of the way to the lit tone, as a power, and the greatest factor of linear light."""


@dataclass(frozen=True, eq=False)
class GroundPicture:
    """An orthophoto made ready to lie on the ground, and what was done, as shares of its pixels.

    voids : (h, w) bool, where the picture shows nothing
    softened : share of shadow that was made lighter
    filled : share under crowns whose tone is that of the ground around it
    """

    picture: Orthophoto
    voids: BoolArray
    softened: float
    filled: float


def ground_picture(picture: Orthophoto, points: AirbornePoints, ground: Heights) -> GroundPicture:
    """Return the picture with softer shadows and without tree tops; a grey one is left as it is."""
    voids = void_pixels(picture)
    if is_grey(picture):
        return GroundPicture(picture, voids, 0.0, 0.0)
    crowned, roofed = covered_pixels(picture, points, ground)
    linear = _linear(picture.pixels)  # float32, 12 bytes a pixel, as is each step in three channels
    shadow = shadows(linear, picture.pixel_m, crowned | voids)
    linear = _lifted(linear, shadow, picture.pixel_m, crowned | voids)
    hidden = crowned & ~roofed & ~voids
    fringe = ndimage.binary_dilation(crowned, iterations=max(round(FRINGE_M / picture.pixel_m), 1))
    filled = _filled(linear, hidden, fringe | roofed | voids | (shadow > 0.2), picture.pixel_m)
    np.copyto(filled, linear, where=(roofed | voids)[..., None])
    pixels = _encoded(filled)
    np.copyto(pixels, picture.pixels, where=voids[..., None])
    return GroundPicture(replace(picture, pixels=pixels), voids, float((shadow > 0.5).mean()), float(hidden.mean()))


def is_grey(picture: Orthophoto) -> bool:
    """Tell whether a picture has no colours; single pixels may, as JPEG makes some."""
    spread = picture.pixels.max(axis=2) - picture.pixels.min(axis=2)
    return bool(np.quantile(spread, 0.98) <= GREY) if spread.size else True


def void_pixels(picture: Orthophoto) -> BoolArray:
    """Return where (h, w) a picture is white or black over a large area: services answer so beyond their data."""
    least = LEAST_VOID_M2 / picture.pixel_m**2
    voids = np.zeros(picture.pixels.shape[:2], np.bool_)
    for plain in ((picture.pixels >= WHITE).all(axis=2), (picture.pixels <= BLACK).all(axis=2)):
        labels, count = ndimage.label(plain)
        sizes = np.bincount(labels.ravel(), minlength=count + 1)
        sizes[0] = 0
        voids |= (sizes >= least)[labels]
    return voids


def covered_pixels(picture: Orthophoto, points: AirbornePoints, ground: Heights) -> tuple[BoolArray, BoolArray]:
    """Return where (h, w) crowns hide the ground, and where roofs do."""
    finite = np.isfinite(points.positions).all(axis=1)
    leaves = points.positions[np.isin(points.classes, VEGETATION) & finite]
    leaves = leaves[_inside(picture, leaves)]
    if len(leaves):
        floor = floor_of(ground, leaves)
        above = leaves[:, 2] - floor.heights(leaves)
        leaves = leaves[(above > CROWN_M) & (above < HIGHEST)]
    roofs = points.positions[np.isin(points.classes, ROOFED) & finite]
    crowned, roofed = _cells(picture, leaves), _cells(picture, roofs)
    grown = ndimage.distance_transform_edt(~crowned) * picture.pixel_m <= LEAN_M if crowned.any() else crowned
    return np.asarray(grown), roofed


def _inside(picture: Orthophoto, places: DoubleArray) -> BoolArray:
    """Return which places (n, 3) a picture covers."""
    height, width = picture.pixels.shape[:2]
    east, south = places[:, 0] - picture.west, picture.north - places[:, 1]
    reach = np.array([width, height]) * picture.pixel_m
    return np.asarray((east >= 0) & (east < reach[0]) & (south >= 0) & (south < reach[1]))


def _cells(picture: Orthophoto, places: DoubleArray) -> BoolArray:
    """Return which pixels (h, w) lie in cells with places in them, small gaps closed."""
    height, width = picture.pixels.shape[:2]
    step = max(round(CELL_M / picture.pixel_m), 1)
    rows, columns = -(-height // step), -(-width // step)
    row = np.floor((picture.north - places[:, 1]) / picture.pixel_m / step).astype(int)
    column = np.floor((places[:, 0] - picture.west) / picture.pixel_m / step).astype(int)
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    cells = np.zeros((rows, columns), np.bool_)
    cells[row[inside], column[inside]] = True
    closed = ndimage.binary_closing(np.pad(cells, 2), np.ones((3, 3), np.bool_))[2:-2, 2:-2]
    return np.asarray(np.repeat(np.repeat(closed, step, axis=0), step, axis=1)[:height, :width])


def shadows(linear: FloatArray, pixel_m: float, ignored: BoolArray) -> FloatArray:
    """Return how surely (h, w) pixels lie in a shadow, 0 to 1: darker and bluer than what is lit about them.

    linear : (h, w, 3) linear light, 0 to 1
    ignored : (h, w) not looked at, nor used as lit ground
    """
    light = linear @ LUMA
    blue = (linear[..., 2] - linear[..., 0]) / np.maximum(linear.sum(axis=2), 1e-4)
    usable = ~ignored
    if not usable.any():
        return np.zeros(light.shape, np.float32)
    middle = _about(light, usable, AROUND_M / pixel_m)
    lit = usable & (light > middle)
    reference, lit_blue = _about(light, lit, AROUND_M / pixel_m), _about(blue, lit, AROUND_M / pixel_m)
    dark = np.clip((DARK - light / np.maximum(reference, 1e-4)) / 0.2 + 0.5, 0, 1)
    bluer = np.clip((blue - lit_blue - BLUE) / 0.06, 0, 1)
    leafless = np.clip((0.10 - greenness(linear)) / 0.06, 0, 1)
    sure = ndimage.gaussian_filter(np.where(usable, dark * bluer * leafless, 0.0), 0.3 / pixel_m)
    return np.asarray(np.clip(1.6 * sure - 0.3, 0, 1))


def _about(values: FloatArray, weights: BoolArray, deviation: float) -> FloatArray:
    """Return the mean (h, w) or (h, w, 3) of the values about each pixel, of those with a weight.

    Far from any it is the mean of all. It is worked out on blocks of a quarter of the deviation.
    """
    step = max(int(deviation / 4), 1)
    counts = _blurred(weights.astype(np.float32), deviation, step)
    layers = np.atleast_3d(values)
    means = np.empty_like(layers)
    for c in range(layers.shape[2]):
        chosen = layers[..., c] * weights
        mean = float(chosen.sum() / max(np.count_nonzero(weights), 1))
        means[..., c] = _spread((_blurred(chosen, deviation, step) + FAINT * mean) / (counts + FAINT), values, step)
    return means.reshape(values.shape)


def _share(weights: BoolArray, deviation: float) -> FloatArray:
    """Return the share (h, w) of the pixels about each that have a weight."""
    step = max(int(deviation / 4), 1)
    return _spread(_blurred(weights.astype(np.float32), deviation, step), weights, step)


def _blurred(values: FloatArray, deviation: float, step: int) -> FloatArray:
    """Return the means of blocks of step by step values (h, w), blurred."""
    height, width = values.shape
    rows, columns = -(-height // step), -(-width // step)
    padded = np.pad(values, ((0, rows * step - height), (0, columns * step - width)), mode="edge")
    blocks = padded.reshape(rows, step, columns, step).mean(axis=(1, 3))
    return np.asarray(ndimage.gaussian_filter(blocks, deviation / step))


def _spread(blocks: FloatArray, like: NDArray[np.generic], step: int) -> FloatArray:
    """Return the values between the middles of blocks, for each pixel of a picture like this (h, w, …)."""
    if step == 1:
        return blocks
    values = blocks
    for axis in range(2):
        place = (np.arange(like.shape[axis]) + 0.5) / step - 0.5
        low = np.clip(np.floor(place).astype(int), 0, max(blocks.shape[axis] - 2, 0))
        high = np.minimum(low + 1, blocks.shape[axis] - 1)
        share = np.clip(place - low, 0, 1).astype(np.float32).reshape((-1, 1) if axis == 0 else (1, -1))
        values = values.take(low, axis) * (1 - share) + values.take(high, axis) * share
    return np.asarray(values)


def _lifted(linear: FloatArray, shadow: FloatArray, pixel_m: float, ignored: BoolArray) -> FloatArray:
    """Return linear light with shadows multiplied towards the tone of what is lit about them."""
    dark, lit = shadow > 0.5, (shadow < 0.1) & ~ignored
    if not dark.any() or not lit.any():
        return linear
    around = AROUND_M / pixel_m
    lifted = np.empty_like(linear)
    for c in range(3):
        channel = linear[..., c]
        ratio = _about(channel, lit, around) / np.maximum(_about(channel, dark, around), 1e-4)
        lifted[..., c] = channel * np.clip(ratio, 1.0, None) ** LIFT
    gain = (lifted @ LUMA) / np.maximum(linear @ LUMA, 1e-4)
    most = np.minimum(1.0, MOST_LIFT / np.maximum(gain, 1e-4))
    for c in range(3):
        lifted[..., c] = linear[..., c] + shadow * (lifted[..., c] * most - linear[..., c])
    return lifted


def _filled(linear: FloatArray, hidden: BoolArray, closed: BoolArray, pixel_m: float) -> FloatArray:
    """Give hidden ground a tone between that of open ground near it and that of the crowns, without their pattern.

    closed : (h, w) what no tone is taken from
    """
    if not hidden.any():
        return linear
    usable = ~closed & _is_common(linear, ~closed)
    light = linear @ LUMA
    grain = GRAIN * (light - ndimage.gaussian_filter(light, GRAIN_M / pixel_m))
    share = ndimage.gaussian_filter(hidden.astype(np.float32), FEATHER_M / pixel_m)
    share = np.clip(2 * share - 0.1, 0, 1)
    open_shares = [
        np.clip(_share(usable, deviation / pixel_m) / ENOUGH, 0, 1, dtype=np.float32) for deviation in NEIGHBOURHOODS_M
    ]
    result = np.empty_like(linear)
    for c in range(3):  # one channel after the other: each step takes as much memory as the picture
        channel = linear[..., c]
        leaves = tone = _about(channel, hidden, PATTERN_M / pixel_m)
        for deviation, open_share in zip(NEIGHBOURHOODS_M, open_shares, strict=True):
            tone = np.asarray(tone + open_share * (_about(channel, usable, deviation / pixel_m) - tone), np.float32)
        own = np.maximum(tone, 1e-4) ** GROUND * np.maximum(leaves, 1e-4) ** (1 - GROUND)
        result[..., c] = channel + share * (own * (1 + np.clip(grain / own, -0.12, 0.12)) - channel)
    return result


def _is_common(linear: FloatArray, chosen: BoolArray) -> BoolArray:
    """Return which pixels (h, w) are of common light and colour among the chosen: no white roof, no pool."""
    light = linear @ LUMA
    blue = (linear[..., 2] - linear[..., 0]) / np.maximum(linear.sum(axis=2), 1e-4)
    if not chosen.any():
        return chosen
    most, bluest = np.quantile(light[chosen], 0.8), np.quantile(blue[chosen], 0.85)
    return np.asarray((light <= most) & (blue <= bluest))


def _linear(pixels: ByteArray) -> FloatArray:
    """Return linear light (…) 0 to 1 of sRGB (IEC 61966-2-1)."""
    values = np.arange(256) / 255
    table = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(table.astype(np.float32)[pixels])


def _encoded(linear: FloatArray) -> ByteArray:
    """Return sRGB of linear light."""
    pixels = np.empty(linear.shape, np.uint8)
    for row in range(len(linear)):
        values = np.clip(linear[row], 0, 1)
        srgb = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
        pixels[row] = np.rint(255 * srgb)
    return pixels
