"""Topology of triangle meshes: welded vertices, edges, boundary loops and connected components.

Everything is linear in the triangles: a stable counting sort by the lower vertex, and a short sort of each one's few
half-edges by the higher, instead of a comparison sort of packed keys; and union-find instead of a sparse graph, which
would hold every edge twice more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

FEW = 32
"""Half-edges of a vertex up to which each is put in its place in turn; more, as around the hub of a wheel, are sorted
by keys."""


@dataclass(frozen=True, eq=False)
class Weld:
    """Which rows of an array are one and the same.

    labels : (n,) int32, the place of each position; places are numbered as they first appear
    first : (k,) int32 ascending, the first position at each place
    """

    labels: IntArray
    first: IntArray


@dataclass(frozen=True, eq=False)
class Edges:
    """Unique undirected edges; a half-edge `3 * face + k` runs from corner k to corner k + 1 of its face.

    vertices : (e, 2) int32, lower vertex first, in ascending order
    starts : (e + 1,) int32, where each edge's half-edges begin in `half_edges`
    half_edges : (3 * m,) int32, grouped by edge, ascending within one
    """

    vertices: IntArray
    starts: IntArray
    half_edges: IntArray

    @property
    def face_counts(self) -> IntArray:
        """Return (e,) how many faces meet at each edge."""
        return np.diff(self.starts)

    @property
    def boundary(self) -> BoolArray:
        """Return (e,) whether an edge has one face only."""
        return np.asarray(self.face_counts == 1)

    @property
    def non_manifold(self) -> BoolArray:
        """Return (e,) whether more than two faces meet at an edge."""
        return np.asarray(self.face_counts > 2)

    def of_half_edges(self) -> IntArray:
        """Return (3 * m,) the edge each half-edge lies on."""
        edges = np.empty(len(self.half_edges), np.int32)
        edges[self.half_edges] = np.repeat(np.arange(len(self.vertices), dtype=np.int32), self.face_counts)
        return edges

    def without(self, dropped: BoolArray) -> Edges:
        """Return the edges but for (e,) dropped ones."""
        counts = self.face_counts
        half_edges = self.half_edges[np.repeat(~dropped, counts)]
        starts = np.concatenate([[0], np.cumsum(counts[~dropped])]).astype(np.int32)
        return Edges(self.vertices[~dropped], starts, half_edges)

    def turned(self, faces: BoolArray) -> Edges:
        """Return the edges of a mesh of which (m,) faces are wound the other way round, with corners 1 and 2 swapped.

        Of faces with two equal corners, which have two half-edges on an edge, the order may differ.
        """
        flip = faces[self.half_edges // 3]
        half_edges = np.where(flip, 3 * (self.half_edges // 3) + 2 - self.half_edges % 3, self.half_edges)
        return Edges(self.vertices, self.starts, half_edges.astype(np.int32, copy=False))

    def pairs(self) -> tuple[IntArray, IntArray]:
        """Return the two half-edges of each edge where exactly two faces meet, each (p,) int32."""
        starts = self.starts[:-1][self.face_counts == 2]
        return self.half_edges[starts], self.half_edges[starts + 1]


@dataclass(frozen=True, eq=False)
class Components:
    """Pieces of a mesh that share no vertex.

    labels : (m,) int32, the piece of each face; pieces are numbered as their first face appears
    count : how many
    """

    labels: IntArray
    count: int


def weld(positions: FloatArray) -> Weld:
    """Find positions that are equal bit for bit, -0 being 0: (n, 3) float32."""
    return same_rows(np.ascontiguousarray(positions + np.float32(0), np.float32).view(np.uint32))


def same_rows(rows: NDArray[np.uint32]) -> Weld:
    """Find rows of (n, 3) whole numbers that are alike."""
    labels, first = _same_rows(np.ascontiguousarray(rows), _table_size(len(rows)))
    return Weld(labels, first)


def find_edges(faces: IntArray, vertex_count: int) -> Edges:
    """Find the unique edges of (m, 3) faces; a face with two equal corners has an edge from a vertex to itself."""
    faces = np.ascontiguousarray(faces, np.int32)
    return Edges(*_edges(faces, vertex_count))


def find_components(faces: IntArray, vertex_count: int) -> Components:
    """Find the pieces of (m, 3) faces that hang together by at least a vertex."""
    labels, count = _components(np.ascontiguousarray(faces, np.int32), vertex_count)
    return Components(labels, int(count))


def join(first: IntArray, second: IntArray, count: int) -> IntArray:
    """Label (count,) things of which `first[i]` and `second[i]` belong together; numbered as they first appear."""
    return _join(np.ascontiguousarray(first, np.int32), np.ascontiguousarray(second, np.int32), count)


def weld_pairs(first: IntArray, second: IntArray, count: int) -> Weld:
    """Merge `first[i]` with `second[i]`, among (count,) things."""
    labels = join(first, second, count)
    new = np.diff(np.maximum.accumulate(labels), prepend=-1) > 0
    return Weld(labels, np.flatnonzero(new).astype(np.int32))


def _table_size(count: int) -> int:
    """Return a power of two that leaves a hash table at most half full."""
    return 1 << max(4, int(2 * count - 1).bit_length() if count else 4)


@compiled
def _same_rows(bits: NDArray[np.uint32], size: int) -> tuple[IntArray, IntArray]:
    table = np.full(size, -1, np.int32)
    mask = np.uint64(size - 1)
    labels = np.empty(len(bits), np.int32)
    first = np.empty(len(bits), np.int32)
    count = 0
    for i in range(len(bits)):
        # Hash of three words with the multipliers of SplitMix64: scans lie on lattices, whose low bits are alike.
        key = np.uint64(bits[i, 0]) * np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ (key >> np.uint64(29)) ^ np.uint64(bits[i, 1])) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(32)) ^ np.uint64(bits[i, 2])) * np.uint64(0x94D049BB133111EB)
        slot = (key ^ (key >> np.uint64(31))) & mask
        while True:
            known = table[slot]
            if known < 0:
                table[slot] = count
                first[count] = i
                labels[i] = count
                count += 1
                break
            j = first[known]
            if bits[j, 0] == bits[i, 0] and bits[j, 1] == bits[i, 1] and bits[j, 2] == bits[i, 2]:
                labels[i] = known
                break
            # Linear probing; the table is at most half full, so runs are short.
            slot = (slot + np.uint64(1)) & mask
    return labels, first[:count].copy()


@compiled
def _edges(faces: IntArray, vertex_count: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return the ends of each unique edge, where its half-edges start, and the half-edges in that order."""
    total = 3 * len(faces)
    # Counting sort by the lower vertex: counts, their running sum, then each half-edge into the next free place.
    starts = np.zeros(vertex_count + 1, np.int32)
    for f in range(len(faces)):
        for k in range(3):
            starts[min(faces[f, k], faces[f, (k + 1) % 3]) + 1] += 1
    for v in range(vertex_count):
        starts[v + 1] += starts[v]
    half_edges, highs = np.empty(total, np.int32), np.empty(total, np.int32)
    free = starts.copy()
    for f in range(len(faces)):
        for k in range(3):
            a, b = faces[f, k], faces[f, (k + 1) % 3]
            low = min(a, b)
            half_edges[free[low]], highs[free[low]] = 3 * f + k, max(a, b)
            free[low] += 1
    # Within one lower vertex, half-edges of equal higher vertex are one edge.
    vertices, first = np.empty((total, 2), np.int32), np.empty(total + 1, np.int32)
    count = 0
    for low in range(vertex_count):
        _sort_by_high(half_edges, highs, starts[low], starts[low + 1])
        for i in range(starts[low], starts[low + 1]):
            if i == starts[low] or highs[i] != highs[i - 1]:
                vertices[count, 0], vertices[count, 1] = low, highs[i]
                first[count] = i
                count += 1
    first[count] = total
    return vertices[:count].copy(), first[: count + 1].copy(), half_edges


@compiled
def _sort_by_high(half_edges: IntArray, highs: IntArray, start: int, stop: int) -> None:
    """Sort half-edges of one lower vertex by their higher one, those of one edge staying in their order."""
    if stop - start > FEW:
        # Both numbers in one key: the half-edge breaks ties, so that the order is that of the stable sort below.
        keys = np.empty(stop - start, np.int64)
        for i in range(start, stop):
            keys[i - start] = (np.int64(highs[i]) << 32) | half_edges[i]
        keys.sort()
        for i in range(start, stop):
            highs[i], half_edges[i] = keys[i - start] >> 32, keys[i - start] & 0xFFFFFFFF
        return
    for i in range(start + 1, stop):
        high, half_edge, j = highs[i], half_edges[i], i
        while j > start and highs[j - 1] > high:
            highs[j], half_edges[j] = highs[j - 1], half_edges[j - 1]
            j -= 1
        highs[j], half_edges[j] = high, half_edge


@compiled
def _root(parents: IntArray, i: int) -> int:
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


@compiled
def _link(parents: IntArray, a: int, b: int) -> None:
    """Hang the later root under the earlier one, so that a root is the first of its set."""
    a = _root(parents, a)
    b = _root(parents, b)
    if a < b:
        parents[b] = a
    else:
        parents[a] = b


@compiled
def _components(faces: IntArray, vertex_count: int) -> tuple[IntArray, int]:
    parents = np.arange(vertex_count).astype(np.int32)
    for f in range(len(faces)):
        _link(parents, faces[f, 0], faces[f, 1])
        _link(parents, faces[f, 0], faces[f, 2])
    # Roots are numbered as faces first meet them, which does not depend on how the sets were joined.
    numbers = np.full(vertex_count, -1, np.int32)
    labels = np.empty(len(faces), np.int32)
    count = 0
    for f in range(len(faces)):
        root = _root(parents, faces[f, 0])
        if numbers[root] < 0:
            numbers[root] = count
            count += 1
        labels[f] = numbers[root]
    return labels, count


@compiled
def _join(first: IntArray, second: IntArray, count: int) -> IntArray:
    parents = np.arange(count).astype(np.int32)
    for i in range(len(first)):
        _link(parents, first[i], second[i])
    labels = np.empty(count, np.int32)
    number = 0
    for i in range(count):
        root = _root(parents, i)
        # A root is the lowest of its set, so its number is known before any other member asks for it.
        if root == i:
            labels[i] = number
            number += 1
        else:
            labels[i] = labels[root]
    return labels
