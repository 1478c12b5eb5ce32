"""A model of a place from classified airborne points: ground, roofs, walls, trees, and what closes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from carreau.air.airborne.closest import MOST_JUDGED, Sample, accuracy
from carreau.air.airborne.extent import Extent, Lattice, covers, on_border, seen_from_above, split_windows
from carreau.air.airborne.reconstruction.crowns import crowns
from carreau.air.airborne.reconstruction.daylight import ground_picture
from carreau.air.airborne.reconstruction.drape import MOST_PIXELS, drape_picture, find_canvas, shade
from carreau.air.airborne.reconstruction.structures import Place, structures
from carreau.air.airborne.reconstruction.terrain import Tin, terrain
from carreau.air.airborne.reconstruction.wall_tones import BRICK, in_place
from carreau.air.airborne.reconstruction.water_and_bridges import (
    Bridges,
    Water,
    all_bridges,
    below_decks,
    border,
    bridges,
    water,
    whole_decks,
)
from carreau.air.airborne.roofs.boxes import Boxes, all_boxes, roof_boxes
from carreau.air.airborne.roofs.cells import inside, roof_cells, split_blocks, without_fringe
from carreau.air.airborne.roofs.lines import roof_lines
from carreau.air.airborne.roofs.partition import partition
from carreau.air.airborne.roofs.planes import roof_planes
from carreau.air.airborne.roofs.shell import Shell, all_shells, roof_shell
from carreau.air.airborne.survey_data import (
    AirborneModel,
    AirbornePoints,
    BoolArray,
    Changes,
    Orthophoto,
    Part,
    PartName,
    PointClass,
)
from carreau.base.errors import OptionError
from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray

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

FLAT, FLAT_TONE = 0.12, np.array([138, 134, 128], np.uint8)
"""Slope below which a roof cannot be tiled, and its tone."""

LATTICE_REACH_M = 5.0
"""How far lattice may stand outside of the outline that names it."""

BLANK = 128
"""Grey of the picture far from a strip: nothing shows it, but coarser levels may mix in a little of it."""

SHADE_CELL_M = 0.4
"""Cells of the heights that shade is worked out from where there is no picture."""


@dataclass(frozen=True, eq=False)
class _Solid:
    """All but vegetation, about the model's origin.

    scraps : bridges of too few points, which are left out
    """

    tin: Tin
    shell: Shell
    boxes: Boxes
    bridges: Bridges
    water: Water
    scraps: int

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


def reconstruct_cleaned(
    points: AirbornePoints,
    picture: Orthophoto | None,
    extent: Extent,
    outline: tuple[DoubleArray, ...] = (),
    has_lattice: bool = False,
) -> AirborneModel:
    """Return the model of points that `clean_points` returned; those as read may be freed before this is called."""
    # Metres about a whole number near the middle: float32 then has tenths of a millimetre left.
    west, south, east, north = extent.bounds
    origin = np.floor([(west + east) / 2, (south + north) / 2, points.positions[:, 2].min()])
    place = shapely.transform(extent, lambda corners: corners - origin[:2])
    solid, judged = _solid(points, origin, place)
    slabs = solid.bridges
    # Accuracy is measured on the solids as built, before parts are coloured and copied.
    accuracies = {
        PartName.GROUND: judged[0].accuracy(solid.tin.positions, solid.tin.faces),
        PartName.ROOFS: judged[1].accuracy(solid.positions, np.concatenate([solid.roofs, solid.walls])),
        PartName.BRIDGES: judged[2].accuracy(slabs.positions, slabs.faces),
    }

    def floor(places: DoubleArray) -> DoubleArray:
        return np.asarray(solid.tin.heights(places[:, :2] - origin[:2]) + origin[2])

    lit = None if picture is None else ground_picture(picture, points, floor, extent)
    changes = Changes() if lit is None else Changes(lit.softened, lit.filled, lit.voids_m2)
    parts, worn = _parts(solid, place, lit.picture if lit else None, origin)
    del lit  # it takes as much memory as the picture
    parts = [_mark(part, solid, outline, origin) if part.name == PartName.WALLS else part for part in parts]
    trees = crowns(points, floor, picture, origin, extent.area / 10_000)
    known = [Place(ring, LATTICE_REACH_M) for ring in outline] if has_lattice else []
    lattice = structures(points, floor, known, origin).part
    leaves = [part for part in trees.parts if part.name == PartName.CROWNS]
    if leaves:
        accuracies[PartName.CROWNS] = accuracy(
            trees.returns, leaves[0].positions.astype(np.float64), leaves[0].faces, origin
        )
    measured = {name: value for name, value in accuracies.items() if value}
    others = () if lattice is None else (lattice,)
    changes = replace(changes, trees=trees.trees, shrubs=trees.shrubs, dropped=trees.dropped, scraps=solid.scraps)
    return AirborneModel((*parts, *trees.parts, *others), origin, worn, measured, changes)


def clean_points(points: AirbornePoints, extent: Extent, *, is_own: bool = False) -> AirbornePoints:
    """Return the points that are finite, within an extent, and no two at one place, in an order of their own.

    is_own : whether their arrays may be written to and become those of the result: two of tens of millions are much
    Raises OptionError without points of the ground.
    """
    is_valid = covers(extent, points.positions) & np.isfinite(points.positions[:, 2])
    order = _sort(points.positions, points.classes, np.flatnonzero(is_valid))
    if len(order):
        first = np.zeros(len(order), bool)
        for axis in range(3):
            values = points.positions[order, axis]
            first[1:] |= values[1:] != values[:-1]
        first[0] = True
        if not first.all():
            order = order[first]
    points = _in_order(points, order, is_own)
    is_ground = points.classes == PointClass.GROUND
    if np.count_nonzero(is_ground) < 3 or any(np.ptp(points.positions[:, axis]) <= 0 for axis in range(2)):
        raise OptionError(message("the points have no ground (class 2) to build on"))
    return points


def _in_order(points: AirbornePoints, order: NDArray[np.int64], is_own: bool) -> AirbornePoints:
    """Return the points (k,) of an order."""
    positions = points.positions if is_own else np.empty((len(order), 3))
    for axis in range(3):  # one after the other: each is as large as a third of the points
        positions[: len(order), axis] = points.positions[order, axis]
    return AirbornePoints(
        positions[: len(order)], points.classes[order], points.returns[order], points.return_counts[order]
    )


def _sort(positions: DoubleArray, classes: ByteArray, own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return some points (k,) by y, x, height and class: by whole millimetres first, which is much faster.

    So what is near lies near in memory, where cells and triangles are looked up for one point after the other.
    """
    if not len(own):
        return own
    # One number for y, x and height in millimetres, if it fits into 63 bits; else a sort by four keys.
    keys = np.zeros(len(own), np.int64)
    size = 1
    for axis in (1, 0, 2):
        values = positions[own, axis]
        low = values.min()
        side = int(np.floor((values.max() - low) * 1000)) + 1
        size *= side
        if size >= 2**63:
            y, x, z = (positions[own, each] for each in (1, 0, 2))
            return own[np.lexsort((classes[own], z, x, y))]
        keys *= side
        values -= low
        values *= 1000
        keys += values.astype(np.int64)
    order = np.argsort(keys)
    keys = keys[order]
    own = own[order]
    # Points of one millimetre are put in order by their exact values: the result is that of a sort by all keys.
    same = np.append(False, keys[1:] == keys[:-1])
    same[:-1] |= same[1:]
    tied = np.flatnonzero(same)
    some = own[tied]
    y, x, z = (positions[some, axis] for axis in (1, 0, 2))
    own[tied] = some[np.lexsort((some, classes[some], z, x, y, keys[tied]))]
    return own


def _of_classes(points: AirbornePoints, classes: Sequence[PointClass], origin: DoubleArray) -> DoubleArray:
    """Return the positions (n, 3) of some classes about an origin."""
    positions = points.positions[np.isin(points.classes, classes)]
    positions -= origin
    return positions


def _solid(points: AirbornePoints, origin: DoubleArray, place: Extent) -> tuple[_Solid, tuple[Sample, Sample, Sample]]:
    """Return ground, water and bridges, and roofs with walls down to the ground, and points of ground, roofs and decks.

    The points of each take as much memory as a good part of all, and are let go before those of the next are needed.
    """
    lakes = water(_of_classes(points, (PointClass.WATER,), origin), place)
    decks, scraps = whole_decks(inside(_of_classes(points, (PointClass.BRIDGE,), origin), place), place)
    slabs = all_bridges([bridges(own, bounds) for own, bounds in split_blocks(decks, place)])
    # The ground comes before roofs, whose walls reach down to it. Below decks it is kept down, in a second run.
    ground = _of_classes(points, (PointClass.GROUND,), origin)
    tin = terrain([ground, lakes.bed], place)
    if len(slabs.faces):
        tin = terrain([ground, lakes.bed, below_decks(decks, tin)], place)
    ground_sample, decks_sample = Sample.of(ground), Sample.of(decks)
    del ground
    built = inside(_of_classes(points, BUILDINGS, origin), place)
    shells, boxes, judged, every = [], [], [], max(1, -(-len(built) // MOST_JUDGED))
    for own, bounds in split_blocks(built, place):
        cells = roof_cells(own, bounds)
        planes = roof_planes(cells)
        judged.append(Sample.of(without_fringe(own, cells.lattice, planes.labels, place), every))
        plan = partition(roof_lines(cells.lattice, planes), cells.lattice, planes.labels, bounds)
        shells.append(roof_shell(plan, planes, tin.heights, own))
        boxes.append(roof_boxes(cells, planes, bounds))
    shell = all_shells(shells)
    # Roofs and water that end at the border put their corners into the ground's edge, so that the skirt meets both.
    corners = np.concatenate([shell.positions[shell.cuts.ravel()], lakes.positions])
    if len(corners):
        tin = tin.with_border(np.unique(on_border(place, corners), axis=0), place)
    return _Solid(tin, shell, all_boxes(boxes), slabs, lakes, scraps), (
        ground_sample,
        Sample.of_all(judged),
        decks_sample,
    )


def _parts(
    solid: _Solid, place: Extent, picture: Orthophoto | None, origin: DoubleArray
) -> tuple[list[Part], Orthophoto | None]:
    """Return the parts of ground and buildings with their colours, and the picture that they wear."""
    near, worn = None, None
    if picture is not None:
        near = replace(picture, west=picture.west - origin[0], north=picture.north - origin[1])
        canvas = find_canvas(near, place)
        blank = np.full((*canvas.shape, 3), BLANK, np.uint8)
        worn = Orthophoto(blank, canvas.west, canvas.north, canvas.cell)
    else:
        west, south, east, north = place.bounds
        canvas = Lattice.over(place.bounds, max(SHADE_CELL_M, max(east - west, north - south) / MOST_PIXELS))
    heights = np.zeros(canvas.shape, np.float32)  # takes memory only in the windows
    # Window by window: over the bounds of a long strip, all at once would take gigabytes.
    for window in split_windows(canvas, place):
        cells = canvas.part(*window.wide)
        above = _above(solid, cells)
        heights[window.own] = above.heights[window.inner]
        if near is not None and worn is not None:
            plain = _roof_tones(solid)[above.faces]
            shown = drape_picture(near, cells, above.heights, (above.faces >= 0, above.eaves), plain)
            top = window.from_north(canvas.rows)
            worn.pixels[top.own] = shown.pixels[top.inner]
    lowest = min(float(solid.tin.positions[:, 2].min()), float(solid.shell.positions[:, 2].min(initial=np.inf)))
    tops = np.concatenate([solid.shell.positions, solid.water.positions])
    cuts = np.concatenate([solid.shell.cuts, solid.water.cuts + len(solid.shell.positions)])
    skirt = border(solid.tin, tops, cuts, lowest, place)
    shading = (heights, canvas)
    parts = [
        _part(PartName.GROUND, solid.tin.positions, solid.tin.faces, worn, shading),
        _part(PartName.ROOFS, solid.positions, solid.roofs, worn, shading, solid.within, _roof_tones(solid)),
        _part(PartName.WALLS, solid.positions, solid.walls, None, shading),
        _part(PartName.BRIDGES, solid.bridges.positions, solid.bridges.faces, worn, shading),
        _part(PartName.WATER, solid.water.positions, solid.water.faces, worn, shading),
        _part(PartName.BORDER, *skirt, None, None),
    ]
    if worn is not None:
        worn = replace(worn, west=worn.west + origin[0], north=worn.north + origin[1])
    return [part for part in parts if len(part.faces)], worn


@dataclass(frozen=True, eq=False)
class _Above:
    """What is seen from above, (rows, columns) each.

    heights : of all but vegetation
    faces : of roofs within their walls, -1 where there is none
    eaves : where roofs are with their eaves
    """

    heights: FloatArray
    faces: IntArray
    eaves: BoolArray


def _above(solid: _Solid, cells: Lattice) -> _Above:
    """Return what is seen from above in some cells."""
    # Roofs over ground, but only within their walls: below eaves the ground wears the picture.
    heights = seen_from_above(cells, solid.tin.positions, solid.tin.faces).heights
    eaves = seen_from_above(cells, solid.positions, solid.roofs).covered
    built = seen_from_above(cells, solid.within, solid.roofs)
    np.copyto(heights, built.heights, where=built.covered)
    for part in (solid.water, solid.bridges):
        if len(part.faces):
            heights = np.fmax(heights, seen_from_above(cells, part.positions, part.faces).heights)
    return _Above(heights, built.faces, eaves)


def _part(
    name: PartName,
    positions: DoubleArray,
    faces: IntArray,
    worn: Orthophoto | None,
    above: tuple[FloatArray, Lattice] | None,
    within: DoubleArray | None = None,
    tones: ByteArray | None = None,
) -> Part:
    """Return a part, on the picture or in its plain tone with shade from what is above it.

    above : the heights of what is above, and their lattice; None for a part that stands in no shade
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
        (heights, canvas), facing = above, _facing(corners, faces) if name == PartName.WALLS else None
        places = corners + np.array([0, 0, 0.05])
        if facing is not None:
            # Light on walls is looked up a little before them, as the cells below them are their own roof's.
            places[:, :2] += 0.3 * facing
            rows, columns = canvas.cells(places)
            foot = heights[rows, columns]
            # Feet are below the ground; a wall under eaves is not in the roof.
            places[:, 2] = np.where(foot < places[:, 2] + 1.5, np.fmax(places[:, 2], foot + 0.1), places[:, 2])
        light = shade(heights, canvas, places, facing)
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


def _mark(walls: Part, solid: _Solid, outline: tuple[DoubleArray, ...], origin: DoubleArray) -> Part:
    """Return walls of which those of the buildings within an outline have the tone of brick; their shade stays."""
    if not outline or walls.colors is None:
        return walls
    near = tuple(ring - origin[:2] for ring in outline)
    own = in_place(solid.positions, np.concatenate([solid.roofs, solid.walls]), solid.shell.roofs, near)
    own = own[np.unique(solid.walls)]  # in the order of `_part`
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


VOID_CELL_M = 5.0
"""Edge of the cells that are void where no point lies in them, of whatever class."""

WORTH_TELLING_M2 = 100.0
"""Interpolated area from which the curator is warned."""


def void_areas(points: AirbornePoints, cells: DoubleArray, extent: Extent) -> tuple[float, float]:
    """Return the m² of an extent without any point: those filled from a raster, and those interpolated from around.

    cells : (n, 3) of the terrain raster that stand in
    """
    lattice = Lattice.over(extent.bounds, VOID_CELL_M)
    measured, filled = np.zeros(lattice.shape, bool), np.zeros(lattice.shape, bool)
    for seen, places in ((measured, points.positions), (filled, cells)):
        if len(places):
            seen[lattice.cells(places)] = True
    # Cells of 5 m without a point of any class, counted within the extent alone.
    x, y = lattice.centers()
    middles = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
    own = covers(extent, middles).reshape(lattice.shape)
    cell_m2 = extent.area / max(int(own.sum()), 1)
    void = own & ~measured
    return cell_m2 * np.count_nonzero(void & filled), cell_m2 * np.count_nonzero(void & ~filled)


def change_messages(model: AirborneModel) -> list[Message]:
    """Return what was done to the photograph, and what became of the leaves: a sentence each."""
    done, texts = model.changes, []
    if done.softened or done.filled:
        texts.append(
            message(
                "photograph: shadows made lighter on %(softened)s of it; on %(filled)s, below tree crowns, the ground "
                "has the tone of what lies around, which is supposed",
                softened=Number(done.softened, ".1%"),
                filled=Number(done.filled, ".1%"),
            )
        )
    if done.voids_m2:
        texts.append(message("the photograph shows nothing on %(area)s m²", area=Number(done.voids_m2, ",.0f")))
    if done.scraps:
        texts.append(
            plural_message(
                "%(count)s bridge of too few points to draw is left out",
                "%(count)s bridges of too few points to draw are left out",
                done.scraps,
            )
        )
    if done.trees or done.shrubs:
        trees = plural_message("%(count)s tree", "%(count)s trees", done.trees)
        shrubs = plural_message("%(count)s shrub or hedge", "%(count)s shrubs or hedges", done.shrubs)
        dropped = plural_message("%(count)s piece", "%(count)s pieces", done.dropped)
        texts.append(
            message(
                "%(trees)s and %(shrubs)s; %(dropped)s of leaves, too small or carried by nothing, left out",
                trees=trees,
                shrubs=shrubs,
                dropped=dropped,
            )
        )
    return texts


def void_warnings(interpolated_m2: float, area_m2: float) -> list[Message]:
    """Return a warning of ground that nothing measured, if it is worth one."""
    if interpolated_m2 < WORTH_TELLING_M2:
        return []
    return [
        message(
            "no laser point lies on %(area)s m² (%(share)s); the ground there is interpolated from around it",
            area=Number(interpolated_m2, ",.0f"),
            share=Number(interpolated_m2 / area_m2, ".1%"),
        )
    ]
