"""What a model extends over: the bounds of a survey or strips of it, and square cells over a place.

The bounds of an old railway hold square kilometres that are no part of it. The strip is as far around the outline as
the bounds are, and round enough for triangles of some metres to follow its border.

Row 0 is the southernmost, column 0 the westernmost. Coordinates are metres about the model's origin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from carreau.air.airborne.survey_data import BoolArray
from carreau.base.errors import OptionError
from carreau.base.jit import compiled
from carreau.base.messages import message
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.base.process import bands

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


def make_extent(bounds: Bounds, outline: Sequence[DoubleArray] = ()) -> Extent:
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
    # Out, in by more, and out again: bends get a radius of `ROUND_M`, inwards and outwards.
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


def border_sides(extent: Extent) -> DoubleArray:
    """Return the straight sides (k, 2, 2) of the border, from end to end with the place to the left."""
    corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(extent)), return_index=True)
    ends = np.stack([corners[:-1], corners[1:]], axis=1)
    return np.asarray(ends[ring[1:] == ring[:-1]])


def near_border(extent: Extent, places: DoubleArray, reach: float) -> BoolArray:
    """Return which places (n, 2+) lie within reach of the border."""
    border = shapely.boundary(extent)
    shapely.prepare(border)
    return np.asarray(shapely.dwithin(border, np.asarray(shapely.points(places[:, :2])), reach))


def on_border(extent: Extent, places: DoubleArray) -> DoubleArray:
    """Return the places (n, 2+) that lie on the border, moved exactly onto it: (k, 2)."""
    points = np.asarray(shapely.points(places[:, :2]))
    border = shapely.boundary(extent)
    shapely.prepare(border)
    # Moved exactly onto the border, or ground and skirt would not share them.
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
        """Return the same window in rows counted from the north, as those of a picture are; `count` rows in all."""
        wide, own = ((slice(count - rows.stop, count - rows.start), columns) for rows, columns in (self.wide, self.own))
        return Window(wide, own)


def split_windows(lattice: Lattice, extent: Extent | None) -> list[Window]:
    """Return windows of a lattice near an extent, without overlap; a box, or None, has one window of all cells."""
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


Bounds = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True)
class Lattice:
    """Square cells.

    west, south : of the outer corner of cell (0, 0)
    cell : metres
    """

    west: float
    south: float
    cell: float
    rows: int
    columns: int

    @classmethod
    def over(cls, bounds: Bounds, cell: float) -> Lattice:
        """Return the cells that cover some bounds."""
        west, south, east, north = bounds
        rows, columns = (max(1, math.ceil(length / cell - 1e-6)) for length in (north - south, east - west))
        return cls(west, south, cell, rows, columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Return rows and columns."""
        return self.rows, self.columns

    @property
    def north(self) -> float:
        """Return y of the northern border."""
        return self.south + self.rows * self.cell

    def part(self, rows: slice, columns: slice) -> Lattice:
        """Return some of the cells."""
        west, south = self.west + columns.start * self.cell, self.south + rows.start * self.cell
        return Lattice(west, south, self.cell, rows.stop - rows.start, columns.stop - columns.start)

    def cells(self, places: DoubleArray) -> tuple[IntArray, IntArray]:
        """Return row and column (n,) int32 of places (n, 2+); those outside go into the nearest cell."""
        rows, columns = (np.empty(len(places), np.int32) for _ in range(2))
        for own in bands(len(places)):  # what lies between would be several times as large
            columns[own] = np.clip(np.floor((places[own, 0] - self.west) / self.cell), 0, self.columns - 1)
            rows[own] = np.clip(np.floor((places[own, 1] - self.south) / self.cell), 0, self.rows - 1)
        return rows, columns

    def centers(self) -> tuple[DoubleArray, DoubleArray]:
        """Return x (columns,) and y (rows,) of the middles of the cells."""
        x = self.west + (np.arange(self.columns, dtype=np.float64) + 0.5) * self.cell
        y = self.south + (np.arange(self.rows, dtype=np.float64) + 0.5) * self.cell
        return np.asarray(x, np.float64), np.asarray(y, np.float64)


@dataclass(frozen=True, eq=False)
class FromAbove:
    """What is seen of triangles from above.

    heights : (rows, columns) float32 in the middle of each cell, NaN where there is no triangle
    faces : (rows, columns) int32, the topmost triangle, -1 where there is none
    """

    heights: FloatArray
    faces: IntArray

    @property
    def covered(self) -> BoolArray:
        """Return where there is a triangle."""
        return np.asarray(self.faces >= 0)


def seen_from_above(lattice: Lattice, positions: DoubleArray, faces: IntArray) -> FromAbove:
    """Return the topmost triangles of (n, 3) positions and (m, 3) faces; upright ones are not seen."""
    heights = np.full(lattice.shape, -np.inf, np.float32)
    tops = np.full(lattice.shape, -1, np.int32)
    _cover(
        np.ascontiguousarray(positions, np.float64), np.ascontiguousarray(faces, np.int32),
        lattice.west, lattice.south, lattice.cell, heights, tops,
    )  # fmt: skip
    heights[tops < 0] = np.nan
    return FromAbove(heights, tops)


@compiled
def _cover(
    positions: DoubleArray,
    faces: IntArray,
    west: float,
    south: float,
    cell: float,
    heights: FloatArray,
    tops: IntArray,
) -> None:
    rows, columns = heights.shape
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        # In cells, whole numbers in their middles.
        ax, ay = (positions[a, 0] - west) / cell - 0.5, (positions[a, 1] - south) / cell - 0.5
        bx, by = (positions[b, 0] - west) / cell - 0.5, (positions[b, 1] - south) / cell - 0.5
        cx, cy = (positions[c, 0] - west) / cell - 0.5, (positions[c, 1] - south) / cell - 0.5
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        # Upright: a wall has no cell as seen from above.
        if abs(area) < 1e-9:
            continue
        r0, r1 = max(0, math.ceil(min(ay, by, cy) - 1e-9)), min(rows - 1, math.floor(max(ay, by, cy) + 1e-9))
        c0, c1 = max(0, math.ceil(min(ax, bx, cx) - 1e-9)), min(columns - 1, math.floor(max(ax, bx, cx) + 1e-9))
        for r in range(r0, r1 + 1):
            for k in range(c0, c1 + 1):
                u = ((k - ax) * (cy - ay) - (r - ay) * (cx - ax)) / area
                v = ((bx - ax) * (r - ay) - (by - ay) * (k - ax)) / area
                if u >= -1e-7 and v >= -1e-7 and u + v <= 1 + 1e-7:
                    z = positions[a, 2] * (1 - u - v) + positions[b, 2] * u + positions[c, 2] * v
                    if z > heights[r, k]:
                        heights[r, k], tops[r, k] = z, f
