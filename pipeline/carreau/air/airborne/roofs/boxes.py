"""Chimneys, dormers and the like on roofs, as boxes: what stands out of its plane on about half a square metre."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage
from scipy.spatial import cKDTree

from carreau.air.airborne.extent import Bounds, Extent
from carreau.air.airborne.roofs.cells import INSIDE_M, RoofCells, stack_corners
from carreau.air.airborne.roofs.planes import RoofPlanes
from carreau.air.airborne.survey_data import Building, Part, PartName
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray

OUT_M = 0.3
"""Height above the plane from which a point stands out."""

LEAST_M2 = 0.4
FULL = 0.5
"""Share of its rectangle that a box fills; less is cut in two, so that a pipe along the roof is no block."""

TURNED = 0.8
"""Cells of a covered rectangle that have a point, for each of its points. They lie one in each cell of the survey's
own lattice, and the rectangle is turned against it: two of them may share a cell, and leave another empty. Of points at
random in their cells, at any turn, 0.80 for boxes of 2 cells across, 0.78 for 6 and 0.76 for 30."""

CUTS = 4
"""How often one is cut at most."""

WALL_M, WALL_SHARE = 1.0, 0.2
"""A piece so far below so large a share of its surroundings is not a chimney."""

INTO_M = 0.3
"""How far a box goes into the roof."""

_SIDES = np.array(
    [[0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7], [0, 2, 1], [0, 3, 2]],
    np.int32,
)
_TOP = np.array([[4, 5, 6], [4, 6, 7]], np.int32)


@dataclass(frozen=True, eq=False)
class Boxes:
    """Upright boxes.

    positions : (n, 3) float64
    tops, sides : (m, 3) int32, counter-clockwise from outside; floors are among the sides
    """

    positions: DoubleArray
    tops: IntArray
    sides: IntArray


def roof_boxes(cells: RoofCells, roofs: RoofPlanes, bounds: Bounds) -> Boxes:
    """Return the boxes on roofs, none beyond bounds."""
    cell = cells.lattice.cell
    rows, columns = np.nonzero(cells.known & (roofs.labels > 0))
    points, labels = cells.points[cells.numbers[rows, columns]].astype(np.float64), roofs.labels[rows, columns]
    out = points[:, 2] - roofs.heights(labels, points) > OUT_M
    image = np.zeros(cells.lattice.shape, bool)
    image[rows[out], columns[out]] = True
    # A piece is what stands out of its roof, with gaps of a cell closed.
    closed = ndimage.binary_closing(np.pad(image, 1), np.ones((3, 3), bool))[1:-1, 1:-1] & (roofs.labels > 0)
    found_pieces, count = ndimage.label(closed, np.ones((3, 3)))
    pieces = np.asarray(found_pieces, np.int32)
    sizes = np.bincount(pieces[pieces > 0], minlength=count + 1) * cell**2
    points, labels, piece = points[out], labels[out], pieces[rows[out], columns[out]]
    windows: list[tuple[slice, ...]] = ndimage.find_objects(pieces)
    order = np.argsort(piece, kind="stable")
    starts = np.searchsorted(piece[order], np.arange(count + 2))
    slopes = np.hypot(roofs.planes[:, 0], roofs.planes[:, 1])
    rectangles: list[DoubleArray] = []
    for number in (np.flatnonzero(sizes[1:] >= LEAST_M2) + 1).tolist():
        own = order[starts[number] : starts[number + 1]]
        mine = points[own]
        if _below_a_roof(cells, pieces, number, windows[number - 1], float(np.median(mine[:, 2]))):
            continue
        # Chimneys and dormers stand in the direction of the roof's slope; on a flat roof their own points tell.
        under = int(np.bincount(labels[own]).argmax())
        a, b = roofs.planes[under, :2]
        angle = math.atan2(b, a) if slopes[under] > 0.05 else _own_angle(mine)
        rectangles += _rectangles(mine, angle, cell, roofs, under, CUTS)
    positions = np.concatenate(rectangles) if rectangles else np.empty((0, 3))
    positions[:, :2] = np.clip(positions[:, :2], bounds[:2], bounds[2:])
    shift = 8 * np.arange(len(rectangles), dtype=np.int32)[:, None, None]
    return Boxes(positions, (_TOP + shift).reshape(-1, 3), (_SIDES + shift).reshape(-1, 3))


def all_boxes(some: Sequence[Boxes]) -> Boxes:
    """Return some as one."""
    positions = [each.positions for each in some]
    tops, sides = ([getattr(each, name) for each in some] for name in ("tops", "sides"))
    return Boxes(np.concatenate(positions), stack_corners(positions, tops), stack_corners(positions, sides))


def _below_a_roof(cells: RoofCells, pieces: IntArray, number: int, window: tuple[slice, ...], top: float) -> bool:
    """Tell whether a piece in a window lies along a much higher roof: then its points are on a wall."""
    window = tuple(slice(max(0, side.start - 2), side.stop + 2) for side in window)
    own = pieces[window] == number
    around = ndimage.binary_dilation(own, iterations=2) & ~own
    heights = cells.points[cells.numbers[window][around], 2]
    heights = heights[np.isfinite(heights)]
    return len(heights) > 0 and float((heights > top + WALL_M).mean()) > WALL_SHARE


def _own_angle(points: DoubleArray) -> float:
    """Return the direction in which points lie."""
    x, y = (points[:, :2] - points[:, :2].mean(axis=0)).T
    return math.atan2(2 * float(x @ y), float(x @ x - y @ y)) / 2


def _rectangles(
    points: DoubleArray, angle: float, cell: float, roofs: RoofPlanes, under: int, cuts: int
) -> list[DoubleArray]:
    """Return boxes (8, 3) around points, in a direction."""
    if len(points) < 3:
        return []
    axes = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    local = points[:, :2] @ axes.T
    low, high = local.min(axis=0) - cell / 3, local.max(axis=0) + cell / 3
    size = high - low
    # How full the rectangle is, by the cells that have a point. One that is too empty is cut across its longer side.
    occupied = len(np.unique(np.floor((local - low) / cell), axis=0)) * cell**2 / TURNED
    if occupied < FULL * size[0] * size[1] and cuts and max(size) > 4 * cell:
        longer = int(np.argmax(size))
        half = local[:, longer] > (low + high)[longer] / 2
        return [
            box
            for part in (points[~half], points[half])
            for box in _rectangles(part, angle, cell, roofs, under, cuts - 1)
        ]
    if occupied < FULL * size[0] * size[1] or size[0] * size[1] < LEAST_M2 * 0.6:
        return []
    corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]]) @ axes
    floor = roofs.heights(np.full(4, under, np.int32), corners)
    top = max(float(np.median(points[:, 2])), float(floor.max()) + 0.05)
    # The floor follows the slope of the roof, somewhat below it, so that no gap shows.
    bottom = np.column_stack([corners, floor - INTO_M])
    return [np.concatenate([bottom, np.column_stack([corners, np.full(4, top)])])]


SUNK_M = 0.5
"""How far walls reach below the lowest ground at their feet, so that no gap shows on a slope."""

ROOF, WALL = (176, 168, 160), (203, 192, 178)
"""Tones of unmeasured roofs and walls: greyer than real ones."""


def raise_boxes(
    buildings: Sequence[Building], ground: DoubleArray, origin: DoubleArray, extent: Extent
) -> tuple[Part, ...]:
    """Return flat roofs and upright walls of the buildings with a height; without one they are left out.

    extent : beyond which nothing is raised, as there is no ground
    ground : (n, 3) float64, points of the terrain
    origin : (3,) float64, of the model
    """
    if not len(ground):
        return ()
    tree, room = cKDTree(ground[:, :2]), extent.buffer(-INSIDE_M)
    roofs, walls = _Triangles(), _Triangles()
    for building in buildings:
        outline = shapely.make_valid(shapely.Polygon(building.rings[0], building.rings[1:])).intersection(room)
        for polygon in map(shapely.orient_polygons, _polygons(outline)):
            corners = np.asarray(polygon.exterior.coords)[:, :2]
            feet = ground[tree.query(corners)[1], 2]
            top = _top(building, float(np.median(feet)))
            if top is None or top <= feet.max():
                continue
            for triangle in _polygons(shapely.constrained_delaunay_triangles(polygon)):
                flat = np.asarray(shapely.normalize(triangle).exterior.coords)[:3, :2]
                roofs.add(np.column_stack([flat, np.full(3, top)]), [[0, 1, 2]], is_up=True)
            for ring in (polygon.exterior, *polygon.interiors):
                _raise_walls(walls, np.asarray(ring.coords)[:, :2], top, float(feet.min()) - SUNK_M)
    parts = (roofs.part(PartName.ROOFS, ROOF, origin), walls.part(PartName.WALLS, WALL, origin))
    return tuple(part for part in parts if len(part.faces))


def _top(building: Building, foot: float) -> float | None:
    """Return the altitude of the flat roof: that of the gutter."""
    return foot + building.height if building.height is not None else building.ridge


def _polygons(shape: shapely.Geometry) -> list[shapely.Polygon]:
    parts = shapely.get_parts(shape)
    return [part for part in parts if isinstance(part, shapely.Polygon) and part.area > 0]


def _raise_walls(walls: _Triangles, ring: DoubleArray, top: float, foot: float) -> None:
    """Add the walls below a ring, the inside of the building on its left."""
    for a, b in itertools.pairwise(ring):
        quad = np.array([[*a, foot], [*b, foot], [*b, top], [*a, top]])
        walls.add(quad, [[0, 1, 2], [0, 2, 3]])


class _Triangles:
    def __init__(self) -> None:
        self.positions: list[DoubleArray] = []
        self.faces: list[IntArray] = []
        self._count = 0

    def add(self, positions: DoubleArray, faces: list[list[int]], *, is_up: bool = False) -> None:
        turned = np.array(faces, np.int32)
        if is_up:
            (ax, ay), (bx, by) = positions[1, :2] - positions[0, :2], positions[2, :2] - positions[0, :2]
            turned = turned if ax * by - ay * bx > 0 else turned[:, ::-1]
        self.positions.append(positions)
        self.faces.append(turned + self._count)
        self._count += len(positions)

    def part(self, name: PartName, color: tuple[int, int, int], origin: DoubleArray) -> Part:
        if not self.positions:
            return Part(name, np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
        positions: FloatArray = (np.concatenate(self.positions) - origin).astype(np.float32)
        colors: ByteArray = np.tile(np.array(color, np.uint8), (len(positions), 1))
        return Part(name, positions, np.concatenate(self.faces).astype(np.int32), colors)
