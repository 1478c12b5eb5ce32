"""Distance of points from triangles, with the triangles in cells as seen from above."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from carreau.air.airborne.lattice import Lattice
from carreau.air.airborne.survey_data import Accuracy
from carreau.base.jit import compiled, compiled_bare
from carreau.base.model import DoubleArray, IntArray

CELL_M = 1.0

MOST_JUDGED = 500_000
"""Points that an accuracy is told from, of more every nth: the median and the 95 % are then within 1 % of all's."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Points that an accuracy is told from.

    points : (k, 3) float64, of more than `MOST_JUDGED` every nth: a systematic sample in the order they are given in
    count : how many there are
    """

    points: DoubleArray
    count: int

    @classmethod
    def of(cls, points: DoubleArray) -> Sample:
        """Return a sample of points (n, 3) that does not keep these in memory."""
        every = -(-len(points) // MOST_JUDGED)
        return cls(points if every <= 1 else points[::every].copy(), len(points))

    def accuracy(self, positions: DoubleArray, faces: IntArray) -> Accuracy | None:
        """Return how far the points are from triangles; None without points or triangles."""
        if not self.count or not len(faces):
            return None
        away = distances(self.points, positions, faces)
        median, p95 = np.percentile(away, [50, 95])
        return Accuracy(self.count, float(median), float(p95), float(np.sqrt((away**2).mean())))


def accuracy(
    points: DoubleArray, positions: DoubleArray, faces: IntArray, origin: DoubleArray | None = None
) -> Accuracy | None:
    """Return how far points (n, 3) are from triangles, told from a sample of them; None without points or triangles.

    origin : (3,) of the triangles, in the coordinates of the points; the same as theirs if None
    """
    sample = Sample.of(points)
    return Sample(sample.points if origin is None else sample.points - origin, sample.count).accuracy(positions, faces)


def distances(points: DoubleArray, positions: DoubleArray, faces: IntArray) -> DoubleArray:
    """Return (n,) distances of points (n, 3) from the closest of triangles, exact."""
    corners = np.ascontiguousarray(positions, np.float64)[faces]
    low, high = corners[:, :, :2].min(axis=(0, 1)), corners[:, :, :2].max(axis=(0, 1))
    columns, rows = (max(1, math.ceil(length / CELL_M)) for length in high - low)
    starts, members = binned(corners, low[0], low[1], rows, columns, CELL_M)
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    bare = (np.diff(starts) == 0).reshape(rows, columns)
    away = np.asarray(ndimage.distance_transform_cdt(bare, "chessboard"), np.int32)
    result = np.empty(len(points))
    _measure(
        np.ascontiguousarray(points), corners, boxes, low[0], low[1], rows, columns, CELL_M, starts, members, away,
        result,
    )  # fmt: skip
    return result


@compiled
def _outside(x: float, y: float, corners: DoubleArray, f: int) -> float:
    """Return the distance of a place from a triangle as seen from above."""
    inside, positive, negative = math.inf, False, False
    for k in range(3):
        ax, ay = corners[f, k, 0], corners[f, k, 1]
        dx, dy = corners[f, (k + 1) % 3, 0] - ax, corners[f, (k + 1) % 3, 1] - ay
        cross = dx * (y - ay) - dy * (x - ax)
        positive, negative = positive or cross > 0, negative or cross < 0
        square = dx * dx + dy * dy
        t = min(1.0, max(0.0, ((x - ax) * dx + (y - ay) * dy) / square)) if square > 0 else 0.0
        inside = min(inside, math.hypot(x - ax - t * dx, y - ay - t * dy))
    return inside if positive and negative else 0.0 if positive or negative else inside


@compiled
def binned(
    corners: DoubleArray, west: float, south: float, rows: int, columns: int, cell: float
) -> tuple[IntArray, IntArray]:
    """Return which triangles come into each cell, or into one beside it."""
    counts = np.zeros(rows * columns + 1, np.int32)
    members = np.empty(0, np.int32)
    for filling in range(2):
        if filling:
            for i in range(rows * columns):
                counts[i + 1] += counts[i]
            members = np.empty(counts[-1], np.int32)
            nexts = counts.copy()
        for f in range(len(corners)):
            x0, x1 = corners[f, :, 0].min() - west, corners[f, :, 0].max() - west
            y0, y1 = corners[f, :, 1].min() - south, corners[f, :, 1].max() - south
            r0, r1 = max(0, int(y0 / cell)), min(rows - 1, int(y1 / cell))
            c0, c1 = max(0, int(x0 / cell)), min(columns - 1, int(x1 / cell))
            is_small = r1 - r0 < 2 and c1 - c0 < 2  # those of crowns are: to look at one in vain costs less than to ask
            for r in range(r0, r1 + 1):
                for c in range(c0, c1 + 1):
                    x, y = west + (c + 0.5) * cell, south + (r + 0.5) * cell
                    if is_small or _outside(x, y, corners, f) <= 0.70711 * cell:
                        if filling:
                            members[nexts[r * columns + c]] = f
                            nexts[r * columns + c] += 1
                        else:
                            counts[r * columns + c + 1] += 1
    return counts, members


@compiled_bare
def _to_triangle(px: float, py: float, pz: float, corners: DoubleArray, f: int) -> float:
    """Return the square of the distance from a triangle: C. Ericson, "Real-Time Collision Detection", 2005, 5.1.5."""
    ax, ay, az = corners[f, 0, 0], corners[f, 0, 1], corners[f, 0, 2]
    abx, aby, abz = corners[f, 1, 0] - ax, corners[f, 1, 1] - ay, corners[f, 1, 2] - az
    acx, acy, acz = corners[f, 2, 0] - ax, corners[f, 2, 1] - ay, corners[f, 2, 2] - az
    apx, apy, apz = px - ax, py - ay, pz - az
    d1, d2 = abx * apx + aby * apy + abz * apz, acx * apx + acy * apy + acz * apz
    if d1 <= 0 and d2 <= 0:
        return float(apx * apx + apy * apy + apz * apz)
    bpx, bpy, bpz = apx - abx, apy - aby, apz - abz
    d3, d4 = abx * bpx + aby * bpy + abz * bpz, acx * bpx + acy * bpy + acz * bpz
    if d3 >= 0 and d4 <= d3:
        return float(bpx * bpx + bpy * bpy + bpz * bpz)
    cpx, cpy, cpz = apx - acx, apy - acy, apz - acz
    d5, d6 = abx * cpx + aby * cpy + abz * cpz, acx * cpx + acy * cpy + acz * cpz
    if d6 >= 0 and d5 <= d6:
        return float(cpx * cpx + cpy * cpy + cpz * cpz)
    vc, vb, va = d1 * d4 - d3 * d2, d5 * d2 - d1 * d6, d3 * d6 - d5 * d4
    if vc <= 0 and d1 >= 0 and d3 <= 0:
        v, w = d1 / (d1 - d3), 0.0
    elif vb <= 0 and d2 >= 0 and d6 <= 0:
        v, w = 0.0, d2 / (d2 - d6)
    elif va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        w = (d4 - d3) / ((d4 - d3) + (d5 - d6))
        v = 1 - w
    else:
        total = va + vb + vc
        v, w = vb / total, vc / total
    x, y, z = apx - v * abx - w * acx, apy - v * aby - w * acy, apz - v * abz - w * acz
    return float(x * x + y * y + z * z)


@compiled_bare
def _to_box(x: float, y: float, z: float, boxes: DoubleArray, f: int) -> float:
    """Return the square of the distance from the box around a triangle: that from the triangle is no less."""
    dx = max(boxes[f, 0] - x, x - boxes[f, 3], 0.0)
    dy = max(boxes[f, 1] - y, y - boxes[f, 4], 0.0)
    dz = max(boxes[f, 2] - z, z - boxes[f, 5], 0.0)
    return float(dx * dx + dy * dy + dz * dz)


@compiled_bare
def _measure(
    points: DoubleArray,
    corners: DoubleArray,
    boxes: DoubleArray,
    west: float,
    south: float,
    rows: int,
    columns: int,
    cell: float,
    starts: IntArray,
    members: IntArray,
    away: IntArray,
    result: DoubleArray,
) -> None:
    """Fill in the distances; away is how many rings of cells about each (rows, columns) have no triangles."""
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        c, r = math.floor((x - west) / cell), math.floor((y - south) / cell)
        # A place outside begins at the ring that reaches the cells.
        ring = max(0, -c, -r, c - columns + 1, r - rows + 1)
        if ring == 0:
            ring = away[r, c]
        least = math.inf
        while True:
            for rr in range(max(0, r - ring), min(rows, r + ring + 1)):
                step = 1 if abs(rr - r) == ring else max(1, 2 * ring)
                for cc in range(c - ring, c + ring + 1, step):
                    if 0 <= cc < columns:
                        for k in range(starts[rr * columns + cc], starts[rr * columns + cc + 1]):
                            f = members[k]
                            if _to_box(x, y, z, boxes, f) < least:
                                least = min(least, _to_triangle(x, y, z, corners, f))
            # What lies in farther rings is at least so far away.
            reach = ring * cell + min(
                x - west - c * cell, y - south - r * cell, west + (c + 1) * cell - x, south + (r + 1) * cell - y
            )
            if least <= reach * reach or ring > rows + columns + max(abs(c), abs(r)):
                break
            ring += 1
        result[i] = math.sqrt(least)


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
