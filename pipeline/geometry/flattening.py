"""Lay charts on the plane, as rigidly as they allow.

Each chart starts as its shadow along its mean normal, which never folds a chart that faces one way, and is then relaxed
as rigidly as possible (Liu et al. 2008, doi:10.1111/j.1467-8659.2008.01290.x): slopes get the texels that their area is
worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import splu

from pipeline.jit import compiled
from pipeline.model import DoubleArray, FloatArray, IntArray


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


def _local_frames(corners: DoubleArray) -> DoubleArray:
    """Return (m, 3, 2): each triangle laid isometrically on its own plane."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    length = np.linalg.norm(first, axis=1)
    safe = np.where(length > 0, length, 1)
    along = (first * second).sum(axis=1) / safe
    across = np.linalg.norm(np.cross(first, second), axis=1) / safe
    zero = np.zeros_like(length)
    return np.stack([np.stack([zero, zero], 1), np.stack([length, zero], 1), np.stack([along, across], 1)], axis=1)


def _cotangents(flat: DoubleArray) -> DoubleArray:
    """Return (m, 3): cotangent of the angle opposite each edge (k, k + 1), held to what keeps the system definite."""
    out = np.empty((len(flat), 3))
    for k in range(3):
        a, b, c = flat[:, k], flat[:, (k + 1) % 3], flat[:, (k + 2) % 3]
        left, right = a - c, b - c
        cross = np.abs(left[:, 0] * right[:, 1] - left[:, 1] * right[:, 0])
        dot = (left * right).sum(axis=1)
        out[:, k] = dot / np.maximum(cross, 1e-12 + 1e-4 * np.abs(dot))
    return np.clip(out, 0.02, 50.0)


def _rotations(flat: DoubleArray, uvs: DoubleArray, weights: DoubleArray) -> DoubleArray:
    """Return (m, 2, 2): the rotation nearest to how each triangle now lies (2x2 polar decomposition)."""
    cosine, sine = np.zeros(len(flat)), np.zeros(len(flat))
    for k in range(3):
        e, u = flat[:, (k + 1) % 3] - flat[:, k], uvs[:, (k + 1) % 3] - uvs[:, k]
        cosine += weights[:, k] * (e[:, 0] * u[:, 0] + e[:, 1] * u[:, 1])
        sine += weights[:, k] * (e[:, 0] * u[:, 1] - e[:, 1] * u[:, 0])
    length = np.hypot(cosine, sine)
    cosine, sine = (
        np.where(length > 0, cosine / np.where(length > 0, length, 1), 1.0),
        np.where(length > 0, sine / np.where(length > 0, length, 1), 0.0),
    )
    return np.stack([np.stack([cosine, -sine], 1), np.stack([sine, cosine], 1)], axis=1)


def relax(positions: FloatArray, patches: Patches, rounds: int = 4) -> Patches:
    """Make every chart as rigid as it can be; charts that would fold stay as they were."""
    flat = _local_frames(positions[patches.sources][patches.faces].astype(np.float64))
    weights = _cotangents(flat)
    count = len(patches.sources)
    rows = np.concatenate([patches.faces[:, k] for k in range(3)])
    columns = np.concatenate([patches.faces[:, (k + 1) % 3] for k in range(3)])
    values = np.concatenate([weights[:, k] for k in range(3)])
    half = sparse.coo_matrix((values, (rows, columns)), shape=(count, count)).tocsr()
    graph = half + half.T
    pinned = np.zeros(count)
    pinned[np.unique(patches.charts, return_index=True)[1]] = 1.0
    system = sparse.diags(np.asarray(graph.sum(axis=1)).ravel() + pinned) - graph
    solver = splu(system.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    uvs = patches.uvs
    for _ in range(rounds):
        turns = _rotations(flat, uvs[patches.faces], weights)
        pull = pinned[:, None] * uvs
        for k in range(3):
            edge = np.einsum("mij,mj->mi", turns, flat[:, k] - flat[:, (k + 1) % 3]) * weights[:, k : k + 1]
            for axis in range(2):
                pull[:, axis] += np.bincount(patches.faces[:, k], edge[:, axis], count)
                pull[:, axis] -= np.bincount(patches.faces[:, (k + 1) % 3], edge[:, axis], count)
        uvs = solver.solve(pull)
    return Patches(patches.sources, patches.faces, patches.charts, _unfolded(patches, uvs))


def signed_areas(uvs: DoubleArray, faces: IntArray) -> DoubleArray:
    """Return (m,): each triangle's area on the plane, negative where it lies face down."""
    a, b, c = uvs[faces[:, 0]], uvs[faces[:, 1]], uvs[faces[:, 2]]
    return ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) / 2


def _unfolded(patches: Patches, uvs: DoubleArray) -> DoubleArray:
    """Keep the relaxed places of the charts in which no more area lies face down than before."""
    count = int(patches.charts.max()) + 1
    of_face = patches.charts[patches.faces[:, 0]]
    before = np.bincount(of_face, np.maximum(-signed_areas(patches.uvs, patches.faces), 0), count)
    after = np.bincount(of_face, np.maximum(-signed_areas(uvs, patches.faces), 0), count)
    worse = after > before + 1e-12
    return np.where(worse[patches.charts][:, None], patches.uvs, uvs)


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
        covered = np.zeros((int(high_y - low_y) + 2, int(high_x - low_x) + 2), np.uint8)
        first = np.empty((covered.shape[0], covered.shape[1], 3))
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
                    if not (u > 0 and v > 0 and u + v < 1) or covered[row, column] == 2:
                        continue
                    apart = 0.0
                    for d in range(3):
                        a, b, c = places[faces[face, 0], d], places[faces[face, 1], d], places[faces[face, 2], d]
                        place = a + (b - a) * u + (c - a) * v
                        if covered[row, column] == 0:
                            first[row, column, d] = place
                        apart += (place - first[row, column, d]) ** 2
                    if covered[row, column] == 0:
                        covered[row, column] = 1
                        once += 1
                    elif apart > near * near:
                        covered[row, column] = 2
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
