"""Read where something should be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from server.distance import DEGREE_M
from server.errors import refused


@dataclass(frozen=True)
class Box:
    """Degrees in WGS 84; `west` is larger than `east` where it crosses 180°."""

    west: float
    south: float
    east: float
    north: float

    def clauses(self) -> tuple[str, list[float]]:
        """Return what to ask of the table `place`, and the values for it."""
        sides = "(max_lon >= ? AND min_lon <= ?)" if self.west <= self.east else "(max_lon >= ? OR min_lon <= ?)"
        return f"{sides} AND max_lat >= ? AND min_lat <= ?", [self.west, self.east, self.south, self.north]


def read_box(text: str, parameter: str = "bbox") -> Box:
    """Return a box of four numbers, or of six with heights, which are left out (OGC API Features, 7.15.3).

    Raises QuestionError.

    >>> read_box("3.2,50.2,3.6,50.5").east
    3.6
    """
    numbers = _numbers(text)
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4:
        raise refused(parameter, "bbox")
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise refused(parameter, "bbox")
    return Box(west, south, east, north)


def read_point(text: str) -> tuple[float, float]:
    """Return longitude and latitude; raises QuestionError."""
    numbers = _numbers(text)
    if len(numbers) != 2 or not (abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90):
        raise refused("near", "near")
    return numbers[0], numbers[1]


def around(point: tuple[float, float], radius_m: float) -> Box:
    """Return a box that a circle lies in."""
    lon, lat = point
    high = radius_m / DEGREE_M
    south, north = max(-90.0, lat - high), min(90.0, lat + high)
    widest = math.cos(math.radians(max(abs(south), abs(north))))
    wide = high / widest if widest > high / 180 else 180.0
    if wide >= 180:
        return Box(-180.0, south, 180.0, north)
    return Box((lon - wide + 180) % 360 - 180, south, (lon + wide + 180) % 360 - 180, north)


def _numbers(text: str) -> list[float]:
    try:
        found = [float(each) for each in text.split(",")]
    except ValueError:
        return []
    return found if all(map(math.isfinite, found)) else []
