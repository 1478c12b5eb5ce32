"""Parse geographic parameters: bounding boxes and points."""

from __future__ import annotations

import math
from dataclasses import dataclass

from carreau_server.distance import DEGREE_M
from carreau_server.errors import invalid


@dataclass(frozen=True)
class BoundingBox:
    """Degrees in WGS 84; `west` is larger than `east` where it crosses 180°."""

    west: float
    south: float
    east: float
    north: float

    def clause(self) -> tuple[str, list[float]]:
        """Return a WHERE clause on the table `place`, and its values."""
        longitudes = "(max_lon >= ? AND min_lon <= ?)" if self.west <= self.east else "(max_lon >= ? OR min_lon <= ?)"
        return f"{longitudes} AND max_lat >= ? AND min_lat <= ?", [self.west, self.east, self.south, self.north]


def parse_bbox(text: str, parameter: str = "bbox") -> BoundingBox:
    """Return a box of four numbers, or of six with heights, which are left out (OGC API Features, 7.15.3).

    Raises InvalidParameterError.

    >>> parse_bbox("3.2,50.2,3.6,50.5").east
    3.6
    """
    numbers = _numbers(text)
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4:
        raise invalid(parameter, "bbox")
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise invalid(parameter, "bbox")
    return BoundingBox(west, south, east, north)


def parse_point(text: str) -> tuple[float, float]:
    """Return longitude and latitude; raises InvalidParameterError."""
    numbers = _numbers(text)
    if len(numbers) != 2 or not (abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90):
        raise invalid("near", "point")
    return numbers[0], numbers[1]


def bounding_box(point: tuple[float, float], radius_m: float) -> BoundingBox:
    """Return a box that contains a circle."""
    lon, lat = point
    height = radius_m / DEGREE_M
    south, north = max(-90.0, lat - height), min(90.0, lat + height)
    narrowest = math.cos(math.radians(max(abs(south), abs(north))))
    width = height / narrowest if narrowest > height / 180 else 180.0
    if width >= 180:
        return BoundingBox(-180.0, south, 180.0, north)
    return BoundingBox((lon - width + 180) % 360 - 180, south, (lon + width + 180) % 360 - 180, north)


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(each) for each in text.split(",")]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []
