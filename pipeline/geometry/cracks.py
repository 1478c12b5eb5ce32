"""Tell the cracks that were opened in a surface from the edges it always had.

A rim is a run of edges that one face alone uses, once vertices at the same place count as one. A level's rim edge is
*opened* when its midpoint lies farther than a tolerance from every rim of the scan: simplifying may move the rim of a
hole a little, but a seam that comes apart, or a face that is lost, makes a rim where the scan had whole surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from pipeline.geometry.topology import edges_of, join, weld
from pipeline.model import DoubleArray, FloatArray, IntArray

MOST_PIECES = 1000
"""An edge is looked at in at most this many places."""


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
    """Return (k, 3) float32 points along every rim, no farther apart than spacing."""
    ends, places = rim_edges(positions, faces)
    if not len(ends):
        return np.zeros((0, 3), np.float32)
    tails, heads = places[ends[:, 0]], places[ends[:, 1]]
    pieces = np.ceil(np.linalg.norm(heads - tails, axis=1) / spacing)
    pieces = np.clip(pieces, 1, MOST_PIECES).astype(np.int64)
    edge = np.repeat(np.arange(len(ends)), pieces + 1)
    first = np.concatenate([[0], np.cumsum(pieces + 1)[:-1]])
    share = (np.arange(len(edge)) - first[edge]) / pieces[edge]
    return np.asarray(tails[edge] + share[:, None] * (heads[edge] - tails[edge]), np.float32)


def cracks(positions: FloatArray, faces: IntArray, known: FloatArray, tolerance: float) -> Cracks:
    """Count the rims whose edges' midpoints lie farther than tolerance from every known rim point (k, 3)."""
    ends, places = rim_edges(positions, faces)
    tails, heads = places[ends[:, 0]], places[ends[:, 1]]
    if len(known) and len(ends):
        far = cKDTree(known).query((tails + heads) / 2, distance_upper_bound=tolerance)[0] > tolerance
        ends, tails, heads = ends[far], tails[far], heads[far]
    if not len(ends):
        return Cracks()
    runs = join(ends[:, 0], ends[:, 1], len(places))[ends[:, 0]]
    return Cracks(len(np.unique(runs)), len(ends), float(np.linalg.norm(heads - tails, axis=1).sum()))
