"""The table model of a territory made from outlines alone, as a museum's relief table, and its parts.

The communes are plates on a slab, with a groove between them. Each place stands on its exact outline, with its edges
bevelled inwards, so that its area from above is that of the outline. A heap rises from its outline as loose spoil does,
and no steeper than its height asks for. Soft shade at the foot of what stands is baked into the colours of the plates.

Lengths are metres on the ground, in a projected system: x is east, y is north. A model is in its own metres, with the
axes of glTF: x is east, y up, -z north.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import mapbox_earcut
import numpy as np
import shapely
import shapely.ops
from shapely import LinearRing, LineString, Polygon
from shapely.geometry.base import BaseGeometry

from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray

PLATE, COMMUNES, ROUTES = "plate", "communes", "routes"
"""Names of the nodes that are no place."""

SLAB_COLOR: Color = (86, 64, 48)
ROUTE_COLOR: Color = (150, 104, 36)
SLAB_M, RIM_M = 190.0, 130.0
"""Thickness of the slab, in heights, and how far it reaches beyond the communes."""
BAY_M = 200.0
"""Bays and gaps narrower than twice this are part of the slab; of wider ones it would be a dark spot."""
TOLERANCE_M = 100.0
"""Borders of communes lose corners whose triangles have an area below the square of this (Visvalingam-Whyatt)."""
GROOVE_M, BEVEL_M, DEPTH_M = 9.0, 26.0, 14.0
"""Of a plate: half the groove, width of the bevel, height of the plate above the slab."""
REPOSE_RAD = math.radians(34.0)
"""Angle of repose of loose spoil."""
SHADE_M = 45.0
"""How far the shade at the foot of a place reaches."""
INLAY_M, INLAY_HALF_M, DASH_M, GAP_M = 2.5, 11.0, 130.0, 90.0
"""Of a route: height above the plates, half the width, and length of dashes and gaps where it only joins its stops."""
_HEAP_STEPS = (0.0, 0.3, 0.6, 0.85, 1.0)


def relief_table(
    plates: Sequence[Plate],
    places: Sequence[RaisedPlace],
    routes: Iterable[tuple[LineString, bool]],
    scale: TableScale,
) -> tuple[TablePart, ...]:
    """Return the parts of the model: slab, plates, routes, then each place; equal arguments give equal bytes.

    routes : in metres on the ground, and whether each only joins its stops by straight lines
    """
    outlines = simplify_outlines([plate.outline for plate in plates])
    foot = shapely.union_all([place.outline for place in places]) if places else shapely.Polygon()
    parts = [slab(outlines, scale), _plates(plates, outlines, foot, scale)]
    inlays = _routes(routes, scale)
    return (*parts, *([inlays] if inlays else []), *(raised_place(place, scale) for place in places))


def simplify_outlines(outlines: list[BaseGeometry]) -> list[BaseGeometry]:
    """Return outlines with fewer points; borders that two of them share stay shared."""
    return list(shapely.coverage_simplify(outlines, TOLERANCE_M))


def _inset(shape: BaseGeometry, by: float) -> BaseGeometry:
    return shapely.buffer(shape, -by, join_style="mitre", mitre_limit=2.5)


def darker(color: Color, share: float) -> Color:
    """Return a colour with a share of its light.

    >>> darker((200, 100, 50), 0.5)
    (100, 50, 25)
    """
    red, green, blue = (round(channel * share) for channel in color)
    return red, green, blue


def lighter(color: Color, share: float) -> Color:
    """Return a colour mixed with a share of white.

    >>> lighter((200, 100, 0), 0.5)
    (228, 178, 128)
    """
    red, green, blue = (round(channel + (255 - channel) * share) for channel in color)
    return red, green, blue


def slab(outlines: Sequence[BaseGeometry], scale: TableScale) -> TablePart:
    """Return what the communes lie on: it follows their outline, also around what they enclose."""
    closed = shapely.buffer(shapely.buffer(shapely.union_all(outlines), BAY_M, quad_segs=2), RIM_M - BAY_M, quad_segs=2)
    rim = shapely.simplify(closed, 90.0)
    inside = _inset(rim, 55.0)
    skin, top = Skin(scale), -DEPTH_M
    skin.level(inside, top, darker(SLAB_COLOR, 0.62))
    skin.slope(rim, inside, top - 14.0, top, lighter(SLAB_COLOR, 0.10), lighter(SLAB_COLOR, 0.16))
    skin.wall(rim, top - SLAB_M, top - 14.0, darker(SLAB_COLOR, 0.55), SLAB_COLOR)
    return skin.part(PLATE)


def _plates(
    plates: Sequence[Plate], outlines: Sequence[BaseGeometry], foot: BaseGeometry, scale: TableScale
) -> TablePart:
    """Return the plates; around the foot of the places, the plates are darker towards it."""
    skin = Skin(scale)
    near = shapely.buffer(foot, SHADE_M, quad_segs=2)
    for plate, outline in zip(plates, outlines, strict=True):
        edge = _inset(outline, GROOVE_M)
        cap = _inset(edge, BEVEL_M)
        shaded = shapely.intersection(cap, near)
        skin.slope(edge, cap, -DEPTH_M, 0.0, darker(plate.color, 0.42), lighter(plate.color, 0.10))
        skin.level(shapely.difference(cap, near), 0.0, plate.color)
        skin.shade(shapely.difference(shaded, foot), shapely.boundary(foot), darker(plate.color, 0.5), plate.color)
        skin.level(shapely.intersection(cap, foot), 0.0, darker(plate.color, 0.45))
    return skin.part(COMMUNES)


def _routes(routes: Iterable[tuple[LineString, bool]], scale: TableScale) -> TablePart | None:
    skin, is_empty = Skin(scale), True
    for strip in list_polygons(route_strips(routes)):
        skin.level(strip, INLAY_M, ROUTE_COLOR)
        is_empty = False
    return None if is_empty else skin.part(ROUTES)


def route_strips(routes: Iterable[tuple[LineString, bool]]) -> BaseGeometry:
    """Return the area of routes, dashed where they only join their stops."""
    strips = [
        shapely.buffer(piece, INLAY_HALF_M, quad_segs=2, cap_style="flat")
        for line, is_dashed in routes
        for piece in (_dashes(line) if is_dashed else [line])
    ]
    return shapely.union_all(strips)


def _dashes(line: LineString) -> list[BaseGeometry]:
    starts = np.arange(0.0, line.length, DASH_M + GAP_M)
    return [shapely.ops.substring(line, start, min(start + DASH_M, line.length)) for start in starts.tolist()]


def inradius(shape: BaseGeometry) -> float:
    """Return the radius of the largest circle inside a polygon, of the widest of several."""
    return max(
        (shapely.maximum_inscribed_circle(each, tolerance=0.5).length for each in list_polygons(shape)), default=0
    )


def raised_place(place: RaisedPlace, scale: TableScale) -> TablePart:
    """Return a place that stands on its outline by its form."""
    skin = Skin(scale)
    if place.form is Form.HEAP:
        _heap(skin, place)
        return skin.part(place.name, is_smooth=True)
    if place.form is Form.WATER:
        inside = _inset(place.outline, min(18.0, inradius(place.outline) / 3))
        skin.slope(place.outline, inside, 3.0, 1.0, lighter(place.color, 0.35), place.color)
        skin.level(inside, 1.0, place.color)
        return skin.part(place.name, is_water=True)
    for outline in list_polygons(place.outline):
        bevel = min(6.0, inradius(outline) / 4, place.height_m / 2)
        inside, shoulder = _inset(outline, bevel), place.height_m - bevel
        skin.wall(outline, 0.0, shoulder, darker(place.color, 0.5), darker(place.color, 0.82))
        skin.slope(outline, inside, shoulder, place.height_m, lighter(place.color, 0.12), lighter(place.color, 0.16))
        skin.level(inside, place.height_m, place.color)
    return skin.part(place.name)


def _heap(skin: Skin, place: RaisedPlace) -> None:
    """Rise by the angle of repose up to the height, or as steeply as needed to reach it in the middle."""
    for outline in list_polygons(place.outline):
        reach = inradius(outline)
        # How far in the angle of repose needs to reach the height; a narrow heap is steeper.
        run = min(place.height_m / math.tan(REPOSE_RAD), 0.94 * reach)
        rings = [outline, *(shapely.buffer(outline, -run * step, quad_segs=2) for step in _HEAP_STEPS[1:])]
        shades = [darker(place.color, 0.5 + 0.5 * step) for step in _HEAP_STEPS]
        heights = [place.height_m * step for step in _HEAP_STEPS]
        for at in range(len(rings) - 1):
            skin.slope(rings[at], rings[at + 1], heights[at], heights[at + 1], shades[at], shades[at + 1])
        skin.level(rings[-1], heights[-1], shades[-1])


Color = tuple[int, int, int]
"""sRGB, 0 to 255."""


class Form(StrEnum):
    """How a place is raised: a block with upright walls, a heap with slopes, or water let into the plate."""

    BLOCK = "block"
    HEAP = "heap"
    WATER = "water"


@dataclass(frozen=True, eq=False)
class RaisedPlace:
    """A place to raise from its outline.

    name : of its node
    outline : polygons, in metres on the ground
    height_m : above the plate, before any exaggeration; 0 or more
    color : of its top
    """

    name: str
    outline: BaseGeometry
    form: Form
    height_m: float
    color: Color


@dataclass(frozen=True, eq=False)
class Plate:
    """A commune.

    outline : polygons, in metres on the ground
    """

    outline: BaseGeometry
    color: Color


@dataclass(frozen=True)
class TableScale:
    """How metres on the ground become metres of the model.

    origin : east and north of the model's origin
    reduction : 50,000 for 1:50,000
    exaggeration : how many times heights are larger than lengths
    """

    origin: tuple[float, float]
    reduction: float = 50_000.0
    exaggeration: float = 3.0

    def place(self, points: DoubleArray) -> FloatArray:
        """Return (n, 3) float32 positions of (n, 3) east, north and height above the plate."""
        east, north, height = points.T
        x, y = east - self.origin[0], north - self.origin[1]
        placed = np.stack([x, height * self.exaggeration, -y], axis=1) / self.reduction
        return placed.astype(np.float32)


@dataclass(frozen=True, eq=False)
class TablePart:
    """A part of the model.

    positions, normals : (n, 3) float32, in the model's metres; vertices are split where faces meet at an edge
    colors : (n, 3) uint8 sRGB
    faces : (m, 3) int32, counter-clockwise seen from outside
    is_water : whether it reflects as water does
    texcoords : (n, 2) float32 in the picture of the ground, whose colours are multiplied with `colors`; None without it
    """

    name: str
    positions: FloatArray
    normals: FloatArray
    colors: ByteArray
    faces: IntArray
    is_water: bool = False
    texcoords: FloatArray | None = None

    @property
    def area(self) -> float:
        """Return the area of what is seen from above, in square metres of the model, steep walls left out."""
        corners = self.positions[self.faces].astype(np.float64)
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        return float(np.maximum(cross[:, 1], 0).sum() / 2)


_SAME_M = 1e-3
"""Points this near to a line lie on it."""


def list_polygons(shape: BaseGeometry) -> Iterator[Polygon]:
    """Yield the polygons of a geometry that have an area: counter-clockwise, holes clockwise, no point repeated."""
    for part in shapely.get_parts(shape, return_index=False):
        if isinstance(part, Polygon):
            if not part.is_empty and part.area > 0:
                yield shapely.orient_polygons(shapely.remove_repeated_points(part, 1e-6), exterior_cw=False)
        elif hasattr(part, "geoms"):
            yield from list_polygons(part)


def list_rings(polygon: Polygon) -> list[DoubleArray]:
    """Return the rings of a polygon, each (n, 2) and open: the last point is not the first."""
    rings: list[LinearRing] = [polygon.exterior, *polygon.interiors]
    return [shapely.get_coordinates(ring)[:-1] for ring in rings]


def triangulate(polygon: Polygon) -> tuple[DoubleArray, IntArray]:
    """Return (n, 2) points of a polygon and its (m, 3) triangles, counter-clockwise."""
    rings = list_rings(polygon)
    points = np.concatenate(rings)
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    faces = mapbox_earcut.triangulate_float64(points, ends).reshape(-1, 3).astype(np.int32)
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) < 0
    faces[turned] = faces[turned][:, ::-1]
    return points, faces


def _delaunay(polygon: Polygon) -> DoubleArray:
    """Return (3 m, 2) corners of the triangles of a polygon, counter-clockwise.

    Along a strip they are halves of quadrilaterals, which are plane where both borders are parallel.
    """
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(polygon))
    corners = shapely.get_coordinates(shapely.orient_polygons(triangles, exterior_cw=False)).reshape(-1, 4, 2)
    return np.ascontiguousarray(corners[:, :3].reshape(-1, 2))


def on_line(points: DoubleArray, line: BaseGeometry) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return whether each of (n, 2) points lies on a line."""
    return np.asarray(shapely.distance(shapely.points(points), line) < _SAME_M)


class Skin:
    """The surface of a part under construction; points are east, north and height in metres."""

    def __init__(self, scale: TableScale) -> None:
        """Start without any face."""
        self._scale = scale
        self._points: list[DoubleArray] = []
        self._colors: list[FloatArray] = []
        self._faces: list[IntArray] = []
        self._count = 0

    def level(self, shape: BaseGeometry, height: float, color: Color) -> None:
        """Add level polygons."""
        for polygon in list_polygons(shape):
            points, faces = triangulate(polygon)
            self._add(_at(points, height), _paint(len(points), color), faces)

    def shade(self, shape: BaseGeometry, line: BaseGeometry, line_color: Color, color: Color) -> None:
        """Add level polygons at height 0 that have another colour where their corners lie on a line."""
        for polygon in list_polygons(shape):
            points, faces = triangulate(polygon)
            is_on = on_line(points, line)[:, None]
            colors = np.where(is_on, np.array(line_color, np.float32), np.array(color, np.float32))
            self._add(_at(points, 0.0), colors, faces)

    def wall(self, shape: BaseGeometry, foot: float, top: float, foot_color: Color, top_color: Color) -> None:
        """Add upright walls around polygons."""
        for polygon in list_polygons(shape):
            for ring in list_rings(polygon):
                start, end = ring, np.roll(ring, -1, axis=0)
                quads = np.stack([_at(start, foot), _at(end, foot), _at(end, top), _at(start, top)], axis=1)
                shades = np.array([foot_color, foot_color, top_color, top_color], np.float32)
                first = np.arange(len(ring), dtype=np.int32)[:, None] * 4
                faces = np.concatenate([first + np.array(corners) for corners in ((0, 1, 2), (0, 2, 3))])
                self._add(quads.reshape(-1, 3), np.tile(shades, (len(ring), 1)), faces.astype(np.int32))

    def slope(
        self,
        outer: BaseGeometry,
        inner: BaseGeometry,
        foot: float,
        top: float,
        foot_color: Color,
        top_color: Color,
    ) -> None:
        """Add the surface from the boundary of polygons up (or down) to that of polygons inside them."""
        high = shapely.boundary(inner)
        for polygon in list_polygons(shapely.difference(outer, inner)):
            points = _delaunay(polygon)
            is_high = on_line(points, high)[:, None]
            heights = np.where(is_high, top, foot)
            colors = np.where(is_high, np.array(top_color, np.float32), np.array(foot_color, np.float32))
            rows = np.concatenate([points, heights], axis=1)
            self._add(rows, colors, np.arange(len(points), dtype=np.int32).reshape(-1, 3))

    def part(self, name: str, *, is_smooth: bool = False, is_water: bool = False) -> TablePart:
        """Return the finished part, without triangles that have no area.

        is_smooth : whether faces that meet share their normals; else only those that were added together
        """
        points, colors = np.concatenate(self._points), np.concatenate(self._colors)
        faces = np.concatenate(self._faces)
        positions = self._scale.place(points)
        corners = positions[faces].astype(np.float64)
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        has_area = np.linalg.norm(cross, axis=1) > 1e-14
        faces, cross = faces[has_area], cross[has_area]
        if is_smooth:
            _, first, same = np.unique(points.round(3), axis=0, return_index=True, return_inverse=True)
            faces = first[same.reshape(-1)][faces].astype(np.int32)
        normals = np.zeros((len(positions), 3))
        np.add.at(normals, faces.reshape(-1), np.repeat(cross, 3, axis=0))
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
        shades = np.rint(np.clip(colors, 0, 255))
        # Faces of one plane that meet share their vertices.
        alike = np.concatenate([points.round(3), normals.round(3), shades], axis=1)[faces.reshape(-1)]
        _, first, inverse = np.unique(alike, axis=0, return_index=True, return_inverse=True)
        used = faces.reshape(-1)[first]
        return TablePart(
            name,
            positions[used],
            normals[used].astype(np.float32),
            shades[used].astype(np.uint8),
            inverse.reshape(-1, 3).astype(np.int32),
            is_water,
        )

    def _add(self, points: DoubleArray, colors: FloatArray, faces: IntArray) -> None:
        self._points.append(points)
        self._colors.append(colors)
        self._faces.append(faces + np.int32(self._count))
        self._count += len(points)


def _at(points: DoubleArray, height: float) -> DoubleArray:
    return np.concatenate([points, np.full((len(points), 1), height)], axis=1)


def _paint(count: int, color: Color) -> FloatArray:
    return np.tile(np.array(color, np.float32), (count, 1))
