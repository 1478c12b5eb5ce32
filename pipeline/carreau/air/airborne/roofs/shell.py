"""Roofs and upright walls as one shell of triangles that share their corners.

Every corner of the plan is a column: it has one height for each roof that meets there, roofs close in height sharing
one, and one for the foot of the walls. Walls go up and down whole columns, so that all triangles meet corner to corner.
The feet end below the ground: they need not follow it, and no gap opens when ground and walls are made coarser apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from carreau.air.airborne.closest import nearest_edges
from carreau.air.airborne.roofs.cells import stack_corners
from carreau.air.airborne.roofs.partition import GRID_M, Partition, PlanarEdges, planar_edges
from carreau.air.airborne.roofs.planes import RoofPlanes
from carreau.base.model import DoubleArray, IntArray

MEETING_M = 0.2
"""Roofs that differ by less in height at a corner meet there."""

SINK_M = 0.4
"""How far the feet of walls are below the ground at least."""

Heights = Callable[[DoubleArray], DoubleArray]
"""Heights (n,) of the ground at places (n, 2)."""


@dataclass(frozen=True, eq=False)
class Shell:
    """Roofs and their walls.

    positions : (n, 3) float64, of all
    roofs, walls : (m, 3) int32, counter-clockwise from outside
    cuts : (k, 2) int32, upper edges of roofs along the border of the place, the place to their left
    within : (n, 2) float64, the place of each corner above the walls: eaves are drawn in
    """

    positions: DoubleArray
    roofs: IntArray
    walls: IntArray
    cuts: IntArray
    within: DoubleArray


def roof_shell(plan: Partition, roofs: RoofPlanes, ground: Heights, built: DoubleArray) -> Shell:
    """Return the shell of polygons on their planes.

    built : (n, 3) points of buildings, of which those on walls tell how far eaves stand out
    """
    edges = planar_edges(plan.polygons)
    if not (plan.labels > 0).any():
        none = np.empty((0, 3), np.int32)
        return Shell(np.empty((0, 3)), none, none, np.empty((0, 2), np.int32), np.empty((0, 2)))
    columns = _Columns.of(plan, edges, roofs, ground)
    # Where two roofs change places along an edge, a wall would cross itself: a corner is put there,
    # and all is numbered anew.
    crossing = _crossings(edges, columns)
    if crossing:
        plan = Partition(_with_corners(plan.polygons, edges, crossing), plan.labels)
        edges = planar_edges(plan.polygons)
        columns = _Columns.of(plan, edges, roofs, ground)
    back = shifts(plan, edges, roofs, setbacks(plan, edges, roofs, built))
    eaves = _Eaves.of(columns, back)
    walls, cuts = _walls(edges, columns, eaves)
    within = eaves.positions[:, :2].copy()
    within[: eaves.count] = eaves.positions[eaves.count : 2 * eaves.count, :2]
    return _drop_unused(Shell(eaves.positions, _roof_faces(plan, edges, columns), walls, cuts, within))


@dataclass(frozen=True, eq=False)
class _Columns:
    """Corners of the shell, above each other.

    positions : (n, 3) float64, by column and from below
    starts : (v + 1,) where each column begins; its first is the foot of walls
    nodes : from (column, polygon) to position; polygons that are no roof have the foot
    """

    positions: DoubleArray
    starts: IntArray
    nodes: dict[tuple[int, int], int]

    @classmethod
    def of(cls, plan: Partition, edges: PlanarEdges, roofs: RoofPlanes, ground: Heights) -> _Columns:
        owners = np.concatenate([edges.left, edges.left, edges.right, edges.right])
        corners = np.concatenate([edges.edges[:, 0], edges.edges[:, 1], edges.edges[:, 0], edges.edges[:, 1]])
        # Each roof at each corner, once, from below.
        pairs = np.unique(np.column_stack([corners, owners])[owners >= 0], axis=0)
        pairs = pairs[plan.labels[pairs[:, 1]] > 0]
        z = roofs.heights(plan.labels[pairs[:, 1]], edges.vertices[pairs[:, 0]])
        order = np.lexsort((z, pairs[:, 0]))
        pairs, z = pairs[order], z[order]
        # Heights no farther apart than `MEETING_M` from the next are one: roofs that meet share a corner,
        # without a sliver of wall.
        starts_new = np.ones(len(pairs), bool)
        starts_new[1:] = (pairs[1:, 0] != pairs[:-1, 0]) | (z[1:] - z[:-1] > MEETING_M)
        cluster = np.cumsum(starts_new) - 1
        level = np.bincount(cluster, z) / np.bincount(cluster)
        column = pairs[starts_new, 0]
        foot = _feet(edges, plan.labels, ground, column, level)
        # The foot of each column and its roofs in one list, so that a column is a run of positions from below.
        present = np.arange(len(edges.vertices))
        all_columns = np.concatenate([present, column])
        heights = np.concatenate([foot, level])
        order = np.lexsort((heights, all_columns))
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order))
        positions = np.column_stack([edges.vertices[all_columns], heights])[order]
        starts = np.searchsorted(all_columns[order], np.arange(len(edges.vertices) + 1)).astype(np.int32)
        of_cluster = rank[len(foot) :]
        nodes = {(int(v), int(p)): int(of_cluster[k]) for (v, p), k in zip(pairs, cluster, strict=True)}
        return cls(positions, starts, nodes)

    def at(self, column: int, polygon: int) -> int:
        """Return the position of a polygon in a column; the foot where it is no roof."""
        return self.nodes.get((column, polygon), int(self.starts[column]))


@dataclass(frozen=True, eq=False)
class _Eaves:
    """Three columns at each corner, one behind the other, of as many positions each.

    positions : (3 n, 3) float64; from n on those of the walls set back, from 2 n on the lower edges of the eaves
    count : n
    shifts : (v, 2), by how much walls are set back
    """

    positions: DoubleArray
    count: int
    shifts: DoubleArray

    @classmethod
    def of(cls, columns: _Columns, back: DoubleArray) -> _Eaves:
        column = np.repeat(np.arange(len(columns.starts) - 1), np.diff(columns.starts))
        below = columns.positions.copy()
        roofs = np.ones(len(below), bool)
        roofs[columns.starts[:-1]] = False
        below[roofs, 2] -= EAVES_M
        behind = below.copy()
        behind[:, :2] += back[column]
        return cls(np.concatenate([columns.positions, behind, below]), len(below), back)


def _feet(edges: PlanarEdges, labels: IntArray, ground: Heights, column: IntArray, level: DoubleArray) -> DoubleArray:
    """Return heights (v,) of the feet of walls: below the ground all along each wall, and below all roofs."""
    foot = ground(edges.vertices)
    wide = np.append(labels, 0)
    bare = (wide[edges.left] > 0) != (wide[edges.right] > 0)
    ends = edges.edges[bare]
    between = np.linspace(0, 1, 9)[1:-1]
    a, b = edges.vertices[ends[:, 0]], edges.vertices[ends[:, 1]]
    places = a[:, None] + (b - a)[:, None] * between[:, None]
    # Between its corners a wall's foot is straight and the ground is not: both ends go down by as
    # much as it lies above.
    line = foot[ends[:, 0], None] * (1 - between) + foot[ends[:, 1], None] * between
    above = np.maximum(line - ground(places.reshape(-1, 2)).reshape(line.shape), 0).max(axis=1)
    lower = np.zeros(len(foot))
    np.maximum.at(lower, ends.ravel(), np.repeat(above, 2))
    lowest = np.full(len(foot), np.inf)
    np.minimum.at(lowest, column, level)
    return np.asarray(np.minimum(foot - lower, lowest) - SINK_M)


def _crossings(edges: PlanarEdges, columns: _Columns) -> dict[tuple[int, int], DoubleArray]:
    """Return where along edges one roof comes from below the other to above it."""
    result = {}
    for (v0, v1), left, right in zip(edges.edges.tolist(), edges.left.tolist(), edges.right.tolist(), strict=True):
        if left >= 0 and right >= 0:
            off = [
                columns.positions[columns.at(v, left), 2] - columns.positions[columns.at(v, right), 2] for v in (v0, v1)
            ]
            if off[0] * off[1] < 0:
                t = off[0] / (off[0] - off[1])
                place = edges.vertices[v0] * (1 - t) + edges.vertices[v1] * t
                place = np.round(place / GRID_M) * GRID_M
                if min(np.abs(place - edges.vertices[v]).max() for v in (v0, v1)) > 5 * GRID_M:
                    result[v0, v1] = place
    return result


def _with_corners(polygons: np.ndarray, edges: PlanarEdges, more: dict[tuple[int, int], DoubleArray]) -> np.ndarray:
    """Return the polygons with one more corner on some edges."""
    numbers = {tuple(key): i for i, key in enumerate(np.round(edges.vertices / GRID_M).astype(np.int64).tolist())}

    def ring(line: shapely.LinearRing) -> list[list[float]]:
        places = shapely.get_coordinates(line)
        keys = [numbers[tuple(key)] for key in np.round(places / GRID_M).astype(np.int64).tolist()]
        result = [places[0].tolist()]
        for one, other, place in zip(keys[:-1], keys[1:], places[1:].tolist(), strict=True):
            corner = more.get((min(one, other), max(one, other)))
            result += [place] if corner is None else [corner.tolist(), place]
        return result

    return np.array([shapely.Polygon(ring(p.exterior), [ring(hole) for hole in p.interiors]) for p in polygons])


def _roof_faces(plan: Partition, edges: PlanarEdges, columns: _Columns) -> IntArray:
    """Cut the polygons of roofs into triangles between their corners."""
    # Triangles come back as coordinates: on the millimetre grid they find the corners they came from.
    keys = np.round(edges.vertices / GRID_M).astype(np.int64)
    wide = int(keys[:, 1].max() - keys[:, 1].min()) + 1
    base = keys.min(axis=0)
    codes = (keys[:, 0] - base[0]) * wide + keys[:, 1] - base[1]
    order = np.argsort(codes)
    numbers = np.flatnonzero(plan.labels > 0)
    cut, owner = shapely.get_parts(shapely.constrained_delaunay_triangles(plan.polygons[numbers]), return_index=True)
    triangles, number = shapely.get_parts(cut, return_index=True)
    number = numbers[owner[number]]
    places = np.round(shapely.get_coordinates(triangles) / GRID_M).astype(np.int64).reshape(-1, 4, 2)[:, :3]
    corner = order[np.searchsorted(codes[order], (places[..., 0] - base[0]) * wide + places[..., 1] - base[1])]
    a, b, c = (places[:, k] for k in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    corner[doubled < 0] = corner[doubled < 0][:, ::-1]
    result = [
        [columns.at(v, polygon) for v in face] for face, polygon in zip(corner.tolist(), number.tolist(), strict=True)
    ]
    return np.asarray(result, np.int32).reshape(-1, 3)


def _walls(edges: PlanarEdges, columns: _Columns, eaves: _Eaves) -> tuple[IntArray, IntArray]:
    """Return the triangles of walls between polygons of different heights, and the roofs' edges along the border."""
    faces: list[tuple[int, int, int]] = []
    cuts: list[tuple[int, int]] = []
    front: list[tuple[int, int, int, bool]] = []
    for (v0, v1), left, right in zip(edges.edges.tolist(), edges.left.tolist(), edges.right.tolist(), strict=True):
        # The side of the place is made the left one; beyond the border there is nothing to go down to.
        if left < 0:
            v0, v1, left, right = v1, v0, right, left
        up = columns.at(v0, left), columns.at(v1, left)
        if right < 0:
            if up[0] != columns.starts[v0] or up[1] != columns.starts[v1]:
                cuts.append(up)
            continue
        down = columns.at(v0, right), columns.at(v1, right)
        if up[0] + up[1] < down[0] + down[1]:
            # Positions are numbered upwards in each column, so the sum tells which side is higher.
            up, down = (down[1], down[0]), (up[1], up[0])
            v0, v1 = v1, v0
        # An outer wall whose corners are set back stands behind the eaves; all others stay below the edge, and only
        # begin behind where the wall beside them was set back along the same line.
        z, n = eaves.positions[:, 2], eaves.count
        outer = down[0] == columns.starts[v0] and down[1] == columns.starts[v1]
        moved = [bool(eaves.shifts[v].any()) for v in (v0, v1)]
        if not (outer and any(moved)):
            along = [_is_aligned(edges, eaves, v0, v1), _is_aligned(edges, eaves, v1, v0)]
            foot, head = (tuple(ends[k] + n * along[k] for k in range(2)) for ends in (down, up))
            faces += _strip(foot[0], head[0], foot[1], head[1], z)
            if along[0]:
                faces += [(head[0], head[1], up[0]), (down[0], foot[1], foot[0])]
            if along[1]:
                faces += [(head[1], up[1], up[0]), (down[0], down[1], foot[1])]
            front += [(down[0], up[0], -1, along[0]), (down[1], up[1], 1, along[1])]
            continue
        # The wall behind, the front of the eaves, and their underside, which is a triangle where
        # only one end is set back.
        behind, below = (up[0] + n, up[1] + n), (up[0] + 2 * n, up[1] + 2 * n)
        faces += _strip(down[0] + n, behind[0], down[1] + n, behind[1], z)
        faces += [(below[0], below[1], up[1]), (below[0], up[1], up[0])]
        if moved[1]:
            faces.append((behind[0], behind[1], below[1]))
        if moved[0]:
            faces.append((behind[0], below[1], below[0]))
    faces += _cheeks(columns, eaves, front)
    return np.asarray(faces, np.int32).reshape(-1, 3), np.asarray(cuts, np.int32).reshape(-1, 2)


def _is_aligned(edges: PlanarEdges, eaves: _Eaves, corner: int, other: int) -> bool:
    """Tell whether the walls at a corner are set back along an edge, so that a wall on it begins where they are."""
    way, shift = edges.vertices[other] - edges.vertices[corner], eaves.shifts[corner]
    length, back = float(np.linalg.norm(way)), float(np.linalg.norm(shift))
    return back > 0 and length > 1.5 * back and float(way @ shift) > ALONG * length * back


def _cheeks(columns: _Columns, eaves: _Eaves, front: list[tuple[int, int, int, bool]]) -> list[tuple[int, int, int]]:
    """Close what is open beside walls that are set back, where walls between roofs are not.

    front : lower and upper end in a column, whether the wall goes on to the right (-1) or to the left (1) of it, and
        whether it begins behind already

    Before walls were set back, each piece of a column had as many walls to its left as to its right. Where those that
    stay have one more on a side, a cheek goes from there to the walls behind.
    """
    n, faces = eaves.count, []
    column = np.repeat(np.arange(len(columns.starts) - 1), np.diff(columns.starts))
    # What the pieces of columns above each position lack.
    net, open_net = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    for low, high, side, behind in front:
        net[low:high] += side
        open_net[low:high] += side * (not behind)
    for k in np.flatnonzero((eaves.shifts != 0).sum(axis=1)[column]).tolist():
        here, below = int(net[k]), int(net[k - 1]) if k > columns.starts[column[k]] else 0
        if open_net[k]:
            left, right = (k, k + n) if open_net[k] > 0 else (k + n, k)
            faces += [(left, right, right + 1), (left, right + 1, left + 1)]
        if k > columns.starts[column[k]] and here != below:
            faces.append((k, k + 2 * n, k + n) if below < here else (k, k + n, k + 2 * n))
    return faces


def _strip(low0: int, high0: int, low1: int, high1: int, z: DoubleArray) -> list[tuple[int, int, int]]:
    """Return the triangles between two columns, from a lower to an upper edge; seen from outside 0 is to the left."""
    faces = []
    i, k = low0, low1
    while i < high0 or k < high1:
        if k < high1 and (i >= high0 or z[k + 1] <= z[i + 1]):
            faces.append((i, k, k + 1))
            k += 1
        else:
            faces.append((i, k, i + 1))
            i += 1
    return faces


def all_shells(some: Sequence[Shell]) -> Shell:
    """Return some as one."""
    positions = [each.positions for each in some]
    return Shell(
        np.concatenate(positions),
        stack_corners(positions, [each.roofs for each in some]),
        stack_corners(positions, [each.walls for each in some]),
        stack_corners(positions, [each.cuts for each in some]),
        np.concatenate([each.within for each in some]),
    )


def _drop_unused(shell: Shell) -> Shell:
    """Leave out corners that no face and no cut uses."""
    used = np.unique(np.concatenate([shell.roofs.ravel(), shell.walls.ravel(), shell.cuts.ravel()]))
    numbers = np.zeros(len(shell.positions), np.int32)
    numbers[used] = np.arange(len(used))
    return Shell(
        shell.positions[used], numbers[shell.roofs], numbers[shell.walls], numbers[shell.cuts], shell.within[used]
    )


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
    # Points well below the roof of their nearest outer edge lie on its wall, and say how far that stands back.
    nearest, off = nearest_edges(points, edges.vertices[edges.edges[outer]], MOST_M)
    number = np.flatnonzero(nearest >= 0)
    nearest, off = nearest[number], off[number]
    edge = outer[nearest]
    roof = np.maximum(left[edge], right[edge])
    under = roofs.heights(roof, points[number]) - points[number, 2] > BELOW_M
    a, b = edges.vertices[edges.edges[edge, 0]], edges.vertices[edges.edges[edge, 1]]
    cross = (b - a)[:, 0] * (points[number, 1] - a[:, 1]) - (b - a)[:, 1] * (points[number, 0] - a[:, 0])
    # Points outside of the edge count as on it: eaves do not reach inwards.
    inside = (cross > 0) == (left[edge] > 0)
    near, off = nearest[under], np.where(inside, off, 0.0)[under]
    count, wall = _walls_below(edges, outer)
    lengths = np.bincount(wall, edges.lengths[outer], minlength=count)
    order = np.argsort(wall[near], kind="stable")
    starts = np.searchsorted(wall[near][order], np.arange(count + 1))
    # One setback for each straight wall, the median, where it has enough points.
    for k in range(count):
        mine = off[order[starts[k] : starts[k + 1]]]
        if len(mine) >= max(LEAST_POINTS, A_METRE * lengths[k]):
            middle = float(np.median(mine))
            result[outer[wall == k]] = middle if middle >= LEAST_M else 0.0
    return result


def _walls_below(edges: PlanarEdges, outer: IntArray) -> tuple[int, IntArray]:
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
            # Two walls in a line move together; at a corner both are met by solving for the place
            # that lies behind each.
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
        # A wall set back must still stand below a roof as high as its own.
        covered = np.zeros(len(corner), bool)
        covered[number[high]] = True
        result[corner[~covered]] = 0
    inner = (labels[edges.left] > 0) & (labels[edges.right] > 0)
    for k, sign in ((0, 1), (1, -1)):
        corner = edges.edges[inner, k]
        # At a slant to an edge between two roofs the corner would cut through the wall on it: see `ACROSS`.
        far = np.linalg.norm(result[corner], axis=1)
        along = (result[corner] * way[inner]).sum(axis=1) * sign / np.maximum(far, 1e-9)
        result[corner[(far > 0) & (along > ACROSS) & (along < ALONG)]] = 0
    # Walls that become too short or turn about stay where they were; that may spoil a neighbour, hence again.
    for _ in range(3):
        first, last = edges.edges[outer].T
        turned = ((edges.vertices[last] + result[last] - edges.vertices[first] - result[first]) * way[outer]).sum(
            axis=1
        )
        short = turned < 0.1 * edges.lengths[outer]
        result[first[short]], result[last[short]] = 0, 0
    return result
