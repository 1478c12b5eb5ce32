"""What a model extends over: the bounds of a survey, or, where these are too large, a strip along the outline.

The bounds of an old railway hold square kilometres that are no part of it. The strip is as far around the outline as
the bounds are, and round enough for triangles of some metres to follow its border.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from carreau.air.airborne.lattice import Bounds, Lattice
from carreau.air.airborne.survey_data import BoolArray
from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.model import DoubleArray

Extent = shapely.Polygon | shapely.MultiPolygon

MOST_KM2 = 4
"""Largest extent, and largest bounds that are modelled as a whole: cells of 25 cm over more take gigabytes."""

MOST_BOUNDS_KM2 = 20
"""Largest bounds of a strip: what is kept for each 50 cm of them takes 400 MB."""

ROUND_M = 5.0
"""Least radius of the bends of a strip's border, and half of its least width."""

SIMPLER_M, GRID_M = 0.1, 0.001

ON_BORDER_M = 2e-3
"""What is so near to the border lies on it."""


def extent_of(bounds: Bounds, outline: Sequence[DoubleArray] = ()) -> Extent:
    """Return the extent of a place within bounds, sides counter-clockwise.

    outline : rings (k, 2) of the place
    Raises OptionError for one that is too large.
    """
    west, south, east, north = bounds
    box = shapely.Polygon([(west, south), (east, south), (east, north), (west, north)])
    if box.area <= MOST_KM2 * 1e6:
        return box
    strip = _strip(bounds, outline)
    extent = box if strip.is_empty else strip
    if extent.area > MOST_KM2 * 1e6:
        text = message(
            "the points lie on %(area)s km²; cut them to %(most)s km² at most",
            area=f"{extent.area / 1e6:.1f}",
            most=MOST_KM2,
        )
        raise OptionError(text)
    if box.area > MOST_BOUNDS_KM2 * 1e6:
        text = message(
            "the outline lies in bounds of %(area)s km²; part it into places in bounds of %(most)s km² at most",
            area=f"{box.area / 1e6:.1f}",
            most=MOST_BOUNDS_KM2,
        )
        raise OptionError(text)
    return extent


def _strip(bounds: Bounds, outline: Sequence[DoubleArray]) -> Extent:
    """Return what lies as near to an outline as the nearest of the bounds does, or so near that the strip is round."""
    place = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in outline if len(ring) > 2])
    if place.is_empty:
        return shapely.Polygon()
    beyond = np.array(place.bounds) - bounds
    margin = max(ROUND_M, float(np.min(beyond * [1, 1, -1, -1])))
    round_outside = place.buffer(margin + ROUND_M).buffer(-2 * ROUND_M)
    strip = shapely.intersection(round_outside.buffer(ROUND_M), shapely.box(*bounds))
    return _areas(shapely.set_precision(shapely.simplify(strip, SIMPLER_M), GRID_M))


def _areas(shape: shapely.Geometry) -> Extent:
    """Return the polygons of a shape, sides counter-clockwise."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(list(shapely.orient_polygons(np.array(polygons, object))))


def is_box(extent: Extent) -> bool:
    """Tell whether an extent is all of its bounds."""
    return bool(shapely.get_num_coordinates(extent) == 5 and extent.area == shapely.envelope(extent).area)


def covers(extent: Extent, places: DoubleArray) -> BoolArray:
    """Return which places (n, 2+) lie in an extent; those on its border do in one that is all of its bounds."""
    west, south, east, north = extent.bounds
    x, y = places[:, 0], places[:, 1]
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    if not is_box(extent):
        shapely.prepare(extent)
        inside[inside] = shapely.contains_xy(extent, x[inside], y[inside])
    return np.asarray(inside)


def sides_of(extent: Extent) -> DoubleArray:
    """Return the straight sides (k, 2, 2) of the border, from end to end with the place to the left."""
    corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(extent)), return_index=True)
    ends = np.stack([corners[:-1], corners[1:]], axis=1)
    return np.asarray(ends[ring[1:] == ring[:-1]])


def on_border(extent: Extent, places: DoubleArray) -> DoubleArray:
    """Return those of the places (n, 2+) that lie on the border, exactly on it: (k, 2)."""
    points = np.asarray(shapely.points(places[:, :2]))
    border = shapely.boundary(extent)
    shapely.prepare(border)
    own = points[shapely.dwithin(border, points, ON_BORDER_M)]
    on = shapely.line_interpolate_point(border, shapely.line_locate_point(border, own))
    return np.asarray(shapely.get_coordinates(on))


SIDE_M, AROUND_M = 128.0, 32.0
"""Side of a window, and how far around it and around the extent is looked."""

Cells = tuple[slice, slice]
"""Rows and columns."""


@dataclass(frozen=True)
class Window:
    """A window of a lattice.

    wide : cells that are looked at
    own : cells of the window itself
    """

    wide: Cells
    own: Cells

    @property
    def inner(self) -> Cells:
        """Return the window's own cells among those that are looked at."""
        rows, columns = (
            slice(own.start - wide.start, own.stop - wide.start) for own, wide in zip(self.own, self.wide, strict=True)
        )
        return rows, columns

    def from_north(self, count: int) -> Window:
        """Return the same window of so many rows of which the first is the north, as those of a picture are."""
        wide, own = ((slice(count - rows.stop, count - rows.start), columns) for rows, columns in (self.wide, self.own))
        return Window(wide, own)


def windows_of(lattice: Lattice, extent: Extent | None) -> list[Window]:
    """Return the windows of a lattice near an extent, which do not overlap; one of all cells in a box, or for None."""
    if extent is None or is_box(extent):
        every = slice(0, lattice.rows), slice(0, lattice.columns)
        return [Window(every, every)]
    side, around = (math.ceil(length / lattice.cell) for length in (SIDE_M, AROUND_M))
    rows, columns = (np.arange(0, count, side) for count in lattice.shape)
    row, column = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    south, west = lattice.south + row * lattice.cell, lattice.west + column * lattice.cell
    squares = np.asarray(shapely.box(west, south, west + side * lattice.cell, south + side * lattice.cell))
    near = np.flatnonzero(shapely.dwithin(extent, squares, AROUND_M))
    return [_window(int(row[k]), int(column[k]), side, around, lattice) for k in near]


def _window(row: int, column: int, side: int, around: int, lattice: Lattice) -> Window:
    first, last = (row, column), (min(row + side, lattice.rows), min(column + side, lattice.columns))
    own = slice(first[0], last[0]), slice(first[1], last[1])
    rows = slice(max(first[0] - around, 0), min(last[0] + around, lattice.rows))
    columns = slice(max(first[1] - around, 0), min(last[1] + around, lattice.columns))
    return Window((rows, columns), own)
