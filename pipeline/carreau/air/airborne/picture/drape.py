"""The picture that lies on a model: the orthophoto on ground and roofs, each roof from inside its edges, softly shaded.

An orthophoto is true on the ground only: roofs lean by some decimetres, so that ground and shadow lie on their edges.
There each roof takes its own nearest pixels from farther inside. What lies in deep shadow on a roof is lifted towards
the light of the rest of it; its own pattern stays. Where the photograph does not reach, tones are plain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import ndimage

from carreau.air.airborne.extent import Extent, is_box
from carreau.air.airborne.lattice import Lattice
from carreau.air.airborne.picture.openness import shade_of_cells
from carreau.air.airborne.survey_data import BoolArray, Orthophoto
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray

INSIDE_M = 0.6
"""Width of the edges of roofs that take pixels from farther inside."""

EDGE_M = 0.5
"""Step in height that makes an edge of a roof."""

SAME_ROOF_M = 0.8
"""Difference in height up to which a pixel is of the same roof."""

DARKEST, MOST_LIFT = 0.7, 3.0
"""Pixels of a roof darker than this share of its median are made lighter, by this factor at most."""

LUMA = np.array([0.299, 0.587, 0.114])

BAND_ROWS = 256
"""Rows of pixels that are worked on at once."""

AROUND_M = 12.0
"""What is farther away than that tells nothing about a pixel."""

MOST_PIXELS = 8192
"""Longer sides are made coarser; of a strip, which shows little of its bounds, the root of all pixels counts."""


def coarser(picture: Orthophoto, extent: Extent) -> Orthophoto:
    """Return a picture with pixels no finer than a model of an extent wears: means of squares of them."""
    times = round(canvas_of(picture, extent).cell / picture.pixel_m)
    if times == 1:
        return picture
    height, width = (side // times * times for side in picture.pixels.shape[:2])
    sums = np.zeros((height // times, width // times, 3), np.uint32)
    for row in range(times):
        for column in range(times):
            sums += picture.pixels[row:height:times, column:width:times]
    pixels = ((sums + times**2 // 2) // times**2).astype(np.uint8)
    return replace(picture, pixels=pixels, pixel_m=picture.pixel_m * times)


def canvas_of(picture: Orthophoto, extent: Extent) -> Lattice:
    """Return the pixels over the bounds of an extent, in the grid of the picture; row 0 of a lattice is the south."""
    west, south, east, north = extent.bounds
    longest = max(east - west, north - south) if is_box(extent) else math.sqrt((east - west) * (north - south))
    pixel = picture.pixel_m * max(1, math.ceil(longest / picture.pixel_m / MOST_PIXELS))
    left = picture.west + math.floor((west - picture.west) / pixel + 1e-6) * pixel
    bottom = picture.north - math.ceil((picture.north - south) / pixel - 1e-6) * pixel
    return Lattice.over((left, bottom, east, north), pixel)


def draped(
    picture: Orthophoto,
    canvas: Lattice,
    heights: FloatArray,
    roofs: tuple[BoolArray, BoolArray],
    plain: ByteArray,
) -> Orthophoto:
    """Return the picture that a model wears.

    canvas : its pixels, in the coordinates of the picture
    heights : (rows, columns) of what is seen from above
    roofs : (rows, columns) each, where roofs are within their walls, and with their eaves: below these is ground
    plain : (rows, columns, 3) uint8, colours where the photograph does not reach
    """
    pixels, covered = _photograph(picture, canvas)
    np.copyto(pixels, plain, where=~covered[..., None])
    inner, whole = roofs
    moved, light = np.empty_like(pixels), np.empty(canvas.shape, np.float32)
    for wide, own, rows in _bands(canvas):
        moved[rows] = pixels[wide][_inside(heights[wide], inner[wide], canvas.cell)][own]
    for wide, own, rows in _bands(canvas):
        light[rows] = ndimage.uniform_filter(moved[wide] @ LUMA, 3)[own]
    found, count = ndimage.label(inner & ~_edges(heights))
    pieces = np.asarray(found, np.int32)
    piece = pieces > 0
    medians = np.zeros(count + 1)
    if count:
        medians[1:] = ndimage.median(light[piece], pieces[piece], np.arange(1, count + 1))
    sky = ndimage.uniform_filter(shade_of_cells(heights, canvas, 0.05), 3)
    for wide, own, rows in _bands(canvas):
        lifted = _lifted(moved[wide], light[wide], pieces[wide], inner[wide], medians)
        lifted = lifted[_beside(inner[wide], whole[wide])][own]
        pixels[rows] = np.clip(lifted * sky[rows][..., None] + 0.5, 0, 255)
    return Orthophoto(np.ascontiguousarray(pixels[::-1]), canvas.west, canvas.north, canvas.cell)


def _bands(canvas: Lattice) -> Iterator[tuple[slice, slice, slice]]:
    """Yield rows with those around them, which of these are own, and own rows: all at once would take gigabytes."""
    margin = math.ceil(AROUND_M / canvas.cell)
    for first in range(0, canvas.rows, BAND_ROWS):
        last, start = min(first + BAND_ROWS, canvas.rows), max(0, first - margin)
        yield slice(start, last + margin), slice(first - start, last - start), slice(first, last)


def _photograph(picture: Orthophoto, canvas: Lattice) -> tuple[ByteArray, BoolArray]:
    """Return the pixels of a photograph on the canvas, and where it reaches."""
    x, y = canvas.centers()
    columns = np.floor((x - picture.west) / picture.pixel_m).astype(np.int64)
    rows = np.floor((picture.north - y) / picture.pixel_m).astype(np.int64)
    height, width = picture.pixels.shape[:2]
    across, down = (columns >= 0) & (columns < width), (rows >= 0) & (rows < height)
    pixels = picture.pixels[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
    return pixels.copy(), down[:, None] & across[None, :]


def _beside(roofs: BoolArray, whole: BoolArray) -> tuple[np.ndarray, np.ndarray]:
    """Return from which row and column each pixel is taken: ground below eaves from beside them."""
    rows, columns = (np.asarray(index) for index in np.indices(roofs.shape, np.int32))
    hidden = ndimage.binary_dilation(whole) & ~roofs
    if not hidden.any() or hidden.all():
        return rows, columns
    free = ~ndimage.binary_dilation(whole, iterations=2)
    if not free.any():
        return rows, columns
    near = np.asarray(ndimage.distance_transform_edt(~free, return_distances=False, return_indices=True))
    return np.where(hidden, near[0], rows), np.where(hidden, near[1], columns)


def _lifted(
    pixels: ByteArray, light: FloatArray, pieces: IntArray, roofs: BoolArray, medians: DoubleArray
) -> ByteArray:
    """Return pixels with the shadows on each roof made lighter; a roof ends where heights step.

    pieces : (rows, columns) the roof of each pixel, 0 where there is none or on its edges
    medians : of the light of each roof
    """
    if not pieces.any():
        return pixels
    # Pixels on edges are of the roof next to them.
    near = np.asarray(ndimage.distance_transform_edt(pieces == 0, return_distances=False, return_indices=True))
    goal = medians[pieces[near[0], near[1]]] * DARKEST * roofs
    factor = np.clip(goal / np.maximum(light, 1), 1, MOST_LIFT)
    return np.asarray(np.clip(pixels * factor[..., None] + 0.5, 0, 255).astype(np.uint8))


def _edges(heights: FloatArray) -> BoolArray:
    """Return the pixels on both sides of steps in height."""
    solid = np.nan_to_num(heights, nan=-1e3)
    edge = np.zeros(heights.shape, bool)
    for axis in range(2):
        step = np.abs(np.diff(solid, axis=axis)) > EDGE_M
        one, other = [slice(None)] * 2, [slice(None)] * 2
        one[axis], other[axis] = slice(None, -1), slice(1, None)
        edge[tuple(one)] |= step
        edge[tuple(other)] |= step
    return edge


def _inside(heights: FloatArray, roofs: BoolArray, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Return from which row and column each pixel is taken: at the edges of a roof from farther inside."""
    rows, columns = (np.asarray(index) for index in np.indices(roofs.shape, np.int32))
    if not roofs.any():
        return rows, columns
    solid = np.nan_to_num(heights, nan=-1e3)
    away = np.asarray(ndimage.distance_transform_edt(~_edges(heights))) * cell
    inner = roofs & (away > INSIDE_M)
    if not inner.any():
        return rows, columns
    near = np.asarray(ndimage.distance_transform_edt(~inner, return_distances=False, return_indices=True))
    same = np.abs(solid[near[0], near[1]] - solid) < SAME_ROOF_M
    reach = np.hypot(near[0] - rows, near[1] - columns) * cell < 3 * INSIDE_M
    taken = roofs & ~inner & same & reach
    return np.where(taken, near[0], rows), np.where(taken, near[1], columns)
