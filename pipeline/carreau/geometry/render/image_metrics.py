"""Similarity of two sets of pictures: PSNR, SSIM and silhouettes, and fast scores of a level's textures.

The loss in decibels is measured on pictures, not on texels: a texel that no pixel resolves may be coarse. Rays are cast
once a level, so that trying another quality takes a tenth of a second.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, FloatArray, IntArray, LevelMesh, Mesh, Wrap
from carreau.formats.gltf import gltf
from carreau.geometry.mesh_parts import bounding_sphere, finite_part
from carreau.geometry.render.camera import PinholeCamera, fibonacci_views
from carreau.geometry.render.lru import LruCache, array_key
from carreau.geometry.render.opacity import is_blended
from carreau.geometry.render.sampling import WRAPS, bilinear, interpolate_corners
from carreau.geometry.render.views import Sight, Views, bounds_corners, look, pool, render_views, see_through

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in luma (ITU-R BT.601-7, 2.5.1)."""

WINDOW_PX = 11
SIGMA_PX = 1.5
STEADY_MEAN, STEADY_SPREAD = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""Window and constants of SSIM: Wang, Bovik, Sheikh & Simoncelli 2004, doi:10.1109/TIP.2003.819861."""


def psnr_db(one: Views, other: Views) -> float:
    """Return the peak signal-to-noise ratio over the pixels where either shows the object; infinite when equal."""
    squares, count = 0, 0
    for left, right, union in _pairs(one, other):
        square, pixels = _squares(left, right, union)
        squares, count = squares + square, count + 3 * pixels
    return float("inf") if squares == 0 else float(10 * np.log10(255 * 255 * count / squares))


def square_error(psnr_db: float) -> float:
    """Return the mean square error of a ratio in decibels, relative to that of white against black; 0 for infinity."""
    return float(10 ** (-psnr_db / 10))


def ssim(one: Views, other: Views) -> float:
    """Return the mean structural similarity of luma over the pixels where either shows the object; 1 when equal."""
    taps = np.exp(-0.5 * ((np.arange(WINDOW_PX) - WINDOW_PX // 2) / SIGMA_PX) ** 2)
    taps = (taps / taps.sum()).astype(np.float32)
    total, count = 0.0, 0
    for left, right, union in _pairs(one, other):
        if union.any():
            # Only the part that shows something, with the window around it: the sum is the same.
            crop = _crop(union, WINDOW_PX // 2)
            total += _ssim_sum(left[crop] @ LUMA, right[crop] @ LUMA, union[crop], taps)
            count += int(np.count_nonzero(union))
    return total / count if count else 1.0


def silhouette_difference(one: Views, other: Views) -> float:
    """Return the share of the pixels that show either object which only one of them fills."""
    union = int(np.count_nonzero(one.masks | other.masks))
    return int(np.count_nonzero(one.masks ^ other.masks)) / union if union else 0.0


def _pairs(one: Views, other: Views) -> Iterator[tuple[ByteArray, ByteArray, NDArray[np.bool_]]]:
    yield from zip(one.colors, other.colors, one.masks | other.masks, strict=True)


def _crop(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    """Return the part of a picture that holds the mask and a margin: three quarters of most views are empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )


@compiled
def _squares(left: ByteArray, right: ByteArray, union: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the sum of squared differences of two pictures (h, w, 3) where a mask is set, and how many pixels."""
    total, count = 0, 0
    for row in range(union.shape[0]):
        for column in range(union.shape[1]):
            if union[row, column]:
                count += 1
                for c in range(3):
                    difference = int(left[row, column, c]) - int(right[row, column, c])
                    total += difference * difference
    return total, count


@compiled
def _ssim_sum(left: FloatArray, right: FloatArray, union: NDArray[np.bool_], taps: FloatArray) -> float:
    """Return the sum of SSIM of two pictures (h, w) where a mask is set, with a window of taps (k,) each way.

    What lies beyond the pictures is black. All five moments are blurred in one pass, down and then across a row.
    """
    height, width = union.shape
    reach = len(taps) // 2
    total = 0.0
    down = np.zeros((5, width + 2 * reach), np.float32)
    moments = np.empty(5, np.float32)
    for row in range(height):
        if not union[row].any():
            continue
        # The Gaussian window is a product of two, so it is applied along columns first: one row of vertical sums for
        # each of the five moments, a, b, a^2, b^2 and ab.
        down[:, reach : reach + width] = 0
        for k in range(max(0, reach - row), min(len(taps), height + reach - row)):
            tap = taps[k]
            for column in range(width):
                a, b = left[row + k - reach, column], right[row + k - reach, column]
                down[0, reach + column] += tap * a
                down[1, reach + column] += tap * b
                down[2, reach + column] += tap * a * a
                down[3, reach + column] += tap * b * b
                down[4, reach + column] += tap * a * b
        for column in range(width):
            if not union[row, column]:
                continue
            # Then across that row: means, variances and covariance of the window around the pixel.
            moments[:] = 0
            for k in range(len(taps)):
                for m in range(5):
                    moments[m] += taps[k] * down[m, column + k]
            mean_l, mean_r = moments[0], moments[1]
            spread = moments[2] + moments[3] - mean_l * mean_l - mean_r * mean_r
            shared = moments[4] - mean_l * mean_r
            # Equation 13 of Wang et al.: luminance, and contrast and structure as one.
            top = (2 * mean_l * mean_r + STEADY_MEAN) * (2 * shared + STEADY_SPREAD)
            total += top / ((mean_l * mean_l + mean_r * mean_r + STEADY_MEAN) * (spread + STEADY_SPREAD))
    return total


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
    # Step 1 of the paper: a* is stretched for colours near grey, then chroma and hue are taken.
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + _FAR))
    chroma_1, chroma_2 = np.hypot(a_1 * stretch, b_1), np.hypot(a_2 * stretch, b_2)
    hue_1, hue_2 = (np.degrees(np.arctan2(b, a * stretch)) % 360 for a, b in ((a_1, b_1), (a_2, b_2)))
    is_gray = chroma_1 * chroma_2 == 0
    # Step 2: the difference of hues the short way round; a grey has no hue.
    turn = np.where(is_gray, 0, (hue_2 - hue_1 + 180) % 360 - 180)
    turn = np.where(~is_gray & (hue_2 - hue_1 == 180), 180, turn)
    hue_step = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn / 2))
    # Step 3: means of both colours, from which the weights of lightness, chroma and hue follow.
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


def paint_values(values: FloatArray, top: float) -> ByteArray:
    """Return (h, w, 4) uint8 colours with alpha of values (h, w): 0 dark blue, `top` and more yellow, NaN nothing."""
    known = ~np.isnan(values)
    share = np.clip(np.where(known, values, 0) / top, 0, 1)
    pixels = _PALETTE[np.rint(share * (len(_PALETTE) - 1)).astype(np.intp)]
    pixels[~known] = 0
    return pixels


VIEWS = 4
SIZE_PX = 768
SUPERSAMPLING = 2
"""A third of the views that published numbers take, at their size: a smaller picture hides what a codec does."""

HELD = 4
"""Judges held for the next stage, 20 to 60 MB each: two ways to make a level, and as much again for one made beside."""


@dataclass(frozen=True, eq=False)
class ReferenceViews:
    """A scan as the judging cameras see it, which is all that skins of its levels are judged by.

    views : what the cameras saw
    is_dithered : whether anything of the scan is translucent, and shows as `see_through` says
    """

    cameras: tuple[PinholeCamera, ...]
    views: Views
    is_dithered: bool = False


def scan_views(scan: Mesh) -> ReferenceViews:
    """Look at a scan from the judging cameras."""
    cameras = fibonacci_views(*bounding_sphere(scan), VIEWS, SIZE_PX * SUPERSAMPLING)
    return ReferenceViews(cameras, render_views(finite_part(scan), cameras, SUPERSAMPLING), is_blended(scan))


def create_scorer(level: LevelMesh, seen: ReferenceViews) -> Scorer:
    """Return the judge of a level against its scan, the one that chose the level when it is encoded next."""
    looks = (each for each in (level.texcoords, level.colors) if each is not None)
    eyes = np.array([[camera.eye, camera.target] for camera in seen.cameras])
    key = array_key(level.positions, level.faces, *looks, seen.views.colors, seen.views.masks, eyes)
    return _JUDGES.get(key, 1, lambda: Scorer(level, seen))


class Scorer:
    """A level seen from the judging cameras, to be scored with one skin after the other."""

    def __init__(self, level: LevelMesh, scan: ReferenceViews) -> None:
        """Look at the level."""
        corners = bounds_corners(level.positions)
        self._cameras, self._scan = scan.cameras, scan.views
        self._level, self._is_dithered = level, scan.is_dithered
        # What each camera sees does not depend on the skin: it is found once, and a skin is then
        # only read at those places.
        sights = [look(level.positions, level.faces, camera, corners, SUPERSAMPLING) for camera in scan.cameras]
        values = level.texcoords
        if values is None:
            white = np.full((len(level.positions), 3), 255, np.float32)
            values = white if level.colors is None else level.colors.astype(np.float32)
        cornered = values[level.faces]
        self._sights, self._cornered = sights, cornered
        self._pixels = [sight.pixels for sight in sights]
        self._values = [interpolate_corners(cornered, sight.faces, sight.barycentrics) for sight in sights]

    def psnr_db(self, base: ByteArray | None) -> float:
        """Return how like the scan the level looks with a base colour, or None for its vertex colours.

        base : (h, w, 3), or (h, w, 4) with an alpha that cuts holes
        """
        return psnr_db(self._scan, self.views(base))

    def views(self, base: ByteArray | None) -> Views:
        """Return the level as the judging cameras see it with a base colour, or None for its vertex colours."""
        height, width = (edge // SUPERSAMPLING for edge in (self._cameras[0].height, self._cameras[0].width))
        shape = len(self._cameras), height, width
        colors, masks = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.bool_)
        if base is not None and base.shape[2] == 4:
            self._draw_cut(base, colors, masks)
            return Views(colors, masks)
        for color, mask, pixels, values in zip(colors, masks, self._pixels, self._values, strict=True):
            if base is None:
                pool(values, pixels, width * SUPERSAMPLING, SUPERSAMPLING, color, mask)
            else:
                _draw(base, values, pixels, SUPERSAMPLING, WRAPS[Wrap.CLAMP], color, mask)
        return Views(colors, masks)

    def _draw_cut(self, base: ByteArray, colors: ByteArray, masks: NDArray[np.bool_]) -> None:
        """Fill the pictures with what is seen of the level and through the holes of its base colour (h, w, 4)."""
        image, alpha = np.ascontiguousarray(base[:, :, :3]), np.ascontiguousarray(base[:, :, 3:])
        clamp, level = WRAPS[Wrap.CLAMP], self._level

        def opacity_at(part: Sight) -> FloatArray:
            uvs = interpolate_corners(self._cornered, part.faces, part.barycentrics)
            opacity = np.empty((len(uvs), 1), np.float32)
            bilinear(alpha, uvs, clamp, clamp, opacity)
            return np.asarray(opacity[:, 0] / np.float32(255))

        for color, mask, camera, first in zip(colors, masks, self._cameras, self._sights, strict=True):
            sight = see_through(level.positions, level.faces, camera.screen(), first, opacity_at, self._is_dithered)
            uvs = interpolate_corners(self._cornered, sight.faces, sight.barycentrics)
            _draw(image, uvs, sight.pixels, SUPERSAMPLING, clamp, color, mask)


_JUDGES: LruCache[Scorer] = LruCache(HELD)


@compiled
def _draw(
    base: ByteArray,
    uvs: FloatArray,
    pixels: IntArray,
    factor: int,
    wrap: int,
    picture: ByteArray,
    mask: NDArray[np.bool_],
) -> None:
    """Fill a picture a row at a time, so that the rays' colours stay in the processor's cache."""
    width = mask.shape[1] * factor
    colors = np.empty((width * factor, 3), np.float32)
    first = last = 0
    while first < len(pixels):
        end = (pixels[first] // (width * factor) + 1) * width * factor
        # All hits of one row of the shrunk picture, which are `factor` rows of rays.
        while last < len(pixels) and pixels[last] < end:
            last += 1
        bilinear(base, uvs[first:last], wrap, wrap, colors)
        pool(colors, pixels[first:last], width, factor, picture, mask)
        first = last


HELD_BYTES, SHARE = 128_000_000, 1 / 32
"""Of the levels read last, and the share of the run's memory that they take at most."""

UNPACKED = 9
"""Bytes of a mesh in memory, its images still encoded, for one of its file: 8.7 of a skull's, where maps take few, and
4 to 6 of a statue's."""


def read_level(glb: bytes) -> Mesh:
    """Return the mesh of a level's file, not to be changed; not read again when a stage asked a moment ago.

    Raises FormatError or TextureError for a file that cannot be decoded.
    """

    def read() -> Mesh:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "level.glb"
            path.write_bytes(glb)
            return gltf.read(path).mesh

    return _LEVELS.get(hashlib.sha256(glb).digest(), UNPACKED * len(glb), read)


_LEVELS: LruCache[Mesh] = LruCache(HELD_BYTES, 1, SHARE)
