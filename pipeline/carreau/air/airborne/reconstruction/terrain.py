"""The ground as a triangulated irregular network of few triangles.

Points are inserted where the network is farthest from them (M. Garland and P. Heckbert, "Fast polygonal approximation
of terrains and height fields", 1995), and then all heights are adjusted together so that the sum of the squared
distances of the points is least: a vertex that is a point carries that point's noise, an adjusted one does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from carreau.air.airborne.closest import bin_triangles
from carreau.air.airborne.extent import Bounds, Extent, Lattice, border_sides, covers, is_box
from carreau.air.airborne.reconstruction.growing_mesh import NO_WIDTH_M2, GrowingMesh, doubled_areas
from carreau.base.jit import compiled, compiled_bare
from carreau.base.model import DoubleArray, IntArray

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
        mesh = GrowingMesh.around(self.positions, self.faces)
        mesh.add(more, mesh.nearest_rims(more))
        return Tin(mesh.vertices, _within(mesh, extent))

    def heights(self, places: DoubleArray) -> DoubleArray:
        """Return (k,) heights at places (k, 2), those outside as at the nearest border."""
        corners, bounds, shape, starts, members = self._cells
        result = np.empty(len(places))
        _interpolate(np.ascontiguousarray(places), corners, bounds, shape, LOCATE_M, (starts, members), result)
        missed = np.flatnonzero(np.isnan(result))
        if len(missed):
            nearest = self._tree.query(np.clip(places[missed, :2], bounds[:2], bounds[2:]))[1]
            result[missed] = self.positions[nearest, 2]
        return result

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.positions[:, :2])

    @cached_property
    def _cells(self) -> tuple[DoubleArray, Bounds, tuple[int, int], IntArray, IntArray]:
        """Return the corners (m, 3, 3) of the triangles, and which of them come into each cell as seen from above."""
        x, y = self.positions[:, 0], self.positions[:, 1]
        west, south, east, north = float(x.min()), float(y.min()), float(x.max()), float(y.max())
        lattice = Lattice.over((west, south, east, north), LOCATE_M)
        corners = np.ascontiguousarray(self.positions[self.faces])
        starts, members = bin_triangles(corners, west, south, *lattice.shape, LOCATE_M)
        return corners, (west, south, east, north), lattice.shape, starts, members


def terrain(ground: Sequence[DoubleArray], extent: Extent) -> Tin:
    """Return the network of ground points within an extent, which it covers wholly and nothing else.

    ground : pieces (n, 3) of the points: to join those of a large place would take as much memory again
    """
    bounds = extent.bounds
    means, counts = cell_means(ground, bounds)
    # The network starts with the border alone, its heights from points nearby, and covers the place
    # from the first round on.
    rim = _rim(extent)
    vertices = np.column_stack([rim, _nearby_heights(means, rim)])
    lattice = Lattice.over(bounds, CELL_M)
    slots = np.full(lattice.shape, -1, np.int32)
    # Each cell names its point once it may be inserted: points near the border of a strip may not, and
    # inserted ones no more.
    usable = np.arange(len(means), dtype=np.int32)
    if not is_box(extent):
        usable = usable[covers(extent.buffer(-STRIP_STEP_M / 2), means)]
    slots[lattice.cells(means[usable])] = usable
    mesh = GrowingMesh.of(vertices)
    looked_at: NDArray[np.integer] = np.arange(len(mesh.faces))
    for _ in range(ROUNDS):
        faces = mesh.faces[looked_at]
        _, worst = _worst(mesh.vertices, faces, means, slots, (lattice.west, lattice.south), CELL_M, TOLERANCE_M)
        faulty = np.flatnonzero(worst >= 0)
        # The worst point of every triangle at once, where the paper inserts one after the other: a
        # few rounds over arrays.
        new, which = np.unique(worst[faulty], return_index=True)
        if not len(new):
            break
        slots[lattice.cells(means[new])] = -1
        changed = mesh.add(means[new], looked_at[faulty[which]].astype(np.int32))
        # All others have no point beyond the tolerance, and their triangle is what it was.
        looked_at = np.union1d(changed, looked_at[faulty])
        if len(new) < FEW * len(mesh.vertices):
            break
    vertices, faces = mesh.vertices, _within(mesh, extent)
    # All points take part in the fit, also those that are vertices, or near the border.
    slots[lattice.cells(means)] = np.arange(len(means), dtype=np.int32)
    triangles, _ = _worst(vertices, faces, means, slots, (lattice.west, lattice.south), CELL_M, math.inf)
    vertices[:, 2] = adjusted_heights(vertices, faces, means, counts, triangles)
    return Tin(vertices, faces)


def cell_means(pieces: Sequence[DoubleArray], bounds: Bounds) -> tuple[DoubleArray, DoubleArray]:
    """Return the mean of the points (n, 3) in each cell that has any, (k, 3), and how many they are, (k,).

    pieces : of the points
    """
    lattice = Lattice.over(bounds, CELL_M)
    # Occupied cells are marked first and then numbered, so that sums are kept only for those.
    numbers = np.zeros(lattice.shape, np.int32)  # takes memory only where there are points
    for points in pieces:
        _mark(points, lattice.west, lattice.south, CELL_M, numbers)
    occupied = np.flatnonzero(numbers)
    numbers.ravel()[occupied] = np.arange(1, len(occupied) + 1)
    means, counts = np.zeros((len(occupied), 3)), np.zeros(len(occupied))
    for points in pieces:
        _add_up(points, lattice.west, lattice.south, CELL_M, numbers, means, counts)
    means /= counts[:, None]
    return means, counts


@compiled_bare
def _mark(points: DoubleArray, west: float, south: float, cell: float, numbers: IntArray) -> None:
    """Put 1 into the cells of points; those outside are in the nearest."""
    rows, columns = numbers.shape
    for i in range(len(points)):
        c = min(max(math.floor((points[i, 0] - west) / cell), 0), columns - 1)
        r = min(max(math.floor((points[i, 1] - south) / cell), 0), rows - 1)
        numbers[r, c] = 1


@compiled_bare
def _add_up(
    points: DoubleArray,
    west: float,
    south: float,
    cell: float,
    numbers: IntArray,
    sums: DoubleArray,
    counts: DoubleArray,
) -> None:
    """Add points to the sums of their cells, which are numbered from 1."""
    rows, columns = numbers.shape
    for i in range(len(points)):
        c = min(max(math.floor((points[i, 0] - west) / cell), 0), columns - 1)
        r = min(max(math.floor((points[i, 1] - south) / cell), 0), rows - 1)
        k = numbers[r, c] - 1
        counts[k] += 1
        for d in range(3):
            sums[k, d] += points[i, d]


def _rim(extent: Extent) -> DoubleArray:
    """Return places along the border, each once."""
    step = BORDER_STEP_M if is_box(extent) else STRIP_STEP_M
    places = []
    for start, end in border_sides(extent):
        count = max(2, round(float(np.linalg.norm(end - start)) / step) + 1)
        places.append(np.column_stack([np.linspace(start[k], end[k], count) for k in range(2)]))
    return np.asarray(np.unique(np.concatenate(places), axis=0))


def _nearby_heights(means: DoubleArray, places: DoubleArray) -> DoubleArray:
    """Return heights at places (k, 2), weighed by nearness from up to six points."""
    distances, nearest = cKDTree(means[:, :2]).query(places, k=list(range(1, min(6, len(means)) + 1)))
    weights = 1 / (np.asarray(distances) + 0.05)
    return np.asarray((means[nearest, 2] * weights).sum(axis=1) / weights.sum(axis=1))


def _within(mesh: GrowingMesh, extent: Extent) -> IntArray:
    """Return the triangles in an extent, without those of no width along its border."""
    faces = mesh.faces[doubled_areas(mesh.vertices, mesh.faces) > NO_WIDTH_M2]
    if is_box(extent):
        return faces
    a, b, c = (mesh.vertices[faces[:, k], :2] for k in range(3))
    return np.ascontiguousarray(faces[covers(extent, (a + b + c) / 3)])


@compiled_bare
def _interpolate(
    places: DoubleArray,
    corners: DoubleArray,
    bounds: Bounds,
    shape: tuple[int, int],
    cell: float,
    bins: tuple[IntArray, IntArray],
    result: DoubleArray,
) -> None:
    """Fill in the heights of triangles at places (k, 2+), those outside moved to the border; NaN between triangles.

    shape, cell : rows, columns and metres of the cells over the bounds
    bins : the first triangle of each cell, and the triangles
    """
    west, south, east, north = bounds
    rows, columns = shape
    starts, members = bins
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


@compiled_bare
def _span(corners: tuple[float, float, float, float, float, float], south: float, north: float) -> tuple[float, float]:
    """Return the least and the greatest x that a triangle has between two y, where it has any points."""
    ax, ay, bx, by, cx, cy = corners
    low, high = math.inf, -math.inf
    for x0, y0, x1, y1 in ((ax, ay, bx, by), (bx, by, cx, cy), (cx, cy, ax, ay)):
        if max(y0, y1) < south or min(y0, y1) > north:
            continue
        # Each edge cut to the strip between both y: its ends there are the extremes.
        for y in (min(max(y0, south), north), min(max(y1, south), north)):
            x = x0 if y == y0 else x1 if y == y1 else x0 + (y - y0) / (y1 - y0) * (x1 - x0)
            low, high = min(low, x), max(high, x)
    return low, high


@compiled
def _worst(
    vertices: DoubleArray,
    faces: IntArray,
    means: DoubleArray,
    slots: IntArray,
    corner: tuple[float, float],
    cell: float,
    tolerance: float,
) -> tuple[IntArray, IntArray]:
    """Return the triangle of each point (k,), and the point farthest from each triangle beyond the tolerance, or -1."""
    west, south = corner
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
        # Every cell below the triangle: which points lie in it, and which of them is farthest from it.
        most = tolerance
        for r in range(r0, r1 + 1):
            # Outside a strip, triangles are long and thin: there are far fewer cells in them than in their boxes.
            low, high = west + cell * c0, west + cell * (c1 + 1)
            if r1 > r0:
                row = south + cell * r
                low, high = _span((ax, ay, bx, by, cx, cy), row - SAME_M, row + cell + SAME_M)
            first, last = math.floor((low - west) / cell) - 1, math.floor((high - west) / cell) + 1
            for k in range(max(c0, first), min(c1, last) + 1):
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


HOLD = 0.05
"""How firmly a height stays where it was while all are adjusted, in points: those that no point lies near stay."""

CLOSE_M = 1e-6
"""Heights that would change by less, each alone, are right."""

MOST_ROUNDS = 1000


def adjusted_heights(
    vertices: DoubleArray, faces: IntArray, means: DoubleArray, counts: DoubleArray, triangles: IntArray
) -> DoubleArray:
    """Return the heights (n,) of vertices (n, 3) that make the sum of the squared distances of points least.

    means, counts : (k, 3) and (k,), groups of points by their mean and number
    triangles : (k,) int32, the face that each mean lies in, -1 for none
    """
    blocks, sums = np.zeros((len(faces), 6)), np.zeros(len(vertices))
    _gather(vertices, faces, means, counts, triangles, blocks, sums)
    return vertices[:, 2] + _solve(faces, blocks, sums, HOLD, CLOSE_M, MOST_ROUNDS)


@compiled_bare
def _gather(
    vertices: DoubleArray,
    faces: IntArray,
    means: DoubleArray,
    counts: DoubleArray,
    triangles: IntArray,
    blocks: DoubleArray,
    sums: DoubleArray,
) -> None:
    """Add up the products of the weights of corners for each face, and the points' heights above their faces."""
    for i in range(len(means)):
        f = triangles[i]
        if f < 0:
            continue
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay = vertices[a, 0], vertices[a, 1]
        bx, by, cx, cy = vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[c, 0] - ax, vertices[c, 1] - ay
        x, y, area = means[i, 0] - ax, means[i, 1] - ay, bx * cy - by * cx
        v, w = (x * cy - y * cx) / area, (bx * y - by * x) / area
        u, n = 1 - v - w, counts[i]
        # Barycentric weights are the row of the system, and the height above the face is its right side.
        above = n * (means[i, 2] - u * vertices[a, 2] - v * vertices[b, 2] - w * vertices[c, 2])
        sums[a] += u * above
        sums[b] += v * above
        sums[c] += w * above
        blocks[f, 0] += n * u * u
        blocks[f, 1] += n * v * v
        blocks[f, 2] += n * w * w
        blocks[f, 3] += n * u * v
        blocks[f, 4] += n * v * w
        blocks[f, 5] += n * w * u


@compiled
def _solve(
    faces: IntArray, blocks: DoubleArray, sums: DoubleArray, hold: float, close: float, most: int
) -> DoubleArray:
    """Return the changes (n,) of heights."""
    count = len(sums)
    # Conjugate gradients on the blocks of faces as they are (M. Hestenes and E. Stiefel, 1952),
    # divided by the diagonal.
    diagonal = np.full(count, hold)
    for f in range(len(faces)):
        for k in range(3):
            diagonal[faces[f, k]] += blocks[f, k]
    result, left, way, image = np.zeros(count), sums.copy(), np.zeros(count), np.empty(count)
    before = 1.0
    for _ in range(most):
        strength, worst = 0.0, 0.0
        for i in range(count):
            step = left[i] / diagonal[i]
            strength += left[i] * step
            worst = max(worst, abs(step))
        if worst < close:
            break
        share = strength / before
        for i in range(count):
            way[i] = left[i] / diagonal[i] + share * way[i]
            image[i] = hold * way[i]
        before = strength
        for f in range(len(faces)):
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            x, y, z = way[a], way[b], way[c]
            # The matrix is never put together: a face adds its symmetric 3 x 3 block times the corners.
            image[a] += blocks[f, 0] * x + blocks[f, 3] * y + blocks[f, 5] * z
            image[b] += blocks[f, 3] * x + blocks[f, 1] * y + blocks[f, 4] * z
            image[c] += blocks[f, 5] * x + blocks[f, 4] * y + blocks[f, 2] * z
        # Step to where the error along this way is least; what is left follows from the image alone.
        bend = 0.0
        for i in range(count):
            bend += way[i] * image[i]
        length = strength / bend
        for i in range(count):
            result[i] += length * way[i]
            left[i] -= length * image[i]
    return result
