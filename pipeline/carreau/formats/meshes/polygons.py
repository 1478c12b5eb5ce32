"""Polygons cut into triangles, with the texture coordinates, normals and colours of their corners."""

from __future__ import annotations

import mapbox_earcut
import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled, compiled_bare
from carreau.base.messages import Message, plural_message
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray

#: Polygons with more corners stay fans. A hostile polygon of this size takes earcut 0.2 s.
MOST_CORNERS = 10_000

#: Past this many corners, mapbox-earcut is faster than our own search.
_SMALL = 64


def recut(
    positions: DoubleArray, faces: IntArray, polygons: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the triangles to change, (k,), and where their corners come from, (k, 3) indices into all corners.

    positions : (n, 3) float64
    faces : (m, 3) int32, polygons as fans: corner 0 first in each triangle, corner i + 1 last in the i-th
    polygons : (p, 2) int64, first triangle and corner count

    Apply to any array with a row a corner: `corners[rows] = corners.reshape(-1, ...)[sources]`.
    """
    polygons = polygons[(polygons[:, 1] > 3) & (polygons[:, 1] <= MOST_CORNERS)]
    bad = polygons[_overlapping(positions, faces, polygons)] if len(polygons) else polygons
    # Fans that fold over are cut anew: small polygons here, ear by ear; large ones by earcut, which finds ears faster.
    is_large = bad[:, 1] > _SMALL
    cuts = [(polygon, cut) for polygon in bad[is_large] if (cut := _earcut(positions, faces, polygon)) is not None]
    bad = bad[~is_large]
    sizes = bad[:, 1] - 2
    ends = np.cumsum(sizes)
    rows = np.repeat(bad[:, 0] - (ends - sizes), sizes) + np.arange(int(sizes.sum()))
    sources = np.zeros((len(rows), 3), np.int64)
    if len(bad):
        _clip_all(positions, faces, bad, sources)
    if cuts:
        rows = np.concatenate([rows, *(np.arange(first, first + len(cut)) for (first, _), cut in cuts)])
        sources = np.concatenate([sources, *(cut for _, cut in cuts)])
    return rows, sources


def face_warnings(short: int, large: int) -> tuple[Message, ...]:
    """Return the warnings about faces with fewer than three and with more than `MOST_CORNERS` corners."""
    warnings = []
    if short:
        warnings.append(
            plural_message(
                "%(count)s face with fewer than three corners is left out",
                "%(count)s faces with fewer than three corners are left out",
                short,
            )
        )
    if large:
        warnings.append(
            plural_message(
                "%(count)s face with more than %(limit)s corners is triangulated as a fan, which may overlap",
                "%(count)s faces with more than %(limit)s corners are triangulated as fans, which may overlap",
                large,
                limit=MOST_CORNERS,
            )
        )
    return tuple(warnings)


def _earcut(positions: DoubleArray, faces: IntArray, polygon: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return where the corners of a large polygon's triangles come from; None where its fan stays.

    earcut leaves corners out where a polygon crosses itself, has no area, or is not finite; the fan leaves none out.
    """
    first, count = int(polygon[0]), int(polygon[1])
    flat = _flatten(positions, faces, first, count)
    if not np.isfinite(flat).all():
        return None
    cut = mapbox_earcut.triangulate_float64(flat, np.array([count], np.uint32)).astype(np.int64).reshape(-1, 3)
    if len(cut) != count - 2 or len(np.unique(cut)) != count:
        return None
    return np.where(cut < 2, first * 3 + cut, (first + cut - 2) * 3 + 2)


@compiled_bare
def _source(first: int, corner: int) -> int:
    """Return where a polygon's corner lies among the corners of its fan."""
    return first * 3 + corner if corner < 2 else (first + corner - 2) * 3 + 2


@compiled
def _flatten(positions: DoubleArray, faces: IntArray, first: int, count: int) -> DoubleArray:
    """Return (count, 2) corners seen along the polygon's normal (Newell's), counter-clockwise, about the first."""
    ring = np.empty((count, 3))
    for corner in range(count):
        source = _source(first, corner)
        ring[corner] = positions[faces[source // 3, source % 3]]
    ring -= ring[0].copy()
    normal = np.zeros(3)
    for corner in range(count):
        a, b = ring[corner], ring[(corner + 1) % count]
        for axis in range(3):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            normal[axis] += a[u] * b[v] - a[v] * b[u]
    # Seen along the axis in which its normal is longest, a polygon keeps most of its area.
    largest = np.argmax(np.abs(normal))
    right, up = (largest + 1) % 3, (largest + 2) % 3
    if normal[largest] < 0:
        right, up = up, right
    flat = np.empty((count, 2))
    flat[:, 0], flat[:, 1] = ring[:, right], ring[:, up]
    return flat


@compiled
def _overlapping(positions: DoubleArray, faces: IntArray, polygons: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each polygon whether its fan has a reversed triangle."""
    bad = np.zeros(len(polygons), np.bool_)
    for row in range(len(polygons)):
        flat = _flatten(positions, faces, polygons[row, 0], polygons[row, 1])
        for corner in range(1, len(flat) - 1):
            if turn(flat, 0, corner, corner + 1) < 0:
                bad[row] = True
    return bad


@compiled
def _clip_all(positions: DoubleArray, faces: IntArray, polygons: NDArray[np.int64], sources: NDArray[np.int64]) -> None:
    """Write the sources of every polygon's ears."""
    row = 0
    for polygon in range(len(polygons)):
        first, count = polygons[polygon, 0], polygons[polygon, 1]
        flat = _flatten(positions, faces, first, count)
        ring = np.arange(count)
        left = count
        while left >= 3:
            tip = first_ear(flat, ring, left)
            if tip < 0:
                tip = 1  # it crosses itself: any corner will do
            for corner in range(3):
                sources[row, corner] = _source(first, ring[(tip + left - 1 + corner) % left])
            row += 1
            without(ring, tip, left)
            left -= 1


EPSILON = 1e-9
"""Share of the square of the polygon's size below which three corners count as lying on one line."""


def ears(ring: DoubleArray) -> IntArray:
    """Return (n - 2, 3) int32 triangles, counter-clockwise, of a counter-clockwise ring (n, 2) of simple outline.

    Each is the ear that is least of a sliver. Raises ValueError for a ring that crosses itself or is not
    counter-clockwise.
    """
    flat = EPSILON * float(np.ptp(ring, axis=0).max()) ** 2
    triangles, is_whole = _ears(np.ascontiguousarray(ring, np.float64), flat)
    if not is_whole:
        raise ValueError("the ring is not simple and counter-clockwise")
    return triangles


@compiled
def _ears(ring: DoubleArray, flat: float) -> tuple[IntArray, bool]:
    """Return the triangles, and whether there was an ear each time."""
    left = len(ring)
    triangles, corners = np.empty((left - 2, 3), np.int32), np.arange(left)
    for row in range(left - 2):
        if left > 3:
            tip = best_ear(ring, corners, left, flat)
        else:
            tip = 1 if turn(ring, corners[0], corners[1], corners[2]) > flat else -1
        if tip < 0:
            return triangles, False
        triangles[row, 0] = corners[(tip + left - 1) % left]
        triangles[row, 1], triangles[row, 2] = corners[tip], corners[(tip + 1) % left]
        without(corners, tip, left)
        left -= 1
    return triangles, True


@compiled_bare
def first_ear(places: DoubleArray, corners: NDArray[np.int64], left: int) -> int:
    """Return the tip of the first ear, -1 without one: a place in the corners (left,) that are not cut off yet.

    The first that is looked at is the second corner.
    """
    for step in range(left):
        tip = (step + 1) % left
        if _turn_at(places, corners, left, tip) > 0 and not _holds_corner(places, corners, left, tip, 0.0):
            return tip
    return -1


@compiled_bare
def best_ear(places: DoubleArray, corners: NDArray[np.int64], left: int, flat: float) -> int:
    """Return the tip of the ear that is least of a sliver, -1 without one.

    flat : twice the area up to which three corners lie on a line
    """
    best, ear = 0.0, -1
    for tip in range(left):
        area = _turn_at(places, corners, left, tip)
        if area > flat:
            squares = 0.0
            for step in range(3):
                a, b = corners[(tip + left - 1 + step) % left], corners[(tip + left - 1 + (step + 1) % 3) % left]
                x, y = places[a, 0] - places[b, 0], places[a, 1] - places[b, 1]
                squares += x * x
                squares += y * y
            if area / squares > best and not _holds_corner(places, corners, left, tip, flat):
                best, ear = area / squares, tip
    return ear


@compiled_bare
def without(corners: NDArray[np.int64], tip: int, left: int) -> None:
    """Take a corner out of those that are left."""
    for later in range(tip, left - 1):
        corners[later] = corners[later + 1]


@compiled_bare
def turn(places: DoubleArray, a: int, b: int, c: int) -> float:
    """Return twice the area of three corners, less than 0 where they turn clockwise."""
    x, y = places[b, 0] - places[a, 0], places[b, 1] - places[a, 1]
    return float(x * (places[c, 1] - places[a, 1]) - y * (places[c, 0] - places[a, 0]))


@compiled_bare
def _turn_at(places: DoubleArray, corners: NDArray[np.int64], left: int, tip: int) -> float:
    return turn(places, corners[(tip + left - 1) % left], corners[tip], corners[(tip + 1) % left])


@compiled_bare
def _same(places: DoubleArray, a: int, b: int) -> bool:
    """Return whether two corners have the same position."""
    return bool(places[a, 0] == places[b, 0] and places[a, 1] == places[b, 1])


@compiled_bare
def _holds_corner(places: DoubleArray, corners: NDArray[np.int64], left: int, tip: int, flat: float) -> bool:
    """Return whether another corner lies in the triangle at a tip, or on its rim.

    Corners at the place of one of the three do not count: a polygon with a hole passes its bridge twice.
    """
    a, b, c = corners[(tip + left - 1) % left], corners[tip], corners[(tip + 1) % left]
    for step in range(2, left - 1):
        other = corners[(tip + step) % left]
        if _same(places, other, a) or _same(places, other, b) or _same(places, other, c):
            continue
        if (
            turn(places, a, b, other) >= -flat
            and turn(places, b, c, other) >= -flat
            and turn(places, c, a, other) >= -flat
        ):
            return True
    return False


def texcoords_at(table: FloatArray, indices: IntArray) -> FloatArray:
    """Return (m, 3, 2) float32 from a (k, 2) table and (m, 3) indices; NaN where an index is -1."""
    corners = np.empty((*indices.shape, 2), np.float32)
    _gather(np.ascontiguousarray(table, np.float32), indices.reshape(-1), corners.reshape(-1, 2))
    return corners


def normals_at(table: FloatArray, indices: IntArray, positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return (m, 3, 3) unit float32 from a (k, 3) table; the face normal where an index is -1 or its row is invalid.

    A face without area, and without a usable row, gets +Z: `clean` drops it.
    """
    with np.errstate(all="ignore"):
        units = table / np.linalg.norm(table.astype(np.float64), axis=1, keepdims=True)
    corners = np.empty((*indices.shape, 3), np.float32)
    _gather(units.astype(np.float32), indices.reshape(-1), corners.reshape(-1, 3))
    rows = np.flatnonzero(~np.isfinite(corners).all(axis=(1, 2)))
    if len(rows):
        own = np.broadcast_to(_face_normals(positions, faces[rows])[:, None], (len(rows), 3, 3))
        is_finite = np.isfinite(corners[rows]).all(axis=2, keepdims=True)
        corners[rows] = np.where(is_finite, corners[rows], own)
    return corners


def _face_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Return (m, 3) unit float32 normals of triangles."""
    a, b, c = (positions[faces[:, corner]].astype(np.float64) for corner in range(3))
    with np.errstate(all="ignore"):
        normals = np.cross(b - a, c - a)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    normals[~np.isfinite(normals).all(axis=1)] = (0.0, 0.0, 1.0)
    return normals.astype(np.float32)


@compiled_bare
def _gather(table: FloatArray, indices: IntArray, out: FloatArray) -> None:
    """Copy table[indices] into out; three times faster than numpy's own for rows this short."""
    for row in range(len(indices)):
        index = indices[row]
        for axis in range(table.shape[1]):
            out[row, axis] = table[index, axis] if index >= 0 else np.nan


#: Floats are 0..1 unless one is above this: 0..255 then. Rounding may leave a 1.0000001 in the first kind.
_UNIT_LIMIT = 1.5
_STEPS_OF_16_BIT = 257


def color_bytes(colors: FloatArray | DoubleArray) -> ByteArray:
    """Return (n, 3) uint8 from numbers in 0..1 or 0..255; white where one is NaN, so that a texture shows plainly."""
    finite = np.isfinite(colors).all(axis=1)
    scale = 255.0 if colors[finite].max(initial=0.0) <= _UNIT_LIMIT else 1.0
    result = np.full(colors.shape, 255, np.uint8)
    result[finite] = np.rint(np.clip(colors[finite] * scale, 0.0, 255.0)).astype(np.uint8)
    return result


def color_bytes_of_integers(colors: NDArray[np.int64]) -> ByteArray:
    """Return (n, 3) uint8 from integers of 8 bits, or of 16 when one is above 255."""
    if colors.max(initial=0) > 255:
        colors = (colors + _STEPS_OF_16_BIT // 2) // _STEPS_OF_16_BIT
    return np.clip(colors, 0, 255).astype(np.uint8)
