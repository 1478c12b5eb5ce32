"""Lay areas on a net of triangles, exactly: what is left of a triangle stays in its plane."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from carreau.air.relief.skin import polygons_of, triangulated
from carreau.air.relief.terrain_net import Heights, Net
from carreau.base.model import DoubleArray, IntArray

BLOCK_M = 100.0
"""Where terrain is missing is told by squares of this size."""
LEAST_HOLE_M2, NARROWEST_HOLE_M = 250_000.0, 300.0
"""Smaller and narrower holes are filled from around them."""
_SAME_M = 1e-3


def covered(heights: Heights, land: BaseGeometry) -> BaseGeometry:
    """Return the part of an area where heights are known, but for holes small enough to be filled."""
    size = max(round(BLOCK_M / heights.cell_m), 1)
    rows, columns = heights.values.shape
    known = np.isfinite(heights.values)
    tall, wide = -(-rows // size), -(-columns // size)
    blocks = np.zeros((tall * size, wide * size), np.bool_)
    blocks[:rows, :columns] = known
    is_known = blocks.reshape(tall, size, wide, size).any(axis=(1, 3))
    west, north = heights.west - heights.cell_m / 2, heights.north + heights.cell_m / 2
    step = size * heights.cell_m
    row, column = np.nonzero(is_known)
    boxes = shapely.box(west + column * step, north - (row + 1) * step, west + (column + 1) * step, north - row * step)
    near = np.asarray(boxes)[_touching(np.asarray(boxes), land)]
    holes = shapely.difference(land, shapely.union_all(near))
    narrow = NARROWEST_HOLE_M / 2
    wide_holes = shapely.buffer(shapely.buffer(holes, -narrow, join_style="mitre"), narrow, join_style="mitre")
    large = [each for each in polygons_of(shapely.intersection(wide_holes, land)) if each.area >= LEAST_HOLE_M2]
    return shapely.difference(land, shapely.union_all(large)) if large else land


def draped(net: Net, shape: BaseGeometry) -> Net:
    """Return the part of a net that lies in an area; points that are less than a millimetre apart are one."""
    corners = net.points[net.faces]
    triangles = np.asarray(shapely.polygons(corners[:, :, :2]))
    touched = np.flatnonzero(_touching(triangles, shape))
    shapely.prepare(shape)
    is_inside = np.asarray(shapely.contains(shape, triangles[touched]))
    pieces = [corners[touched[is_inside]].reshape(-1, 3)]
    faces = [np.arange(len(pieces[0]), dtype=np.int32).reshape(-1, 3)]
    count = len(pieces[0])
    for at in touched[~is_inside]:
        for polygon in polygons_of(shapely.intersection(triangles[at], shape)):
            points, own = triangulated(polygon)
            pieces.append(np.concatenate([points, _plane(corners[at], points)[:, None]], axis=1))
            faces.append(own + np.int32(count))
            count += len(points)
    return welded(np.concatenate(pieces), np.concatenate(faces))


def level(shape: BaseGeometry, height_m: float) -> Net:
    """Return an area as a level net."""
    points, faces, count = [np.zeros((0, 3))], [np.zeros((0, 3), np.int32)], 0
    for polygon in polygons_of(shape):
        flat, own = triangulated(polygon)
        points.append(np.concatenate([flat, np.full((len(flat), 1), height_m)], axis=1))
        faces.append(own + np.int32(count))
        count += len(flat)
    return Net(np.concatenate(points), np.concatenate(faces))


def joined(nets: list[Net]) -> Net:
    """Return nets as one."""
    starts = np.cumsum([0, *(len(net.points) for net in nets)])
    faces = [net.faces + np.int32(start) for net, start in zip(nets, starts[:-1], strict=True)]
    return welded(np.concatenate([net.points for net in nets]), np.concatenate(faces))


def welded(points: DoubleArray, faces: IntArray) -> Net:
    """Return a net whose equal points are one, without triangles that have lost their area."""
    _, first, same = np.unique((points / _SAME_M).round(), axis=0, return_index=True, return_inverse=True)
    faces = same.reshape(-1)[faces].astype(np.int32)
    a, b, c = (faces[:, corner] for corner in range(3))
    return Net(points[first], faces[(a != b) & (b != c) & (c != a)])


def border(net: Net) -> IntArray:
    """Return (n, 2) the sides that belong to one triangle only, which lies on their left."""
    sides = np.concatenate([net.faces[:, [0, 1]], net.faces[:, [1, 2]], net.faces[:, [2, 0]]]).astype(np.int64)
    _, which, counts = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
    single: IntArray = sides[counts[which.reshape(-1)] == 1].astype(np.int32)
    return single


def _touching(shapes: np.ndarray[tuple[int], np.dtype[np.object_]], area: BaseGeometry) -> np.ndarray:
    shapely.prepare(area)
    return np.asarray(shapely.intersects(area, shapes))


def _plane(corners: DoubleArray, points: DoubleArray) -> DoubleArray:
    """Return (n,) heights of (n, 2) points in the plane of a triangle (3, 3)."""
    sides = (corners[:2] - corners[2]).T
    shares = np.linalg.solve(sides[:2], (points - corners[2, :2]).T)
    heights: DoubleArray = sides[2] @ shares + corners[2, 2]
    return heights
