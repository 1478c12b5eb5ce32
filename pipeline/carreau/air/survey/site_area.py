"""The area of a site in projected metres: its outline, and some metres around."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from carreau.air.airborne.survey_record import Bounds
from carreau.air.survey.services import Place
from carreau.base.errors import ScanError
from carreau.base.messages import message
from carreau.formats.geodata import OutlineError, Ring, read_outlines

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

OutlineRing = tuple[tuple[float, float], ...]

_EXACT_DIGITS = 2
"""Bounds are whole metres around the centimetres of the area, so that the last digits of degrees change nothing."""


@dataclass(frozen=True)
class Area:
    """An area.

    shape : in the system of coordinates of the services
    bounds : around it, whole metres
    outline : rings of what it lies around, to the centimetre
    """

    shape: Polygon | MultiPolygon
    bounds: Bounds
    outline: tuple[OutlineRing, ...] = ()

    @property
    def hectares(self) -> float:
        """Return its size."""
        return float(self.shape.area) / 10_000

    def tile_corners(self, side: float) -> list[tuple[float, float]]:
        """Return the south-west corners of the tiles that it overlaps."""
        from shapely import box

        west, south, east, north = (math.floor(each / side) for each in self.bounds)
        corners = [(x * side, y * side) for y in range(south, north + 1) for x in range(west, east + 1)]
        return [(x, y) for x, y in corners if self.shape.intersection(box(x, y, x + side, y + side)).area > 0]


def site_area(outline: Path, place: Place, buffer_m: float) -> Area:
    """Return the area of an outline in degrees.

    Raises ScanError for a file that is no outline, or one that lies where the services have nothing.
    """
    try:
        outlines = read_outlines(outline)
    except OutlineError as error:
        raise ScanError(outline, "", error.cause, error.cure) from error
    return area_of([polygon for each in outlines for polygon in each.polygons], outline, place, buffer_m)


def area_of(polygons: list[list[Ring]], outline: Path, place: Place, buffer_m: float) -> Area:
    """Return the area of polygons in degrees, each with its outer ring first; raises ScanError."""
    import numpy as np
    import shapely
    from pyproj import Transformer

    to_map = Transformer.from_crs("EPSG:4326", f"EPSG:{place.epsg}", always_xy=True)

    def projected(ring: Ring) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        lon, lat = np.array(ring, np.float64).T
        return np.column_stack(to_map.transform(lon, lat))

    rings = [[projected(ring) for ring in polygon] for polygon in polygons]
    west, south, east, north = place.bounds
    whole = np.concatenate([ring for polygon in rings for ring in polygon])
    if not (np.isfinite(whole).all() and ((whole >= (west, south)) & (whole <= (east, north))).all()):
        cause = message("it lies outside metropolitan France")
        raise ScanError(outline, "", cause, message("check its coordinates: degrees, longitude first"))
    parts = [shapely.make_valid(shapely.Polygon(polygon[0], polygon[1:])) for polygon in rings]
    whole_outline = shapely.union_all(parts)
    shape = whole_outline.buffer(buffer_m)
    if shape.is_empty:
        raise ScanError(outline, "", message("its area is empty"), message("draw it again, or raise --buffer"))
    exact = np.round(shape.bounds, _EXACT_DIGITS)
    west, south, east, north = (float(each) for each in (*np.floor(exact[:2]), *np.ceil(exact[2:])))
    return Area(shape, (west, south, east, north), tuple(_rings(whole_outline)))


def _rings(outline: BaseGeometry) -> Iterator[OutlineRing]:
    """Yield the outer rings of polygons."""
    import numpy as np
    import shapely

    for part in shapely.get_parts(outline):
        if part.geom_type == "Polygon":
            places = np.round(shapely.get_coordinates(part.exterior), _EXACT_DIGITS)[:-1]
            yield tuple((float(x), float(y)) for x, y in places)
