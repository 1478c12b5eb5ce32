"""Equirectangular map projection of a few kilometres, into the units of a drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

METRES_A_DEGREE = 6_371_008.8 * math.pi / 180
"""Metres of a degree of latitude, on a sphere of the Earth's mean radius (IUGG)."""

Geometry = Mapping[str, Any]
"""A GeoJSON Polygon or MultiPolygon, longitudes and latitudes in WGS 84."""
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Minimum x, minimum y, maximum x, maximum y."""


@dataclass(frozen=True)
class Frame:
    """The extent of a map: equirectangular at its middle latitude, north up.

    lon, lat : of its upper left corner, in degrees
    shrink : metres of a degree of longitude divided by those of a degree of latitude
    units_a_m : scale, in units of the drawing per metre
    width, height : of the drawing, in its units
    """

    lon: float
    lat: float
    shrink: float
    units_a_m: float
    width: int
    height: int

    def at(self, lon: float, lat: float) -> Point:
        """Return the position of a place on the map."""
        scale = METRES_A_DEGREE * self.units_a_m
        return (lon - self.lon) * self.shrink * scale, (self.lat - lat) * scale

    @property
    def bounds(self) -> Box:
        """Return west, south, east and north, in degrees."""
        scale = METRES_A_DEGREE * self.units_a_m
        return self.lon, self.lat - self.height / scale, self.lon + self.width / (self.shrink * scale), self.lat

    def box(self, margin: float = 0) -> Box:
        """Return the box of the drawing with a margin around it, in units."""
        return -margin, -margin, self.width + margin, self.height + margin


def frame_around(
    places: Iterable[Point], width: int, height: int, margin: float = 0.08, least_m: float = 0.0
) -> Frame | None:
    """Return a frame centred on places (lon, lat); None without any.

    margin : free share of width and height on each side
    least_m : minimum width, in metres
    """
    points = list(places)
    if not points:
        return None
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    middle_lon, middle_lat = (west + east) / 2, (south + north) / 2
    shrink = max(math.cos(math.radians(middle_lat)), 0.01)
    wide, tall = (east - west) * shrink * METRES_A_DEGREE, (north - south) * METRES_A_DEGREE
    shown = 1 - 2 * margin
    units_a_m = min(width * shown / max(wide, 1.0), height * shown / max(tall, 1.0))
    units_a_m = min(units_a_m, width / least_m) if least_m else units_a_m
    scale = METRES_A_DEGREE * units_a_m
    left, top = middle_lon - width / 2 / (shrink * scale), middle_lat + height / 2 / scale
    return Frame(left, top, shrink, units_a_m, width, height)


def scale_bar(frame: Frame, share: float = 0.25) -> tuple[int, int]:
    """Return the length of a scale bar in metres and in units: 1, 2 or 5 times a power of ten.

    share : maximum share of the width of the map


    >>> scale_bar(Frame(3.4, 50.4, 0.64, 0.05, 1000, 800))
    (5000, 250)
    """
    most = frame.width * share / frame.units_a_m
    power = 10 ** math.floor(math.log10(max(most, 1.0)))
    metres = next((step * power for step in (5, 2, 1) if step * power <= most), 1)
    return metres, round(metres * frame.units_a_m)
