"""Distances on the ground, from degrees in WGS 84, without a projection."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]
"""(lon, lat) in degrees."""

_A, _E2 = 6_378_137.0, 0.00669437999014
"""Semi-major axis of WGS 84 in metres, and the square of its eccentricity."""


def east_north_m(origin: Point, point: Point) -> tuple[float, float]:
    """Return how far east and north of another a point lies, in metres.

    On the tangent plane of the ellipsoid at the mean latitude: 10 km apart it is wrong by less than a metre.
    """
    lat = math.radians((origin[1] + point[1]) / 2)
    flattening = 1 - _E2 * math.sin(lat) ** 2
    east = math.radians(point[0] - origin[0]) * math.cos(lat) * _A / math.sqrt(flattening)
    north = math.radians(point[1] - origin[1]) * _A * (1 - _E2) / flattening**1.5
    return east, north


def distance_m(one: Point, other: Point) -> float:
    """Return the distance of two points in metres.

    >>> round(distance_m((3.38, 50.39), (3.39, 50.39)))
    711
    """
    return math.hypot(*east_north_m(one, other))


def length_m(points: Sequence[Point]) -> float:
    """Return the length of a line in metres."""
    return sum(distance_m(one, other) for one, other in pairwise(points))


def cumulated_m(points: Sequence[Point]) -> list[float]:
    """Return how far along a line each of its points lies, in metres."""
    sums = [0.0]
    for one, other in pairwise(points):
        sums.append(sums[-1] + distance_m(one, other))
    return sums[: len(points)]


def nearest_on(one: Point, other: Point, point: Point) -> tuple[float, float]:
    """Return the distance of a point from a segment in metres, and where on it the nearest point is, 0 to 1."""
    ex, ny = east_north_m(one, other)
    px, py = east_north_m(one, point)
    square = ex * ex + ny * ny
    share = min(1.0, max(0.0, (px * ex + py * ny) / square)) if square else 0.0
    return math.hypot(px - share * ex, py - share * ny), share


def passes(points: Sequence[Point], point: Point, slack_m: float = 30.0) -> tuple[float, list[float]]:
    """Return how near a line comes to a point, and how far along it is where it passes.

    It may pass more than once, out and back: each pass within `slack_m` of the nearest one is listed, in metres.
    """
    by_segment = [nearest_on(one, other, point) for one, other in pairwise(points)]
    if not by_segment:
        return math.inf, []
    nearest, along = min(away for away, _ in by_segment), cumulated_m(points)
    listed = list[tuple[float, float]]()
    for number, (away, share) in enumerate(by_segment):
        if away > nearest + slack_m:
            continue
        place = along[number] + share * (along[number + 1] - along[number])
        if listed and place - listed[-1][1] <= 2 * slack_m:
            listed[-1] = min(listed[-1], (away, place))
        else:
            listed.append((away, place))
    return nearest, [place for _, place in listed]
