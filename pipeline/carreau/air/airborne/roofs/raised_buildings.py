"""Buildings raised from their outlines to a height on record (CityGML's level of detail 1), where nobody measured."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import shapely
from scipy.spatial import cKDTree

from carreau.air.airborne.extent import Extent
from carreau.air.airborne.roofs.building_blocks import INSIDE_M
from carreau.air.airborne.survey_data import Building, Part, PartName
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray

SUNK_M = 0.5
"""How far walls reach below the lowest ground at their feet, so that no gap shows on a slope."""

ROOF, WALL = (176, 168, 160), (203, 192, 178)
"""Tones of what nobody measured: greyer than a real roof."""


def raised(buildings: Sequence[Building], ground: DoubleArray, origin: DoubleArray, extent: Extent) -> tuple[Part, ...]:
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
