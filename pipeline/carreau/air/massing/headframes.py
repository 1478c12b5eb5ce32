"""Headframes: legs, raking legs, a platform and the sheave wheels on it."""

from __future__ import annotations

from collections.abc import Iterator

from carreau.air.massing.lofts import along_y, tapered
from carreau.air.massing.rings import ROUND_SIDES, rectangle, regular
from carreau.air.massing.shell import Solid, joined, solid_of


def headframe(
    length: float,
    width: float,
    height: float,
    top_length: float,
    top_width: float,
    bar: float,
    reach: float = 0.0,
    wheel: float = 0.0,
) -> Solid:
    """Return a headframe in closed pieces, which overlap where they meet.

    length, width : of the rectangle around the four legs at the ground, along x and y
    height : to the top, of the wheels where there are any
    top_length, top_width : of the platform
    bar : thickness of legs and platform
    reach : from the axis of the shaft to the outer face of the feet of two raking legs, along x; 0 without them
    wheel : diameter of the two sheave wheels, which stand side by side on the platform; 0 without them
    """
    return joined(_pieces(length, width, height - wheel, top_length, top_width, bar, reach, wheel))


def _pieces(
    length: float, width: float, top: float, top_length: float, top_width: float, bar: float, reach: float, wheel: float
) -> Iterator[Solid]:
    for east in (-1, 1):
        for north in (-1, 1):
            foot = (east * (length - bar) / 2, north * (width - bar) / 2)
            yield _leg(foot, (east * (top_length - bar) / 2, north * (top_width - bar) / 2), top, bar)
    for north in (-1, 1) if reach else ():
        foot = (reach - bar / 2, north * (width - bar) / 2)
        yield _leg(foot, ((top_length - bar) / 2, north * (top_width - bar) / 2), top, bar)
    plate = rectangle(top_length, top_width)
    yield solid_of(tapered(plate, plate, top - bar, top))
    for north in (-1, 1) if wheel else ():
        rim = [(x, z + top + wheel / 2) for x, z in regular(ROUND_SIDES, wheel)]
        yield solid_of(along_y(rim, bar)).moved(0, north * top_width / 4, 0)


def _leg(foot: tuple[float, float], head: tuple[float, float], top: float, bar: float) -> Solid:
    """Return a leg of square section, which is cut level at both ends."""
    ends = [[(x + dx, y + dy) for dx, dy in rectangle(bar, bar)] for x, y in (foot, head)]
    return solid_of(tapered(ends[0], ends[1], 0, top))
