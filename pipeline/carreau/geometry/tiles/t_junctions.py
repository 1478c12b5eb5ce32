"""T-junctions along tile borders: boundary edges are split at the vertices of the other side."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray, Mesh
from carreau.geometry.repair.debris import flat
from carreau.geometry.selection import take_faces
from carreau.geometry.topology import BoolArray, Edges, Weld, weld_pairs

Scalar = TypeVar("Scalar", bound=np.generic)

BESIDE = 0.05
"""Part of the shorter of two edges that a vertex may lie beside the longer one and still be a T on it."""

ENDS = 1e-4
"""Part of an edge at either end where a vertex counts as that end."""

ROUNDS = 64
"""Most vertices on one edge, each splitting what the one before left over."""

CROWD = 64
"""Most rim edges looked at around one vertex: bounds the work on a fan of loose triangles."""


def split_tees(mesh: Mesh, edges: Edges, tolerance: float, beside: float = BESIDE) -> tuple[Mesh, int]:
    """Return the mesh without T-junctions wider than nothing and narrower than `tolerance`, and how many there were.

    beside : see `BESIDE`; more where vertices were rounded more coarsely than short edges bear
    Only rims that share a vertex are compared, so stitch first. Texture coordinates and normals of a new corner lie
    between those of the edge it splits.
    """
    half_edges = edges.half_edges[edges.starts[:-1][edges.boundary]]
    if not len(half_edges) or tolerance <= 0:
        return mesh, 0
    touched, faces = np.unique(half_edges // 3, return_inverse=True)
    part = take_faces(mesh, touched)
    rims = np.column_stack([faces, part.faces[faces, half_edges % 3], part.faces[faces, (half_edges % 3 + 1) % 3]])
    part, split = _split_all(part, rims.astype(np.int32), tolerance, beside)
    return (_put_back(mesh, part, touched), split) if split else (mesh, 0)


def _split_all(mesh: Mesh, rims: IntArray, tolerance: float, beside: float) -> tuple[Mesh, int]:
    split = 0
    for _ in range(ROUNDS):
        junctions = _tees(mesh.positions, mesh.faces, _by_vertex(rims), rims, tolerance, beside)
        longs, shorts, vertices, shares = _one_each(rims, *junctions)
        if not len(longs):
            break
        split += len(longs)
        mesh, rims = _split(mesh, rims, longs, shorts, vertices, shares)
    return mesh, split


def _by_vertex(rims: IntArray) -> IntArray:
    """List rows of (vertex, row of rims), sorted by vertex, each rim edge under both its ends."""
    rows = np.tile(np.arange(len(rims), dtype=np.int32), 2)
    vertices = rims[:, 1:].T.reshape(-1)
    order = np.argsort(vertices, kind="stable")
    return np.column_stack([vertices[order], rows[order]])


def _one_each(
    rims: IntArray, longs: IntArray, shorts: IntArray, vertices: IntArray, shares: DoubleArray
) -> tuple[IntArray, IntArray, IntArray, DoubleArray]:
    """Keep one split for each face and each edge that causes one; the others wait for the next round."""
    keep = np.unique(rims[longs, 0], return_index=True)[1]
    keep = keep[np.unique(shorts[keep], return_index=True)[1]]
    return longs[keep], shorts[keep], vertices[keep], shares[keep]


def _split(
    mesh: Mesh, rims: IntArray, longs: IntArray, shorts: IntArray, vertices: IntArray, shares: DoubleArray
) -> tuple[Mesh, IntArray]:
    """Cut the face a, c, d of each long edge a..c into a, b, d and b, c, d."""
    cut, tails, heads = rims[longs].T
    corners = (mesh.faces[cut] == tails[:, None]).argmax(axis=1)
    count = len(mesh.faces)
    mesh = _cut_faces(mesh, cut, corners, vertices, shares.astype(np.float32))
    new = np.arange(count, count + len(cut), dtype=np.int32)
    rims = _moved(rims, cut, heads, new)
    at_tail = rims[shorts, 2] == tails
    rest = np.where(at_tail[:, None], np.stack([new, vertices, heads], 1), np.stack([cut, tails, vertices], 1))
    is_kept = np.ones(len(rims), np.bool_)
    is_kept[longs] = False
    is_kept[shorts] = False
    return mesh, np.concatenate([rims[is_kept], rest.astype(np.int32)])


def _moved(rims: IntArray, cut: IntArray, heads: IntArray, new: IntArray) -> IntArray:
    """Give the rim edge c..d of a cut face to the new face that has it now."""
    order = np.argsort(cut)
    at = np.minimum(np.searchsorted(cut[order], rims[:, 0]), len(cut) - 1)
    row = order[at]
    gone = (cut[row] == rims[:, 0]) & (heads[row] == rims[:, 1])
    rims = rims.copy()
    rims[gone, 0] = new[row[gone]]
    return rims


def _cut_faces(mesh: Mesh, cut: IntArray, corners: IntArray, vertices: IntArray, shares: FloatArray) -> Mesh:
    after = (corners + 1) % 3
    rows = np.arange(len(cut))

    def both(values: NDArray[Scalar], middle: NDArray[Scalar]) -> NDArray[Scalar]:
        old, added = values.copy(), values[cut]
        old[cut, after] = middle
        added[rows, corners] = middle
        return np.concatenate([old, added])

    def between(values: FloatArray) -> FloatArray:
        share = shares[:, None]
        return values[cut, corners] * (1 - share) + values[cut, after] * share

    return replace(
        mesh,
        faces=both(mesh.faces, vertices),
        texcoords=tuple(both(texcoords, between(texcoords)) for texcoords in mesh.texcoords),
        normals=None if mesh.normals is None else both(mesh.normals, between(mesh.normals)),
        face_materials=np.concatenate([mesh.face_materials, mesh.face_materials[cut]]),
    )


def _put_back(mesh: Mesh, part: Mesh, touched: IntArray) -> Mesh:
    """Replace the touched faces of a mesh by what became of them, new ones last."""
    count = len(touched)

    def merged(values: NDArray[Scalar], changed: NDArray[Scalar]) -> NDArray[Scalar]:
        out = np.concatenate([values, changed[count:]])
        out[touched] = changed[:count]
        return out

    pairs = zip(mesh.texcoords, part.texcoords, strict=True)
    return replace(
        mesh,
        faces=merged(mesh.faces, part.faces),
        texcoords=tuple(merged(old, new) for old, new in pairs),
        normals=None if mesh.normals is None or part.normals is None else merged(mesh.normals, part.normals),
        face_materials=merged(mesh.face_materials, part.face_materials),
    )


@compiled
def _tees(
    positions: FloatArray, faces: IntArray, corners: IntArray, rims: IntArray, tolerance: float, most: float
) -> tuple[IntArray, IntArray, IntArray, DoubleArray]:
    """Find rim edges on which the rim across has its next vertex, by rows of `rims`: face, tail, head.

    Returns the long edges, the short edges across that end on them, the vertices there, and how far along each lies.
    """
    longs = np.empty(len(rims), np.int32)
    shorts = np.empty(len(rims), np.int32)
    vertices = np.empty(len(rims), np.int32)
    shares = np.empty(len(rims), np.float64)
    is_split = np.zeros(len(rims), np.bool_)
    count = 0
    start = 0
    while start < len(corners):
        vertex = corners[start, 0]
        stop = start + 1
        while stop < len(corners) and corners[stop, 0] == vertex:
            stop += 1
        last = min(stop, start + CROWD)
        for i in range(start, last):
            long = corners[i, 1]
            outward = rims[long, 1] == vertex
            far = rims[long, 2] if outward else rims[long, 1]
            for j in range(start, last):
                short = corners[j, 1]
                if is_split[long] or rims[long, 0] == rims[short, 0] or outward == (rims[short, 1] == vertex):
                    continue
                tee = rims[short, 1] if outward else rims[short, 2]
                share = _share(positions, vertex, far, tee, tolerance, most)
                if share > 0 and far != tee and _may_cut(positions, faces, rims[long], tee, rims[short, 0]):
                    is_split[long] = True
                    longs[count], shorts[count], vertices[count] = long, short, tee
                    shares[count] = share if outward else 1 - share
                    count += 1
        start = stop
    return longs[:count].copy(), shorts[:count].copy(), vertices[:count].copy(), shares[:count].copy()


@compiled
def _may_cut(positions: FloatArray, faces: IntArray, rim: IntArray, tee: int, across: int) -> bool:
    """Say whether both halves of a cut face have an area, and neither lies on the face across."""
    face, a, c = rim[0], rim[1], rim[2]
    apex = faces[face, 0] + faces[face, 1] + faces[face, 2] - a - c
    for k in range(3):
        if faces[across, k] == apex:
            return False
    return flat(positions, a, tee, apex) < 0 and flat(positions, tee, c, apex) < 0


@compiled
def _share(positions: FloatArray, a: int, c: int, b: int, tolerance: float, most: float) -> float:
    """Return how far along the segment a..c the point b lies, or -1 when it does not lie on it."""
    along = 0.0
    length = 0.0
    reach = 0.0
    for d in range(3):
        u = np.float64(positions[c, d]) - np.float64(positions[a, d])
        v = np.float64(positions[b, d]) - np.float64(positions[a, d])
        along += u * v
        length += u * u
        reach += v * v
    if not length > 0 or not ENDS * length < along < (1 - ENDS) * length:
        return -1.0
    beside = reach - along * along / length
    return along / length if beside <= min(tolerance * tolerance, most * most * reach) else -1.0


SHORT = 0.25
"""Part of the shorter rim edge at either vertex that two rim vertices may be apart: below it no edge can collapse."""

NEIGHBOURS = 8
"""How many near rim vertices are looked at for each, itself among them: bounds the work where thousands lie in a spot.

Pairing only those that are each other's nearest took four rounds for the six corners that meet in torn triangles."""


def near_rim_pairs(positions: FloatArray, edges: Edges, tolerance: float) -> Weld:
    """Make one of rim vertices within `tolerance` of each other that are no edge apart."""
    ends = edges.vertices[edges.boundary]
    rim = np.unique(ends)
    if len(rim) < 2 or tolerance <= 0:
        return weld_pairs(rim[:0], rim[:0], len(positions))
    near = _near(positions, rim, _shortest_rim_edges(positions, ends)[rim], tolerance)
    first, second = near.T
    linked = _are_linked(first, second, edges)
    return weld_pairs(first[~linked], second[~linked], len(positions))


def _shortest_rim_edges(positions: FloatArray, ends: IntArray) -> DoubleArray:
    lengths = np.linalg.norm(positions[ends[:, 1]].astype(np.float64) - positions[ends[:, 0]], axis=1)
    shortest = np.full(len(positions), np.inf)
    np.minimum.at(shortest, ends[:, 0], lengths)
    np.minimum.at(shortest, ends[:, 1], lengths)
    return shortest


def _near(positions: FloatArray, rim: IntArray, reach: DoubleArray, tolerance: float) -> IntArray:
    """Return (p, 2) vertices within tolerance and `SHORT` of the rim edges at both."""
    points = positions[rim].astype(np.float64)
    count = min(NEIGHBOURS, len(rim))
    matches = cKDTree(points).query(points, k=count, distance_upper_bound=tolerance)
    distances, others = (np.reshape(part, (len(rim), count)) for part in matches)
    rows, columns = np.nonzero(others < len(rim))
    first, second, apart = rows, others[rows, columns], distances[rows, columns]
    near = (first != second) & (apart <= SHORT * np.minimum(reach[first], reach[second]))
    return np.column_stack([rim[first[near]], rim[second[near]]])


def _are_linked(first: IntArray, second: IntArray, edges: Edges) -> BoolArray:
    """Say which pairs an edge joins already: merging those would collapse a face."""
    count = np.int64(edges.vertices.max(initial=0)) + 1
    existing = edges.vertices[:, 0] * count + edges.vertices[:, 1]
    queries = np.minimum(first, second) * count + np.maximum(first, second)
    at = np.minimum(np.searchsorted(existing, queries), len(existing) - 1)
    return np.asarray(existing[at] == queries)
