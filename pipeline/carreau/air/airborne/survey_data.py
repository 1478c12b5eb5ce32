"""What an airborne survey holds, and the model that is made of it.

Coordinates are metres in a projected system: x is east, y is north, z is the height. A model is about its own origin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray

BoolArray = NDArray[np.bool_]


class PointClass(IntEnum):
    """Classes of points in IGN's LiDAR HD, those of the ASPRS up to 17."""

    UNKNOWN = 0
    UNCLASSIFIED = 1
    GROUND = 2
    LOW_VEGETATION = 3
    MEDIUM_VEGETATION = 4
    HIGH_VEGETATION = 5
    BUILDING = 6
    NOISE = 7
    WATER = 9
    BRIDGE = 17
    STRUCTURE = 64
    ARTEFACT = 65
    VIRTUAL = 66
    OTHER_BUILDING = 67


class PartName(StrEnum):
    """Parts of a model from the air, which are the names of its nodes."""

    GROUND = "ground"
    ROOFS = "roofs"
    WALLS = "walls"
    CROWNS = "crowns"
    TRUNKS = "trunks"
    BRIDGES = "bridges"
    WATER = "water"
    STRUCTURES = "structures"
    BORDER = "border"


MEASURED = frozenset({PartName.GROUND, PartName.ROOFS, PartName.CROWNS, PartName.BRIDGES, PartName.STRUCTURES})
"""Parts that laser points lie on. Walls, trunks, the border and the level of the water are supposed."""


@dataclass(frozen=True, eq=False)
class AirbornePoints:
    """Classified points.

    positions : (n, 3) float64
    classes : (n,) uint8, see `PointClass`; not all values need to be named there
    returns : (n,) uint8, number of the return, 1 is the first
    return_counts : (n,) uint8, returns of the pulse
    """

    positions: DoubleArray
    classes: ByteArray
    returns: ByteArray
    return_counts: ByteArray

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.positions)


@dataclass(frozen=True, eq=False)
class Orthophoto:
    """A picture from above, without perspective.

    pixels : (h, w, 3) uint8 sRGB, row 0 is the north
    west, north : of the outer corner of the first pixel
    pixel_m : size of a pixel on the ground
    voids : (h, w) where it shows nothing; None if nobody looked
    """

    pixels: ByteArray
    west: float
    north: float
    pixel_m: float
    voids: BoolArray | None = None


@dataclass(frozen=True, eq=False)
class Building:
    """A record of a building.

    id : of the record
    rings : (k, 2) float64 each, closed; the first is the outline, the others are holes
    height : metres from the ground to the gutter, None if unknown
    ridge : altitude of the highest point of the roof, None if unknown
    """

    id: str
    rings: tuple[DoubleArray, ...]
    height: float | None = None
    ridge: float | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """One part of a model.

    positions : (n, 3) float32 metres about the model's origin: x is east, y is north, z is up
    faces : (m, 3) int32, counter-clockwise seen from outside
    colors : (n, 3) uint8 sRGB, or None
    texcoords : (n, 2) float32 on the model's orthophoto, (0, 0) is its north-west corner; None where it is not draped
    """

    name: PartName
    positions: FloatArray
    faces: IntArray
    colors: ByteArray | None = None
    texcoords: FloatArray | None = None


@dataclass(frozen=True)
class Accuracy:
    """Distance of the measured points from the surface of a part, in metres.

    points : number of points
    median, p95, rms : of the absolute distance
    """

    points: int
    median: float
    p95: float
    rms: float


@dataclass(frozen=True)
class Changes:
    """What was changed of the photograph, and what became of the returns of leaves.

    softened : share of the photograph whose shadow was made lighter
    filled : share below crowns whose tone is that of the ground around it, which is supposed
    voids_m2 : area where the photograph shows nothing
    trees, shrubs : how many stand, with a trunk and without
    dropped : pieces of leaves that were too small, or that nothing carries
    scraps : bridges of too few points
    """

    softened: float = 0.0
    filled: float = 0.0
    voids_m2: float = 0.0
    trees: int = 0
    shrubs: int = 0
    dropped: int = 0
    scraps: int = 0


@dataclass(frozen=True, eq=False)
class AirborneModel:
    """A model of a place as seen from the air.

    parts : without empty ones
    origin : (3,) float64, add it to a position to get projected coordinates
    picture : what the texture coordinates lie on, or None without an orthophoto
    accuracy : of the measured parts
    changes : to the photograph, and to the leaves
    """

    parts: tuple[Part, ...]
    origin: DoubleArray
    picture: Orthophoto | None = None
    accuracy: dict[PartName, Accuracy] = field(default_factory=dict)
    changes: Changes = Changes()
