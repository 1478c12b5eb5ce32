"""Cracks that simplification opened in a surface, told apart from the boundaries that it always had.

A boundary is a run of edges that only one face uses, once vertices at the same position count as one. A boundary edge
of a level is *opened* when its midpoint lies farther than a tolerance from every boundary of the scan: simplification
may move the boundary of a hole a little, but a seam that comes apart, or a lost face, makes a boundary where the scan
had a closed surface. A chord, with both ends on the scan's boundaries and its middle off by a small part of its length,
is not a crack.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.topology import BoolArray, edges_of, join, same_rows, weld

MOST_PIECES = 1000
"""An edge is looked at in at most this many places."""

CHORD = 0.3
"""Part of its length that a chord's middle may lie off the rim: the side of a triangle inscribed in a circle is off by
0.289 of it, a cut across a corner by 0.354, a tear from rim to rim by 0.5."""


@dataclass(frozen=True)
class Cracks:
    """Rims that a level has where its scan had none.

    count : runs of such edges that hang together: a seam that parts is one or two, a lost face is one
    edge_count : edges in them
    length : of all those edges together, in the unit of the positions
    """

    count: int = 0
    edge_count: int = 0
    length: float = 0.0


def rim_edges(positions: FloatArray, faces: IntArray) -> tuple[IntArray, DoubleArray]:
    """Return the vertices (e, 2) int32 at the ends of each rim edge, and the places (k, 3) float64 they number.

    Vertices at one place count as one; faces that shrink to an edge or a point thereby are left out.
    """
    welded = weld(positions)
    joined = welded.labels[faces]
    a, b, c = joined.T
    whole = joined[(a != b) & (b != c) & (c != a)]
    edges = edges_of(whole, len(welded.first))
    return edges.vertices[edges.boundary], positions[welded.first].astype(np.float64)


def rim_points(positions: FloatArray, faces: IntArray, spacing: float) -> FloatArray:
    """Return (k, 3) float32 points along every rim, no farther apart than spacing.

    A face that lies on another, wound alike, counts once: a flap that a scan has twice is open all the same.
    """
    ends, places = rim_edges(positions, _once(positions, faces))
    if not len(ends):
        return np.zeros((0, 3), np.float32)
    tails, heads = places[ends[:, 0]], places[ends[:, 1]]
    pieces = np.ceil(np.linalg.norm(heads - tails, axis=1) / spacing)
    pieces = np.clip(pieces, 1, MOST_PIECES).astype(np.int64)
    edge = np.repeat(np.arange(len(ends)), pieces + 1)
    first = np.concatenate([[0], np.cumsum(pieces + 1)[:-1]])
    share = (np.arange(len(edge)) - first[edge]) / pieces[edge]
    return np.asarray(tails[edge] + share[:, None] * (heads[edge] - tails[edge]), np.float32)


def _once(positions: FloatArray, faces: IntArray) -> IntArray:
    """Return faces without those that have the same corners, in the same turn, as an earlier one."""
    joined = weld(positions).labels[faces].reshape(-1, 3)
    turn = (joined.argmin(axis=1)[:, None] + np.arange(3)) % 3
    return faces[same_rows(np.take_along_axis(joined, turn, axis=1).astype(np.uint32)).first]


def cracks(positions: FloatArray, faces: IntArray, reference: FloatArray, tolerance: float) -> Cracks:
    """Count the rims whose edges lie farther than tolerance from every known rim point (k, 3), and are no chords."""
    ends, places = rim_edges(positions, faces)
    tails, heads = places[ends[:, 0]], places[ends[:, 1]]
    if len(reference) and len(ends):
        opened = _are_opened(tails, heads, cKDTree(reference), tolerance)
        ends, tails, heads = ends[opened], tails[opened], heads[opened]
    if not len(ends):
        return Cracks()
    runs = join(ends[:, 0], ends[:, 1], len(places))[ends[:, 0]]
    return Cracks(len(np.unique(runs)), len(ends), float(np.linalg.norm(heads - tails, axis=1).sum()))


def _are_opened(tails: DoubleArray, heads: DoubleArray, reference: cKDTree, tolerance: float) -> BoolArray:
    """Say which edges (e, 3) to (e, 3) leave the known rim points."""
    off = reference.query((tails + heads) / 2)[0]
    on_rim = np.maximum(reference.query(tails)[0], reference.query(heads)[0]) <= tolerance
    chord = np.where(on_rim, CHORD * np.linalg.norm(heads - tails, axis=1), 0.0)
    return np.asarray(off > np.maximum(tolerance, chord))
