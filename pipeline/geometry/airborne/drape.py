"""The picture that lies on a model: the orthophoto on ground and roofs, each roof from inside its edges, softly shaded.

An orthophoto is true on the ground only: roofs lean by some decimetres, so that ground and shadow lie on their edges.
There each roof takes its own nearest pixels from farther inside. What lies in deep shadow on a roof is lifted towards
the light of the rest of it; its own pattern stays. Where the photograph does not reach, tones are plain.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

from pipeline.geometry.airborne.lattice import Bounds, Lattice
from pipeline.geometry.airborne.openness import shade_of_cells
from pipeline.geometry.airborne.survey_data import BoolArray, Orthophoto
from pipeline.model import ByteArray, DoubleArray

INSIDE_M = 0.6
"""Width of the edges of roofs that take pixels from farther inside."""

EDGE_M = 0.5
"""Step in height that makes an edge of a roof."""

SAME_ROOF_M = 0.8
"""Difference in height up to which a pixel is of the same roof."""

DARKEST, MOST_LIFT = 0.7, 3.0
"""Pixels of a roof darker than this share of its median are made lighter, by this factor at most."""

LUMA = np.array([0.299, 0.587, 0.114])

MOST_PIXELS = 8192
"""Longer sides are made coarser."""


def canvas_of(picture: Orthophoto, bounds: Bounds) -> Lattice:
    """Return the pixels over bounds, in the grid of the picture; row 0 of a lattice is the south."""
    west, south, east, north = bounds
    longest = max(east - west, north - south)
    pixel = picture.pixel_m * max(1, math.ceil(longest / picture.pixel_m / MOST_PIXELS))
    left = picture.west + math.floor((west - picture.west) / pixel + 1e-6) * pixel
    bottom = picture.north - math.ceil((picture.north - south) / pixel - 1e-6) * pixel
    return Lattice.over((left, bottom, east, north), pixel)


def draped(
    picture: Orthophoto,
    canvas: Lattice,
    heights: DoubleArray,
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
    pixels[~covered] = plain[~covered]
    pixels = _lifted(pixels[_inside(heights, roofs[0], canvas.cell)], heights, roofs[0])
    pixels = pixels[_beside(*roofs)]
    light = ndimage.uniform_filter(shade_of_cells(heights, canvas, 0.05), 3)
    shaded = np.clip(pixels * light[..., None] + 0.5, 0, 255).astype(np.uint8)
    north = canvas.south + canvas.rows * canvas.cell
    return Orthophoto(np.ascontiguousarray(shaded[::-1]), canvas.west, north, canvas.cell)


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


def _lifted(pixels: ByteArray, heights: DoubleArray, roofs: BoolArray) -> ByteArray:
    """Return pixels with the shadows on each roof made lighter; a roof ends where heights step."""
    pieces, count = ndimage.label(roofs & ~_edges(heights))
    if not count:
        return pixels
    light = ndimage.uniform_filter(pixels @ LUMA, 3)
    own = pieces > 0
    medians = np.append(0.0, ndimage.median(light[own], pieces[own], np.arange(1, count + 1)))
    # Pixels on edges are of the roof next to them.
    near = np.asarray(ndimage.distance_transform_edt(pieces == 0, return_distances=False, return_indices=True))
    goal = DARKEST * medians[pieces[near[0], near[1]]] * roofs
    factor = np.clip(goal / np.maximum(light, 1), 1, MOST_LIFT)
    return np.asarray(np.clip(pixels * factor[..., None] + 0.5, 0, 255).astype(np.uint8))


def _edges(heights: DoubleArray) -> BoolArray:
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


def _inside(heights: DoubleArray, roofs: BoolArray, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Return from which row and column each pixel is taken: at the edges of a roof from farther inside."""
    solid = np.nan_to_num(heights, nan=-1e3)
    rows, columns = (np.asarray(index) for index in np.indices(roofs.shape, np.int32))
    away = np.asarray(ndimage.distance_transform_edt(~_edges(heights))) * cell
    inner = roofs & (away > INSIDE_M)
    if not inner.any():
        return rows, columns
    near = np.asarray(ndimage.distance_transform_edt(~inner, return_distances=False, return_indices=True))
    same = np.abs(solid[near[0], near[1]] - solid) < SAME_ROOF_M
    reach = np.hypot(near[0] - rows, near[1] - columns) * cell < 3 * INSIDE_M
    taken = roofs & ~inner & same & reach
    return np.where(taken, near[0], rows), np.where(taken, near[1], columns)
