"""Distance between two positions."""

from __future__ import annotations

import math

EARTH_M = 6_371_008.8
"""Mean radius of the Earth (IUGG, R1); a sphere is off by up to 0.5 %."""
DEGREE_M = math.radians(1) * EARTH_M


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the distance along a great circle, in metres.

    >>> round(distance_m(3.395, 50.329, 3.395, 51.329))
    111195
    """
    north = math.radians(other_lat - lat)
    east = math.radians(other_lon - lon)
    half = math.sin(north / 2) ** 2
    half += math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * math.sin(east / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))
