"""Rasterisation: which triangle a pinhole camera sees at the centre of each pixel, by a depth buffer.

A ray through each pixel asks the hierarchy for its first hit; here each triangle is asked which pixels it covers. It
takes a third of the time for the pictures of a scan and needs no hierarchy. Edge functions after Pineda 1988
(doi:10.1145/54852.378457), in float64 and relative to the pixel, so that those of two triangles along their common edge
are each other's negative to the last bit: no pixel falls between them. 1/z is linear in the picture, whence depth and
barycentric coordinates (Blinn 1992, doi:10.1109/38.156011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.base.process import bands, in_threads
from carreau.geometry.render.camera import Screen

BAND_PX = 1 << 18
"""Pixels whose depths one thread holds: 3 MB."""

NEAREST = 1e-6
"""Depth, as a share of how far a corner is aside, up to which it counts as beside the camera, or behind it."""

WIDE_PX = 16
"""Columns of a triangle from which on each row is searched only between its edges."""


@dataclass(frozen=True, eq=False)
class Sight:
    """What is seen at the pixels of one camera.

    pixels : (k,) int32, row * width + column of those that show something, in rows
    faces : (k,) int32
    barycentrics : (k, 2) float32, weights of each face's corners 1 and 2
    """

    pixels: IntArray
    faces: IntArray
    barycentrics: FloatArray


def rasterized(
    positions: FloatArray, faces: IntArray, screen: Screen, window: tuple[int, int, int, int] | None = None
) -> Sight | None:
    """Return the nearest of the triangles at each pixel, from whichever side, as rays from the eye would meet them.

    None where a triangle reaches past the camera's plane, for its picture has no end: rays can tell. A triangle with a
    corner that is not finite, or that is seen edge on, is not seen. Of two at the same depth the first is.

    window : rows and columns (top, bottom, left, right) to fill, all when None
    """
    window = window or (0, screen.height, 0, screen.width)
    corners, spans = np.empty((len(positions), 3), np.float64), np.empty((len(faces), 2), np.int32)
    placed = np.array([screen.left, screen.top, screen.step_x, screen.step_y])
    parts = bands(len(positions))
    in_threads(lambda b: _project(positions, screen.eye, screen.axes, placed, NEAREST, corners, b.start, b.stop), parts)
    if any(in_threads(lambda b: _cover(corners, faces, window, spans, b.start, b.stop), bands(len(faces)))):
        return None
    top, bottom, left, end = window
    rows = max(BAND_PX // max(end - left, 1), 1)

    def seen(band: slice) -> Sight:
        low, high = top + band.start, top + band.stop
        owners = np.full((high - low, end - left), -1, np.int32)
        _fill(corners, faces, spans, low, left, np.zeros(owners.shape, np.float64), owners)
        return Sight(*_weighed(corners, faces, owners, low, left, screen.width))

    return joined(in_threads(seen, bands(bottom - top, rows)))


def joined(parts: list[Sight]) -> Sight:
    """Return the sights of parts of one picture as one."""
    return Sight(
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.faces for part in parts]),
        np.concatenate([part.barycentrics for part in parts]),
    )


@compiled
def _project(
    positions: FloatArray,
    eye: DoubleArray,
    axes: DoubleArray,
    placed: DoubleArray,
    nearest: float,
    corners: DoubleArray,
    low: int,
    high: int,
) -> None:
    """Fill corners (n, 3) with column, row and depth, 0 beside the camera; with NaN where a position is not finite."""
    left, top, step_x, step_y = placed
    for k in range(low, high):
        x, y, z = positions[k, 0] - eye[0], positions[k, 1] - eye[1], positions[k, 2] - eye[2]
        depth = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2] * z
        right = axes[0, 0] * x + axes[0, 1] * y + axes[0, 2] * z
        up = axes[1, 0] * x + axes[1, 1] * y + axes[1, 2] * z
        if not np.isfinite(depth + right + up):
            depth = np.nan
        elif depth <= nearest * (abs(right) + abs(up)):
            depth = min(depth, 0.0)
        corners[k, 2] = depth
        if depth > 0:
            corners[k, 0] = (right / depth - left) / step_x
            corners[k, 1] = (top - up / depth) / step_y
        else:
            corners[k, 0], corners[k, 1] = 0.0, 0.0


@compiled
def _cover(
    corners: DoubleArray,
    faces: IntArray,
    window: tuple[int, int, int, int],
    spans: IntArray,
    low: int,
    high: int,
) -> bool:
    """Fill spans (m, 2) with the first and behind the last row whose centres a face may cover; say if one crosses.

    A face that slips between the centres, as most of a fine scan do, has none.
    """
    top, bottom, left, end = window
    for f in range(low, high):
        spans[f, 0], spans[f, 1] = 0, 0
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        least = min(corners[a, 2], corners[b, 2], corners[c, 2])
        most = max(corners[a, 2], corners[b, 2], corners[c, 2])
        if np.isnan(corners[a, 2] + corners[b, 2] + corners[c, 2]) or most <= 0:
            continue
        if least <= 0:
            return True
        xs = min(corners[a, 0], corners[b, 0], corners[c, 0]), max(corners[a, 0], corners[b, 0], corners[c, 0])
        ys = min(corners[a, 1], corners[b, 1], corners[c, 1]), max(corners[a, 1], corners[b, 1], corners[c, 1])
        first, last = _centres(ys[0], ys[1], top, bottom)
        first_column, last_column = _centres(xs[0], xs[1], left, end)
        if first < last and first_column < last_column:
            spans[f, 0], spans[f, 1] = first, last
    return False


@compiled
def _centres(low: float, high: float, first: int, end: int) -> tuple[int, int]:
    """Return the first and behind the last of the pixels first..end whose centres lie in low..high."""
    start = max(np.ceil(low - 0.5), float(first))
    stop = min(np.floor(high - 0.5) + 1, float(end))
    return (int(start), int(stop)) if start < stop else (0, 0)


@compiled
def _fill(
    corners: DoubleArray,
    faces: IntArray,
    spans: IntArray,
    top: int,
    left: int,
    nearness: DoubleArray,
    owners: IntArray,
) -> None:
    """Write each face into the pixels (h, w) from row `top` and column `left` on where it is the nearest."""
    bottom, end = top + owners.shape[0], left + owners.shape[1]
    for f in range(len(faces)):
        first, last = max(spans[f, 0], top), min(spans[f, 1], bottom)
        if first >= last:
            continue
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, bx, by, cx, cy = (
            corners[a, 0],
            corners[a, 1],
            corners[b, 0],
            corners[b, 1],
            corners[c, 0],
            corners[c, 1],
        )
        near_a, near_b, near_c = 1 / corners[a, 2], 1 / corners[b, 2], 1 / corners[c, 2]
        if (bx - ax) * (cy - ay) < (by - ay) * (cx - ax):
            bx, by, cx, cy, near_b, near_c = cx, cy, bx, by, near_c, near_b
        low, high = _centres(min(ax, bx, cx), max(ax, bx, cx), left, end)
        for row in range(first, last):
            y = row + 0.5
            start, stop = low, high
            if high - low > WIDE_PX:
                start, stop = _between(ax, ay, bx, by, cx, cy, y, low, high)
            for column in range(start, stop):
                x = column + 0.5
                of_a = (bx - x) * (cy - y) - (by - y) * (cx - x)
                of_b = (cx - x) * (ay - y) - (cy - y) * (ax - x)
                of_c = (ax - x) * (by - y) - (ay - y) * (bx - x)
                total = of_a + of_b + of_c
                if of_a >= 0 and of_b >= 0 and of_c >= 0 and total > 0:
                    near = (of_a * near_a + of_b * near_b + of_c * near_c) / total
                    if near > nearness[row - top, column - left]:
                        nearness[row - top, column - left] = near
                        owners[row - top, column - left] = f


@compiled
def _between(
    ax: float, ay: float, bx: float, by: float, cx: float, cy: float, y: float, low: int, high: int
) -> tuple[int, int]:
    """Return the columns of low..high in which a row at y may lie in a triangle, with one to spare at each end."""
    least, most = np.inf, -np.inf
    for px, py, qx, qy in ((ax, ay, bx, by), (bx, by, cx, cy), (cx, cy, ax, ay)):
        if min(py, qy) <= y <= max(py, qy):
            if py == qy:
                least, most = min(least, px, qx), max(most, px, qx)
            else:
                x = px + (y - py) / (qy - py) * (qx - px)
                least, most = min(least, x), max(most, x)
    return _centres(least - 1, most + 1, low, high)


@compiled
def _weighed(
    corners: DoubleArray, faces: IntArray, owners: IntArray, top: int, left: int, width: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return pixels (k,) that have an owner, the owners, and where on their faces (k, 2) the centres lie, in space.

    owners : (h, w) face of each pixel from row `top` and column `left` on of a picture `width` wide, -1 for none
    """
    count = 0
    for row in range(owners.shape[0]):
        for column in range(owners.shape[1]):
            count += owners[row, column] >= 0
    pixels, owner, barycentrics = np.empty(count, np.int32), np.empty(count, np.int32), np.empty((count, 2), np.float32)
    k = 0
    for row in range(owners.shape[0]):
        y = top + row + 0.5
        for column in range(owners.shape[1]):
            if owners[row, column] < 0:
                continue
            face, x = owners[row, column], left + column + 0.5
            a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
            ax, ay, bx, by = corners[a, 0] - x, corners[a, 1] - y, corners[b, 0] - x, corners[b, 1] - y
            cx, cy = corners[c, 0] - x, corners[c, 1] - y
            of_a = (bx * cy - by * cx) / corners[a, 2]
            of_b = (cx * ay - cy * ax) / corners[b, 2]
            of_c = (ax * by - ay * bx) / corners[c, 2]
            total = of_a + of_b + of_c
            pixels[k], owner[k] = (top + row) * width + left + column, face
            barycentrics[k, 0], barycentrics[k, 1] = of_b / total, of_c / total
            k += 1
    return pixels, owner, barycentrics
