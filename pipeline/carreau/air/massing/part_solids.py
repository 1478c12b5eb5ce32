"""The solids of a part: what is certain of it at its least measures, and what they leave open up to the most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from carreau.air.massing.massing_file import MassingPart, Measure
from carreau.air.massing.outlines import ROUND_SIDES, Opening, Polygon, Solid, make_solid, rectangle
from carreau.air.massing.solids import (
    NO_OPENINGS,
    Stage,
    arcade,
    block,
    chimney,
    dome,
    enclosure,
    gable_roof,
    headframe,
    hip_roof,
    ramp,
    spire,
    stair,
    tower,
    wall,
)
from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import DoubleArray

Openings = Mapping[int, Sequence[Opening]]
Numbers = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class PartSolids:
    """A part, in the file's axes.

    least : at its least measures; None where the least of one is nothing
    open : what its measures leave open; None where all are known
    """

    least: Solid | None
    open: Solid | None


def part_solids(part: MassingPart, path: Path) -> PartSolids:
    """Return the solids of a part of a file.

    Raises FormatError where it is not larger all around at its greatest measures than at its least.
    """
    if not part.ranges:
        return PartSolids(_place(_make(part, False, _openings(part)), part), None)
    largest = _place(_make(part, True, NO_OPENINGS), part)
    if any(measure.low == 0 for _, measure in part.ranges):
        return PartSolids(None, largest.moved(0, 0, part.at[2]))
    smallest = _place(_make(part, False, NO_OPENINGS), part)
    least = _place(_make(part, False, _openings(part)), part) if part.openings else smallest
    try:
        open_ = subtract(smallest, largest)
    except NotInsideError as error:
        cause = message("at its least measures it is not inside what it is at its most")
        cure = message("write its position with an anchor on the side that is known, or a smaller range")
        raise FormatError(path, message("part '%(name)s'", name=part.name), cause, cure) from error
    return PartSolids(least.moved(0, 0, part.at[2]), open_.moved(0, 0, part.at[2]))


def _place(solid: Solid, part: MassingPart) -> Solid:
    """Return a solid about the axis of its anchor, turned and moved, but with its foot at the height 0 of a range."""
    low, high = solid.positions[:, :2].min(axis=0), solid.positions[:, :2].max(axis=0)
    shift = np.zeros(2) if part.footprint else -(low + high + np.array(part.anchor) * (high - low)) / 2
    x, y, z = part.at
    return solid.moved(float(shift[0]), float(shift[1]), 0).turned(part.turn_deg).moved(x, y, 0 if part.ranges else z)


def _openings(part: MassingPart) -> Openings:
    openings: dict[int, tuple[Opening, ...]] = {}
    for row in part.openings:
        own = (
            Opening(row.start + at * row.step, row.width, row.sill, row.height, row.is_round, row.depth)
            for at in range(row.count)
        )
        openings[row.wall] = (*openings.get(row.wall, ()), *own)
    return openings


def _make(part: MassingPart, is_most: bool, openings: Openings) -> Solid:
    """Return the shape of a part at the least or at the greatest of its measures."""

    def numbers(measures: Mapping[str, Measure]) -> dict[str, float]:
        return {key: each.high if is_most else each.low for key, each in measures.items()}

    own = numbers(part.measures)
    if part.shape == "block":
        return block(part.footprint or rectangle(own["length"], own["width"]), own["height"], openings)
    if part.shape == "enclosure":
        return enclosure(part.footprint, own["thickness"], own["height"])
    if part.shape == "tower":
        stages = (numbers(stage) for stage in part.stages)
        return tower([Stage(each["width"], each["height"], int(each["sides"])) for each in stages])
    if part.shape == "arcade":
        size = (own["length"], own["thickness"], own["height"], int(own["bays"]))
        return arcade(*size, own["opening_width"], own["opening_height"], part.is_round)
    return _BY_SHAPE[part.shape](own)


_BY_SHAPE: Mapping[str, Callable[[Numbers], Solid]] = {
    "gable-roof": lambda own: gable_roof(own["length"], own["width"], own["height"]),
    "hip-roof": lambda own: hip_roof(own["length"], own["width"], own["height"], own["ridge"]),
    "dome": lambda own: dome(own["diameter"], own["height"]),
    "chimney": lambda own: chimney(own["diameter"], own["top_diameter"], own["height"]),
    "headframe": lambda own: headframe(
        (own["length"], own["width"]), own["height"], (own["top_length"], own["top_width"]),
        own["bar"], own["reach"], own["wheel"],
    ),
    "wall": lambda own: wall(own["length"], own["thickness"], own["height"], own["thickness"]),
    "buttress": lambda own: wall(own["length"], own["thickness"], own["height"], own["top_thickness"]),
    "spire": lambda own: spire(own["width"], own["height"], int(own["sides"])),
    "cone": lambda own: spire(own["diameter"], own["height"], ROUND_SIDES),
    "stair": lambda own: stair(own["length"], own["width"], own["height"], int(own["steps"])),
    "ramp": lambda own: ramp(own["length"], own["width"], own["height"]),
}  # fmt: skip

GRID_M = 1e-6
"""Corners of the fields are rounded to it: a thousand times what solids are, so that edges that meet still do."""

NEAR_M = 1e-4
"""Heights at one place that differ by less are one."""

LEVEL = 1e-9
"""Least upward share of a normal; what has less stands upright."""


class NotInsideError(ValueError):
    """The smaller solid is not inside the larger one."""


@dataclass(frozen=True, eq=False)
class _Heights:
    """The upper side of a solid, as a height over its plan.

    corners : (k, 3, 3) float64, of the triangles that look up
    """

    corners: DoubleArray

    def lines(self) -> list[shapely.LineString]:
        """Return the edges of the triangles in plan."""
        return [shapely.LineString(each[[first, first - 1], :2]) for each in self.corners for first in range(3)]

    def over(self, place: DoubleArray) -> DoubleArray | None:
        """Return a, b, c of the plane z = a x + b y + c over a place (2,); None beside the plan."""
        a, b, c = (self.corners[:, corner, :2] for corner in range(3))
        # Signed distances from the three edges: the triangle in which the place lies deepest.
        turns = [_cross(end - start, place - start) for start, end in ((a, b), (b, c), (c, a))]
        inside = np.flatnonzero(np.min(turns, axis=0) >= -GRID_M)
        if not len(inside):
            return None
        at = inside[np.argmax(np.min(turns, axis=0)[inside])]
        corners = self.corners[at]
        return np.linalg.solve(np.column_stack([corners[:, :2], np.ones(3)]), corners[:, 2])


@dataclass(frozen=True, eq=False)
class _Field:
    """A piece of the plan over which both heights are plane.

    places : (n, 2) float64, counter-clockwise
    low, high : (n,) float64, heights over them
    """

    places: DoubleArray
    low: DoubleArray
    high: DoubleArray


def subtract(smaller: Solid, larger: Solid) -> Solid:
    """Return what the larger solid has and the smaller has not, as a closed surface.

    Raises NotInsideError where the smaller one is not inside the larger one, or fills it.
    """
    fields = _settle(list(_fields(_heights(smaller), _heights(larger))))
    if not fields:
        raise NotInsideError
    return make_solid(_faces(fields))


def _heights(solid: Solid) -> _Heights:
    corners = solid.positions[solid.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    looks_up = normals[:, 2] > LEVEL * np.linalg.norm(normals, axis=1)
    return _Heights(corners[looks_up])


def _cross(first: DoubleArray, second: DoubleArray) -> DoubleArray:
    """Return (k,) twice the area to the left of the first, over its length: a distance where it is that of an edge."""
    lengths = np.maximum(np.linalg.norm(first, axis=1), GRID_M)
    return np.asarray((first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / lengths)


def _fields(smaller: _Heights, larger: _Heights) -> Iterator[_Field]:
    # The edges of both solids cut the plan into pieces, over each of which both heights are a plane.
    for places in _plan([*smaller.lines(), *larger.lines()]):
        middle = shapely.get_coordinates(shapely.Polygon(places).representative_point())[0]
        top, bottom = larger.over(middle), smaller.over(middle)
        if top is None:
            if bottom is not None:
                raise NotInsideError
            continue
        with_one = np.column_stack([places, np.ones(len(places))])
        high = with_one @ top
        low = np.zeros(len(places)) if bottom is None else with_one @ bottom
        if (low > high + NEAR_M).any():
            raise NotInsideError
        if (high - low).max() > NEAR_M:
            yield _Field(places, low, high)


def _plan(lines: list[shapely.LineString]) -> Iterator[DoubleArray]:
    """Yield the pieces (n, 2), counter-clockwise and without holes, that lines cut the plane into."""
    while True:
        noded = shapely.union_all(lines, grid_size=GRID_M)
        pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
        # Pieces must be simple rings: one with a hole is cut through the middle of the hole, and all is cut anew.
        holed = [piece for piece in pieces if len(piece.interiors)]
        if not holed:
            break
        lines = list(shapely.get_parts(noded))
        for piece in holed:
            _, south, _, north = piece.bounds
            middle = shapely.Polygon(piece.interiors[0]).representative_point().x
            cut = shapely.intersection(piece, shapely.LineString([(middle, south - 1), (middle, north + 1)]))
            lines += [part for part in shapely.get_parts(cut) if shapely.get_dimensions(part) == 1]
    for piece in pieces:
        yield shapely.get_coordinates(shapely.orient_polygons(piece).exterior)[:-1]


def _settle(fields: list[_Field]) -> list[_Field]:
    """Return fields whose heights at one place are the same numbers, where they are nearly so."""
    if not fields:
        return []
    places = np.concatenate([np.tile(field.places, (2, 1)) for field in fields])
    heights = np.concatenate([values for field in fields for values in (field.low, field.high)])
    _, spots = np.unique(np.round(places / GRID_M).astype(np.int64), axis=0, return_inverse=True)
    # Heights at one place, ascending: those that follow each other closely take the value of the lowest.
    order = np.lexsort((heights, spots.reshape(-1)))
    spot, value = spots.reshape(-1)[order], heights[order]
    begins = np.r_[True, (np.diff(spot) != 0) | (np.diff(value) > NEAR_M)]
    settled = np.empty(len(heights))
    settled[order] = value[begins][np.cumsum(begins) - 1]
    result, at = [], 0
    for field in fields:
        count = len(field.places)
        result.append(_Field(field.places, settled[at : at + count], settled[at + count : at + 2 * count]))
        at += 2 * count
    return result


def _faces(fields: list[_Field]) -> Iterator[Polygon]:
    edges: dict[tuple[tuple[int, int], tuple[int, int]], tuple[_Field, int]] = {}
    for field in fields:
        keys = [(int(x), int(y)) for x, y in np.round(field.places / GRID_M)]
        edges |= {(key, keys[(at + 1) % len(keys)]): (field, at) for at, key in enumerate(keys)}
    for field in fields:
        places = [(float(x), float(y)) for x, y in field.places]
        yield [(*place, float(z)) for place, z in zip(places, field.high, strict=True)]
        yield [(*place, float(z)) for place, z in zip(places, field.low, strict=True)][::-1]
    for (start, end), (field, at) in edges.items():
        yield from _walls(field, at, edges.get((end, start)))


def _walls(field: _Field, at: int, beside: tuple[_Field, int] | None) -> Iterator[Polygon]:
    """Yield the upright faces over an edge of a field, except where the field beside it continues."""
    ends = [at, (at + 1) % len(field.places)]
    places, low, high = field.places[ends], field.low[ends], field.high[ends]
    # An upright face stands only where the field beside does not go on: below it, above it, or both.
    pieces = [(low, high)]
    if beside is not None:
        other, number = beside
        others = [(number + 1) % len(other.places), number]
        pieces = [
            (low, np.minimum(high, np.maximum(other.low[others], low))),
            (np.maximum(low, np.minimum(other.high[others], high)), high),
        ]
    (x, y), (next_x, next_y) = ((float(x), float(y)) for x, y in places)
    for bottom, top in pieces:
        if (top - bottom > NEAR_M).any():
            yield (
                (x, y, float(bottom[0])),
                (next_x, next_y, float(bottom[1])),
                (next_x, next_y, float(top[1])),
                (x, y, float(top[0])),
            )
