"""The faces of a solid as plane polygons, and the triangles that they are cut into without a gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from carreau.base.model import DoubleArray, IntArray
from carreau.formats.meshes.ear_clipping import ears

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

    @property
    def is_closed(self) -> bool:
        """Return whether every edge is passed as often in one direction as in the other."""
        directed = np.concatenate([self.faces[:, [0, 1]], self.faces[:, [1, 2]], self.faces[:, [2, 0]]]).astype(
            np.int64
        )
        count = len(self.positions)
        forth, back = directed @ (count, 1), directed[:, ::-1] @ (count, 1)
        return bool(np.array_equal(np.sort(forth), np.sort(back)))

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


def solid_of(polygons: Iterable[Polygon]) -> Solid:
    """Return the triangles of faces, each counter-clockwise seen from outside.

    A corner of one face that lies on an edge of another becomes a corner of both, so that they meet without a gap.
    """
    rings = [np.round(np.array(polygon, np.float64) / GRID_M) * GRID_M + 0.0 for polygon in polygons]
    positions, places = np.unique(np.concatenate(rings), axis=0, return_inverse=True)
    corners = np.split(places.reshape(-1).astype(np.int32), np.cumsum([len(ring) for ring in rings])[:-1])
    faces = [
        triangles for ring in corners if (triangles := _triangles(_parted(ring, positions), positions)) is not None
    ]
    used, indices = np.unique(np.concatenate(faces), return_inverse=True)
    return Solid(positions[used], indices.reshape(-1, 3).astype(np.int32))


def joined(solids: Iterable[Solid]) -> Solid:
    """Return several solids as one; they may touch or overlap."""
    listed = list(solids)
    starts = np.cumsum([0, *(len(solid.positions) for solid in listed)])
    faces = [solid.faces + np.int32(start) for solid, start in zip(listed, starts[:-1], strict=True)]
    return Solid(np.concatenate([solid.positions for solid in listed]), np.concatenate(faces))


def _parted(ring: IntArray, positions: DoubleArray) -> list[int]:
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
