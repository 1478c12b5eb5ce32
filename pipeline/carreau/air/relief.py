"""Make the relief of a territory: the same model as the table, with measured terrain in the place of level plates.

Where no height is known, the plate stays level and places stand on it by their symbols, as on the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from carreau.air.relief_table import (
    COMMUNES,
    DEPTH_M,
    ROUTE_COLOR,
    ROUTES,
    Color,
    Form,
    Plate,
    RaisedPlace,
    TablePart,
    TableScale,
    darker,
    lighter,
    list_polygons,
    raised_place,
    route_strips,
    simplify_outlines,
    slab,
    triangulate,
)
from carreau.base.model import DoubleArray, FloatArray, IntArray

TOLERANCES_M = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0)
MOST_TRIANGLES = 9_000
"""Of the terrain; the first tolerance that needs no more is taken."""
LIFT_M, LIFT_SHARE = 5.0, 0.25
"""How high the plate of a place lies over the ground: so far, and this share of its symbolic height, by which a church
lies on its estate."""
TINT_LIFT_M, ROUTE_LIFT_M = 3.0, 3.5
"""How high tints on heaps and water, and routes lie over the ground."""
TINT = 0.45
"""How much of a tint is white."""
OUTLINE_M, ROUTE_M = 1.5, 6.0
"""By how much outlines of places and routes may be off, which lie on many triangles."""
LEAST_SHARE = 0.5
"""A place stands on measured ground if it covers this much of its outline."""
SIDE_SHADE = 0.42
Box = tuple[float, float, float, float]
WHITE: Color = (255, 255, 255)


@dataclass(frozen=True, eq=False)
class Net:
    """Triangles over a raster.

    points : (n, 3) east, north and height in metres
    faces : (m, 3), counter-clockwise from above
    """

    points: DoubleArray
    faces: IntArray


@dataclass(frozen=True, eq=False)
class ReliefGround:
    """The ground of a relief.

    land : area of all communes
    covered : its part with known heights
    net : triangles over the covered part, in metres above `datum_m`
    datum_m : height of the model's level 0
    tolerance_m : by which the net may miss a height
    """

    land: BaseGeometry
    covered: BaseGeometry
    net: Net
    datum_m: float
    tolerance_m: float

    @property
    def share(self) -> float:
        """Return the share of the land whose heights are known."""
        return float(self.covered.area / self.land.area)


@dataclass(frozen=True, eq=False)
class Relief:
    """The parts of a model, and the measured places with their height from their lowest to their highest point."""

    parts: tuple[TablePart, ...]
    heights_m: Mapping[str, float]
    ground: ReliefGround


def relief_ground(plates: Sequence[Plate], heights: Heights) -> ReliefGround | None:
    """Return the ground; None if no height is known within the communes."""
    land = shapely.union_all(simplify_outlines([plate.outline for plate in plates]))
    known = cover(heights, land)
    if known.is_empty:
        return None
    terrain = TerrainNet(heights)
    for tolerance in TOLERANCES_M:
        whole = terrain.at(tolerance)
        net = Net(whole.points, whole.faces[_near(whole, known)])
        if len(net.faces) <= MOST_TRIANGLES or tolerance == TOLERANCES_M[-1]:
            break
    net = drape_net(net, known)
    datum = float(np.floor(net.points[:, 2].min()))
    return ReliefGround(land, known, Net(net.points - np.array([0.0, 0.0, datum]), net.faces), datum, tolerance)


def _near(net: Net, shape: BaseGeometry) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    shapely.prepare(shape)
    return np.asarray(shapely.intersects(shape, shapely.polygons(net.points[net.faces][:, :, :2])))


def relief(
    ground: ReliefGround,
    plates: Sequence[Plate],
    places: Sequence[RaisedPlace],
    routes: Iterable[tuple[LineString, bool]],
    scale: TableScale,
    picture: Box,
) -> Relief:
    """Return the parts of the model, named as those of the table; equal arguments give equal bytes.

    routes : in metres on the ground, and whether each only joins its stops by straight lines
    picture : west, south, east and north of the picture of the ground
    """
    parts = [slab(simplify_outlines([plate.outline for plate in plates]), scale)]
    whole = join_nets([ground.net, level(shapely.difference(ground.land, ground.covered), 0.0)])
    parts.append(_part(COMMUNES, whole, 0.0, -DEPTH_M, WHITE, scale, picture))
    lines = [(shapely.simplify(line, ROUTE_M), is_joined) for line, is_joined in routes]
    strips = drape_net(whole, shapely.intersection(route_strips(lines), ground.land))
    if len(strips.faces):
        parts.append(_part(ROUTES, strips, ROUTE_LIFT_M, None, ROUTE_COLOR, scale))
    heights = dict[str, float]()
    for place in places:
        measured = shapely.intersection(place.outline, ground.covered)
        if measured.area < LEAST_SHARE * place.outline.area:
            parts.append(raised_place(place, scale))
            continue
        net = drape_net(ground.net, shapely.simplify(measured, OUTLINE_M))
        heights[place.name] = float(np.ptp(net.points[:, 2]))
        if place.form is Form.BLOCK:
            lift = LIFT_M + LIFT_SHARE * place.height_m
            parts.append(_part(place.name, net, lift, -lift, place.color, scale))
        else:
            tint = lighter(_bright(place.color), TINT)
            parts.append(_part(place.name, net, TINT_LIFT_M, None, tint, scale, picture))
    return Relief(tuple(parts), heights, ground)


def _bright(color: Color) -> Color:
    """Return a colour as light as it can be, so that it tints a picture and does not darken it."""
    share = 255 / max(*color, 1)
    red, green, blue = (round(channel * share) for channel in color)
    return red, green, blue


def _part(
    name: str, net: Net, lift_m: float, foot: float | None, color: Color, scale: TableScale, picture: Box | None = None
) -> TablePart:
    """Return a net as a part, smooth, with upright sides along its border.

    foot : where the sides end: a height below 0 for all of it if nothing is lifted, else below the top; None for none
    picture : of the ground, None for plain colours
    """
    top = net.points + np.array([0.0, 0.0, lift_m])
    positions = scale.place(top)
    corners = positions[net.faces].astype(np.float64)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((len(positions), 3))
    np.add.at(normals, net.faces.reshape(-1), np.repeat(cross, 3, axis=0))
    points, faces, shades = [top], [net.faces], [np.tile(np.array(color, np.uint8), (len(top), 1))]
    if foot is not None:
        start, end = border(net).T
        low = top.copy()
        low[:, 2] = foot if not lift_m else top[:, 2] + foot
        quads = np.stack([low[start], low[end], top[end], top[start]], axis=1)
        points.append(quads.reshape(-1, 3))
        along = scale.place(top[end]).astype(np.float64) - scale.place(top[start])
        # A side looks to the right of its direction, the triangle lies on its left.
        normals = np.concatenate([normals, np.repeat(np.cross(along, [0.0, 1.0, 0.0]), 4, axis=0)])
        first = len(top) + np.arange(len(start), dtype=np.int32)[:, None] * 4
        faces += [first + np.array(each, np.int32) for each in ((0, 1, 2), (0, 2, 3))]
        shades.append(np.tile(np.array(darker(color, SIDE_SHADE), np.uint8), (4 * len(start), 1)))
    rows = np.concatenate(points)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    return TablePart(
        name,
        scale.place(rows),
        normals.astype(np.float32),
        np.concatenate(shades),
        np.concatenate(faces),
        texcoords=None if picture is None else _texcoords(rows, picture),
    )


def _texcoords(points: np.ndarray[tuple[int, int], np.dtype[np.float64]], picture: Box) -> FloatArray:
    west, south, east, north = picture
    u, v = (points[:, 0] - west) / (east - west), (north - points[:, 1]) / (north - south)
    return np.clip(np.stack([u, v], axis=1), 0, 1).astype(np.float32)


BLOCK_M = 100.0
"""Where terrain is missing is told by squares of this size."""
LEAST_HOLE_M2, NARROWEST_HOLE_M = 250_000.0, 300.0
"""Smaller and narrower holes are filled from around them."""
_SAME_M = 1e-3


def cover(heights: Heights, land: BaseGeometry) -> BaseGeometry:
    """Return the part of an area where heights are known, but for holes small enough to be filled."""
    size = max(round(BLOCK_M / heights.cell_m), 1)
    rows, columns = heights.values.shape
    known = np.isfinite(heights.values)
    tall, wide = -(-rows // size), -(-columns // size)
    # A block counts as known if any of its heights is; only holes that are wide and large are left open.
    blocks = np.zeros((tall * size, wide * size), np.bool_)
    blocks[:rows, :columns] = known
    is_known = blocks.reshape(tall, size, wide, size).any(axis=(1, 3))
    west, north = heights.west - heights.cell_m / 2, heights.north + heights.cell_m / 2
    step = size * heights.cell_m
    row, column = np.nonzero(is_known)
    boxes = shapely.box(west + column * step, north - (row + 1) * step, west + (column + 1) * step, north - row * step)
    near = np.asarray(boxes)[_touching(np.asarray(boxes), land)]
    holes = shapely.difference(land, shapely.union_all(near))
    narrow = NARROWEST_HOLE_M / 2
    wide_holes = shapely.buffer(shapely.buffer(holes, -narrow, join_style="mitre"), narrow, join_style="mitre")
    large = [each for each in list_polygons(shapely.intersection(wide_holes, land)) if each.area >= LEAST_HOLE_M2]
    return shapely.difference(land, shapely.union_all(large)) if large else land


def drape_net(net: Net, shape: BaseGeometry) -> Net:
    """Return the part of a net that lies in an area; points that are less than a millimetre apart are one."""
    corners = net.points[net.faces]
    triangles = np.asarray(shapely.polygons(corners[:, :, :2]))
    touched = np.flatnonzero(_touching(triangles, shape))
    shapely.prepare(shape)
    # Whole triangles are taken as they are; only those across the border are cut, and their new
    # corners lie on their plane.
    is_inside = np.asarray(shapely.contains(shape, triangles[touched]))
    pieces = [corners[touched[is_inside]].reshape(-1, 3)]
    faces = [np.arange(len(pieces[0]), dtype=np.int32).reshape(-1, 3)]
    count = len(pieces[0])
    for at in touched[~is_inside]:
        for polygon in list_polygons(shapely.intersection(triangles[at], shape)):
            points, own = triangulate(polygon)
            pieces.append(np.concatenate([points, _plane(corners[at], points)[:, None]], axis=1))
            faces.append(own + np.int32(count))
            count += len(points)
    return weld_net(np.concatenate(pieces), np.concatenate(faces))


def level(shape: BaseGeometry, height_m: float) -> Net:
    """Return an area as a level net."""
    points, faces, count = [np.zeros((0, 3))], [np.zeros((0, 3), np.int32)], 0
    for polygon in list_polygons(shape):
        flat, own = triangulate(polygon)
        points.append(np.concatenate([flat, np.full((len(flat), 1), height_m)], axis=1))
        faces.append(own + np.int32(count))
        count += len(flat)
    return Net(np.concatenate(points), np.concatenate(faces))


def join_nets(nets: list[Net]) -> Net:
    """Return nets as one."""
    starts = np.cumsum([0, *(len(net.points) for net in nets)])
    faces = [net.faces + np.int32(start) for net, start in zip(nets, starts[:-1], strict=True)]
    return weld_net(np.concatenate([net.points for net in nets]), np.concatenate(faces))


def weld_net(points: DoubleArray, faces: IntArray) -> Net:
    """Return a net whose equal points are one, without triangles that have lost their area."""
    _, first, same = np.unique((points / _SAME_M).round(), axis=0, return_index=True, return_inverse=True)
    faces = same.reshape(-1)[faces].astype(np.int32)
    a, b, c = (faces[:, corner] for corner in range(3))
    return Net(points[first], faces[(a != b) & (b != c) & (c != a)])


def border(net: Net) -> IntArray:
    """Return (n, 2) the sides that belong to one triangle only, which lies on their left."""
    sides = np.concatenate([net.faces[:, [0, 1]], net.faces[:, [1, 2]], net.faces[:, [2, 0]]]).astype(np.int64)
    _, which, counts = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
    single: IntArray = sides[counts[which.reshape(-1)] == 1].astype(np.int32)
    return single


def _touching(shapes: np.ndarray[tuple[int], np.dtype[np.object_]], area: BaseGeometry) -> np.ndarray:
    shapely.prepare(area)
    return np.asarray(shapely.intersects(area, shapes))


def _plane(corners: DoubleArray, points: DoubleArray) -> DoubleArray:
    """Return (n,) heights of (n, 2) points in the plane of a triangle (3, 3)."""
    sides = (corners[:2] - corners[2]).T
    shares = np.linalg.solve(sides[:2], (points - corners[2, :2]).T)
    heights: DoubleArray = sides[2] @ shares + corners[2, 2]
    return heights


@dataclass(frozen=True, eq=False)
class Heights:
    """A raster of heights.

    west, north : of the middle of the first cell, in metres
    cell_m : distance of two cells
    values : (rows, columns) float32 metres, row 0 in the north, NaN where unknown
    """

    west: float
    north: float
    cell_m: float
    values: FloatArray

    def points(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> DoubleArray:
        """Return (n, 2) east and north of the middles of cells."""
        return np.stack([self.west + column * self.cell_m, self.north - row * self.cell_m], axis=1)


class TerrainNet:
    """A raster, ready to be covered by triangles of any tolerance."""

    def __init__(self, heights: Heights) -> None:
        """Measure by how much each point is missed without it; what is unknown is filled and misses nothing."""
        self._heights = heights
        rows, columns = heights.values.shape
        side = 2 ** int(np.ceil(np.log2(max(rows, columns, 3) - 1))) + 1
        known = np.zeros((side, side), np.bool_)
        known[:rows, :columns] = np.isfinite(heights.values)
        padded = ((0, side - rows), (0, side - columns))
        self._values = np.pad(fill_voids(heights.values), padded, mode="edge")
        self._missed = _measure_misses(self._values, known)

    def at(self, tolerance_m: float) -> Net:
        """Return triangles that miss no known height by more than a tolerance in the middle of their longest sides.

        Elsewhere some heights are missed by up to half as much again.
        """
        side = len(self._values)
        last = side - 1
        corners = np.array([[[0, 0], [last, last], [0, last]], [[last, last], [0, 0], [last, 0]]], np.int64)
        done = []
        while len(corners):
            a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
            middle = (a + b) // 2
            # Triangles of two cells' corners have no point between them.
            has_middle = ((a + b) % 2 == 0).all(axis=1)
            is_split = has_middle & (self._missed[middle[:, 0], middle[:, 1]] > tolerance_m)
            done.append(corners[~is_split])
            a, b, c, middle = a[is_split], b[is_split], c[is_split], middle[is_split]
            corners = np.concatenate([np.stack([c, a, middle], axis=1), np.stack([b, c, middle], axis=1)])
        cells = np.concatenate(done).reshape(-1, 2)
        used, faces = np.unique(cells[:, 0] * side + cells[:, 1], return_inverse=True)
        row, column = np.divmod(used, side)
        points = np.concatenate([self._heights.points(row, column), self._values[row, column][:, None]], axis=1)
        return Net(points, _counter_clockwise(points, faces.reshape(-1, 3).astype(np.int32)))


def _counter_clockwise(points: DoubleArray, faces: IntArray) -> IntArray:
    a, b, c = (points[faces[:, corner], :2] for corner in range(3))
    turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0
    faces[turned] = faces[turned][:, ::-1]
    return faces


def fill_voids(values: FloatArray) -> FloatArray:
    """Return heights without voids: each has the mean of the nearest known ones, at the finest scale that has some.

    Without any known height all are 0.
    """
    known = np.isfinite(values)
    if known.all():
        return values
    if values.size == 1:
        return np.zeros_like(values)
    rows, columns = values.shape
    even = ((0, rows % 2), (0, columns % 2))
    sums = _sum_quarters(np.pad(np.where(known, values, np.float32(0)), even))
    counts = _sum_quarters(np.pad(known.astype(np.float32), even))
    with np.errstate(invalid="ignore", divide="ignore"):
        coarse = fill_voids((sums / counts).astype(np.float32))
    spread = np.repeat(np.repeat(coarse, 2, axis=0), 2, axis=1)[:rows, :columns]
    return np.where(known, values, spread)


def _sum_quarters(values: FloatArray) -> FloatArray:
    return values[::2, ::2] + values[1::2, ::2] + values[::2, 1::2] + values[1::2, 1::2]


def _measure_misses(values: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
    """Return (side, side) float32: by how much a height is missed without its point, or any of those under it."""
    side = len(values)
    missed = np.zeros_like(values)
    half = 1
    while half < side - 1:
        _sides(values, known, missed, half)
        _middles(values, known, missed, half)
        half *= 2
    return missed


def _sides(values: FloatArray, known: NDArray[np.bool_], missed: FloatArray, half: int) -> None:
    """Measure the points in the middle of the sides of squares that are two halves wide."""
    whole, quarter = 2 * half, half // 2
    for turned in (False, True):
        v, k, m = (values.T, known.T, missed.T) if turned else (values, known, missed)
        own = np.abs(v[::whole, half::whole] - (v[::whole, :-half:whole] + v[::whole, whole::whole]) / 2)
        own *= k[::whole, half::whole]
        if quarter:
            # The triangles on both sides of it are halved at the middles of smaller squares.
            left, right = half - quarter, half + quarter
            near = np.maximum(m[quarter::whole, left::whole], m[quarter::whole, right::whole])
            far = np.maximum(m[whole - quarter :: whole, left::whole], m[whole - quarter :: whole, right::whole])
            own[:-1] = np.maximum(own[:-1], near)
            own[1:] = np.maximum(own[1:], far)
        m[::whole, half::whole] = own


def _middles(values: FloatArray, known: NDArray[np.bool_], missed: FloatArray, half: int) -> None:
    """Measure the points in the middle of squares that are two halves wide."""
    whole = 2 * half
    corners = values[::whole, ::whole]
    falling, rising = (corners[:-1, :-1] + corners[1:, 1:]) / 2, (corners[:-1, 1:] + corners[1:, :-1]) / 2
    rows, columns = falling.shape
    is_falling = (np.arange(rows)[:, None] + np.arange(columns)) % 2 == 0
    middle = values[half::whole, half::whole]
    own = np.abs(middle - np.where(is_falling, falling, rising)) * known[half::whole, half::whole]
    sides = (
        missed[:-1:whole, half::whole], missed[whole::whole, half::whole],
        missed[half::whole, :-1:whole], missed[half::whole, whole::whole],
    )  # fmt: skip
    for each in sides:
        own = np.maximum(own, each)
    missed[half::whole, half::whole] = own
