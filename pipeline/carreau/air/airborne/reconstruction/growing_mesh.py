"""A Delaunay triangulation that vertices are added to, one after the other: each changes what is near it only.

A vertex cuts the triangle it lies in, and edges are flipped until no triangle's circle holds a vertex of a neighbour
(C. L. Lawson, "Software for C1 surface interpolation", 1977). Of the largest place, a triangulation of all vertices in
each of 19 rounds took 28 s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from carreau.base.jit import compiled, compiled_bare
from carreau.base.model import DoubleArray, IntArray

ON_EDGE_M = 1e-6
"""A vertex so near to an edge cuts that."""

SURE = 1e-14
"""Share of its terms beyond which the sign of the test of a circle is believed: what is nearer lies on the circle."""

NO_WIDTH_M2 = 1e-9
"""Twice the area up to which a triangle along the rim has no width."""


@dataclass(eq=False)
class GrowingMesh:
    """Triangles, and which of them lie beside each other; `add` renews them.

    vertices : (n, 2+) float64
    faces : (m, 3) int32, counter-clockwise
    beside : (m, 3) int32, the triangle beyond the edge from each corner to the next, -1 for none
    """

    vertices: DoubleArray
    faces: IntArray
    beside: IntArray

    @classmethod
    def of(cls, vertices: DoubleArray) -> GrowingMesh:
        """Return the triangulation of all vertices, with what lies between them and their hull."""
        faces = Delaunay(vertices[:, :2]).simplices.astype(np.int32)
        return cls.around(vertices, faces)

    @classmethod
    def around(cls, vertices: DoubleArray, faces: IntArray) -> GrowingMesh:
        """Return a mesh of given triangles, turned counter-clockwise; triangles without a width are left out."""
        doubled = doubled_areas(vertices, faces)
        faces = np.where((doubled < 0)[:, None], faces[:, ::-1], faces)[np.abs(doubled) > NO_WIDTH_M2]
        return cls(vertices, np.ascontiguousarray(faces), _beside(faces, len(vertices)))

    def add(self, more: DoubleArray, near: IntArray) -> NDArray[np.integer]:
        """Add vertices (k, 2+) and return the triangles that changed, ascending.

        near : (k,) int32, a triangle at or near each. One at the place of another, or outside, is of no triangle.
        """
        first, count = len(self.vertices), len(self.faces)
        self.vertices = np.concatenate([self.vertices, more])
        faces, beside = (np.empty((count + 2 * len(more), 3), np.int32) for _ in range(2))
        faces[:count], beside[:count] = self.faces, self.beside
        changed = np.zeros(len(faces), np.bool_)
        stack = np.empty(len(faces), np.int32)
        size = _insert(self.vertices, first, near, (faces, beside), count, changed, stack)
        self.faces, self.beside = faces[:size], beside[:size]
        return np.flatnonzero(changed)

    def nearest_rims(self, places: DoubleArray) -> IntArray:
        """Return the triangle (k,) of that edge at the rim which is nearest to each place (k, 2+)."""
        face, side = np.nonzero(self.beside < 0)
        ends = np.stack([self.faces[face, side], self.faces[face, (side + 1) % 3]], axis=1)
        return np.asarray(face[_nearest(np.ascontiguousarray(places), self.vertices, ends)], np.int32)


def doubled_areas(vertices: DoubleArray, faces: IntArray) -> DoubleArray:
    """Return twice the areas (m,) as seen from above, of clockwise triangles less than 0."""
    a, b, c = (vertices[faces[:, k], :2] for k in range(3))
    return np.asarray((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]))


def _beside(faces: IntArray, count: int) -> IntArray:
    """Return the triangle beyond each edge (m, 3), -1 for none, of triangles between so many vertices."""
    starts, ends = faces.ravel().astype(np.int64), np.roll(faces, -1, axis=1).ravel().astype(np.int64)
    # Both half-edges of an edge have the same key, and come next to each other when sorted.
    keys = np.minimum(starts, ends) * count + np.maximum(starts, ends)
    order = np.argsort(keys, kind="stable")
    pair = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    one, other = order[pair], order[pair + 1]
    beside = np.full(len(keys), -1, np.int32)
    beside[one], beside[other] = other // 3, one // 3
    return beside.reshape(-1, 3)


@compiled_bare
def _turn(vertices: DoubleArray, a: int, b: int, c: int) -> float:
    """Return twice the area of a triangle, less than 0 for a clockwise one."""
    ax, ay = vertices[a, 0], vertices[a, 1]
    return float((vertices[b, 0] - ax) * (vertices[c, 1] - ay) - (vertices[b, 1] - ay) * (vertices[c, 0] - ax))


@compiled_bare
def _in_circle(vertices: DoubleArray, a: int, b: int, c: int, d: int) -> bool:
    """Tell whether d surely lies within the circle about a counter-clockwise triangle."""
    x, y = vertices[d, 0], vertices[d, 1]
    ax, ay, bx, by, cx, cy = (
        vertices[a, 0] - x, vertices[a, 1] - y, vertices[b, 0] - x, vertices[b, 1] - y,
        vertices[c, 0] - x, vertices[c, 1] - y,
    )  # fmt: skip
    # The determinant that is positive inside the circle, beside the sum of its terms' sizes: what is smaller than
    # rounding could make it does not count, or edges of four vertices on one circle would be flipped for ever.
    aa, bb, cc = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
    bc, ca, ab = bx * cy - cx * by, cx * ay - ax * cy, ax * by - bx * ay
    all_terms = (
        aa * (abs(bx * cy) + abs(cx * by)) + bb * (abs(cx * ay) + abs(ax * cy)) + cc * (abs(ax * by) + abs(bx * ay))
    )
    return bool(aa * bc + bb * ca + cc * ab > SURE * all_terms)


@compiled_bare
def _turn_to(beside: IntArray, face: int, old: int, new: int) -> None:
    """Replace the old neighbour of a triangle by a new one."""
    if face >= 0:
        for k in range(3):
            if beside[face, k] == old:
                beside[face, k] = new
                return


Triple = tuple[int, int, int]
"""Of a triangle's corners, or of the triangles across its edges."""


@compiled_bare
def _put(faces: IntArray, beside: IntArray, face: int, corners: Triple, across: Triple) -> None:
    faces[face, 0], faces[face, 1], faces[face, 2] = corners
    beside[face, 0], beside[face, 1], beside[face, 2] = across


@compiled_bare
def _locate(vertices: DoubleArray, faces: IntArray, beside: IntArray, v: int, face: int) -> int:
    """Return the triangle that a vertex lies in, walking from one; the last at the rim for one beyond."""
    for step in range(len(faces)):
        onward = -1
        for k in range(3):
            side = (k + step) % 3  # not the same one first: a walk could go around for ever
            if beside[face, side] >= 0 and _turn(vertices, faces[face, side], faces[face, (side + 1) % 3], v) < 0:
                onward = side
                break
        if onward < 0:
            break
        face = beside[face, onward]
    return face


@compiled_bare
def _insert(
    vertices: DoubleArray,
    first: int,
    near: IntArray,
    mesh: tuple[IntArray, IntArray],
    size: int,
    changed: NDArray[np.bool_],
    stack: IntArray,
) -> int:
    """Add the vertices from `first` on, and return how many triangles there are then.

    mesh : the corners of the triangles, and the triangles across their edges
    stack : as many as there may be, overwritten
    """
    faces, beside = mesh
    for n in range(len(near)):
        v = first + n
        face = _locate(vertices, faces, beside, v, near[n])
        # Which edge the vertex is nearest to; whether it lies beyond one, or on a corner, and is not added.
        least, edge, is_known, is_outside = np.inf, 0, False, False
        for k in range(3):
            a, b = faces[face, k], faces[face, (k + 1) % 3]
            length = np.hypot(vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1])
            off = _turn(vertices, a, b, v) / length
            if off < least:
                least, edge = off, k
            is_outside = is_outside or off < -ON_EDGE_M
            away = np.hypot(vertices[v, 0] - vertices[a, 0], vertices[v, 1] - vertices[a, 1])
            is_known = is_known or away < ON_EDGE_M
        if is_known or is_outside:
            continue
        a, b, c = faces[face, edge], faces[face, (edge + 1) % 3], faces[face, (edge + 2) % 3]
        ab, bc, ca = beside[face, edge], beside[face, (edge + 1) % 3], beside[face, (edge + 2) % 3]
        changed[face], changed[size] = True, True
        waiting = 2
        stack[0], stack[1] = face, size
        # Inside: three triangles, the new vertex as corner 0 of each, which is what `_flip` relies on.
        if least > ON_EDGE_M:
            _put(faces, beside, face, (v, a, b), (size + 1, ab, size))
            _put(faces, beside, size, (v, b, c), (face, bc, size + 1))
            _put(faces, beside, size + 1, (v, c, a), (size, ca, face))
            _turn_to(beside, bc, face, size)
            _turn_to(beside, ca, face, size + 1)
            changed[size + 1] = True
            stack[2], waiting = size + 1, 3
            size += 2
        # On an edge at the rim: two triangles.
        elif ab < 0:
            _put(faces, beside, face, (v, b, c), (-1, bc, size))
            _put(faces, beside, size, (v, c, a), (face, ca, -1))
            _turn_to(beside, ca, face, size)
            size += 1
        else:
            # On an edge between two triangles: four.
            other = ab
            k = 0
            while beside[other, k] != face:
                k += 1
            d, ad, db = faces[other, (k + 2) % 3], beside[other, (k + 1) % 3], beside[other, (k + 2) % 3]
            _put(faces, beside, face, (v, b, c), (other, bc, size))
            _put(faces, beside, size, (v, c, a), (face, ca, size + 1))
            _put(faces, beside, size + 1, (v, a, d), (size, ad, other))
            _put(faces, beside, other, (v, d, b), (size + 1, db, face))
            _turn_to(beside, ca, face, size)
            _turn_to(beside, ad, other, size + 1)
            changed[size + 1], changed[other] = True, True
            stack[2], stack[3], waiting = size + 1, other, 4
            size += 2
        _flip(vertices, faces, beside, stack, waiting, changed)
    return size


@compiled_bare
def _flip(
    vertices: DoubleArray, faces: IntArray, beside: IntArray, stack: IntArray, waiting: int, changed: NDArray[np.bool_]
) -> None:
    """Flip edges opposite to a new vertex, corner 0 of each triangle on the stack, until all circles are empty."""
    while waiting > 0:
        waiting -= 1
        face = stack[waiting]
        other = beside[face, 1]
        if other < 0:
            continue
        v, a, b = faces[face, 0], faces[face, 1], faces[face, 2]
        k = 0
        while beside[other, k] != face:
            k += 1
        d = faces[other, (k + 2) % 3]
        # Flip only where the circle surely holds d, and both new triangles keep their turn.
        if not _in_circle(vertices, v, a, b, d) or _turn(vertices, v, a, d) <= 0 or _turn(vertices, v, d, b) <= 0:
            continue
        # The edge a..b becomes v..d; both triangles still have v as corner 0, and their far edges are to be looked at.
        va, ad, db, bv = beside[face, 0], beside[other, (k + 1) % 3], beside[other, (k + 2) % 3], beside[face, 2]
        _put(faces, beside, face, (v, a, d), (va, ad, other))
        _put(faces, beside, other, (v, d, b), (face, db, bv))
        _turn_to(beside, ad, other, face)
        _turn_to(beside, bv, face, other)
        changed[face], changed[other] = True, True
        stack[waiting], stack[waiting + 1] = face, other
        waiting += 2


@compiled
def _nearest(places: DoubleArray, vertices: DoubleArray, ends: NDArray[np.int32]) -> IntArray:
    """Return which edge (e, 2) is nearest to each place, as seen from above."""
    nearest = np.zeros(len(places), np.int32)
    for i in range(len(places)):
        least = np.inf
        for e in range(len(ends)):
            ax, ay = vertices[ends[e, 0], 0], vertices[ends[e, 0], 1]
            dx, dy = vertices[ends[e, 1], 0] - ax, vertices[ends[e, 1], 1] - ay
            x, y = places[i, 0] - ax, places[i, 1] - ay
            t = min(1.0, max(0.0, (x * dx + y * dy) / (dx * dx + dy * dy)))
            off = (x - t * dx) ** 2 + (y - t * dy) ** 2
            if off < least:
                nearest[i], least = e, off
    return nearest
