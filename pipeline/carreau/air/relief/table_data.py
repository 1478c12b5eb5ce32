"""What a table model is made of, and its parts.

Lengths are metres on the ground, in a projected system: x is east, y is north. A model is in its own metres, with the
axes of glTF: x is east, y up, -z north.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
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
