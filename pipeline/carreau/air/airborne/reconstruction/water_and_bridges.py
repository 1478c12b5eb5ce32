"""Water as level faces, decks of bridges as slabs, and the skirt around a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage

from carreau.air.airborne.extent import ON_BORDER_M, Bounds, Extent, Lattice, border_sides
from carreau.air.airborne.reconstruction.terrain import Tin
from carreau.air.airborne.roofs.cells import disk, roof_cells, stack_corners
from carreau.air.airborne.roofs.lines import label_borders, roof_lines
from carreau.air.airborne.roofs.partition import GRID_M, partition, planar_edges
from carreau.air.airborne.roofs.planes import roof_planes
from carreau.air.airborne.roofs.shell import Heights, roof_shell
from carreau.base.model import DoubleArray, IntArray

CELL_M = 1.0
CLOSING = 2
LEAST_M2 = 12.0
SIMPLER_M = 0.7

BEYOND_M = 1.0
"""How far a face goes on into the bank, where the ground hides its edge."""

BED_M = 0.3
"""How far the bed is below the face. Nobody measured it."""


@dataclass(frozen=True, eq=False)
class Water:
    """Level faces.

    positions : (n, 3) float64
    faces : (m, 3) int32, counter-clockwise from above
    cuts : (k, 2) int32, edges of the faces, the water to their left: the border may lie along some
    bed : (b, 3) float64, points that the ground is to pass through
    """

    positions: DoubleArray
    faces: IntArray
    cuts: IntArray
    bed: DoubleArray


def water(points: DoubleArray, extent: Extent) -> Water:
    """Return the faces of the water, of its points (n, 3): one level for each piece, that of most of its points."""
    lattice = Lattice.over(extent.bounds, CELL_M)
    mask = np.zeros(lattice.shape, bool)
    rows, columns = lattice.cells(points)
    mask[rows, columns] = True
    # Water returns few points: gaps between them are closed, and each piece gets the median height.
    mask = ndimage.binary_closing(np.pad(mask, CLOSING), disk(CLOSING))[CLOSING:-CLOSING, CLOSING:-CLOSING]
    labels, count = ndimage.label(mask)
    levels = np.zeros(count + 1)
    polygons: list[shapely.Geometry] = []
    heights: list[float] = []
    bed = [np.empty((0, 3))]
    x, y = lattice.centers()
    for number in range(1, count + 1):
        mine = points[labels[rows, columns] == number]
        cells = np.nonzero(labels == number)
        if len(cells[0]) * CELL_M**2 < LEAST_M2 or not len(mine):
            continue
        levels[number] = float(np.median(mine[:, 2]))
        shore = shapely.simplify(_outline(lattice, labels == number), SIMPLER_M)
        # On into the bank, where the ground covers the edge, and cut at the border of the place.
        area = shapely.buffer(shore, BEYOND_M, join_style="mitre")
        inside = shapely.set_precision(shapely.intersection(area, extent), GRID_M)
        parts = [part for part in shapely.get_parts(inside) if part.geom_type == "Polygon"]
        polygons += parts
        heights += [levels[number]] * len(parts)
        bed.append(np.column_stack([x[cells[1]], y[cells[0]], np.full(len(cells[0]), levels[number] - BED_M)]))
    return _triangulate(np.asarray(polygons, object), heights, np.concatenate(bed))


def _outline(lattice: Lattice, mask: np.ndarray) -> shapely.Geometry:
    """Return the polygons of cells."""
    chains = label_borders(mask.astype(np.int32))
    places = chains.corners[:, ::-1] * lattice.cell + np.array([lattice.west, lattice.south])
    lines = [
        shapely.LineString(places[a:b]) for a, b in zip(chains.starts[:-1], chains.starts[1:], strict=True) if b - a > 1
    ]
    faces = shapely.get_parts(shapely.polygonize(lines))
    inside = [
        face
        for face in faces
        for point in [face.representative_point()]
        if mask[tuple(int(index[0]) for index in lattice.cells(np.array([[point.x, point.y]])))]
    ]
    return shapely.union_all(inside)


def _triangulate(polygons: np.ndarray, heights: list[float], bed: DoubleArray) -> Water:
    """Cut polygons into triangles."""
    positions, faces, cuts, total = [np.empty((0, 3))], [np.empty((0, 3), np.int32)], [np.empty((0, 2), np.int32)], 0
    for polygon, level in zip(polygons, heights, strict=True):
        edges = planar_edges(shapely.orient_polygons(np.array([polygon], object)))
        numbers = {tuple(key): k for k, key in enumerate(np.round(edges.vertices / GRID_M).astype(np.int64).tolist())}
        triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(polygon))
        keys = np.round(shapely.get_coordinates(triangles) / GRID_M).astype(np.int64).reshape(-1, 4, 2)[:, :3]
        corners = np.array([[numbers[tuple(key)] for key in face] for face in keys.tolist()], np.int32).reshape(-1, 3)
        # Triangles are turned to look upwards.
        a, b, c = (keys[:, k] for k in range(3))
        turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0
        corners[turned] = corners[turned][:, ::-1]
        along = np.where((edges.left >= 0)[:, None], edges.edges, edges.edges[:, ::-1])
        positions.append(np.column_stack([edges.vertices, np.full(len(edges.vertices), level)]))
        faces.append(corners + total)
        cuts.append(along.astype(np.int32) + total)
        total += len(edges.vertices)
    return Water(np.concatenate(positions), np.concatenate(faces), np.concatenate(cuts), bed)


THICK_M = 0.9
"""Thickness of a slab: supposed, as nothing is seen of it from above."""

CLEAR_M = 0.25
"""How far the ground is kept below a deck where it would cross it: between the banks no point tells where it is."""


LEAST_DECK_M2, LEAST_DECK_POINTS = 12.0, 40
"""Of a bridge that is drawn: less is a scrap of one, as class 17 is given by machine, or the border cuts it."""


@dataclass(frozen=True, eq=False)
class Bridges:
    """Closed slabs.

    positions : (n, 3) float64
    faces : (m, 3) int32, counter-clockwise from outside
    """

    positions: DoubleArray
    faces: IntArray


def whole_decks(points: DoubleArray, extent: Extent) -> tuple[DoubleArray, int]:
    """Return the points of decks (n, 3) without those of pieces too small to draw, and how many those are."""
    if not len(points):
        return points, 0
    lattice = Lattice.over(extent.bounds, CELL_M)
    rows, columns = lattice.cells(points)
    mask = np.zeros(lattice.shape, bool)
    mask[rows, columns] = True
    # Lamps and railings leave gaps in a deck: pieces a cell apart are one.
    joined = ndimage.binary_dilation(mask, np.ones((3, 3), bool))
    labels, count = ndimage.label(joined, np.ones((3, 3)))
    piece = labels[rows, columns]
    covered_m2 = np.bincount(labels[mask], minlength=count + 1) * CELL_M**2
    is_whole = (covered_m2 >= LEAST_DECK_M2) & (np.bincount(piece, minlength=count + 1) >= LEAST_DECK_POINTS)
    return points[is_whole[piece]], count - int(is_whole[1:].sum())


def bridges(points: DoubleArray, bounds: Bounds) -> Bridges:
    """Return the slabs under points of decks (n, 3), on planes as roofs are."""
    if not len(points):
        return Bridges(np.empty((0, 3)), np.empty((0, 3), np.int32))
    cells = roof_cells(points, bounds)
    planes = roof_planes(cells)
    # Decks are found as roofs are; walls are dropped, and the decks get a thickness.
    plan = partition(roof_lines(cells.lattice, planes), cells.lattice, planes.labels, bounds)
    low = float(points[:, 2].min()) - 1

    def nothing(places: DoubleArray) -> DoubleArray:
        return np.full(len(places), low)

    shell = roof_shell(plan, planes, nothing, np.empty((0, 3)))
    return _slab(shell.positions, shell.roofs)


def _slab(positions: DoubleArray, decks: IntArray) -> Bridges:
    """Give a surface a thickness."""
    used = np.unique(decks)
    numbers = np.zeros(len(positions), np.int32)
    numbers[used] = np.arange(len(used))
    top, decks = positions[used], numbers[decks].reshape(-1, 3)
    count = len(top)
    ends = np.concatenate([decks[:, [0, 1]], decks[:, [1, 2]], decks[:, [2, 0]]])
    keys = np.sort(ends, axis=1)
    # Edges of one triangle are the rim, along which sides join top and bottom.
    _, which, times = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    rim = ends[times[which] == 1]
    a, b = rim[:, 0], rim[:, 1]
    sides = np.concatenate([np.column_stack([b, a, a + count]), np.column_stack([b, a + count, b + count])])
    under = decks[:, ::-1] + count
    faces = np.concatenate([decks, sides, under]).astype(np.int32)
    return Bridges(np.concatenate([top, top - [0, 0, THICK_M]]), faces)


def all_bridges(some: Sequence[Bridges]) -> Bridges:
    """Return some as one."""
    positions = [each.positions for each in some]
    return Bridges(np.concatenate(positions), stack_corners(positions, [each.faces for each in some]))


def below_decks(points: DoubleArray, tin: Tin) -> DoubleArray:
    """Return points (k, 3) for the ground to pass below decks, whose points (n, 3) it would come up to."""
    ground: Heights = tin.heights
    wanted = points[:, 2] - CLEAR_M
    high = ground(points) > wanted
    return np.column_stack([points[high, :2], wanted[high]])


BELOW_M = 1.5
"""How far the skirt goes below the lowest corner of all parts."""


def border(tin: Tin, tops: DoubleArray, cuts: IntArray, lowest: float, extent: Extent) -> tuple[DoubleArray, IntArray]:
    """Return positions and faces of the skirt.

    tops : (n, 3) positions of roofs; `cuts` (k, 2) are edges of them on the border, the place to their left
    """
    bottom = lowest - BELOW_M
    positions: list[DoubleArray] = []
    faces: list[IntArray] = []
    total = 0
    for rim in _rims(tin, extent):
        chain = tin.positions[rim]
        count = len(chain)
        below = np.column_stack([chain[:, :2], np.full(count, bottom)])
        positions += [chain, below]
        k = np.arange(count - 1) + total
        faces += [np.column_stack([k + 1, k, k + count]), np.column_stack([k + 1, k + count, k + count + 1])]
        total += 2 * count
        # A roof or water that ends at the border: what is open between its edge and the ground's is closed by a fan.
        for start, end in _on(tops, cuts, chain):
            span = _cut_chain(chain, tops[start], tops[end])
            positions += [span, tops[[start, end]]]
            # The ground's edge runs from start to end below the roof's.
            size = len(span)
            fan = np.arange(size - 1) + total
            faces += [np.column_stack([fan, fan + 1, np.full(size - 1, total + size)])]
            faces += [np.array([[total + size - 1, total + size + 1, total + size]])]
            total += size + 2
    if not faces:
        return np.empty((0, 3)), np.empty((0, 3), np.int32)
    return np.concatenate(positions), np.concatenate(faces).astype(np.int32)


def _rims(tin: Tin, extent: Extent) -> list[IntArray]:
    """Return the vertices along each straight side of the border, the place to the left."""
    sides, places = border_sides(extent), tin.positions[:, :2]
    lines = np.asarray(shapely.linestrings(sides))
    vertex, side = shapely.STRtree(lines).query(shapely.points(places), predicate="dwithin", distance=ON_BORDER_M)
    along = ((places[vertex] - sides[side, 0]) * (sides[side, 1] - sides[side, 0])).sum(axis=1)
    order = np.lexsort((along, side))
    starts = np.searchsorted(side[order], np.arange(1, len(sides)))
    return [rim.astype(np.int32) for rim in np.split(vertex[order], starts)]


def _on(tops: DoubleArray, cuts: IntArray, chain: DoubleArray) -> list[tuple[int, int]]:
    """Return the cut edges that lie along one side."""
    way = chain[-1, :2] - chain[0, :2]
    length = float(np.linalg.norm(way))
    way = way / length
    ends = tops[cuts][:, :, :2] - chain[0, :2]
    along, off = ends @ way, np.abs(ends @ np.array([-way[1], way[0]]))
    on = (off < ON_BORDER_M) & (along > -ON_BORDER_M) & (along < length + ON_BORDER_M)
    return [(a, b) for a, b in cuts[on.all(axis=1)].tolist()]


def _cut_chain(chain: DoubleArray, start: DoubleArray, end: DoubleArray) -> DoubleArray:
    """Return the vertices of one side from below one corner to below another."""
    way = chain[-1, :2] - chain[0, :2]
    along = (chain[:, :2] - chain[0, :2]) @ way
    low, high = (start[:2] - chain[0, :2]) @ way, (end[:2] - chain[0, :2]) @ way
    slack = ON_BORDER_M * float(np.linalg.norm(way))
    return chain[(along >= low - slack) & (along <= high + slack)]
