"""What a model extends over: the bounds of a survey, or, where these are too large, a strip along the outline.

The bounds of an old railway hold square kilometres that are no part of it. The strip is as far around the outline as
the bounds are, and round enough for triangles of some metres to follow its border.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from carreau.air.airborne.lattice import Bounds
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
