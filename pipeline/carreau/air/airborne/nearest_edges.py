"""The edge nearest to each place, among edges in cells as seen from above."""

from __future__ import annotations

import math

import numpy as np

from carreau.air.airborne.lattice import Lattice
from carreau.base.jit import compiled, compiled_bare
from carreau.base.model import DoubleArray, IntArray

CELL_M = 1.0


def nearest_edges(places: DoubleArray, edges: DoubleArray, most: float) -> tuple[IntArray, DoubleArray]:
    """Return which of the edges (e, 2, 2) is nearest to each place (n, 2+), and how far it is: (n,) each.

    most : metres; where no edge is so near the number is -1. Of edges as near as each other the last counts.
    """
    found, away = np.full(len(places), -1, np.int32), np.full(len(places), math.inf)
    if len(edges) and len(places):
        low, high = edges.min(axis=(0, 1)) - most, edges.max(axis=(0, 1)) + most
        lattice = Lattice.over((*low.tolist(), *high.tolist()), CELL_M)
        edges = np.ascontiguousarray(edges)
        starts, members = _binned(edges, low[0], low[1], lattice.rows, lattice.columns, CELL_M, most)
        _nearest(
            np.ascontiguousarray(places), edges, low[0], low[1], lattice.rows, lattice.columns, CELL_M, most,
            starts, members, found, away,
        )  # fmt: skip
    return found, away


@compiled_bare
def _to_edge(x: float, y: float, edges: DoubleArray, e: int) -> float:
    """Return the distance of a place from an edge."""
    ax, ay = edges[e, 0, 0], edges[e, 0, 1]
    dx, dy = edges[e, 1, 0] - ax, edges[e, 1, 1] - ay
    square = dx * dx + dy * dy
    t = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / square)) if square > 0 else 0.0
    return math.hypot(x - ax - t * dx, y - ay - t * dy)


@compiled
def _binned(
    edges: DoubleArray, west: float, south: float, rows: int, columns: int, cell: float, most: float
) -> tuple[IntArray, IntArray]:
    """Return which edges some place in each cell may be near to."""
    counts = np.zeros(rows * columns + 1, np.int32)
    members = np.empty(0, np.int32)
    nexts = counts
    for filling in range(2):
        if filling:
            for i in range(rows * columns):
                counts[i + 1] += counts[i]
            members = np.empty(counts[-1], np.int32)
            nexts = counts.copy()
        for e in range(len(edges)):
            x0, x1 = min(edges[e, 0, 0], edges[e, 1, 0]) - most, max(edges[e, 0, 0], edges[e, 1, 0]) + most
            y0, y1 = min(edges[e, 0, 1], edges[e, 1, 1]) - most, max(edges[e, 0, 1], edges[e, 1, 1]) + most
            for r in range(int((y0 - south) / cell), min(rows - 1, int((y1 - south) / cell)) + 1):
                for c in range(int((x0 - west) / cell), min(columns - 1, int((x1 - west) / cell)) + 1):
                    x, y = west + (c + 0.5) * cell, south + (r + 0.5) * cell
                    if _to_edge(x, y, edges, e) <= most + 0.70711 * cell:
                        if filling:
                            members[nexts[r * columns + c]] = e
                            nexts[r * columns + c] += 1
                        else:
                            counts[r * columns + c + 1] += 1
    return counts, members


@compiled_bare
def _nearest(
    places: DoubleArray,
    edges: DoubleArray,
    west: float,
    south: float,
    rows: int,
    columns: int,
    cell: float,
    most: float,
    starts: IntArray,
    members: IntArray,
    found: IntArray,
    away: DoubleArray,
) -> None:
    for i in range(len(places)):
        x, y = places[i, 0], places[i, 1]
        r, c = math.floor((y - south) / cell), math.floor((x - west) / cell)
        if not (0 <= r < rows and 0 <= c < columns):
            continue
        for k in range(starts[r * columns + c], starts[r * columns + c + 1]):
            off = _to_edge(x, y, edges, members[k])
            if off <= most and off <= away[i]:
                found[i], away[i] = members[k], off
