"""Walls with doors and windows, roofs and chimneys: what buildings of a reconstruction are put together from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from carreau.air.massing.outlines import Point
from carreau.air.massing.pieces import Face, box

PROUD_M = 0.04
"""How far panes, doors and bands stand before their wall, so that faces do not flicker."""
ARCH_SIDES = 6


@dataclass(frozen=True)
class Wall:
    """An upright wall, seen from outside.

    start, end : its lower left and lower right corner in plan, metres
    foot : height of its lower edge
    """

    start: tuple[float, float]
    end: tuple[float, float]
    foot: float = 0.0

    @property
    def length(self) -> float:
        """Return its length in metres."""
        return float(((self.end[0] - self.start[0]) ** 2 + (self.end[1] - self.start[1]) ** 2) ** 0.5)

    def place(self, along: float, up: float, out: float = PROUD_M) -> Point:
        """Return the point at a distance from its left edge, above its foot and before its face."""
        length = max(self.length, 1e-9)
        x, y = (self.end[0] - self.start[0]) / length, (self.end[1] - self.start[1]) / length
        return self.start[0] + along * x + out * y, self.start[1] + along * y - out * x, self.foot + up

    def panel(self, material: str, low: tuple[float, float], high: tuple[float, float], out: float = PROUD_M) -> Face:
        """Return a rectangle on it between two corners (along, up)."""
        corners = ((low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1]))
        return Face(material, tuple(self.place(along, up, out) for along, up in corners))

    def arched(
        self, material: str, middle: float, sill: float, size: tuple[float, float], out: float = PROUD_M
    ) -> Face:
        """Return an opening with a half circle above; `size` is its width and its whole height."""
        half = size[0] / 2
        rise = min(half, 0.6 * size[1])  # a low opening has a flat arch
        spring = sill + size[1] - rise
        angles = [math.pi * each / ARCH_SIDES for each in range(ARCH_SIDES + 1)]
        head = [(middle + half * math.cos(each), spring + rise * math.sin(each)) for each in angles]
        corners = [(middle - half, sill), (middle + half, sill), *head]
        return Face(material, tuple(self.place(along, up, out) for along, up in corners))


def rectangle_walls(length: float, width: float, foot: float = 0.0) -> tuple[Wall, Wall, Wall, Wall]:
    """Return the southern, eastern, northern and western wall of a rectangle about the origin."""
    x, y = length / 2, width / 2
    corners = ((-x, -y), (x, -y), (x, y), (-x, y))
    south, east, north, west = (Wall(a, b, foot) for a, b in zip(corners, (*corners[1:], corners[0]), strict=True))
    return south, east, north, west


def window(
    wall: Wall, middle: float, sill: float, size: tuple[float, float], frame: str = "white-paint"
) -> Iterator[Face]:
    """Yield a window: its frame, and before it two panes."""
    width, height = size
    yield wall.panel(frame, (middle - width / 2, sill), (middle + width / 2, sill + height))
    edge = min(0.09, width / 8)
    for left, right in ((middle - width / 2 + edge, middle - edge / 2), (middle + edge / 2, middle + width / 2 - edge)):
        yield wall.panel("window-dark", (left, sill + edge), (right, sill + height - edge), 1.5 * PROUD_M)


def gable_roof(
    low: tuple[float, float],
    high: tuple[float, float],
    eaves: float,
    rise: float,
    roof: str,
    wall: str,
    over: float = 0.3,
) -> Iterator[Face]:
    """Yield a roof with its ridge along x over a rectangle, and the two gables below it.

    low, high : corners of the walls in plan
    over : how far it stands over at eaves and gables
    """
    (west, south), (east, north) = low, high
    middle, drop = (south + north) / 2, rise * over / max((north - south) / 2, 1e-9)
    left, right, top = west - over, east + over, eaves + rise
    yield Face(
        roof,
        (
            (left, south - over, eaves - drop),
            (right, south - over, eaves - drop),
            (right, middle, top),
            (left, middle, top),
        ),
    )
    yield Face(
        roof,
        (
            (right, north + over, eaves - drop),
            (left, north + over, eaves - drop),
            (left, middle, top),
            (right, middle, top),
        ),
    )
    yield Face(wall, ((east, south, eaves), (east, north, eaves), (east, middle, top)))
    yield Face(wall, ((west, north, eaves), (west, south, eaves), (west, middle, top)))


def hip_roof(
    low: tuple[float, float], high: tuple[float, float], eaves: float, rise: float, roof: str, over: float = 0.3
) -> Iterator[Face]:
    """Yield a hip roof over a rectangle, its ridge along the longer side."""
    west, south, east, north = low[0] - over, low[1] - over, high[0] + over, high[1] + over
    inset = min(east - west, north - south) / 2
    top, x, y = eaves + rise, (west + east) / 2, (south + north) / 2
    if east - west >= north - south:
        a, b = (west + inset, y, top), (east - inset, y, top)
    else:
        a, b = (x, south + inset, top), (x, north - inset, top)
    sw, se, ne, nw = ((u, v, eaves) for u, v in ((west, south), (east, south), (east, north), (west, north)))
    if east - west >= north - south:
        yield from (
            Face(roof, (sw, se, b, a)),
            Face(roof, (se, ne, b)),
            Face(roof, (ne, nw, a, b)),
            Face(roof, (nw, sw, a)),
        )
    else:
        yield from (
            Face(roof, (se, ne, b, a)),
            Face(roof, (ne, nw, b)),
            Face(roof, (nw, sw, a, b)),
            Face(roof, (sw, se, a)),
        )


def roof_stack(x: float, y: float, foot: float, top: float, brick: str, width: float = 0.6) -> Iterator[Face]:
    """Yield a chimney of a house with two pots."""
    yield from box(brick, (x - width / 2, y - width / 3, foot), (x + width / 2, y + width / 3, top))
    for at in (x - width / 4, x + width / 4):
        yield from box("tile-red", (at - 0.1, y - 0.1, top), (at + 0.1, y + 0.1, top + 0.35))
