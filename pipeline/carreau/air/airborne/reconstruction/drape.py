"""The picture that lies on a model: the orthophoto on ground and roofs, each roof from inside its edges, softly shaded.

An orthophoto is true on the ground only: roofs lean by some decimetres, so that ground and shadow lie on their edges.
There each roof takes its own nearest pixels from farther inside. What lies in deep shadow on a roof is lifted towards
the light of the rest of it; its own pattern stays. Where the photograph does not reach, tones are plain.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from carreau.air.airborne.extent import Extent, Lattice, is_box
from carreau.air.airborne.survey_data import BoolArray, Orthophoto, Part
from carreau.base.jit import compiled
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
    times = round(find_canvas(picture, extent).cell / picture.pixel_m)
    if times == 1:
        return picture
    height, width = (side // times * times for side in picture.pixels.shape[:2])
    sums = np.zeros((height // times, width // times, 3), np.uint32)
    for row in range(times):
        for column in range(times):
            sums += picture.pixels[row:height:times, column:width:times]
    pixels = ((sums + times**2 // 2) // times**2).astype(np.uint8)
    return replace(picture, pixels=pixels, pixel_m=picture.pixel_m * times)


def find_canvas(picture: Orthophoto, extent: Extent) -> Lattice:
    """Return the pixels over the bounds of an extent, in the grid of the picture; row 0 of a lattice is the south."""
    west, south, east, north = extent.bounds
    longest = max(east - west, north - south) if is_box(extent) else math.sqrt((east - west) * (north - south))
    pixel = picture.pixel_m * max(1, math.ceil(longest / picture.pixel_m / MOST_PIXELS))
    left = picture.west + math.floor((west - picture.west) / pixel + 1e-6) * pixel
    bottom = picture.north - math.ceil((picture.north - south) / pixel - 1e-6) * pixel
    return Lattice.over((left, bottom, east, north), pixel)


def drape_picture(
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
    plain : (rows, columns, 3) uint8, colours where the photograph shows nothing
    """
    pixels, covered = _photograph(picture, canvas)
    np.copyto(pixels, plain, where=~covered[..., None])
    inner, whole = roofs
    # First each roof takes its rim from farther inside, as a photograph shows ground and shadow there.
    moved, light = np.empty_like(pixels), np.empty(canvas.shape, np.float32)
    for wide, own, rows in _bands(canvas):
        moved[rows] = pixels[wide][_inside(heights[wide], inner[wide], canvas.cell)][own]
    for wide, own, rows in _bands(canvas):
        light[rows] = ndimage.uniform_filter(moved[wide] @ LUMA, 3)[own]
    # Roofs are pieces between steps in height; each is lifted towards a share of its own median.
    labels, count = ndimage.label(inner & ~_edges(heights))
    pieces = np.asarray(labels, np.int32)
    piece = pieces > 0
    medians = np.zeros(count + 1)
    if count:
        medians[1:] = ndimage.median(light[piece], pieces[piece], np.arange(1, count + 1))
    # Last, ground below eaves is taken from beside them, and all is darkened by how little sky it sees.
    sky = ndimage.uniform_filter(shade_of_cells(heights, canvas, 0.05), 3)
    for wide, own, rows in _bands(canvas):
        lifted = _lift(moved[wide], light[wide], pieces[wide], inner[wide], medians)
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
    """Return the pixels of a photograph on the canvas, and where it shows something."""
    x, y = canvas.centers()
    columns = np.floor((x - picture.west) / picture.pixel_m).astype(np.int64)
    rows = np.floor((picture.north - y) / picture.pixel_m).astype(np.int64)
    height, width = picture.pixels.shape[:2]
    across, down = (columns >= 0) & (columns < width), (rows >= 0) & (rows < height)
    rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    covered = down[:, None] & across[None, :]
    if picture.voids is not None:
        covered &= ~picture.voids[rows][:, columns]
    return picture.pixels[rows][:, columns].copy(), covered


def _beside(roofs: BoolArray, whole: BoolArray) -> tuple[np.ndarray, np.ndarray]:
    """Return from which row and column each pixel is taken: ground below eaves from beside them."""
    rows, columns = (np.asarray(index) for index in np.indices(roofs.shape, np.int32))
    # Nearest free pixel for each hidden one, from the distance transform; two pixels off the eaves.
    hidden = ndimage.binary_dilation(whole) & ~roofs
    if not hidden.any() or hidden.all():
        return rows, columns
    free = ~ndimage.binary_dilation(whole, iterations=2)
    if not free.any():
        return rows, columns
    near = np.asarray(ndimage.distance_transform_edt(~free, return_distances=False, return_indices=True))
    return np.where(hidden, near[0], rows), np.where(hidden, near[1], columns)


def _lift(pixels: ByteArray, light: FloatArray, pieces: IntArray, roofs: BoolArray, medians: DoubleArray) -> ByteArray:
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
    # Pixels that are safely inside; those of the rim take the nearest of them, if it is of the same roof and near.
    inner = roofs & (away > INSIDE_M)
    if not inner.any():
        return rows, columns
    near = np.asarray(ndimage.distance_transform_edt(~inner, return_distances=False, return_indices=True))
    same = np.abs(solid[near[0], near[1]] - solid) < SAME_ROOF_M
    reach = np.hypot(near[0] - rows, near[1] - columns) * cell < 3 * INSIDE_M
    taken = roofs & ~inner & same & reach
    return np.where(taken, near[0], rows), np.where(taken, near[1], columns)


DIRECTIONS = 12
STEPS_M = np.array([0.4, 0.8, 1.4, 2.2, 3.4, 5.0, 7.5, 11.0])
DEPTH = 0.5
"""How dark it is where no sky is seen: 0 is no shade, 1 is black."""


def shade(heights: FloatArray, lattice: Lattice, places: DoubleArray, facing: DoubleArray | None = None) -> DoubleArray:
    """Return factors (n,) from 1 - DEPTH to 1 that colours at places (n, 3) are to be multiplied with.

    heights : (rows, columns) of what is seen from above, NaN where there is nothing
    facing : (n, 2) directions that upright surfaces face, of which only that half of the sky counts
    """
    faces = np.zeros((len(places), 2)) if facing is None else facing
    solid = np.where(np.isnan(heights), np.float32(-np.inf), heights)
    seen = _openness(solid, (lattice.west, lattice.south), lattice.cell, places, faces, STEPS_M, DIRECTIONS)
    return np.asarray(1 - DEPTH * (1 - seen))


def shade_of_cells(heights: FloatArray, lattice: Lattice, above: float) -> FloatArray:
    """Return the factors (rows, columns) float32 of `shade` in the middle of every cell, so high above what is seen.

    The same, an order of magnitude faster: from the middle of a cell each step goes to the same cell beyond.
    """
    solid = np.where(np.isnan(heights), np.float32(-np.inf), heights)
    own = np.nan_to_num(heights)
    own += np.float32(above)
    angles = 2 * math.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    down, across = (np.floor(0.5 + np.outer(way, STEPS_M) / lattice.cell) for way in (np.sin(angles), np.cos(angles)))
    result = np.empty(heights.shape, np.float32)
    _openness_of_cells(solid, own, down.astype(np.int32), across.astype(np.int32), STEPS_M.astype(np.float32), result)
    result *= DEPTH
    result += 1 - DEPTH
    return result


@compiled
def _openness_of_cells(
    heights: FloatArray, own: FloatArray, down: IntArray, across: IntArray, steps: FloatArray, result: FloatArray
) -> None:
    rows, columns = heights.shape
    slopes = np.empty(columns, np.float32)
    sums = np.empty(columns, np.float32)
    for r in range(rows):
        sums[:] = 0
        for d in range(len(down)):
            slopes[:] = 0
            for s in range(len(steps)):
                # A whole row at a time: the horizon in one direction is the steepest of a few steps.
                other, shift, inverse = r + down[d, s], across[d, s], 1 / steps[s]
                if 0 <= other < rows:
                    low, high = max(0, -shift), min(columns, columns - shift)
                    if low < high:
                        far, near, steepest = (
                            heights[other, low + shift : high + shift],
                            own[r, low:high],
                            slopes[low:high],
                        )
                        for c in range(high - low):
                            steepest[c] = max(steepest[c], (far[c] - near[c]) * inverse)
            for c in range(columns):
                # Above a horizon of slope s, one less the sine of its angle is seen.
                sums[c] += 1 - slopes[c] / math.sqrt(1 + slopes[c] * slopes[c])
        for c in range(columns):
            result[r, c] = sums[c] / len(down)


@compiled
def _openness(
    heights: FloatArray,
    corner: tuple[float, float],
    cell: float,
    places: DoubleArray,
    faces: DoubleArray,
    steps: DoubleArray,
    directions: int,
) -> DoubleArray:
    west, south = corner
    rows, columns = heights.shape
    result = np.empty(len(places))
    cosines, sines = np.empty(directions), np.empty(directions)
    for d in range(directions):
        angle = 2 * math.pi * (d + 0.5) / directions
        cosines[d], sines[d] = math.cos(angle), math.sin(angle)
    for i in range(len(places)):
        x, y, z = places[i]
        total, weights = 0.0, 0.0
        upright = faces[i, 0] != 0 or faces[i, 1] != 0
        for d in range(directions):
            # A wall sees the half it faces, more of what lies straight before it.
            weight = cosines[d] * faces[i, 0] + sines[d] * faces[i, 1] if upright else 1.0
            if weight <= 0:
                continue
            slope = 0.0
            for step in steps:
                r = int((y + sines[d] * step - south) / cell)
                c = int((x + cosines[d] * step - west) / cell)
                if 0 <= r < rows and 0 <= c < columns:
                    slope = max(slope, (heights[r, c] - z) / step)
            total += weight * (1 - slope / math.sqrt(1 + slope * slope))
            weights += weight
        result[i] = total / weights if weights > 0 else 1.0
    return result


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
    """Return the patches of a photograph that parts show; None if they do not show it."""
    whole = np.array(picture.pixels.shape[1::-1], np.float64)
    shown = [_corners(part.texcoords, part.faces, whole) for part in parts if part.texcoords is not None]
    if not shown:
        return None
    corners = np.concatenate(shown)
    low, high = _bounds(corners.min(axis=(0, 1)), corners.max(axis=(0, 1)), MARGIN_PX, whole)
    side = PATCH_M / picture.pixel_m
    # Triangles go to squares by their middles; a patch is the box of what its triangles show, which may overlap others.
    squares, patch = np.unique(_squares(corners, side), return_inverse=True)
    least, most = np.full((len(squares), 2), np.inf), np.full((len(squares), 2), -np.inf)
    np.minimum.at(least, patch, corners.min(axis=1))
    np.maximum.at(most, patch, corners.max(axis=1))
    lows, highs = _bounds(least, most, GUTTER_PX, whole)
    # A photograph that is mostly shown stays in one piece, without borders of patches in it.
    if (highs - lows).prod(axis=1).sum() > SPARSE * (high - low).prod():
        squares, lows, highs = np.array([-1]), low[None], high[None]
    if (highs <= lows).any():
        return None
    places, (width, height) = _pack(highs - lows)
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


def _pack(sizes: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """Return where rectangles (k, 2) go in rows beneath each other, the highest first, and the size of all."""
    # Shelves about as wide as the square of all areas, filled by falling height.
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
