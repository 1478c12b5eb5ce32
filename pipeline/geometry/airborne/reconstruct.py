"""A model of a place from classified airborne points: ground, roofs, walls, trees, and what closes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from pipeline.errors import OptionError
from pipeline.geometry.airborne.border import border
from pipeline.geometry.airborne.bridges import Bridges, below_decks, bridges
from pipeline.geometry.airborne.closest import accuracy
from pipeline.geometry.airborne.crowns import Crowns, crowns
from pipeline.geometry.airborne.daylight import GroundPicture, ground_picture
from pipeline.geometry.airborne.drape import canvas_of, draped
from pipeline.geometry.airborne.lattice import Bounds, Lattice, seen_from_above
from pipeline.geometry.airborne.openness import shade
from pipeline.geometry.airborne.roof_boxes import Boxes, roof_boxes
from pipeline.geometry.airborne.roof_cells import roof_cells
from pipeline.geometry.airborne.roof_lines import roof_lines
from pipeline.geometry.airborne.roof_partition import partition
from pipeline.geometry.airborne.roof_planes import roof_planes
from pipeline.geometry.airborne.roof_shell import Shell, roof_shell
from pipeline.geometry.airborne.structures import Place, structures
from pipeline.geometry.airborne.survey_data import (
    AirborneModel,
    AirbornePoints,
    Changes,
    Orthophoto,
    Part,
    PartName,
    PointClass,
)
from pipeline.geometry.airborne.terrain import Tin, terrain
from pipeline.geometry.airborne.water import Water, water
from pipeline.messages import message
from pipeline.model import ByteArray, DoubleArray, FloatArray, IntArray

BUILDINGS = (PointClass.BUILDING, PointClass.OTHER_BUILDING)
TONES = {
    PartName.GROUND: np.array([150, 148, 128], np.uint8),
    PartName.ROOFS: np.array([168, 104, 84], np.uint8),
    PartName.WALLS: np.array([208, 192, 170], np.uint8),
    PartName.BRIDGES: np.array([158, 154, 148], np.uint8),
    PartName.WATER: np.array([98, 118, 122], np.uint8),
    PartName.BORDER: np.array([120, 112, 102], np.uint8),
}
"""Plain tones, sRGB: of walls, which nobody saw, and of what no picture covers."""

BRICK = np.array([182, 128, 106], np.uint8)
"""Tone of the walls of the place itself, where its outline tells it from what is around."""

FLAT, FLAT_TONE = 0.12, np.array([138, 134, 128], np.uint8)
"""Slope below which a roof is no roof of tiles, and its tone."""

OUTLINE_M = 3.0
"""How far walls may be outside an outline, which is from the land register and up to so much off."""

LATTICE_REACH_M = 5.0
"""How far lattice may stand outside of the outline that names it."""

MOST_KM2 = 4
"""Largest place: cells of 25 cm over more take gigabytes."""

SHADE_CELL_M = 0.4
"""Cells of the heights that shade is worked out from where there is no picture."""


@dataclass(frozen=True, eq=False)
class _Solid:
    """All but vegetation, about the model's origin."""

    tin: Tin
    shell: Shell
    boxes: Boxes
    bridges: Bridges
    water: Water

    @property
    def positions(self) -> DoubleArray:
        """Return the corners of roofs and walls."""
        return np.concatenate([self.shell.positions, self.boxes.positions])

    @property
    def within(self) -> DoubleArray:
        """Return the same with the eaves drawn in to the walls."""
        places = np.concatenate([self.shell.within, self.boxes.positions[:, :2]])
        return np.column_stack([places, self.positions[:, 2]])

    @property
    def roofs(self) -> IntArray:
        """Return the faces of roofs."""
        return np.concatenate([self.shell.roofs, self.boxes.tops + len(self.shell.positions)])

    @property
    def walls(self) -> IntArray:
        """Return the faces of walls."""
        return np.concatenate([self.shell.walls, self.boxes.sides + len(self.shell.positions)])


def reconstruct(
    points: AirbornePoints,
    picture: Orthophoto | None = None,
    bounds: Bounds | None = None,
    outline: tuple[DoubleArray, ...] = (),
    has_lattice: bool = False,
) -> AirborneModel:
    """Return the model of a place; the same input gives the same bytes.

    bounds : what the model covers, in projected metres; what the points cover if None
    outline : rings (k, 2) of the place itself, whose walls have the tone of brick, and those around that of render
    has_lattice : whether headframes may stand in the outline
    Raises OptionError without points of the ground, or when they are kilometres apart.
    """
    return reconstruct_cleaned(cleaned(points, bounds), picture, bounds, outline, has_lattice)


def reconstruct_cleaned(
    points: AirbornePoints,
    picture: Orthophoto | None = None,
    bounds: Bounds | None = None,
    outline: tuple[DoubleArray, ...] = (),
    has_lattice: bool = False,
) -> AirborneModel:
    """Return the same of what `cleaned` returned, so that nobody need hold the points as they were."""
    if bounds is None:
        (west, south), (east, north) = points.positions[:, :2].min(axis=0), points.positions[:, :2].max(axis=0)
        bounds = float(west), float(south), float(east), float(north)
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) / 1e6
    if area > MOST_KM2:
        text = message(
            "the points lie on %(area)s km²; cut them to %(most)s km² at most", area=f"{area:.1f}", most=MOST_KM2
        )
        raise OptionError(text)
    low = points.positions[:, 2].min()
    origin = np.floor([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2, low])
    place = bounds[0] - origin[0], bounds[1] - origin[1], bounds[2] - origin[0], bounds[3] - origin[1]
    ground, built, decks, wet = (
        points.positions[np.isin(points.classes, classes)] - origin
        for classes in ((PointClass.GROUND,), BUILDINGS, (PointClass.BRIDGE,), (PointClass.WATER,))
    )
    solid = _solid(ground, built, decks, wet, place)
    slabs = solid.bridges
    found = {
        PartName.GROUND: accuracy(ground, solid.tin.positions, solid.tin.faces),
        PartName.ROOFS: accuracy(built, solid.positions, np.concatenate([solid.roofs, solid.walls])),
        PartName.BRIDGES: accuracy(decks, slabs.positions, slabs.faces),
    }
    del ground, built, decks, wet  # they take as much memory as the points

    def floor(places: DoubleArray) -> DoubleArray:
        return np.asarray(solid.tin.heights(places[:, :2] - origin[:2]) + origin[2])

    lit = None if picture is None else ground_picture(picture, points, floor)
    parts, worn = _parts(solid, place, lit.picture if lit else None, origin)
    parts = [_marked(part, outline, origin) if part.name == PartName.WALLS else part for part in parts]
    hectares = (place[2] - place[0]) * (place[3] - place[1]) / 10_000
    trees = crowns(points, floor, picture, origin, hectares)
    known = [Place(ring, LATTICE_REACH_M) for ring in outline] if has_lattice else []
    lattice = structures(points, floor, known, origin).part
    leaves = [part for part in trees.parts if part.name == PartName.CROWNS]
    if leaves:
        found[PartName.CROWNS] = accuracy(
            trees.returns, leaves[0].positions.astype(np.float64), leaves[0].faces, origin
        )
    measured = {name: value for name, value in found.items() if value}
    others = () if lattice is None else (lattice,)
    return AirborneModel((*parts, *trees.parts, *others), origin, worn, measured, _changes(lit, trees))


def _changes(lit: GroundPicture | None, trees: Crowns) -> Changes:
    counts = Changes(trees=trees.trees, shrubs=trees.shrubs, dropped=trees.dropped)
    if lit is None:
        return counts
    voids = float(lit.voids.sum()) * lit.picture.pixel_m**2
    return replace(counts, softened=lit.softened, filled=lit.filled, voids_m2=voids)


def cleaned(points: AirbornePoints, bounds: Bounds | None) -> AirbornePoints:
    """Return the points that are finite, within bounds, and no two at one place, in an order of their own.

    Raises OptionError without points of the ground.
    """
    kept = np.isfinite(points.positions).all(axis=1)
    if bounds is not None:
        x, y = points.positions[:, 0], points.positions[:, 1]
        kept &= (x >= bounds[0]) & (x <= bounds[2]) & (y >= bounds[1]) & (y <= bounds[3])
    if not kept.all():
        points = AirbornePoints(*(values[kept] for values in vars(points).values()))
    order = _sorted(points.positions, points.classes)
    positions = points.positions[order]
    if len(order):
        first = np.ones(len(order), bool)
        first[1:] = False
        for axis in range(3):
            first[1:] |= positions[1:, axis] != positions[:-1, axis]
        if not first.all():
            order, positions = order[first], positions[first]
    points = AirbornePoints(positions, points.classes[order], points.returns[order], points.return_counts[order])
    ground = points.positions[points.classes == PointClass.GROUND, :2]
    if len(ground) < 3 or (np.ptp(points.positions[:, :2], axis=0) <= 0).any():
        raise OptionError(message("the points have no ground (class 2) to build on"))
    return points


def _sorted(positions: DoubleArray, classes: ByteArray) -> NDArray[np.int64]:
    """Return the order of points by height, then y, x and class: by whole millimetres first, which is much faster."""
    if not len(positions):
        return np.zeros(0, np.int64)
    low = positions.min(axis=0)
    sides = np.floor((positions.max(axis=0) - low) * 1000) + 1
    if float(np.prod(sides)) >= 2.0**63:
        return np.lexsort((classes, *positions.T))
    keys = np.zeros(len(positions), np.int64)
    for axis in (2, 1, 0):
        keys *= int(sides[axis])
        keys += np.floor((positions[:, axis] - low[axis]) * 1000).astype(np.int64)
    order = np.argsort(keys)
    keys = keys[order]
    same = np.append(False, keys[1:] == keys[:-1])
    same[:-1] |= same[1:]
    tied = np.flatnonzero(same)
    order[tied] = order[tied[np.lexsort((order[tied], classes[order[tied]], *positions[order[tied]].T, keys[tied]))]]
    return order


def _solid(ground: DoubleArray, built: DoubleArray, decks: DoubleArray, wet: DoubleArray, place: Bounds) -> _Solid:
    """Return the ground, water and bridges, and roofs with walls down to the ground."""
    lakes = water(wet, place)
    tin = terrain(np.concatenate([ground, lakes.bed]), place)
    slabs = bridges(decks, place)
    if len(slabs.faces):
        tin = terrain(np.concatenate([ground, lakes.bed, below_decks(decks, tin)]), place)
    cells = roof_cells(built, place)
    planes = roof_planes(cells)
    plan = partition(roof_lines(cells.lattice, planes), cells.lattice, planes.labels, place)
    shell = roof_shell(plan, planes, tin.heights, built)
    corners = np.concatenate([shell.positions[shell.cuts.ravel()], _on_border(lakes, place)])
    if len(corners):
        tin = tin.with_border(np.unique(corners[:, :2], axis=0))
    return _Solid(tin, shell, roof_boxes(cells, planes, place), slabs, lakes)


def _on_border(lakes: Water, place: Bounds) -> DoubleArray:
    """Return the corners of the water that lie on the border of the place."""
    west, south, east, north = place
    x, y = lakes.positions[:, 0], lakes.positions[:, 1]
    off = np.min([np.abs(x - west), np.abs(x - east), np.abs(y - south), np.abs(y - north)], axis=0)
    return np.asarray(lakes.positions[off < 2e-3])


def _parts(
    solid: _Solid, place: Bounds, picture: Orthophoto | None, origin: DoubleArray
) -> tuple[list[Part], Orthophoto | None]:
    """Return the parts of ground and buildings with their colours, and the picture that they wear."""
    canvas = Lattice.over(place, SHADE_CELL_M)
    if picture is not None:
        west, south = place[0] + origin[0], place[1] + origin[1]
        pixels = canvas_of(picture, (west, south, place[2] + origin[0], place[3] + origin[1]))
        canvas = Lattice(pixels.west - origin[0], pixels.south - origin[1], pixels.cell, pixels.rows, pixels.columns)
    heights = seen_from_above(canvas, solid.tin.positions, solid.tin.faces).heights
    whole = seen_from_above(canvas, solid.positions, solid.roofs).covered
    built = seen_from_above(canvas, solid.within, solid.roofs)
    covered = built.covered
    np.copyto(heights, built.heights, where=covered)
    for part in (solid.water, solid.bridges):
        if len(part.faces):
            heights = np.fmax(heights, seen_from_above(canvas, part.positions, part.faces).heights)
    worn = None
    if picture is not None:
        near = Orthophoto(picture.pixels, picture.west - origin[0], picture.north - origin[1], picture.pixel_m)
        plain = _roof_tones(solid)[built.faces]  # the last is that of the ground
        del built
        worn = draped(near, canvas, heights, (covered, whole), plain)
    lowest = min(float(solid.tin.positions[:, 2].min()), float(solid.shell.positions[:, 2].min(initial=np.inf)))
    tops = np.concatenate([solid.shell.positions, solid.water.positions])
    cuts = np.concatenate([solid.shell.cuts, solid.water.cuts + len(solid.shell.positions)])
    skirt = border(solid.tin, tops, cuts, lowest, place)
    parts = [
        _part(PartName.GROUND, solid.tin.positions, solid.tin.faces, worn, canvas, heights),
        _part(PartName.ROOFS, solid.positions, solid.roofs, worn, canvas, heights, solid.within, _roof_tones(solid)),
        _part(PartName.WALLS, solid.positions, solid.walls, None, canvas, heights),
        _part(PartName.BRIDGES, solid.bridges.positions, solid.bridges.faces, worn, canvas, heights),
        _part(PartName.WATER, solid.water.positions, solid.water.faces, worn, canvas, heights),
        _part(PartName.BORDER, *skirt, None, canvas, None),
    ]
    if worn is not None:
        worn = Orthophoto(worn.pixels, worn.west + origin[0], worn.north + origin[1], worn.pixel_m)
    return [part for part in parts if len(part.faces)], worn


def _part(
    name: PartName,
    positions: DoubleArray,
    faces: IntArray,
    worn: Orthophoto | None,
    canvas: Lattice,
    above: FloatArray | None,
    within: DoubleArray | None = None,
    tones: ByteArray | None = None,
) -> Part:
    """Return a part, on the picture or in its plain tone with shade from what is above it.

    within : (n, 3) where the positions take the picture from, if not from where they are
    tones : (m, 3) plain tones of the faces, if not that of the part
    """
    used = np.unique(faces)
    numbers = np.zeros(len(positions), np.int32)
    numbers[used] = np.arange(len(used))
    corners, faces = positions[used], numbers[faces].astype(np.int32)
    if worn is not None:
        pictured = corners if within is None else within[used]
        return Part(name, corners.astype(np.float32), faces, None, _texcoords(pictured, worn))
    light = np.ones(len(corners))
    if above is not None and len(corners):
        facing = _facing(corners, faces) if name == PartName.WALLS else None
        places = corners + np.array([0, 0, 0.05])
        if facing is not None:
            places[:, :2] += 0.3 * facing
            rows, columns = canvas.cells(places)
            foot = above[rows, columns]
            # Feet are below the ground; a wall under eaves is not in the roof.
            places[:, 2] = np.where(foot < places[:, 2] + 1.5, np.fmax(places[:, 2], foot + 0.1), places[:, 2])
        light = shade(above, canvas, places, facing)
    tone = np.tile(TONES[name], (len(corners), 1))
    if tones is not None:
        tone[faces.ravel()] = np.repeat(tones[: len(faces)], 3, axis=0)
    colors = np.clip(tone * light[:, None] + 0.5, 0, 255).astype(np.uint8)
    return Part(name, corners.astype(np.float32), faces, colors, None)


def _roof_tones(solid: _Solid) -> ByteArray:
    """Return the plain tone (m + 1, 3) of each face of roofs, and of the ground at the end."""
    a, b, c = (solid.positions[solid.roofs[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    flat = np.hypot(normals[:, 0], normals[:, 1]) < FLAT * normals[:, 2]
    tones = np.where(flat[:, None], FLAT_TONE, TONES[PartName.ROOFS])
    return np.concatenate([tones, TONES[PartName.GROUND][None]]).astype(np.uint8)


def _marked(walls: Part, outline: tuple[DoubleArray, ...], origin: DoubleArray) -> Part:
    """Return walls of which those within the outline have the tone of brick; their shade stays."""
    if not outline or walls.colors is None:
        return walls
    area = shapely.buffer(shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in outline]), OUTLINE_M)
    own = np.asarray(shapely.contains_xy(area, *(walls.positions[:, :2] + origin[:2]).T))
    shade = walls.colors.astype(np.float64) / TONES[PartName.WALLS]
    brick = np.clip(BRICK * shade + 0.5, 0, 255).astype(np.uint8)
    return replace(walls, colors=np.where(own[:, None], brick, walls.colors))


def _facing(positions: DoubleArray, faces: IntArray) -> DoubleArray:
    """Return the mean direction (n, 2) that upright faces at each corner face, weighed by their areas."""
    a, b, c = (positions[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)[:, :2]
    sums = np.zeros((len(positions), 2))
    for k in range(3):
        np.add.at(sums, faces[:, k], normals)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(np.where(lengths > 1e-9, sums / np.maximum(lengths, 1e-9), [1.0, 0.0]))


def _texcoords(positions: DoubleArray, picture: Orthophoto) -> FloatArray:
    """Return where positions lie on a picture, from above."""
    height, width = picture.pixels.shape[:2]
    u = (positions[:, 0] - picture.west) / (width * picture.pixel_m)
    v = (picture.north - positions[:, 1]) / (height * picture.pixel_m)
    return np.column_stack([u, v]).astype(np.float32)
