"""The heights along a route, as a drawing with a text that says the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from carreau.base.schema.route import Route

WIDTH, HEIGHT = 640, 180
"""Of the drawing, in its own units."""
_LEFT, _RIGHT, _TOP, _FOOT = 14.0, 14.0, 38.0, 26.0
_LEAST_RANGE_M = 40.0
"""A flat way is drawn flat: no hill is made of a kerb."""


@dataclass(frozen=True)
class Mark:
    """A stop on the profile, at a place of the drawing."""

    number: int
    x: float
    y: float


@dataclass(frozen=True)
class ElevationProfile:
    """A drawing.

    line, area : SVG paths: the heights, and what is under them
    marks : of the stops that do not hide each other
    lowest_m, highest_m, highest_at_m, length_m : for the text
    times : how many times as large as lengths heights are drawn
    """

    line: str
    area: str
    marks: tuple[Mark, ...]
    lowest_m: float
    highest_m: float
    highest_at_m: float
    length_m: float
    times: int
    width: int = WIDTH
    height: int = HEIGHT


def elevation_profile(route: Route) -> ElevationProfile | None:
    """Return the profile of a route; None where heights are unknown."""
    if len(route.profile) < 2 or route.profile[-1][0] <= 0:
        return None
    length = route.profile[-1][0]
    heights = [height for _, height in route.profile]
    lowest, highest = min(heights), max(heights)
    shown = max(highest - lowest, _LEAST_RANGE_M)
    across, up = (WIDTH - _LEFT - _RIGHT) / length, (HEIGHT - _TOP - _FOOT) / shown

    def placed(along: float, height: float) -> tuple[float, float]:
        return round(_LEFT + along * across, 1), round(HEIGHT - _FOOT - (height - lowest) * up, 1)

    points = [placed(*pair) for pair in route.profile]
    line = "M" + "L".join(f"{x} {y}" for x, y in points)
    marks = list[Mark]()
    for stop in route.stops:
        if stop.along_m is None or stop.along_m > length:
            continue
        x, y = placed(stop.along_m, _height_at(route.profile, stop.along_m))
        if all(abs(x - each.x) >= 30 for each in marks):
            marks.append(Mark(stop.number, x, y))
    return ElevationProfile(
        line=line,
        area=f"{line}V{HEIGHT - _FOOT + 6}H{points[0][0]}Z",
        marks=tuple(marks),
        lowest_m=lowest,
        highest_m=highest,
        highest_at_m=route.profile[heights.index(highest)][0],
        length_m=length,
        times=max(1, round(up / across)),
    )


def _height_at(profile: tuple[tuple[float, float], ...], along: float) -> float:
    """Return the height at a place along the way, between its neighbours."""
    for (before, low), (after, high) in pairwise(profile):
        if before <= along <= after:
            return low + (high - low) * (along - before) / (after - before) if after > before else low
    return profile[-1][1]
