"""How far roofs stand out over their walls, from the points of walls that were seen below them."""

from __future__ import annotations

import math

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from carreau.air.airborne.nearest_edges import nearest_edges
from carreau.air.airborne.roofs.partition import Partition, PlanarEdges
from carreau.air.airborne.roofs.planes import RoofPlanes
from carreau.base.model import DoubleArray, IntArray

BELOW_M = 0.35
"""A point so far below its roof is on a wall."""

MOST_M, LEAST_M = 1.0, 0.12
"""Eaves stand out by so much; what seems to be more is something else."""

A_METRE, LEAST_POINTS = 0.4, 5
"""Points that a metre of wall, and a wall, need to be placed by them."""

INSIDE_M = 0.08
"""A corner of the walls has a roof above it, or so near, or is not set back."""

ACROSS, ALONG = 0.3, 0.95
"""Cosines: walls are set back across an edge between two roofs, or along it; at a slant they would cut its wall."""

EAVES_M = 0.2
"""Thickness of eaves."""

STRAIGHT = math.cos(math.radians(8))
"""Walls that turn by less where they meet are one."""


def setbacks(plan: Partition, edges: PlanarEdges, roofs: RoofPlanes, points: DoubleArray) -> DoubleArray:
    """Return (e,) how far the walls below edges of roofs stand back: 0 where no points tell.

    Only outer edges have eaves: those with a roof on one side.
    """
    result = np.zeros(len(edges.edges))
    labels = np.append(plan.labels, -1)
    left, right = labels[edges.left], labels[edges.right]
    outer = np.flatnonzero(((left > 0) & (right == 0)) | ((left == 0) & (right > 0))).astype(np.int32)
    if not len(outer):
        return result
    nearest, off = nearest_edges(points, edges.vertices[edges.edges[outer]], MOST_M)
    number = np.flatnonzero(nearest >= 0)
    nearest, off = nearest[number], off[number]
    edge = outer[nearest]
    roof = np.maximum(left[edge], right[edge])
    under = roofs.heights(roof, points[number]) - points[number, 2] > BELOW_M
    a, b = edges.vertices[edges.edges[edge, 0]], edges.vertices[edges.edges[edge, 1]]
    cross = (b - a)[:, 0] * (points[number, 1] - a[:, 1]) - (b - a)[:, 1] * (points[number, 0] - a[:, 0])
    inside = (cross > 0) == (left[edge] > 0)
    near, off = nearest[under], np.where(inside, off, 0.0)[under]
    count, wall = _walls(edges, outer)
    lengths = np.bincount(wall, edges.lengths[outer], minlength=count)
    order = np.argsort(wall[near], kind="stable")
    starts = np.searchsorted(wall[near][order], np.arange(count + 1))
    for k in range(count):
        mine = off[order[starts[k] : starts[k + 1]]]
        if len(mine) >= max(LEAST_POINTS, A_METRE * lengths[k]):
            middle = float(np.median(mine))
            result[outer[wall == k]] = middle if middle >= LEAST_M else 0.0
    return result


def _walls(edges: PlanarEdges, outer: IntArray) -> tuple[int, IntArray]:
    """Return how many straight walls the outer edges make, and which each is of."""
    ends = edges.edges[outer]
    way = edges.vertices[ends[:, 1]] - edges.vertices[ends[:, 0]]
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    order = np.argsort(ends.ravel(), kind="stable")
    vertex, edge = ends.ravel()[order], order // 2
    pairs = [
        (edge[i], edge[k])
        for i in range(len(vertex))
        for k in range(i + 1, min(i + 4, len(vertex)))
        if vertex[i] == vertex[k] and abs(way[edge[i]] @ way[edge[k]]) > STRAIGHT
    ]
    joined = np.asarray(pairs, np.int32).reshape(-1, 2)
    shape = (len(outer), len(outer))
    count, wall = connected_components(coo_array((np.ones(len(joined)), joined.T), shape=shape), directed=False)
    return int(count), wall.astype(np.int32)


def shifts(plan: Partition, edges: PlanarEdges, roofs: RoofPlanes, back: DoubleArray) -> DoubleArray:
    """Return (v, 2) by how much the walls below each corner are moved inwards: the corner of the walls set back.

    Corners where more than two outer walls meet stay, and those of walls that would turn about.
    """
    labels = np.append(plan.labels, -1)
    outer = ((labels[edges.left] > 0) & (labels[edges.right] == 0)) | (
        (labels[edges.left] == 0) & (labels[edges.right] > 0)
    )
    way = edges.vertices[edges.edges[:, 1]] - edges.vertices[edges.edges[:, 0]]
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    inward = np.column_stack([-way[:, 1], way[:, 0]]) * np.where(labels[edges.left] > 0, 1, -1)[:, None]
    result = np.zeros_like(edges.vertices)
    around: dict[int, list[int]] = {}
    for e in np.flatnonzero(outer).tolist():
        for v in edges.edges[e].tolist():
            around.setdefault(v, []).append(e)
    for v, near in around.items():
        if len(near) == 2 and back[near].any():
            one, other = inward[near]
            if one @ other > STRAIGHT:
                result[v] = (one + other) / 2 * back[near].mean()
            elif one @ other > -0.9:
                result[v] = np.linalg.solve(inward[near], back[near])
    moved = outer & (back > 0)
    roof = np.maximum(labels[edges.left], labels[edges.right])[moved]
    tree = shapely.STRtree(plan.polygons)
    for corner in edges.edges[moved].T:
        places = edges.vertices[corner] + result[corner]
        number, above = tree.query(shapely.points(places), "dwithin", INSIDE_M)
        level = roofs.heights(roof, edges.vertices[corner])[number]
        high = (plan.labels[above] > 0) & (roofs.heights(plan.labels[above], places[number]) > level - EAVES_M)
        covered = np.zeros(len(corner), bool)
        covered[number[high]] = True
        result[corner[~covered]] = 0
    inner = (labels[edges.left] > 0) & (labels[edges.right] > 0)
    for k, sign in ((0, 1), (1, -1)):
        corner = edges.edges[inner, k]
        far = np.linalg.norm(result[corner], axis=1)
        along = (result[corner] * way[inner]).sum(axis=1) * sign / np.maximum(far, 1e-9)
        result[corner[(far > 0) & (along > ACROSS) & (along < ALONG)]] = 0
    for _ in range(3):
        first, last = edges.edges[outer].T
        turned = ((edges.vertices[last] + result[last] - edges.vertices[first] - result[first]) * way[outer]).sum(
            axis=1
        )
        short = turned < 0.1 * edges.lengths[outer]
        result[first[short]], result[last[short]] = 0, 0
    return result
