"""What is dropped of a surface: loose pieces, duplicate triangles, and triangles without an area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.topology import BoolArray, Components, Weld, find_edges, same_rows, weld_pairs

LOOSE_SHARE = 0.0005
"""Share of the surface under which a piece that touches nothing is loose: what floats around a scan is smaller."""

LOOSE_TOTAL = 0.01
"""Share of the surface that all loose pieces together may take with them: foliage and triangle soups are no dust."""


@dataclass(frozen=True, eq=False)
class LoosePieces:
    """Pieces that float beside the scan.

    faces : (m,) bool, faces of the pieces to drop
    dropped, spared : pieces small enough to drop, and those of them that would have taken too much
    dropped_share, spared_share : their shares of the surface, 0..1
    """

    faces: BoolArray
    dropped: int
    dropped_share: float
    spared: int
    spared_share: float


def loose_pieces(
    components: Components, areas: DoubleArray, share: float = LOOSE_SHARE, total: float = LOOSE_TOTAL
) -> LoosePieces:
    """Choose pieces under `share` of the surface, smallest first, until they are `total` of it; never the largest."""
    # Small by itself, and together not too much: see `LOOSE_TOTAL`.
    sizes = np.bincount(components.labels, areas, components.count)
    shares = sizes / max(float(sizes.sum()), np.finfo(np.float64).tiny)
    small = shares < share
    if len(shares):
        small[np.argmax(shares)] = False
    order = np.flatnonzero(small)[np.argsort(shares[small], kind="stable")]
    fits = np.cumsum(shares[order]) <= total
    drop = np.zeros(components.count, np.bool_)
    drop[order[fits]] = True
    return LoosePieces(
        drop[components.labels],
        int(drop.sum()),
        float(shares[drop].sum()),
        int(len(order) - drop.sum()),
        float(shares[order[~fits]].sum()),
    )


_FEW = 32
"""Rows up to which each is compared with each; more, as around the hub of a wheel, are sorted first."""


def doubles(faces: IntArray, vertex_count: int) -> tuple[BoolArray, BoolArray]:
    """Return which of (m, 3) faces repeat an earlier one, and which lie back to back on another one wrongly.

    Two faces back to back may be a sheet that is meant to be seen from both sides: around it as many half-edges run
    one way as the other, and both stay. A lone face stuck to the back of a surface leaves the edges around it out of
    balance, and the one on the heavier side goes.
    """
    repeats = np.zeros(len(faces), np.bool_)
    strays = np.zeros(len(faces), np.bool_)
    rows, odd = _sorted_corners(faces)
    twins = np.flatnonzero(_have_twins(rows, vertex_count))
    if not len(twins):
        return repeats, strays
    # Only faces that have a twin at all are grouped: on most scans these are few.
    labels = same_rows(rows[twins]).labels
    repeats[twins] = True
    # Of each set of corners the first face of either turn stays. Where both turns are there, two
    # faces lie back to back.
    first = np.unique(2 * labels + odd[twins], return_index=True)[1]
    repeats[twins[first]] = False
    paired = np.sort(twins[first][np.bincount(labels[first])[labels[first]] > 1])
    if len(paired):
        strays[paired[_are_stray(faces, repeats, paired, vertex_count)]] = True
    return repeats, strays


def _are_stray(faces: IntArray, repeats: BoolArray, paired: NDArray[np.integer], vertex_count: int) -> BoolArray:
    """Return which paired faces have two edges or more on which more half-edges run with the face than against it."""
    touched = np.zeros(vertex_count, np.bool_)
    touched[faces[paired].reshape(-1)] = True
    # The balance of an edge takes in all faces on it, so those beside the pairs are looked at too.
    around = np.flatnonzero(_share_edges(faces, touched) & ~repeats)
    near = faces[around]
    edges = find_edges(near, vertex_count)
    forward = np.where(near < np.roll(near, -1, axis=1), 1, -1)
    of_half_edges = edges.of_half_edges()
    balance = np.bincount(of_half_edges, forward.reshape(-1), len(edges.vertices))
    surplus = (forward * balance[of_half_edges].reshape(-1, 3) > 0).sum(axis=1)
    return np.asarray(surplus[np.searchsorted(around, paired)] >= 2)


@compiled
def _share_edges(faces: IntArray, touched: BoolArray) -> BoolArray:
    """Return which faces have two touched corners or more."""
    shared = np.empty(len(faces), np.bool_)
    for f in range(len(faces)):
        count = 0
        for k in range(3):
            count += touched[faces[f, k]]
        shared[f] = count >= 2
    return shared


@compiled
def _have_twins(rows: NDArray[np.uint32], vertex_count: int) -> BoolArray:
    """Return which rows of three sorted corners occur more than once.

    Rows with the same lowest corner, of which there are two on average, are compared with each other; a table of all
    rows, as `same_rows` has it, takes twice as long, for it looks all over memory.
    """
    # Counting sort by the lowest corner, then each group by itself.
    starts = np.zeros(vertex_count + 1, np.int32)
    for f in range(len(rows)):
        starts[rows[f, 0] + 1] += 1
    for v in range(vertex_count):
        starts[v + 1] += starts[v]
    grouped = np.empty(len(rows), np.int32)
    ends = starts[:-1].copy()
    for f in range(len(rows)):
        grouped[ends[rows[f, 0]]] = f
        ends[rows[f, 0]] += 1
    twins = np.zeros(len(rows), np.bool_)
    for v in range(vertex_count):
        group = grouped[starts[v] : starts[v + 1]]
        if len(group) > _FEW:
            keys = np.empty(len(group), np.uint64)
            for i in range(len(group)):
                keys[i] = (np.uint64(rows[group[i], 1]) << np.uint64(32)) | np.uint64(rows[group[i], 2])
            group = group[np.argsort(keys)]
        for i in range(len(group)):
            last = min(i + 2, len(group)) if len(group) > _FEW else len(group)
            for j in range(i + 1, last):
                a, b = group[i], group[j]
                if rows[a, 1] == rows[b, 1] and rows[a, 2] == rows[b, 2]:
                    twins[a] = True
                    twins[b] = True
    return twins


@compiled
def _sorted_corners(faces: IntArray) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Sort the corners of each face, and return whether that took an odd number of swaps."""
    rows = np.empty((len(faces), 3), np.uint32)
    odd = np.zeros(len(faces), np.uint8)
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        if a > b:
            a, b = b, a
            odd[f] ^= 1
        if b > c:
            b, c = c, b
            odd[f] ^= 1
        if a > b:
            a, b = b, a
            odd[f] ^= 1
        rows[f, 0], rows[f, 1], rows[f, 2] = a, b, c
    return rows, odd


HALF_STEP = 2.0**-24
"""Half the distance of two neighbouring float32, relative to their size."""


def degenerate(positions: FloatArray, faces: IntArray) -> BoolArray:
    """Return which of (m, 3) faces are no higher over their longest side than the rounding of their own corners."""
    return _shortest_sides(positions, faces)[0] >= 0


def needles(positions: FloatArray, faces: IntArray) -> Weld:
    """Merge the ends of the shortest side of each of (k, 3) degenerate faces, where rounding alone keeps them apart."""
    shortest, tight = _shortest_sides(positions, faces)
    rows = np.flatnonzero(tight & (shortest >= 0))
    corners = shortest[rows].astype(np.intp)
    return weld_pairs(faces[rows, corners], faces[rows, (corners + 1) % 3], len(positions))


@compiled
def flat(positions: FloatArray, a: int, b: int, c: int) -> int:
    """Return the corner at which the shortest side of a degenerate triangle begins, -1 for a sound one.

    3 more when that side is within rounding, too. The size of the corners says how far they may be rounded.
    """
    size, ab, bc, ca, square = 0.0, 0.0, 0.0, 0.0, 0.0
    for d in range(3):
        e = (d + 1) % 3
        ad, bd, cd = np.float64(positions[a, d]), np.float64(positions[b, d]), np.float64(positions[c, d])
        ae, be, ce = np.float64(positions[a, e]), np.float64(positions[b, e]), np.float64(positions[c, e])
        size = max(size, abs(ad), abs(bd), abs(cd))
        ab += (bd - ad) * (bd - ad)
        bc += (cd - bd) * (cd - bd)
        ca += (ad - cd) * (ad - cd)
        square += ((bd - ad) * (ce - ae) - (be - ae) * (cd - ad)) ** 2
    # Twice the area over the longest side is the height: squared, without a root, against what float32 rounds.
    rounding = (size * HALF_STEP) ** 2
    shortest = 0 if ab <= bc and ab <= ca else (1 if bc <= ca else 2)
    if a != b and b != c and c != a and square > max(ab, bc, ca) * rounding:
        return -1
    return shortest + (3 if min(ab, bc, ca) <= 4 * rounding else 0)


@compiled
def _shortest_sides(positions: FloatArray, faces: IntArray) -> tuple[np.ndarray, BoolArray]:
    """Return (m,) where the shortest side of each degenerate face begins, -1 for sound faces, and if it is tight."""
    shortest = np.empty(len(faces), np.int8)
    tight = np.zeros(len(faces), np.bool_)
    for f in range(len(faces)):
        kind = flat(positions, faces[f, 0], faces[f, 1], faces[f, 2])
        tight[f] = kind >= 3
        shortest[f] = kind - 3 if kind >= 3 else kind
    return shortest, tight
