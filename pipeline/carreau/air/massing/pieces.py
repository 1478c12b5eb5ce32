"""Surfaces of a reconstruction, face by face with what each is made of: walls, roofs, bars, panes.

Unlike the solids of measured facts they need not be closed: nobody takes a volume from a typical house.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from carreau.air.massing.outlines import Point, Polygon, Ring
from carreau.base.model import DoubleArray, IntArray
from carreau.formats.meshes.polygons import ears

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
"""Texture coordinates of a rectangle that shows the whole picture of its material: from the lower left corner."""


@dataclass(frozen=True)
class Face:
    """A plane face.

    material : key of the table of materials
    corners : counter-clockwise seen from outside, metres: x to the east, y to the north, z up
    texcoords : of each corner, (0, 0) at the lower left of the picture; None where the picture is laid on by its size
    """

    material: str
    corners: Polygon
    texcoords: Sequence[tuple[float, float]] | None = None


@dataclass(frozen=True, eq=False)
class Piece:
    """The triangles of one material.

    positions : (n, 3) float64 metres, three for each triangle in turn, counter-clockwise seen from outside
    texcoords : (n, 2) float64, of the picture from its lower left; NaN where it is laid on by its size in metres
    """

    material: str
    positions: DoubleArray
    texcoords: DoubleArray

    def turned(self, clockwise_deg: float) -> Piece:
        """Return it turned about the vertical axis through the origin, clockwise seen from above."""
        angle = np.radians(clockwise_deg)
        x, y, z = self.positions.T
        turned = (x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle), z)
        return Piece(self.material, np.column_stack(turned), self.texcoords)

    def moved(self, x: float, y: float, z: float) -> Piece:
        """Return it moved by metres."""
        return Piece(self.material, self.positions + np.array((x, y, z)), self.texcoords)


def make_pieces(faces: Iterable[Face]) -> tuple[Piece, ...]:
    """Return the triangles of faces, a piece for each material, in the order in which these come first.

    Faces without any area are left out.
    """
    by_material: dict[str, list[tuple[DoubleArray, DoubleArray]]] = {}
    for face in faces:
        corners = np.array(face.corners, np.float64)
        triangles = _triangles(corners)
        if triangles is None:
            continue
        none = np.full((len(corners), 2), np.nan)
        texcoords = none if face.texcoords is None else np.array(face.texcoords, np.float64)
        used = triangles.reshape(-1)
        by_material.setdefault(face.material, []).append((corners[used], texcoords[used]))
    return tuple(
        Piece(material, *(np.concatenate(arrays) for arrays in zip(*rows, strict=True)))
        for material, rows in by_material.items()
    )


def _triangles(corners: DoubleArray) -> IntArray | None:
    normal = np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0)
    if len(corners) < 3 or np.linalg.norm(normal) < 1e-9:
        return None
    if len(corners) == 3:
        return np.array([[0, 1, 2]], np.int32)
    axis = int(np.abs(normal).argmax())
    u, v = (axis + 1) % 3, (axis + 2) % 3
    try:
        return ears(corners[:, [u, v] if normal[axis] > 0 else [v, u]])
    except ValueError:
        # A strip that is wider than its line is long crosses itself at a bend: twisted there, and no less a strip.
        return np.array([[0, at, at + 1] for at in range(1, len(corners) - 1)], np.int32)


def box(material: str, low: Point, high: Point, top: str = "") -> Iterator[Face]:
    """Yield an upright box between two corners, without its bottom.

    top : another material for its upper face
    """
    (west, south, foot), (east, north, head) = low, high
    ring = ((west, south), (east, south), (east, north), (west, north))
    yield from prism(material, ring, foot, head, top)


def prism(material: str, ring: Ring, low: float, high: float, top: str = "") -> Iterator[Face]:
    """Yield an upright prism over a counter-clockwise outline, without its bottom."""
    for (x, y), (u, v) in zip(ring, (*ring[1:], ring[0]), strict=True):
        yield Face(material, ((x, y, low), (u, v, low), (u, v, high), (x, y, high)))
    yield Face(top or material, tuple((x, y, high) for x, y in ring))


def bar(material: str, start: Point, end: Point, width: float, height: float = 0.0) -> Iterator[Face]:
    """Yield a bar of rectangular section between two points: its four long sides.

    height : of a section that is not square, across the width and as near to upright as the bar lets it be
    """
    first, last = np.array(start, np.float64), np.array(end, np.float64)
    along = (last - first) / np.linalg.norm(last - first)
    up = np.array((0.0, 0.0, 1.0)) if abs(along[2]) < 0.95 else np.array((0.0, 1.0, 0.0))
    across = np.cross(along, up)
    across /= np.linalg.norm(across)
    lift = np.cross(across, along)
    half_width, half_height = width / 2, (height or width) / 2
    corners = [across * u * half_width + lift * v * half_height for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    for a, b in zip(corners, (*corners[1:], corners[0]), strict=True):
        yield Face(material, tuple(_point(each) for each in (first + a, last + a, last + b, first + b)))


def tube(material: str, foot: Point, height: float, low: float, high: float, sides: int = 12) -> Iterator[Face]:
    """Yield an upright round shaft, open below.

    low, high : diameters at its foot and at its top; a cone where the latter is 0
    """
    x, y, z = foot
    angles = np.arange(sides) * 2 * np.pi / sides
    ways = [(float(np.cos(angle)), float(np.sin(angle))) for angle in angles]
    rings = [[(x + u * each / 2, y + v * each / 2) for u, v in ways] for each in (low, high)]
    for at in range(sides):
        after = (at + 1) % sides
        (a, b), (c, d) = (rings[0][at], rings[0][after]), (rings[1][at], rings[1][after])
        yield Face(material, ((*a, z), (*b, z), (*d, z + height), (*c, z + height)))
    if high > 0:
        yield Face(material, tuple((*each, z + height) for each in rings[1]))


def _point(place: DoubleArray) -> Point:
    return float(place[0]), float(place[1]), float(place[2])
