"""Flattening of charts, as rigid as they allow.

Each chart starts as its projection along its mean normal, which never folds a chart that faces one way, and is then
relaxed as rigidly as possible (Liu et al. 2008, doi:10.1111/j.1467-8659.2008.01290.x): slopes get the texels that their
area is worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.uv.arap import relaxed


@dataclass(frozen=True, eq=False)
class Patches:
    """Charts cut apart: a vertex of its own in each chart that meets it.

    sources : (n,) int32, the vertex of the mesh each came from
    faces : (m, 3) int32, indices into sources
    charts : (n,) int32, the chart of each vertex
    uvs : (n, 2) float64 metres on the plane, each chart about its own origin
    """

    sources: IntArray
    faces: IntArray
    charts: IntArray
    uvs: DoubleArray


def cut(faces: IntArray, face_charts: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return sources (n,), faces (m, 3) and vertex charts (n,) after giving each chart vertices of its own."""
    keys = face_charts[:, None].astype(np.int64) << 32 | faces
    unique, inverse = np.unique(keys.ravel(), return_inverse=True)
    sources, charts = (unique & 0xFFFFFFFF).astype(np.int32), (unique >> 32).astype(np.int32)
    return sources, inverse.reshape(-1, 3).astype(np.int32), charts


def _chart_axes(normals: DoubleArray, face_charts: IntArray) -> tuple[DoubleArray, DoubleArray]:
    """Return two unit vectors (charts, 3) that span each chart's plane."""
    count = int(face_charts.max()) + 1
    axis = np.stack([np.bincount(face_charts, normals[:, k], count) for k in range(3)], axis=1)
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    axis = np.where(length > 0, axis / np.where(length > 0, length, 1), [0.0, 0.0, 1.0])
    helper = np.where(np.abs(axis[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    right = np.cross(helper, axis)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    return right, np.cross(axis, right)


def project(positions: FloatArray, faces: IntArray, face_charts: IntArray) -> Patches:
    """Lay each chart on the plane across its mean normal."""
    corners = positions[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    right, up = _chart_axes(normals, face_charts)
    sources, cut_faces, charts = cut(faces, face_charts)
    points = positions[sources].astype(np.float64)
    uvs = np.stack([(points * right[charts]).sum(axis=1), (points * up[charts]).sum(axis=1)], axis=1)
    return Patches(sources, cut_faces, charts, uvs)


def relax(positions: FloatArray, patches: Patches, rounds: int = 4) -> Patches:
    """Make every chart as rigid as it can be; charts that would fold stay as they were.

    patches : as `project` leaves them, vertices grouped by chart
    """
    points = positions[patches.sources]
    of_face = patches.charts[patches.faces[:, 0]]
    faces = patches.faces[np.argsort(of_face, kind="stable")]
    count = int(patches.charts[-1]) + 1
    uvs = relaxed(points, patches.uvs, faces, _starts(patches.charts, count), _starts(of_face, count), rounds)
    return Patches(patches.sources, patches.faces, patches.charts, uvs)


def _starts(groups: IntArray, count: int) -> IntArray:
    return np.concatenate([[0], np.cumsum(np.bincount(groups, minlength=count))]).astype(np.int32)


def signed_areas(uvs: DoubleArray, faces: IntArray) -> DoubleArray:
    """Return (m,): each triangle's area on the plane, negative where it lies face down."""
    a, b, c = uvs[faces[:, 0]], uvs[faces[:, 1]], uvs[faces[:, 2]]
    return ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2


@compiled
def _apart(uvs: DoubleArray, places: DoubleArray, faces: IntArray, one: int, other: int, x: float, y: float) -> float:
    """Return the square of how far apart the places are that two faces lay at (x, y)."""
    total = 0.0
    u, v = _shares_at(uvs, faces, one, x, y)
    s, t = _shares_at(uvs, faces, other, x, y)
    for d in range(3):
        a, b, c = places[faces[one, 0], d], places[faces[one, 1], d], places[faces[one, 2], d]
        e, f, g = places[faces[other, 0], d], places[faces[other, 1], d], places[faces[other, 2], d]
        total += (a + (b - a) * u + (c - a) * v - e - (f - e) * s - (g - e) * t) ** 2
    return total


@compiled
def _shares_at(uvs: DoubleArray, faces: IntArray, face: int, x: float, y: float) -> tuple[float, float]:
    """Return how much of a face's second and third corner is at (x, y)."""
    ax, ay = uvs[faces[face, 0], 0], uvs[faces[face, 0], 1]
    bx, by = uvs[faces[face, 1], 0] - ax, uvs[faces[face, 1], 1] - ay
    cx, cy = uvs[faces[face, 2], 0] - ax, uvs[faces[face, 2], 1] - ay
    double = bx * cy - by * cx
    return ((x - ax) * cy - (y - ay) * cx) / double, (bx * (y - ay) - by * (x - ax)) / double


@compiled
def _overlaps(
    uvs: DoubleArray,
    places: DoubleArray,
    faces: IntArray,
    face_charts: IntArray,
    order: IntArray,
    near: float,
    shares: DoubleArray,
) -> None:
    """Fill shares (charts,) with how many of a chart's cells two of its faces cover at places (n, 3) not near.

    uvs (n, 2) are in cells.
    """
    start = 0
    while start < len(order):
        chart, stop = face_charts[order[start]], start
        low_x, low_y, high_x, high_y = np.inf, np.inf, -np.inf, -np.inf
        while stop < len(order) and face_charts[order[stop]] == chart:
            for k in range(3):
                x, y = uvs[faces[order[stop], k], 0], uvs[faces[order[stop], k], 1]
                low_x, low_y, high_x, high_y = min(low_x, x), min(low_y, y), max(high_x, x), max(high_y, y)
            stop += 1
        # Each cell's first face, to say where that lies once there is a second; -1 before one, -2 once it is counted.
        covers = np.full((int(high_y - low_y) + 2, int(high_x - low_x) + 2), -1, np.int32)
        once = twice = 0
        for face in order[start:stop]:
            ax, ay = uvs[faces[face, 0], 0] - low_x, uvs[faces[face, 0], 1] - low_y
            bx, by = uvs[faces[face, 1], 0] - low_x, uvs[faces[face, 1], 1] - low_y
            cx, cy = uvs[faces[face, 2], 0] - low_x, uvs[faces[face, 2], 1] - low_y
            double = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            if abs(double) < 1e-12:
                continue
            for row in range(int(min(ay, by, cy)), int(max(ay, by, cy)) + 1):
                for column in range(int(min(ax, bx, cx)), int(max(ax, bx, cx)) + 1):
                    x, y = column + 0.5 - ax, row + 0.5 - ay
                    u, v = (x * (cy - ay) - y * (cx - ax)) / double, ((bx - ax) * y - (by - ay) * x) / double
                    if not (u > 0 and v > 0 and u + v < 1) or covers[row, column] == -2:
                        continue
                    if covers[row, column] == -1:
                        covers[row, column] = face
                        once += 1
                        continue
                    x, y = column + 0.5 + low_x, row + 0.5 + low_y
                    if _apart(uvs, places, faces, face, covers[row, column], x, y) > near * near:
                        covers[row, column] = -2
                        twice += 1
        shares[chart] = twice / max(once, 1)
        start = stop


def overlap_shares(patches: Patches, cell: float, positions: FloatArray, near: float) -> DoubleArray:
    """Return (charts,): the share of each chart's area on which it lies over itself, seen on cells of a size.

    What lies over a place within `near` of it is not counted.
    """
    face_charts = patches.charts[patches.faces[:, 0]]
    shares = np.zeros(int(face_charts.max()) + 1)
    order = np.argsort(face_charts, kind="stable").astype(np.int32)
    places = positions[patches.sources].astype(np.float64)
    _overlaps(patches.uvs / cell, places, patches.faces, face_charts, order, near, shares)
    return shares
