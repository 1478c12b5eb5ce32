"""Boundary vertices of tiles that rounding has separated."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.topology import BoolArray, Edges, Weld, weld_pairs

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
