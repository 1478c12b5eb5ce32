"""Outlines in plan, the faces between them, the openings in walls, and the shell that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from carreau.base.model import DoubleArray, IntArray
from carreau.formats.meshes.polygons import ears

ROUND_SIDES = 24
"""Sides of a round outline; a multiple of four, so that its width is exact along both axes."""

Ring = Sequence[tuple[float, float]]
"""Corners, counter-clockwise seen from above, in metres."""


def rectangle(length: float, width: float) -> Ring:
    """Return a rectangle about the origin, its length along x; the first edge is the southern one."""
    x, y = length / 2, width / 2
    return ((-x, -y), (x, -y), (x, y), (-x, y))


def regular(sides: int, width: float) -> Ring:
    """Return a regular polygon about the origin; `width` lies between opposite sides.

    sides : 4, 8, 12 …
    """
    angles = (np.arange(sides) - 1) * 2 * np.pi / sides - np.pi / 2 + np.pi / sides
    radius = width / 2 / np.cos(np.pi / sides)
    return tuple((float(x), float(y)) for x, y in zip(radius * np.cos(angles), radius * np.sin(angles), strict=True))


def area(ring: Ring) -> float:
    """Return the area of a ring, positive where it is counter-clockwise."""
    x, y = np.array(ring, np.float64).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def inside_by(ring: Ring, distance: float) -> Ring:
    """Return the ring whose sides lie inside those of another, each by a distance; it has as many corners."""
    points = np.array(ring, np.float64)
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    first, second = (way / np.linalg.norm(way, axis=1, keepdims=True) for way in (before, after))
    # Along the bisector of both inward normals, as far as puts the corner at the distance from both sides.
    inwards = np.column_stack([-first[:, 1], first[:, 0]]) + np.column_stack([-second[:, 1], second[:, 0]])
    shift = inwards * distance * 2 / (inwards**2).sum(axis=1, keepdims=True)
    return tuple((float(x), float(y)) for x, y in points + shift)


def beyond(ring: Ring, other: Ring) -> Iterator[Ring]:
    """Yield what a ring covers and another does not, in pieces without holes, counter-clockwise."""
    yield from without_holes(shapely.difference(shapely.Polygon(ring), shapely.Polygon(other)))


def without_holes(shape: shapely.Geometry) -> Iterator[Ring]:
    """Yield the polygons of a shape as rings; one with a hole is parted through the middle of the hole."""
    for polygon in shapely.get_parts(shape):
        if shapely.get_dimensions(polygon) != 2 or polygon.is_empty:
            continue
        if not len(polygon.interiors):
            ring = shapely.get_coordinates(shapely.orient_polygons(polygon).exterior)[:-1]
            yield tuple((float(x), float(y)) for x, y in ring)
            continue
        west, south, east, north = polygon.bounds
        middle = shapely.Polygon(polygon.interiors[0]).representative_point().x
        for low, high in ((west - 1, middle), (middle, east + 1)):
            yield from without_holes(shapely.intersection(polygon, shapely.box(low, south - 1, high, north + 1)))


Profile = Sequence[tuple[float, float]]
"""Corners (along, z), counter-clockwise where `along` points to the right and z up."""


def at_height(ring: Ring, z: float) -> Polygon:
    """Return a plane face that looks up."""
    return tuple((x, y, z) for x, y in ring)


def from_below(ring: Ring, z: float) -> Polygon:
    """Return a plane face that looks down."""
    return at_height(ring, z)[::-1]


def sides(bottom: Ring, top: Ring, low: float, high: float) -> Iterator[Polygon]:
    """Yield the faces between two outlines of as many corners, which look outwards."""
    for at in range(len(bottom)):
        after = (at + 1) % len(bottom)
        yield (*bottom[at], low), (*bottom[after], low), (*top[after], high), (*top[at], high)


def taper(bottom: Ring, top: Ring, low: float, high: float) -> Iterator[Polygon]:
    """Yield the faces of a closed solid between two outlines."""
    yield from_below(bottom, low)
    yield from sides(bottom, top, low, high)
    yield at_height(top, high)


def raise_pyramid(bottom: Ring, low: float, high: float) -> Iterator[Polygon]:
    """Yield the faces of a pyramid whose tip stands above the origin."""
    yield from_below(bottom, low)
    for at in range(len(bottom)):
        yield (*bottom[at], low), (*bottom[(at + 1) % len(bottom)], low), (0.0, 0.0, high)


def along_y(profile: Profile, width: float) -> Iterator[Polygon]:
    """Yield the faces of a profile (x, z) that is drawn out along y, half its width to both sides."""
    south, north = -width / 2, width / 2
    yield tuple((x, south, z) for x, z in profile)
    yield tuple((x, north, z) for x, z in reversed(profile))
    for (x, z), (next_x, next_z) in zip(profile, [*profile[1:], profile[0]], strict=True):
        yield (next_x, south, next_z), (x, south, z), (x, north, z), (next_x, north, next_z)


def along_x(profile: Profile, length: float) -> Iterator[Polygon]:
    """Yield the faces of a profile (y, z) that is drawn out along x, half its length to both sides."""
    for face in along_y(profile, length):
        yield tuple((-y, x, z) for x, y, z in face)


ARC_SIDES = 12
"""Sides of a round arch."""

Outline = Sequence[tuple[float, float]]
"""Corners (along the wall, z), counter-clockwise seen from outside, where `along` points to the right."""


@dataclass(frozen=True)
class Opening:
    """A door, a window or an arch.

    start : from the left end of the wall, seen from outside, to the left side of the opening
    sill : from the foot of the wall; 0 for a door
    height : from the sill to the top, of an arch to its crown
    is_round : whether it ends in a half circle
    depth : how far it goes into the wall
    """

    start: float
    width: float
    sill: float
    height: float
    is_round: bool = False
    depth: float = 0.0

    @property
    def end(self) -> float:
        """Return where it ends along the wall."""
        return self.start + self.width

    @property
    def top(self) -> float:
        """Return the height of its top above the foot of the wall."""
        return self.sill + self.height

    @property
    def springing(self) -> float:
        """Return the height above the foot of the wall where its arch begins; its top without one."""
        return self.top - self.width / 2 if self.is_round else self.top

    def arc(self) -> Outline:
        """Return the corners of its head, from left to right."""
        if not self.is_round:
            return ((self.start, self.top), (self.end, self.top))
        radius = self.width / 2
        angles = np.pi * (1 - np.arange(1, ARC_SIDES) / ARC_SIDES)
        inner = [
            (self.start + radius + radius * float(np.cos(angle)), self.springing + radius * float(np.sin(angle)))
            for angle in angles
        ]
        inner[ARC_SIDES // 2 - 1] = (self.start + radius, self.top)
        return ((self.start, self.springing), *inner, (self.end, self.springing))

    def outline(self) -> Outline:
        """Return its corners."""
        return ((self.start, self.sill), (self.end, self.sill), *reversed(self.arc()))

    def spandrels(self) -> Iterator[Outline]:
        """Yield what lies between a round head and its bounding rectangle, left and right."""
        if self.is_round:
            head = list(self.arc())
            middle = len(head) // 2
            yield (*head[: middle + 1], (self.start, self.top))
            yield (*head[middle:], (self.end, self.top))


def wall_pieces(length: float, height: float, openings: Sequence[Opening]) -> Iterator[Outline]:
    """Yield what is left of a wall, in pieces without holes."""
    cuts = sorted({0.0, length, *(each.start for each in openings), *(each.end for each in openings)})
    for left, right in pairwise(cuts):
        middle, low = (left + right) / 2, 0.0
        for each in sorted((each for each in openings if each.start < middle < each.end), key=lambda one: one.sill):
            if each.sill > low:
                yield (left, low), (right, low), (right, each.sill), (left, each.sill)
            low = each.top
        if height > low:
            yield (left, low), (right, low), (right, height), (left, height)
    for each in openings:
        yield from each.spandrels()


def reveal_edges(opening: Opening) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the edges of an opening along which its sides go into the wall: all but the one on the ground."""
    outline = list(opening.outline())
    for first, second in zip(outline, [*outline[1:], outline[0]], strict=True):
        if first[1] > 0 or second[1] > 0:
            yield first, second


GRID_M = 1e-9
"""Corners are rounded to it; those that round alike are one."""

ON_EDGE_M = 1e-5
"""Distance to an edge within which a corner of another face lies on it, and parts it."""

Point = tuple[float, float, float]
Polygon = Sequence[Point]


@dataclass(frozen=True, eq=False)
class Solid:
    """A closed surface.

    positions : (n, 3) float64 metres: x to the east, y to the north, z up, before anything is turned
    faces : (m, 3) int32, counter-clockwise seen from outside
    """

    positions: DoubleArray
    faces: IntArray

    @property
    def volume(self) -> float:
        """Return the enclosed volume in m³, worked out in double precision."""
        a, b, c = (self.positions[self.faces[:, corner]] for corner in range(3))
        return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)

    def turned(self, clockwise_deg: float) -> Solid:
        """Return it turned about the vertical axis through the origin, clockwise seen from above."""
        if not clockwise_deg:
            return self
        angle = np.radians(clockwise_deg)
        x, y, z = self.positions.T
        turned = (x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle), z)
        return Solid(np.column_stack(turned), self.faces)

    def moved(self, x: float, y: float, z: float) -> Solid:
        """Return it moved by metres."""
        return Solid(self.positions + np.array((x, y, z)), self.faces)


def make_solid(polygons: Iterable[Polygon]) -> Solid:
    """Return the triangles of faces, each counter-clockwise seen from outside.

    A corner of one face that lies on an edge of another becomes a corner of both, so that they meet without a gap.
    """
    rings = [np.round(np.array(polygon, np.float64) / GRID_M) * GRID_M + 0.0 for polygon in polygons]
    positions, places = np.unique(np.concatenate(rings), axis=0, return_inverse=True)
    corners = np.split(places.reshape(-1).astype(np.int32), np.cumsum([len(ring) for ring in rings])[:-1])
    faces = [triangles for ring in corners if (triangles := _triangles(_part(ring, positions), positions)) is not None]
    used, indices = np.unique(np.concatenate(faces), return_inverse=True)
    return Solid(positions[used], indices.reshape(-1, 3).astype(np.int32))


def join_solids(solids: Iterable[Solid]) -> Solid:
    """Return several solids as one; they may touch or overlap."""
    listed = list(solids)
    starts = np.cumsum([0, *(len(solid.positions) for solid in listed)])
    faces = [solid.faces + np.int32(start) for solid, start in zip(listed, starts[:-1], strict=True)]
    return Solid(np.concatenate([solid.positions for solid in listed]), np.concatenate(faces))


def _part(ring: IntArray, positions: DoubleArray) -> list[int]:
    """Return the corners of a face, with those of other faces that lie on its edges."""
    result: list[int] = []
    for start, end in zip(ring, np.roll(ring, -1), strict=True):
        if start == end:
            continue
        result.append(int(start))
        along = positions[end] - positions[start]
        length = float(np.linalg.norm(along))
        away = positions - positions[start]
        share = away @ along / length**2
        beside = np.linalg.norm(away - share[:, None] * along, axis=1)
        on = np.flatnonzero((beside < ON_EDGE_M) & (share * length > ON_EDGE_M) & ((1 - share) * length > ON_EDGE_M))
        result += [int(each) for each in on[np.argsort(share[on], kind="stable")]]
    return result


def _triangles(ring: list[int], positions: DoubleArray) -> IntArray | None:
    """Return (m, 3) indices into the positions; None for a face without any area."""
    if len(ring) < 3:
        return None
    points = positions[ring] - positions[ring[0]]
    normal = np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)
    if np.linalg.norm(normal) < ON_EDGE_M**2:
        return None
    axis = int(np.abs(normal).argmax())
    u, v = (axis + 1) % 3, (axis + 2) % 3
    plane = points[:, [u, v] if normal[axis] > 0 else [v, u]]
    return np.array(ring, np.int32)[ears(plane)]
