"""T-junctions along borders: edges are split there, and only what is around them is mended and put back.

What is mended in a large scan lies along its rims and where faces collapsed, in a hundredth of it. To look for it again
in the whole, round after round, took most of the time that cleaning took.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray, Mesh
from carreau.geometry.debris import flat
from carreau.geometry.mesh_parts import ConnectedMesh, compact, take_faces
from carreau.geometry.topology import BoolArray, Edges, Weld, weld, weld_pairs

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
    """Return the mesh without T-junctions narrower than `tolerance`, and how many there were.

    beside : see `BESIDE`; more where vertices were rounded more coarsely than short edges bear
    Only rims that share a vertex are compared, so stitch first. Texture coordinates and normals of a new corner lie
    between those of the edge it splits.
    """
    half_edges = edges.half_edges[edges.starts[:-1][edges.boundary]]
    if not len(half_edges) or tolerance <= 0:
        return mesh, 0
    # Only faces along rims can be cut, so that each round copies these and not the whole scan.
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
    # Each rim edge under both ends: a T lies on an edge that shares a vertex with the edge across.
    order = np.argsort(vertices, kind="stable")
    return np.column_stack([vertices[order], rows[order]])


def _one_each(
    rims: IntArray, longs: IntArray, shorts: IntArray, vertices: IntArray, shares: DoubleArray
) -> tuple[IntArray, IntArray, IntArray, DoubleArray]:
    """Keep one split for each face and each edge that causes one; the others wait for the next round."""
    # Two cuts of one face in a round would both refer to its old corners.
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
    rims = _move(rims, cut, heads, new)
    # What is left of the long edge, beyond the T, is a rim still; the short edge has found its partner and is none.
    at_tail = rims[shorts, 2] == tails
    rest = np.where(at_tail[:, None], np.stack([new, vertices, heads], 1), np.stack([cut, tails, vertices], 1))
    is_kept = np.ones(len(rims), np.bool_)
    is_kept[longs] = False
    is_kept[shorts] = False
    return mesh, np.concatenate([rims[is_kept], rest.astype(np.int32)])


def _move(rims: IntArray, cut: IntArray, heads: IntArray, new: IntArray) -> IntArray:
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

    def interpolate(values: FloatArray) -> FloatArray:
        share = shares[:, None]
        return values[cut, corners] * (1 - share) + values[cut, after] * share

    return replace(
        mesh,
        faces=both(mesh.faces, vertices),
        texcoords=tuple(both(texcoords, interpolate(texcoords)) for texcoords in mesh.texcoords),
        normals=None if mesh.normals is None else both(mesh.normals, interpolate(mesh.normals)),
        face_materials=np.concatenate([mesh.face_materials, mesh.face_materials[cut]]),
    )


def _put_back(mesh: Mesh, part: Mesh, touched: IntArray) -> Mesh:
    """Replace the touched faces of a mesh by what became of them, new ones last."""
    count = len(touched)

    def merge(values: NDArray[Scalar], changed: NDArray[Scalar]) -> NDArray[Scalar]:
        out = np.concatenate([values, changed[count:]])
        out[touched] = changed[:count]
        return out

    pairs = zip(mesh.texcoords, part.texcoords, strict=True)
    return replace(
        mesh,
        faces=merge(mesh.faces, part.faces),
        texcoords=tuple(merge(old, new) for old, new in pairs),
        normals=None if mesh.normals is None or part.normals is None else merge(mesh.normals, part.normals),
        face_materials=merge(mesh.face_materials, part.face_materials),
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
    # All pairs of rim edges at each vertex: a long one and a short one that run the opposite way, as rims across do.
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
    """Return whether both halves of a cut face have an area, and neither lies on the face across."""
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
    # Pythagoras: the squared distance of b from the line.
    beside = reach - along * along / length
    return along / length if beside <= min(tolerance * tolerance, most * most * reach) else -1.0


SHORT = 0.25
"""Part of the shorter rim edge at either vertex that two rim vertices may be apart: below it no edge can collapse."""

NEIGHBOURS = 8
"""How many near rim vertices are looked at for each, itself among them: bounds the work where thousands lie in a spot.

Pairing only those that are each other's nearest took four rounds for the six corners that meet in torn triangles."""


def near_rim_pairs(positions: FloatArray, edges: Edges, tolerance: float) -> Weld:
    """Merge rim vertices within `tolerance` of each other that no edge joins."""
    ends = edges.vertices[edges.boundary]
    rim = np.unique(ends)
    if len(rim) < 2 or tolerance <= 0:
        return weld_pairs(rim[:0], rim[:0], len(positions))
    # Both limits hold: the tolerance, and a part of the shortest rim edge at either vertex, so
    # that no edge can collapse.
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
    """Return which pairs an edge joins already: merging those would collapse a face."""
    count = np.int64(edges.vertices.max(initial=0)) + 1
    # Edges come in ascending order, and so do their keys: a binary search finds them.
    existing = edges.vertices[:, 0] * count + edges.vertices[:, 1]
    queries = np.minimum(first, second) * count + np.maximum(first, second)
    at = np.minimum(np.searchsorted(existing, queries), len(existing) - 1)
    return np.asarray(existing[at] == queries)


RINGS = 3
"""Faces around a vertex, counted outwards, of which the last must not change: mending one moves no other that far."""

MOST_SHARE = 0.125
"""Share of a mesh up to which a part of it is worth taking out."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A part of a mesh.

    surface : its faces, each with its own number in the part as its material, cut out along their outermost vertices
    rows, vertices : (k,) and (p,) ascending, its faces and positions among those of the whole
    shell : (k,) bool, faces along the cut
    """

    surface: ConnectedMesh
    rows: NDArray[np.intp]
    vertices: NDArray[np.intp]
    shell: BoolArray

    def put_back(self, whole: Mesh, mended: Mesh) -> Mesh | None:
        """Return the whole with what became of the part, new faces last; None where the shell changed too.

        The positions of the whole must be distinct; mending may merge positions and drop them, and adds none.
        """
        before = self.surface.mesh
        if mended is before:
            return whole
        # Mending only merges and drops positions: each that is left is found among those before, bit for bit.
        sources = weld(np.concatenate([before.positions, mended.positions])).labels[len(before.positions) :]
        corners, numbers = sources[mended.faces], mended.face_materials
        # Old faces come in their order, each with its number; new ones have that of the face they were
        # cut from, after the last.
        is_new = np.zeros(len(numbers), np.bool_)
        is_new[1:] = numbers[1:] <= np.maximum.accumulate(numbers)[:-1]
        old = numbers[~is_new]
        is_same = np.zeros(len(before.faces), np.bool_)
        is_same[old] = (corners[~is_new] == before.faces[old]).all(axis=1)
        if not is_same[self.shell].all():
            return None
        return self._without_merged(self._with_faces(whole, mended, self.vertices[corners], is_new), sources, mended)

    def _with_faces(self, whole: Mesh, mended: Mesh, faces: NDArray[np.intp], is_new: BoolArray) -> Mesh:
        """Return the whole with the faces of the mended part, still over its own positions."""
        rows = self.rows[mended.face_materials]
        old, new = rows[~is_new], np.flatnonzero(is_new)
        dropped = np.setdiff1d(self.rows, old, assume_unique=True)
        stays = np.delete(np.arange(len(whole.faces), dtype=np.int32), dropped) if len(dropped) else None
        count = len(whole.faces) - len(dropped)
        old -= np.searchsorted(dropped, old)

        def merge(values: NDArray[Scalar], changed: NDArray[Scalar]) -> NDArray[Scalar]:
            out = np.empty((count + len(new), *values.shape[1:]), values.dtype)
            if stays is None:
                out[:count] = values
            else:
                np.take(values, stays, axis=0, out=out[:count], mode="clip")
            out[old] = changed[~is_new]
            out[count:] = changed[new]
            return out

        return replace(
            whole,
            faces=merge(whole.faces, faces.astype(np.int32)),
            texcoords=tuple(merge(*pair) for pair in zip(whole.texcoords, mended.texcoords, strict=True)),
            normals=None if whole.normals is None or mended.normals is None else merge(whole.normals, mended.normals),
            face_materials=merge(whole.face_materials, whole.face_materials[rows]),
        )

    def _without_merged(self, whole: Mesh, sources: IntArray, mended: Mesh) -> Mesh:
        """Return the whole without the positions of the part that are gone, and with the mean colours of the others."""
        colors = whole.colors
        if colors is not None and mended.colors is not None:
            colors = colors.copy()
            colors[self.vertices[sources]] = mended.colors
        stays = np.ones(len(whole.positions), np.bool_)
        stays[self.vertices] = False
        stays[self.vertices[sources]] = True
        if stays.all():
            return replace(whole, colors=colors)
        numbers = (np.cumsum(stays) - 1).astype(np.int32)
        return replace(
            whole,
            positions=whole.positions[stays],
            faces=numbers[whole.faces],
            colors=None if colors is None else colors[stays],
        )


def surroundings(whole: ConnectedMesh, around: BoolArray) -> Surroundings | None:
    """Return the faces within `RINGS` of (n,) vertices; None where they are much of the mesh, or it is a part itself.

    The positions of the mesh must be distinct.
    """
    faces = whole.mesh.faces
    if whole.cut is not None or np.count_nonzero(_touching(faces, around)) > MOST_SHARE * len(faces):
        return None
    # Rings of faces around what is to be mended: the outermost may not change, or the rest would not fit.
    core = around
    for _ring in range(RINGS - 1):
        core = _grow(faces, core)
    touching = _touching(faces, core)
    rows = np.flatnonzero(touching)
    if len(rows) > MOST_SHARE * len(faces):
        return None
    is_used = np.zeros(len(core), np.bool_)
    is_used[faces[rows].reshape(-1)] = True
    vertices = np.flatnonzero(is_used)
    part = compact(take_faces(whole.mesh, rows))
    part = replace(part, face_materials=np.arange(len(rows), dtype=np.int32))
    is_outermost = ~core[vertices]
    surface = ConnectedMesh(part, part.positions[is_outermost])
    return Surroundings(surface, rows, vertices, np.asarray(is_outermost[part.faces].any(axis=1)))


@compiled
def _touching(faces: IntArray, vertices: BoolArray) -> BoolArray:
    """Return which (m, 3) faces have any of some vertices."""
    touching = np.empty(len(faces), np.bool_)
    for f in range(len(faces)):
        touching[f] = vertices[faces[f, 0]] or vertices[faces[f, 1]] or vertices[faces[f, 2]]
    return touching


@compiled
def _grow(faces: IntArray, vertices: BoolArray) -> BoolArray:
    """Return some vertices and all that a face joins to one of them."""
    grown = vertices.copy()
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        if vertices[a] or vertices[b] or vertices[c]:
            grown[a] = True
            grown[b] = True
            grown[c] = True
    return grown
