"""The photograph of a model without what no part shows: cut to its parts, or for a strip an atlas of patches.

A texture has some thousand texels a side. Over the bounds of a railway of 5 km they would be metres wide, and nearly
all of them would lie on fields beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from carreau.air.airborne.survey_data import Orthophoto, Part
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray

PATCH_M = 128.0
"""Side of the squares; triangles whose middles lie in one are on one patch."""

SPARSE = 0.5
"""Share of the photograph from which patches would save too little."""

MARGIN_PX, GUTTER_PX = 2, 8
"""Pixels kept around what parts show, and around each of several patches: coarser levels mix in what is beside."""


@dataclass(frozen=True, eq=False)
class PictureAtlas:
    """Rectangular patches of a photograph.

    pixels : (h, w, 3) uint8
    whole : (2,) float64, width and height of the photograph in pixels
    squares : (k,) int64, which square each patch is of, ascending; one patch may be of all
    shifts : (k, 2) int64, pixels that each patch was moved by, to the right and down
    side : of the squares in pixels
    """

    pixels: ByteArray
    whole: DoubleArray
    squares: np.ndarray
    shifts: np.ndarray
    side: float

    def patches(self, texcoords: FloatArray, faces: IntArray) -> IntArray:
        """Return the patch (m,) of each triangle, of its texture coordinates (n, 2) on the photograph."""
        if len(self.squares) == 1:
            return np.zeros(len(faces), np.int32)
        return np.searchsorted(self.squares, _squares(_corners(texcoords, faces, self.whole), self.side)).astype(
            np.int32
        )

    def texcoords(self, texcoords: FloatArray, patches: IntArray) -> FloatArray:
        """Return texture coordinates (n, 2) in the atlas, of those on the photograph and the patch (n,) of each."""
        size = np.array(self.pixels.shape[1::-1], np.float64)
        placed = (np.clip(texcoords, 0, 1) * self.whole + self.shifts[patches]) / size
        return np.asarray(np.clip(placed, 0, 1).astype(np.float32))


def picture_atlas(picture: Orthophoto, parts: Iterable[Part]) -> PictureAtlas | None:
    """Return the patches of a photograph that parts show, None where they show nothing of it."""
    whole = np.array(picture.pixels.shape[1::-1], np.float64)
    shown = [_corners(part.texcoords, part.faces, whole) for part in parts if part.texcoords is not None]
    if not shown:
        return None
    corners = np.concatenate(shown)
    low, high = _bounds(corners.min(axis=(0, 1)), corners.max(axis=(0, 1)), MARGIN_PX, whole)
    side = PATCH_M / picture.pixel_m
    squares, patch = np.unique(_squares(corners, side), return_inverse=True)
    least, most = np.full((len(squares), 2), np.inf), np.full((len(squares), 2), -np.inf)
    np.minimum.at(least, patch, corners.min(axis=1))
    np.maximum.at(most, patch, corners.max(axis=1))
    lows, highs = _bounds(least, most, GUTTER_PX, whole)
    if (highs - lows).prod(axis=1).sum() > SPARSE * (high - low).prod():
        squares, lows, highs = np.array([-1]), low[None], high[None]
    if (highs <= lows).any():
        return None
    places, (width, height) = _packed(highs - lows)
    pixels = np.full((height, width, 3), 128, np.uint8)
    for (left, top), (right, bottom), (x, y) in zip(lows.tolist(), highs.tolist(), places.tolist(), strict=True):
        pixels[y : y + bottom - top, x : x + right - left] = picture.pixels[top:bottom, left:right]
    return PictureAtlas(pixels, whole, squares, places - lows, side)


def _corners(texcoords: FloatArray, faces: IntArray, whole: DoubleArray) -> DoubleArray:
    """Return where the corners (m, 3, 2) of triangles lie on a photograph, in pixels."""
    return np.asarray((np.clip(texcoords, 0, 1) * whole)[faces])


def _squares(corners: DoubleArray, side: float) -> np.ndarray:
    """Return the square (m,) int64 that the middle of each triangle lies in."""
    column, row = np.floor(corners.mean(axis=1) / side).astype(np.int64).T
    return np.asarray((row << 32) + column)


def _bounds(low: DoubleArray, high: DoubleArray, margin: int, whole: DoubleArray) -> tuple[np.ndarray, np.ndarray]:
    """Return first and last pixels (…, 2) int64 of rectangles with a margin, within a photograph."""
    first = np.maximum(np.floor(low).astype(np.int64) - margin, 0)
    return first, np.minimum(np.ceil(high).astype(np.int64) + margin, whole.astype(np.int64))


def _packed(sizes: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """Return where rectangles (k, 2) go in rows beneath each other, the highest first, and the size of all."""
    width = max(int(sizes[:, 0].max()), math.ceil(math.sqrt(sizes.prod(axis=1).sum())))
    places = np.zeros_like(sizes)
    x = y = row = 0
    for k in np.lexsort((-sizes[:, 0], -sizes[:, 1])):
        if x + sizes[k, 0] > width:
            x, y, row = 0, y + row, 0
        row = max(row, int(sizes[k, 1]))
        places[k] = x, y
        x += int(sizes[k, 0])
    return places, (int((places + sizes)[:, 0].max()), y + row)
