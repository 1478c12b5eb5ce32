"""What lies between a smaller and a larger solid: how far a measure may be from its least.

Both stand on level ground and have no overhang, so that each is a height over its plan. The plans are laid over each
other; over each of the fields that result, what lies between the two heights is a prism with plane ends. Prisms that
touch lose the walls between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from carreau.air.massing.shell import Polygon, Solid, solid_of
from carreau.base.model import DoubleArray

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
        turns = [_cross(end - start, place - start) for start, end in ((a, b), (b, c), (c, a))]
        found = np.flatnonzero(np.min(turns, axis=0) >= -GRID_M)
        if not len(found):
            return None
        at = found[np.argmax(np.min(turns, axis=0)[found])]
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


def between(smaller: Solid, larger: Solid) -> Solid:
    """Return what the larger solid has and the smaller has not, as a closed surface.

    Raises NotInsideError where the smaller one is not inside the larger one, or fills it.
    """
    fields = _settled(list(_fields(_heights(smaller), _heights(larger))))
    if not fields:
        raise NotInsideError
    return solid_of(_faces(fields))


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


def _settled(fields: list[_Field]) -> list[_Field]:
    """Return fields whose heights at one place are the same numbers, where they are nearly so."""
    if not fields:
        return []
    places = np.concatenate([np.tile(field.places, (2, 1)) for field in fields])
    heights = np.concatenate([values for field in fields for values in (field.low, field.high)])
    _, spots = np.unique(np.round(places / GRID_M).astype(np.int64), axis=0, return_inverse=True)
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
    """Yield what stands upright over an edge of a field: all of it but where the field beside it goes on."""
    ends = [at, (at + 1) % len(field.places)]
    places, low, high = field.places[ends], field.low[ends], field.high[ends]
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
