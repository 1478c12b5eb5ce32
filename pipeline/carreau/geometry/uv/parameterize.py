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
from carreau.geometry.uv.linear_systems import dissect, factor_matrix, solve


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
    """Relax every chart to be as rigid as possible; a chart that would fold keeps its former places.

    patches : as `project` leaves them, vertices grouped by chart
    """
    points = positions[patches.sources]
    of_face = patches.charts[patches.faces[:, 0]]
    faces = patches.faces[np.argsort(of_face, kind="stable")]
    count = int(patches.charts[-1]) + 1
    uvs = relax_places(points, patches.uvs, faces, _starts(patches.charts, count), _starts(of_face, count), rounds)
    return Patches(patches.sources, patches.faces, patches.charts, uvs)


def _starts(groups: IntArray, count: int) -> IntArray:
    return np.concatenate([[0], np.cumsum(np.bincount(groups, minlength=count))]).astype(np.int32)


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


@compiled
def relax_places(
    points: FloatArray, uvs: DoubleArray, faces: IntArray, starts: IntArray, face_starts: IntArray, rounds: int
) -> DoubleArray:
    """Return new (n, 2) places; a chart in which more area would lie face down than before keeps its own.

    points, uvs : (n, 3) and (n, 2), where each vertex is and where it lies, grouped by chart
    faces : (m, 3), grouped by chart
    starts, face_starts : (charts + 1,), where each chart's vertices and faces begin
    """
    out = uvs.copy()
    for chart in range(len(starts) - 1):
        first, last = starts[chart], starts[chart + 1]
        if first == last:
            continue
        own = faces[face_starts[chart] : face_starts[chart + 1]] - first
        lain, places = uvs[first:last], out[first:last]
        _relax(points[first:last], own, places, rounds)
        if not _face_down(places, own) <= _face_down(lain, own) + 1e-12:
            places[:] = lain
    return out


@compiled
def _face_down(uvs: DoubleArray, faces: IntArray) -> float:
    """Return the area that lies face down."""
    total = 0.0
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        right, up = uvs[b, 0] - uvs[a, 0], uvs[c, 1] - uvs[a, 1]
        total += max(0.0, ((uvs[b, 1] - uvs[a, 1]) * (uvs[c, 0] - uvs[a, 0]) - right * up) / 2)
    return total


@compiled
def _relax(points: FloatArray, faces: IntArray, uvs: DoubleArray, rounds: int) -> None:
    """Turn each triangle as it now lies, and find the places that fit all of them best, over and over."""
    # What stays the same from round to round: triangles laid flat on their own, and the weights between vertices. So
    # one factorisation serves all rounds, and each costs a pass over the faces and two substitutions.
    flat = _lay(points, faces)
    weights = _cotangents(flat)
    starts, neighbors, sides = _graph(faces, weights, len(points))
    diagonal = np.zeros(len(points))
    for n in range(len(points)):
        for e in range(starts[n], starts[n + 1]):
            diagonal[n] += sides[e]
    diagonal[0] += 1.0  # held where it is
    order = dissect(uvs, starts, neighbors)
    columns, rows, values, pivots = factor_matrix(diagonal, starts, neighbors, sides, order)
    rank = np.empty(len(order), np.int32)
    for n in range(len(order)):
        rank[order[n]] = n
    # Local step: turn each triangle as it lies best. Global step: places that fit all turned edges in least squares.
    pull = np.empty((len(points), 2))
    for _ in range(rounds):
        pull[:] = 0.0
        pull[rank[0], 0], pull[rank[0], 1] = uvs[0, 0], uvs[0, 1]
        _pull(flat, weights, faces, uvs, rank, pull)
        solve(columns, rows, values, pivots, pull)
        for n in range(len(order)):
            uvs[order[n], 0], uvs[order[n], 1] = pull[n, 0], pull[n, 1]


@compiled
def _lay(points: FloatArray, faces: IntArray) -> DoubleArray:
    """Return (m, 3, 2): each triangle laid isometrically on its own plane."""
    flat = np.zeros((len(faces), 3, 2))
    for f in range(len(faces)):
        ux, uy, uz, vx, vy, vz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, vx = float(points[b, 0]) - points[a, 0], float(points[c, 0]) - points[a, 0]
        uy, vy = float(points[b, 1]) - points[a, 1], float(points[c, 1]) - points[a, 1]
        uz, vz = float(points[b, 2]) - points[a, 2], float(points[c, 2]) - points[a, 2]
        length = np.sqrt(ux * ux + uy * uy + uz * uz)
        safe = length if length > 0 else 1.0
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        flat[f, 1, 0] = length
        flat[f, 2, 0] = (ux * vx + uy * vy + uz * vz) / safe
        flat[f, 2, 1] = np.sqrt(x * x + y * y + z * z) / safe
    return flat


@compiled
def _cotangents(flat: DoubleArray) -> DoubleArray:
    """Return (m, 3): cotangent of the angle opposite each edge (k, k + 1), held to what keeps the system definite."""
    out = np.empty((len(flat), 3))
    for f in range(len(flat)):
        for k in range(3):
            b, c = (k + 1) % 3, (k + 2) % 3
            lx, ly = flat[f, k, 0] - flat[f, c, 0], flat[f, k, 1] - flat[f, c, 1]
            rx, ry = flat[f, b, 0] - flat[f, c, 0], flat[f, b, 1] - flat[f, c, 1]
            dot = lx * rx + ly * ry
            # Obtuse angles have negative cotangents and slivers huge ones, with which the system is not definite.
            share = dot / max(abs(lx * ry - ly * rx), 1e-12 + 1e-4 * abs(dot))
            out[f, k] = min(max(share, 0.02), 50.0)
    return out


@compiled
def _graph(faces: IntArray, weights: DoubleArray, count: int) -> tuple[IntArray, IntArray, DoubleArray]:
    """Return starts (n + 1,), neighbours and weights of each vertex's edges, those of two faces added."""
    ends = np.zeros(count + 1, np.int32)
    for f in range(len(faces)):
        for k in range(3):
            a, b = faces[f, k], faces[f, (k + 1) % 3]
            if a != b:
                ends[a + 1] += 1
                ends[b + 1] += 1
    for n in range(count):
        ends[n + 1] += ends[n]
    begins = ends[:count].copy()
    others, shares = np.empty(ends[count], np.int32), np.empty(ends[count])
    filled = begins.copy()
    for f in range(len(faces)):
        for k in range(3):
            a, b = faces[f, k], faces[f, (k + 1) % 3]
            if a != b:
                others[filled[a]], shares[filled[a]] = b, weights[f, k]
                others[filled[b]], shares[filled[b]] = a, weights[f, k]
                filled[a] += 1
                filled[b] += 1
    # An edge of two faces is listed twice: the second is added to the first, found by where that vertex was last put.
    starts = np.zeros(count + 1, np.int32)
    position_of = np.full(count, -1, np.int32)
    at = 0
    for n in range(count):
        for e in range(begins[n], filled[n]):
            if position_of[others[e]] >= starts[n]:
                shares[position_of[others[e]]] += shares[e]
                continue
            position_of[others[e]] = at
            others[at], shares[at] = others[e], shares[e]
            at += 1
        starts[n + 1] = at
    return starts, others[:at], shares[:at]


@compiled
def _pull(
    flat: DoubleArray, weights: DoubleArray, faces: IntArray, uvs: DoubleArray, rank: IntArray, pull: DoubleArray
) -> None:
    """Add to pull (n, 2), by rank, the edges of every triangle turned as it now lies (2x2 polar decomposition)."""
    for f in range(len(faces)):
        # The best turn has a closed form in the plane: the angle of the sum of edges times edges as they lie.
        cosine, sine = 0.0, 0.0
        for k in range(3):
            after = (k + 1) % 3
            a, b, weight = faces[f, k], faces[f, after], weights[f, k]
            ex, ey = flat[f, after, 0] - flat[f, k, 0], flat[f, after, 1] - flat[f, k, 1]
            ux, uy = uvs[b, 0] - uvs[a, 0], uvs[b, 1] - uvs[a, 1]
            cosine += weight * (ex * ux + ey * uy)
            sine += weight * (ex * uy - ey * ux)
        length = np.sqrt(cosine * cosine + sine * sine)
        cosine, sine = (cosine / length, sine / length) if length > 0 else (1.0, 0.0)
        for k in range(3):
            after = (k + 1) % 3
            a, b, weight = rank[faces[f, k]], rank[faces[f, after]], weights[f, k]
            ex, ey = flat[f, k, 0] - flat[f, after, 0], flat[f, k, 1] - flat[f, after, 1]
            x, y = weight * (cosine * ex - sine * ey), weight * (sine * ex + cosine * ey)
            pull[a, 0] += x
            pull[a, 1] += y
            pull[b, 0] -= x
            pull[b, 1] -= y
