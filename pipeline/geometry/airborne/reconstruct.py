"""A model of a place from classified airborne points: ground, roofs, walls, and what closes them."""

from __future__ import annotations

import numpy as np

from pipeline.errors import OptionError
from pipeline.geometry.airborne.border import border
from pipeline.geometry.airborne.closest import accuracy
from pipeline.geometry.airborne.lattice import Bounds
from pipeline.geometry.airborne.roof_boxes import Boxes, roof_boxes
from pipeline.geometry.airborne.roof_cells import roof_cells
from pipeline.geometry.airborne.roof_lines import roof_lines
from pipeline.geometry.airborne.roof_partition import partition
from pipeline.geometry.airborne.roof_planes import roof_planes
from pipeline.geometry.airborne.roof_shell import Shell, roof_shell
from pipeline.geometry.airborne.survey_data import (
    AirborneModel,
    AirbornePoints,
    Orthophoto,
    Part,
    PartName,
    PointClass,
)
from pipeline.geometry.airborne.terrain import Tin, terrain
from pipeline.messages import message
from pipeline.model import ByteArray, DoubleArray, FloatArray, IntArray

BUILDINGS = (PointClass.BUILDING, PointClass.OTHER_BUILDING)
COLORS = {
    PartName.GROUND: (150, 148, 128),
    PartName.ROOFS: (168, 104, 84),
    PartName.WALLS: (205, 192, 172),
    PartName.BORDER: (120, 112, 102),
}
"""Plain tones, sRGB: of walls, which nobody saw, and of what no picture covers."""


def reconstruct(
    points: AirbornePoints,
    picture: Orthophoto | None = None,
    bounds: Bounds | None = None,
) -> AirborneModel:
    """Return the model of a place; the same input gives the same bytes.

    bounds : what the model covers, in projected metres; what the points cover if None
    Raises OptionError without a point of the ground.
    """
    positions, classes = _cleaned(points, bounds)
    if bounds is None:
        (west, south), (east, north) = positions[:, :2].min(axis=0), positions[:, :2].max(axis=0)
        bounds = float(west), float(south), float(east), float(north)
    origin = np.floor([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2, positions[:, 2].min()])
    positions = positions - origin
    place = bounds[0] - origin[0], bounds[1] - origin[1], bounds[2] - origin[0], bounds[3] - origin[1]
    ground = positions[classes == PointClass.GROUND]
    built = positions[np.isin(classes, BUILDINGS)]
    tin, shell, boxes = _solid(ground, built, place)
    lowest = min(tin.positions[:, 2].min(), shell.positions[:, 2].min(initial=np.inf))
    skirt = border(tin, shell.positions, shell.cuts, float(lowest), place)
    shift = len(shell.positions)
    solids = np.concatenate([shell.positions, boxes.positions])
    roofs = np.concatenate([shell.roofs, boxes.tops + shift])
    walls = np.concatenate([shell.walls, boxes.sides + shift])
    pieces = [
        (PartName.GROUND, tin.positions, tin.faces),
        (PartName.ROOFS, solids, roofs),
        (PartName.WALLS, solids, walls),
        (PartName.BORDER, *skirt),
    ]
    parts = tuple(_part(name, corners, faces, picture, origin) for name, corners, faces in pieces if len(faces))
    found = {
        PartName.GROUND: accuracy(ground, tin.positions, tin.faces),
        PartName.ROOFS: accuracy(built, solids, np.concatenate([roofs, walls])),
    }
    return AirborneModel(parts, origin, picture, {name: value for name, value in found.items() if value})


def _cleaned(points: AirbornePoints, bounds: Bounds | None) -> tuple[DoubleArray, ByteArray]:
    """Return positions and classes of the points that are finite, within bounds, and no two at one place."""
    kept = np.isfinite(points.positions).all(axis=1)
    if bounds is not None:
        x, y = points.positions[:, 0], points.positions[:, 1]
        kept &= (x >= bounds[0]) & (x <= bounds[2]) & (y >= bounds[1]) & (y <= bounds[3])
    positions, classes = points.positions[kept], points.classes[kept]
    order = np.lexsort((classes, *positions.T[::-1]))
    positions, classes = positions[order], classes[order]
    if len(positions):
        new = np.append(True, (np.diff(positions, axis=0) != 0).any(axis=1))
        positions, classes = positions[new], classes[new]
    if (classes == PointClass.GROUND).sum() < 3:
        raise OptionError(message("the points have no ground (class 2), so there is nothing to build on"))
    return positions, classes


def _solid(ground: DoubleArray, built: DoubleArray, place: Bounds) -> tuple[Tin, Shell, Boxes]:
    """Return the ground, and roofs with walls down to it."""
    tin = terrain(ground, place, np.empty((0, 2)))
    cells = roof_cells(built, place)
    planes = roof_planes(cells)
    plan = partition(roof_lines(cells.lattice, planes), cells.lattice, planes.labels, place)
    shell = roof_shell(plan, planes, tin.heights)
    if len(shell.cuts):
        tin = terrain(ground, place, np.unique(shell.positions[shell.cuts.ravel(), :2], axis=0))
    return tin, shell, roof_boxes(cells, planes)


def _part(
    name: PartName, positions: DoubleArray, faces: IntArray, picture: Orthophoto | None, origin: DoubleArray
) -> Part:
    """Return a part with its colours, or where it lies on the picture."""
    used = np.unique(faces)
    numbers = np.zeros(len(positions), np.int32)
    numbers[used] = np.arange(len(used))
    corners, faces = positions[used], numbers[faces].astype(np.int32)
    draped = picture is not None and name in (PartName.GROUND, PartName.ROOFS)
    colors = None if draped else np.tile(np.array(COLORS[name], np.uint8), (len(corners), 1))
    texcoords = _texcoords(corners, picture, origin) if draped and picture is not None else None
    return Part(name, corners.astype(np.float32), faces, colors, texcoords)


def _texcoords(positions: DoubleArray, picture: Orthophoto, origin: DoubleArray) -> FloatArray:
    """Return where positions lie on a picture, from above."""
    height, width = picture.pixels.shape[:2]
    u = (positions[:, 0] + origin[0] - picture.west) / (width * picture.pixel_m)
    v = (picture.north - positions[:, 1] - origin[1]) / (height * picture.pixel_m)
    return np.column_stack([u, v]).astype(np.float32)
