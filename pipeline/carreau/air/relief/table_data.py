"""What a table model is made of, and its parts.

Lengths are metres on the ground, in a projected system: x is east, y is north. A model is in its own metres, with the
axes of glTF: x is east, y up, -z north.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import mapbox_earcut
import numpy as np
import shapely
from shapely import LinearRing, Polygon
from shapely.geometry.base import BaseGeometry

from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray

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


def polygons_of(shape: BaseGeometry) -> Iterator[Polygon]:
    """Yield the polygons of a geometry that have an area: counter-clockwise, holes clockwise, no point repeated."""
    for part in shapely.get_parts(shape, return_index=False):
        if isinstance(part, Polygon):
            if not part.is_empty and part.area > 0:
                yield shapely.orient_polygons(shapely.remove_repeated_points(part, 1e-6), exterior_cw=False)
        elif hasattr(part, "geoms"):
            yield from polygons_of(part)


def rings_of(polygon: Polygon) -> list[DoubleArray]:
    """Return the rings of a polygon, each (n, 2) and open: the last point is not the first."""
    rings: list[LinearRing] = [polygon.exterior, *polygon.interiors]
    return [shapely.get_coordinates(ring)[:-1] for ring in rings]


def triangulated(polygon: Polygon) -> tuple[DoubleArray, IntArray]:
    """Return (n, 2) points of a polygon and its (m, 3) triangles, counter-clockwise."""
    rings = rings_of(polygon)
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
        for polygon in polygons_of(shape):
            points, faces = triangulated(polygon)
            self._add(_at(points, height), _painted(len(points), color), faces)

    def shaded(self, shape: BaseGeometry, line: BaseGeometry, line_color: Color, color: Color) -> None:
        """Add level polygons at height 0 that have another colour where their corners lie on a line."""
        for polygon in polygons_of(shape):
            points, faces = triangulated(polygon)
            is_on = on_line(points, line)[:, None]
            colors = np.where(is_on, np.array(line_color, np.float32), np.array(color, np.float32))
            self._add(_at(points, 0.0), colors, faces)

    def wall(self, shape: BaseGeometry, foot: float, top: float, foot_color: Color, top_color: Color) -> None:
        """Add upright walls around polygons."""
        for polygon in polygons_of(shape):
            for ring in rings_of(polygon):
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
        for polygon in polygons_of(shapely.difference(outer, inner)):
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
        kept = np.linalg.norm(cross, axis=1) > 1e-14
        faces, cross = faces[kept], cross[kept]
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


def _painted(count: int, color: Color) -> FloatArray:
    return np.tile(np.array(color, np.float32), (count, 1))
