"""Whether a scan is land, seen from above: a surface wide and low; how large it is, and which way it faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.model import DoubleArray, Mesh
from carreau.geometry.mesh_parts import find_body
from carreau.geometry.triangles import face_areas, vector_area

FLAT = 0.4
"""Greatest height of land, as a share of the shorter side of its footprint: a statue's depth is more of its width."""

ONE_SIDED = 0.3
"""Least share of the area that a surface seen from one side keeps in its vector area; one all round keeps none."""

SLAB_FLAT, SLAB_LONG = 0.15, 2.0
"""Greatest height and length of what is wide and low all round, as shares of its width: blocks of a city with their
undersides, or a plaque; a stele is longer."""

LEANING = 45.0
"""Least angle between the way that land faces and up, degrees, from which another axis is nearer."""

HIGHEST_FRONT_M = 150.0
"""Height from which a surface that was seen from one side is land on its edge, and no front; spires have as much."""


@dataclass(frozen=True)
class Land:
    """A surface that is wide and low, as land is, or a relief.

    facing : (3,) float64 unit vector away from the ground, the mean of the surface's normals
    width, length : the shorter and the longer side of its footprint, in units of the scan
    """

    facing: DoubleArray
    width: float
    length: float

    def leaning_deg(self, up: DoubleArray) -> float:
        """Return the angle between the ground and level, 0 to 90, whichever side of it is meant to be seen.

        up : (3,) unit vector
        """
        return float(np.degrees(np.arccos(min(abs(float(self.facing @ up)), 1.0))))


def find_land(mesh: Mesh) -> Land | None:
    """Return the land that a scan is if it was seen from one side and is low, however it leans; else None."""
    if not len(mesh.faces):
        return None
    area = float(face_areas(mesh.positions, mesh.faces).sum())
    missing = vector_area(mesh.positions, mesh.faces)
    size = float(np.linalg.norm(missing))
    if not (np.isfinite(size) and size > 0 and size >= ONE_SIDED * area):
        return None
    facing = missing / size
    footprint = footprint_of_land(_sides_along(mesh, facing))
    return None if footprint is None else Land(facing, *footprint)


def _sides_along(mesh: Mesh, facing: DoubleArray) -> DoubleArray:
    """Return the (3,) sides of a mesh along a direction and across it, without its outermost parts."""
    axis = int(np.abs(facing).argmax())
    if abs(facing[axis]) > 1 - 1e-4:  # within a degree
        return find_body(mesh).sides
    # Tiles are cut along axes, and lean about one of them: that one stays a side.
    across = np.eye(3)[int(np.abs(facing).argmin())]
    across -= (across @ facing) * facing
    across /= np.linalg.norm(across)
    turn = np.stack([across, np.cross(facing, across), facing])
    return find_body(Mesh((mesh.positions.astype(np.float64) @ turn.T).astype(np.float32), mesh.faces)).sides


def footprint_of_land(sides: DoubleArray) -> tuple[float, float] | None:
    """Return the shorter and the longer side of the footprint of a scan if it is low enough for land, else None.

    sides : (3,) lengths along three axes
    """
    height, width, length = sorted(float(side) for side in sides)
    return (width, length) if height <= FLAT * width else None


def is_slab(sides: DoubleArray) -> bool:
    """Return whether what has a surface all round is so wide and low that it may be land in blocks.

    sides : (3,) lengths along x, y, z
    """
    height, width, length = sorted(float(side) for side in sides)
    return height <= SLAB_FLAT * width and length <= SLAB_LONG * width
