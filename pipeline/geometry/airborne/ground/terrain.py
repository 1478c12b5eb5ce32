"""The ground as a triangulated irregular network of few triangles.

Points are inserted where the network is farthest from them (M. Garland and P. Heckbert, "Fast polygonal approximation
of terrains and height fields", 1995), and then all heights are adjusted together so that the sum of the squared
distances of the points is least: a vertex that is a point carries that point's noise, an adjusted one does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array, csc_array, eye_array
from scipy.sparse.linalg import splu
from scipy.spatial import Delaunay, cKDTree

from pipeline.geometry.airborne.closest import binned
from pipeline.geometry.airborne.extent import Extent, covers, is_box, sides_of
from pipeline.geometry.airborne.lattice import Bounds, Lattice
from pipeline.jit import compiled, compiled_bare
from pipeline.model import DoubleArray, IntArray

CELL_M = 0.5
"""Points within a cell count as one, their mean."""

TOLERANCE_M = 0.07
"""Largest distance of such a mean from the network. Noise is 2 to 3 cm; a kerb is 10 to 15 cm."""

ROUNDS = 24
"""Rounds of insertion, one point a triangle each; what is left is where the ground is steeper than triangles go."""

FEW = 0.002
"""Share of the vertices: a round that inserts fewer is the last. Six more would insert one in a thousand."""

SAME_M = 1e-4
"""Vertices no farther apart are one."""

BORDER_STEP_M, STRIP_STEP_M = 8.0, 2.0
"""Distance of the first vertices along the border of a box, and along that of a strip.

In a strip, points nearer to the border than half of that become no vertices: no other vertex lies in the circle about
an edge of the border then, so that all of these are edges of the network, too.
"""

LOCATE_M = 1.0
"""Cells that triangles are looked up in."""

HOLD = 0.05
"""How firmly a height stays where it was while all are adjusted, in points: those that no point lies near stay."""


@dataclass(frozen=True, eq=False)
class Tin:
    """A triangulated irregular network.

    positions : (n, 3) float64
    faces : (m, 3) int32, counter-clockwise from above
    """

    positions: DoubleArray
    faces: IntArray

    def with_border(self, places: DoubleArray, extent: Extent) -> Tin:
        """Return the network with more vertices, at places (k, 2) on the border of its extent."""
        known = cKDTree(self.positions[:, :2]).query(places)[0] < SAME_M
        more = np.column_stack([places[~known], self.heights(places[~known])])
        vertices = np.concatenate([self.positions, more])
        return Tin(vertices, _triangulated(vertices, extent))

    def heights(self, places: DoubleArray) -> DoubleArray:
        """Return (k,) heights at places (k, 2), those outside as at the nearest border."""
        corners, bounds, (rows, columns), starts, members = self._cells
        result = np.empty(len(places))
        _interpolate(np.ascontiguousarray(places), corners, bounds, rows, columns, LOCATE_M, starts, members, result)
        missed = np.flatnonzero(np.isnan(result))
        if len(missed):
            low, high = self.positions[:, :2].min(axis=0), self.positions[:, :2].max(axis=0)
            nearest = cKDTree(self.positions[:, :2]).query(np.clip(places[missed, :2], low, high))[1]
            result[missed] = self.positions[nearest, 2]
        return result

    @cached_property
    def _cells(self) -> tuple[DoubleArray, Bounds, tuple[int, int], IntArray, IntArray]:
        """Return the corners (m, 3, 3) of the triangles, and which of them come into each cell as seen from above."""
        (west, south), (east, north) = (edge(self.positions[:, :2], axis=0).tolist() for edge in (np.min, np.max))
        lattice = Lattice.over((west, south, east, north), LOCATE_M)
        corners = np.ascontiguousarray(self.positions[self.faces])
        starts, members = binned(corners, west, south, *lattice.shape, LOCATE_M)
        return corners, (west, south, east, north), lattice.shape, starts, members


def terrain(ground: DoubleArray, extent: Extent) -> Tin:
    """Return the network of ground points (n, 3) within an extent, which it covers wholly and nothing else."""
    bounds = extent.bounds
    means, counts = cell_means(ground, bounds)
    rim = _rim(extent)
    vertices = np.column_stack([rim, _nearby_heights(means, rim)])
    lattice = Lattice.over(bounds, CELL_M)
    slots = np.full(lattice.shape, -1, np.int32)
    usable = np.arange(len(means), dtype=np.int32)
    if not is_box(extent):
        usable = usable[covers(extent.buffer(-STRIP_STEP_M / 2), means)]
    slots[lattice.cells(means[usable])] = usable
    faces = _triangulated(vertices, extent)
    for _ in range(ROUNDS):
        _, worst = _worst(vertices, faces, means, slots, lattice.west, lattice.south, CELL_M, TOLERANCE_M)
        worst = np.unique(worst[worst >= 0])
        if not len(worst):
            break
        slots[lattice.cells(means[worst])] = -1
        vertices = np.concatenate([vertices, means[worst]])
        faces = _triangulated(vertices, extent)
        if len(worst) < FEW * len(vertices):
            break
    slots[lattice.cells(means)] = np.arange(len(means), dtype=np.int32)
    triangles, _ = _worst(vertices, faces, means, slots, lattice.west, lattice.south, CELL_M, math.inf)
    vertices[:, 2] = _adjusted(vertices, faces, means, counts, triangles)
    return Tin(vertices, faces)


def cell_means(points: DoubleArray, bounds: Bounds) -> tuple[DoubleArray, DoubleArray]:
    """Return the mean of the points (n, 3) in each cell that has any, (k, 3), and how many they are, (k,)."""
    lattice = Lattice.over(bounds, CELL_M)
    rows, columns = lattice.cells(points)
    keys, where = np.unique(rows.astype(np.int64) * lattice.columns + columns, return_inverse=True)
    counts = np.bincount(where, minlength=len(keys)).astype(np.float64)
    sums = np.column_stack([np.bincount(where, points[:, d], minlength=len(keys)) for d in range(3)])
    return sums / counts[:, None], counts


def _rim(extent: Extent) -> DoubleArray:
    """Return places along the border, each once."""
    step = BORDER_STEP_M if is_box(extent) else STRIP_STEP_M
    places = []
    for start, end in sides_of(extent):
        count = max(2, round(float(np.linalg.norm(end - start)) / step) + 1)
        places.append(np.column_stack([np.linspace(start[k], end[k], count) for k in range(2)]))
    return np.asarray(np.unique(np.concatenate(places), axis=0))


def _nearby_heights(means: DoubleArray, places: DoubleArray) -> DoubleArray:
    """Return heights at places (k, 2), weighed by nearness from up to six points."""
    distances, nearest = cKDTree(means[:, :2]).query(places, k=list(range(1, min(6, len(means)) + 1)))
    weights = 1 / (np.asarray(distances) + 0.05)
    return np.asarray((means[nearest, 2] * weights).sum(axis=1) / weights.sum(axis=1))


def _triangulated(vertices: DoubleArray, extent: Extent) -> IntArray:
    """Return the Delaunay triangles in an extent, counter-clockwise, without those of no width along its border."""
    faces = Delaunay(vertices[:, :2]).simplices.astype(np.int32)
    a, b, c = (vertices[faces[:, k], :2] for k in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    faces[doubled < 0] = faces[doubled < 0][:, ::-1]
    kept = np.abs(doubled) > 1e-9
    if not is_box(extent):
        kept &= covers(extent, (a + b + c) / 3)
    return np.ascontiguousarray(faces[kept])


@compiled_bare
def _interpolate(
    places: DoubleArray,
    corners: DoubleArray,
    bounds: Bounds,
    rows: int,
    columns: int,
    cell: float,
    starts: IntArray,
    members: IntArray,
    result: DoubleArray,
) -> None:
    """Fill in the heights of triangles at places (k, 2+), those outside moved to the border; NaN between triangles."""
    west, south, east, north = bounds
    for i in range(len(places)):
        x, y = min(max(places[i, 0], west), east), min(max(places[i, 1], south), north)
        r, c = min(rows - 1, int((y - south) / cell)), min(columns - 1, int((x - west) / cell))
        result[i] = math.nan
        for k in range(starts[r * columns + c], starts[r * columns + c + 1]):
            f = members[k]
            ax, ay, az = corners[f, 0, 0], corners[f, 0, 1], corners[f, 0, 2]
            bx, by = corners[f, 1, 0] - ax, corners[f, 1, 1] - ay
            cx, cy = corners[f, 2, 0] - ax, corners[f, 2, 1] - ay
            area = bx * cy - by * cx
            u, v = ((x - ax) * cy - (y - ay) * cx) / area, (bx * (y - ay) - by * (x - ax)) / area
            if u >= -1e-9 and v >= -1e-9 and u + v <= 1 + 1e-9:
                result[i] = az * (1 - u - v) + corners[f, 1, 2] * u + corners[f, 2, 2] * v
                break


@compiled
def _worst(
    vertices: DoubleArray,
    faces: IntArray,
    means: DoubleArray,
    slots: IntArray,
    west: float,
    south: float,
    cell: float,
    tolerance: float,
) -> tuple[IntArray, IntArray]:
    """Return the triangle of each point (k,), and the point farthest from each triangle beyond the tolerance, or -1."""
    rows, columns = slots.shape
    triangles, worst = np.full(len(means), -1, np.int32), np.full(len(faces), -1, np.int32)
    for f in range(len(faces)):
        ax, ay, az = vertices[faces[f, 0]]
        bx, by, bz = vertices[faces[f, 1]]
        cx, cy, cz = vertices[faces[f, 2]]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        r0 = max(0, math.floor((min(ay, by, cy) - south) / cell))
        r1 = min(rows - 1, math.floor((max(ay, by, cy) - south) / cell))
        c0 = max(0, math.floor((min(ax, bx, cx) - west) / cell))
        c1 = min(columns - 1, math.floor((max(ax, bx, cx) - west) / cell))
        most = tolerance
        for r in range(r0, r1 + 1):
            for k in range(c0, c1 + 1):
                i = slots[r, k]
                if i < 0:
                    continue
                x, y, z = means[i]
                u = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
                v = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
                if u >= -1e-9 and v >= -1e-9 and u + v <= 1 + 1e-9:
                    triangles[i] = f
                    off = abs(az * (1 - u - v) + bz * u + cz * v - z)
                    if off > most:
                        most, worst[f] = off, i
    return triangles, worst


def _barycentric(places: DoubleArray, corners: IntArray, points: DoubleArray) -> DoubleArray:
    """Return the weights (k, 3) of the corners (k, 3) of triangles at points (k, 2+)."""
    a, b, c = (places[corners[:, k], :2] for k in range(3))
    u, v, w = b - a, c - a, points[:, :2] - a
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    second = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / area
    third = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / area
    return np.column_stack([1 - second - third, second, third])


def _adjusted(
    vertices: DoubleArray, faces: IntArray, means: DoubleArray, counts: DoubleArray, triangles: IntArray
) -> DoubleArray:
    """Return the heights (n,) of least squares; the normal equations are as sparse as the network."""
    held = triangles >= 0
    corners = faces[triangles[held]]
    weights = _barycentric(vertices, corners, means[held])
    rows = np.repeat(np.arange(len(corners)), 3)
    matrix = csc_array(coo_array((weights.ravel(), (rows, corners.ravel())), shape=(len(corners), len(vertices))))
    weighed = csc_array(matrix.T * counts[held])
    normal = csc_array(weighed @ matrix + HOLD * eye_array(len(vertices)))
    return np.asarray(splu(normal).solve(weighed @ means[held, 2] + HOLD * vertices[:, 2]))
