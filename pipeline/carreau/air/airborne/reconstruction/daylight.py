"""An orthophoto for the ground: tree tops are not on the lawn, shadows are softer, and voids are known.

Where a crown stands, the picture shows its top; the model has the crown itself, so the ground under it takes a tone
between that of the open ground around it and that of the crown, which is supposed and told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carreau.air.airborne.extent import Extent, Lattice, Window, split_windows
from carreau.air.airborne.picture_voids import BLACK, WHITE, unshown_pixels
from carreau.air.airborne.reconstruction.canopy import HIGHEST, ROOFED, VEGETATION, Heights
from carreau.air.airborne.reconstruction.shadows import (
    BAND_ROWS,
    BlockField,
    BlockMeans,
    LitPicture,
    blueness,
    brightness,
    lit_picture,
    srgb,
)
from carreau.air.airborne.survey_data import AirbornePoints, BoolArray, Orthophoto
from carreau.base.model import ByteArray, DoubleArray, FloatArray
from carreau.base.process import bands

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
"""Deviation of a blur so wide that single crowns do not show."""

GRAIN_M, GRAIN = 0.4, 0.25
"""Deviation of the grain of the picture, and the share of it that is kept, so that filled ground is no smooth spot."""

FEATHER_M = 0.6

COMMON_LIGHT, COMMON_BLUE = 0.8, 0.85
"""Quantiles of light and of blue up to which open ground is common: beyond are white roofs and pools."""

BINS = 4096
"""Into which light and blue are counted for these."""


@dataclass(frozen=True, eq=False)
class GroundPicture:
    """An orthophoto made ready to lie on the ground, and what was done, as shares of the pixels that were looked at.

    voids_m2 : area where the picture shows nothing
    softened : share of shadow that was made lighter
    filled : share under crowns whose tone is that of the ground around it
    """

    picture: Orthophoto
    voids_m2: float
    softened: float
    filled: float


def ground_picture(
    picture: Orthophoto, points: AirbornePoints, ground: Heights, extent: Extent | None = None
) -> GroundPicture:
    """Return the picture with softer shadows, without tree tops, and with its voids; a grey one is left as it is.

    extent : of what it is to lie on, in the coordinates of the points; all of it if None
    """
    # Windows with what is around them, as in all smoothing here; counts are of their own pixels alone.
    windows = _windows(picture, extent)
    voids = [void_pixels(replace(picture, pixels=picture.pixels[window.wide])) for window in windows]
    voids_m2 = _count(voids, windows) * picture.pixel_m**2
    picture = replace(picture, voids=unshown_pixels(picture.pixels, picture.pixel_m))
    if is_grey(picture):
        return GroundPicture(picture, voids_m2, 0.0, 0.0)
    crowned, roofed = covered_pixels(picture, points, ground)
    parts = [
        _part(replace(picture, pixels=picture.pixels[window.wide]), crowned[window.wide], roofed[window.wide], void)
        for window, void in zip(windows, voids, strict=True)
    ]
    # What tone open ground may have is decided over the whole picture, so that windows agree.
    common = _common(parts)
    pixels = picture.pixels.copy()
    for window, part in zip(windows, parts, strict=True):
        pixels[window.own] = _fill(part, picture.pixel_m, common)[window.inner]
    looked_at = sum(pixels[window.own].shape[0] * pixels[window.own].shape[1] for window in windows)
    softened = _count([part.lit.shadow > 0.5 for part in parts], windows) / looked_at
    hidden = _count([part.hidden for part in parts], windows) / looked_at
    return GroundPicture(replace(picture, pixels=pixels), voids_m2, softened, hidden)


@dataclass(frozen=True, eq=False)
class _Part:
    """A part of a picture with lighter shadows, and what its pixels (h, w) are.

    hidden : ground under crowns, which loses their pattern
    closed : what no tone is taken from
    untouched : what stays as it is beside hidden ground
    voids : what the picture shows nothing of
    """

    lit: LitPicture
    hidden: BoolArray
    closed: BoolArray
    untouched: BoolArray
    voids: BoolArray


def _windows(picture: Orthophoto, extent: Extent | None) -> list[Window]:
    """Return the windows of a picture, all in one without an extent."""
    rows, columns = picture.pixels.shape[:2]
    lattice = Lattice(picture.west, picture.north - rows * picture.pixel_m, picture.pixel_m, rows, columns)
    return [window.from_north(rows) for window in split_windows(lattice, extent)]


def _count(masks: list[BoolArray], windows: list[Window]) -> int:
    """Return how many pixels the masks (h, w) have in the windows themselves, without what is looked at around them."""
    return sum(int(mask[window.inner].sum()) for mask, window in zip(masks, windows, strict=True))


def _part(picture: Orthophoto, crowned: BoolArray, roofed: BoolArray, voids: BoolArray) -> _Part:
    """Make the shadows of a picture lighter where neither crowns nor voids are."""
    lit = lit_picture(picture, crowned | voids)
    hidden, untouched = crowned & ~roofed & ~voids, roofed | voids
    fringe = ndimage.binary_dilation(crowned, iterations=max(round(FRINGE_M / picture.pixel_m), 1))
    return _Part(lit, hidden, fringe | untouched | (lit.shadow > 0.2), untouched, voids)


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
        above = leaves[:, 2] - ground(leaves[:, :2])
        leaves = leaves[(above > CROWN_M) & (above < HIGHEST)]
    roofs = points.positions[np.isin(points.classes, ROOFED) & finite]
    crowned, roofed = _cells(picture, leaves), _cells(picture, roofs)
    return _grow(crowned, LEAN_M / picture.pixel_m), roofed


def _grow(mask: BoolArray, reach: float) -> BoolArray:
    """Return the pixels (h, w) no farther from a mask than a number of pixels."""
    grown, margin = mask.copy(), math.ceil(reach)
    for rows in bands(len(mask), BAND_ROWS):
        start = max(rows.start - margin, 0)
        near = mask[start : rows.stop + margin]
        filled = np.flatnonzero(near.any(axis=0))
        if len(filled):
            columns = slice(max(int(filled[0]) - margin, 0), int(filled[-1]) + margin + 1)
            # Only where the mask is near: the distance is taken within a band of rows and the columns that it fills.
            away = ndimage.distance_transform_edt(~near[:, columns])
            grown[rows, columns] = away[rows.start - start : rows.stop - start] <= reach + 1e-6
    return grown


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


def _fill(part: _Part, pixel_m: float, common: tuple[float, float]) -> ByteArray:
    """Return pixels (h, w, 3) where hidden ground has a tone between that of open ground near it and of the crowns.

    common : the most light, and the most blue, of open ground
    """
    lit, hidden, untouched, (most, bluest) = part.lit, part.hidden, part.untouched, common
    shape = hidden.shape
    pixels = np.empty(lit.pixels.shape, np.uint8)
    if not hidden.any():
        for rows in bands(len(pixels), BAND_ROWS):
            pixels[rows] = srgb(lit.light(rows))
        np.copyto(pixels, lit.pixels, where=part.voids[..., None])
        return pixels
    # Tones as means on blocks: of the crowns themselves, and of open ground about them, wide and near.
    crowns = BlockMeans(shape, 3, PATTERN_M / pixel_m)
    ground = [BlockMeans(shape, 3, deviation / pixel_m) for deviation in NEIGHBOURHOODS_M]
    for rows in bands(len(pixels), BAND_ROWS):
        light = lit.light(rows)
        crowns.add(rows, light, hidden[rows])
        usable = ~part.closed[rows] & (brightness(light) <= most) & (blueness(light) <= bluest)
        for means in ground:
            means.add(rows, light, usable)
    tones = [(means.means(), means.shares()) for means in ground]
    leaves = crowns.means()
    margin = math.ceil(4 * max(FEATHER_M, GRAIN_M) / pixel_m)  # a Gaussian of SciPy ends at four deviations
    for rows in bands(len(pixels), BAND_ROWS):
        wide = slice(max(rows.start - margin, 0), min(rows.stop + margin, len(pixels)))
        own = slice(rows.start - wide.start, rows.stop - wide.start)
        around = lit.light(wide)
        light = around[own]
        # Hidden ground, feathered; roofs and voids beside it stay as they are.
        share = ndimage.gaussian_filter(hidden[wide].astype(np.float32), FEATHER_M / pixel_m)[own]
        share = np.where(untouched[rows], np.float32(0), np.clip(2 * share - 0.1, 0, 1))
        if share.any():
            bright = brightness(around)
            # Some of the fine grain of the picture stays, or filled ground would be a smooth spot.
            grain = GRAIN * (bright - ndimage.gaussian_filter(bright, GRAIN_M / pixel_m))[own][..., None]
            tone = _tone(leaves.at(rows), tones, rows)
            light = light + share[..., None] * (tone * (1 + np.clip(grain / tone, -0.12, 0.12)) - light)
        pixels[rows] = srgb(light)
    np.copyto(pixels, lit.pixels, where=part.voids[..., None])
    return pixels


def _tone(leaves: FloatArray, tones: list[tuple[BlockField, BlockField]], rows: slice) -> FloatArray:
    """Return the tone (n, w, 3) of hidden ground in rows, from that of the crowns and of the open ground near it."""
    tone = leaves
    for means, shares in tones:
        # From the crowns' tone to that of the wide neighbourhood, then of the near one, as far as each has open ground.
        open_share = np.clip(shares.at(rows) / ENOUGH, 0, 1)
        tone = tone + open_share * (means.at(rows) - tone)
    tone, leaves = np.maximum(tone, np.float32(1e-4)), np.maximum(leaves, np.float32(1e-4))
    return np.asarray(tone ** np.float32(GROUND) * leaves ** np.float32(1 - GROUND))


def _common(parts: list[_Part]) -> tuple[float, float]:
    """Return the most light, and the most blue, of common open ground."""
    lights, blues = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    for part in parts:
        for rows in bands(len(part.closed), BAND_ROWS):
            light = part.lit.light(rows)[~part.closed[rows]]
            lights += _bin(brightness(light))
            blues += _bin((blueness(light) + 1) / 2)
    return _quantile(lights, COMMON_LIGHT), 2 * _quantile(blues, COMMON_BLUE) - 1


def _bin(shares: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return how many of the shares (n,), 0 to 1, fall into each bin."""
    return np.bincount(np.clip(shares * BINS, 0, BINS - 1).astype(np.int64), minlength=BINS)


def _quantile(counts: NDArray[np.int64], quantile: float) -> float:
    """Return the end of the bin that a quantile falls into, 0 to 1."""
    return (int(np.searchsorted(np.cumsum(counts), quantile * counts.sum())) + 1) / BINS
