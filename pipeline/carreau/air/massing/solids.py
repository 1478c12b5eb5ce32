"""Solids of the shapes of massing models: blocks, arcades, towers, roofs, headframes and stairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from carreau.air.massing.outlines import (
    ROUND_SIDES,
    Opening,
    Outline,
    Point,
    Polygon,
    Ring,
    Solid,
    along_x,
    along_y,
    at_height,
    beyond,
    from_below,
    inside_by,
    join_solids,
    make_solid,
    raise_pyramid,
    rectangle,
    regular,
    reveal_edges,
    sides,
    taper,
    wall_pieces,
)

NO_OPENINGS: Mapping[int, Sequence[Opening]] = {}


def block(ring: Ring, height: float, openings: Mapping[int, Sequence[Opening]] = NO_OPENINGS) -> Solid:
    """Return an upright prism.

    openings : of each wall by its number from 0, that of the edge from the first corner to the second; they are niches
        of their depth, as nothing is known of what lies behind
    """
    return make_solid(_block(ring, height, openings))


def _block(ring: Ring, height: float, openings: Mapping[int, Sequence[Opening]]) -> Iterator[Polygon]:
    foot: list[tuple[float, float]] = []
    for number in range(len(ring)):
        wall, own = _Wall(ring[number], ring[(number + 1) % len(ring)]), openings.get(number, ())
        yield from (wall.placed(piece) for piece in wall_pieces(wall.length, height, own))
        foot.append(ring[number])
        for each in sorted(own, key=lambda one: one.start):
            yield wall.placed(each.outline(), each.depth)
            for (u, z), (next_u, next_z) in reveal_edges(each):
                yield (
                    wall.place(u, z),
                    wall.place(next_u, next_z),
                    wall.place(next_u, next_z, each.depth),
                    wall.place(u, z, each.depth),
                )
            if each.sill == 0:  # the niche parts the ground that the block stands on
                places = ((each.start, 0.0), (each.start, each.depth), (each.end, each.depth), (each.end, 0.0))
                foot += [wall.place(u, 0, depth)[:2] for u, depth in places]
    yield from_below(foot, 0)
    yield at_height(ring, height)


class _Wall:
    """An upright wall over an edge."""

    def __init__(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.start = np.array(start, np.float64)
        way = np.array(end, np.float64) - self.start
        self.length = float(np.linalg.norm(way))
        self.along = way / self.length
        self.inwards = np.array([-self.along[1], self.along[0]])

    def place(self, u: float, z: float, depth: float = 0.0) -> Point:
        """Return a place: along the wall, above its foot, and into it."""
        x, y = self.start + u * self.along + depth * self.inwards
        return float(x), float(y), z

    def placed(self, outline: Outline, depth: float = 0.0) -> Polygon:
        return tuple(self.place(u, z, depth) for u, z in outline)


def enclosure(ring: Ring, thickness: float, height: float) -> Solid:
    """Return a wall all around, whose outer face stands on the outline."""
    return make_solid(_enclosure(ring, inside_by(ring, thickness), height))


def _enclosure(outer: Ring, inner: Ring, height: float) -> Iterator[Polygon]:
    yield from sides(outer, outer, 0, height)
    yield from (face[::-1] for face in sides(inner, inner, 0, height))
    for at in range(len(outer)):
        after = (at + 1) % len(outer)
        band = (outer[at], outer[after], inner[after], inner[at])
        yield at_height(band, height)
        yield from_below(band, 0)


def wall(length: float, thickness: float, height: float, top_thickness: float) -> Solid:
    """Return a wall along x; a buttress where it is thinner at its top: then its southern face leans."""
    south, north = -thickness / 2, thickness / 2
    profile = ((south, 0.0), (north, 0.0), (north, height), (north - top_thickness, height))
    return make_solid(along_x(profile, length))


def arcade(
    length: float, thickness: float, height: float, bays: int, width: float, top: float, is_round: bool = True
) -> Solid:
    """Return an arcade along x.

    bays : of the same length, each with an opening in its middle
    width, top : of an opening, between its sides and from the ground to its crown
    """
    bay = length / bays
    openings = [Opening((at + 0.5) * bay - width / 2, width, 0, top, is_round, thickness) for at in range(bays)]
    return make_solid(_arcade(length, thickness, height, openings))


def _arcade(length: float, thickness: float, height: float, openings: Sequence[Opening]) -> Iterator[Polygon]:
    west, south, north = -length / 2, -thickness / 2, thickness / 2
    for piece in wall_pieces(length, height, openings):
        yield tuple((west + u, south, z) for u, z in piece)
        yield tuple((west + u, north, z) for u, z in reversed(piece))
    for each in openings:
        for (u, z), (next_u, next_z) in reveal_edges(each):
            yield (
                (west + u, south, z),
                (west + next_u, south, next_z),
                (west + next_u, north, next_z),
                (west + u, north, z),
            )
    ends = [0.0, *(place for each in openings for place in (each.start, each.end)), length]
    for start, end in zip(ends[::2], ends[1::2], strict=True):
        if end > start:
            foot = ((west + start, south), (west + end, south), (west + end, north), (west + start, north))
            yield from_below(foot, 0)
    yield at_height(((west, south), (-west, south), (-west, north), (west, north)), height)
    for x, ways in ((west, -1), (-west, 1)):
        yield ((x, south, 0.0), (x, north, 0.0), (x, north, height), (x, south, height))[::ways]


@dataclass(frozen=True)
class Stage:
    """A storey of a tower: upright, on a regular outline.

    width : between opposite sides
    """

    width: float
    height: float
    sides: int = 4


def tower(stages: Sequence[Stage]) -> Solid:
    """Return stages one above the other about one axis, from the ground up."""
    return make_solid(_tower(stages))


def _tower(stages: Sequence[Stage]) -> Iterator[Polygon]:
    low, below = 0.0, None
    for stage in stages:
        ring = regular(stage.sides, stage.width)
        if below is None:
            yield from_below(ring, low)
        else:
            yield from (at_height(piece, low) for piece in beyond(below, ring))
            yield from (from_below(piece, low) for piece in beyond(ring, below))
        yield from sides(ring, ring, low, low + stage.height)
        low, below = low + stage.height, ring
    if below is not None:
        yield at_height(below, low)


def chimney(diameter: float, top_diameter: float, height: float) -> Solid:
    """Return a round chimney, closed at its top."""
    return make_solid(taper(regular(ROUND_SIDES, diameter), regular(ROUND_SIDES, top_diameter), 0, height))


DOME_STEPS = 6
"""Bands of a dome from its foot to its tip."""


def gable_roof(length: float, width: float, height: float) -> Solid:
    """Return a roof with a gable at each end; its ridge runs along x."""
    return make_solid(along_x(((-width / 2, 0.0), (width / 2, 0.0), (0.0, height)), length))


def hip_roof(length: float, width: float, height: float, ridge: float) -> Solid:
    """Return a roof that slopes to all four sides; a ridge along x, or a tip where that has no length."""
    eaves = rectangle(length, width)
    if ridge == 0:
        return make_solid(raise_pyramid(eaves, 0, height))
    return make_solid(_hip_roof(eaves, ridge / 2, height))


def _hip_roof(eaves: Ring, half: float, height: float) -> Iterator[Polygon]:
    a, b, c, d = ((x, y, 0.0) for x, y in eaves)
    west, east = (-half, 0.0, height), (half, 0.0, height)
    yield from_below(eaves, 0)
    yield from ((a, b, east, west), (b, c, east), (c, d, west, east), (d, a, west))


def spire(width: float, height: float, count: int = ROUND_SIDES) -> Solid:
    """Return a pyramid, or a cone where it has `ROUND_SIDES`; its width lies between opposite sides.

    count : of sides
    """
    return make_solid(raise_pyramid(regular(count, width), 0, height))


def dome(diameter: float, height: float) -> Solid:
    """Return half an ellipsoid."""
    return make_solid(_dome(diameter, height))


def _dome(diameter: float, height: float) -> Iterator[Polygon]:
    angles = np.linspace(0, np.pi / 2, DOME_STEPS + 1)[:-1]
    rings = [regular(ROUND_SIDES, diameter * float(np.cos(angle))) for angle in angles]
    heights = [height * float(np.sin(angle)) for angle in angles]
    yield from_below(rings[0], 0)
    for at in range(DOME_STEPS - 1):
        yield from sides(rings[at], rings[at + 1], heights[at], heights[at + 1])
    yield from list(raise_pyramid(rings[-1], heights[-1], height))[1:]


def headframe(
    base: tuple[float, float],
    height: float,
    platform: tuple[float, float],
    bar: float,
    reach: float = 0.0,
    wheel: float = 0.0,
) -> Solid:
    """Return a headframe in closed pieces, which overlap where they meet.

    base : length and width of the rectangle around the four legs at the ground, along x and y
    height : to the top, of the wheels where there are any
    platform : its length and width
    bar : thickness of legs and platform
    reach : from the axis of the shaft to the outer face of the feet of two raking legs, along x; 0 without them
    wheel : diameter of the two sheave wheels, which stand side by side on the platform; 0 without them
    """
    return join_solids(_pieces(base, height - wheel, platform, bar, reach, wheel))


def _pieces(
    base: tuple[float, float], top: float, platform: tuple[float, float], bar: float, reach: float, wheel: float
) -> Iterator[Solid]:
    (length, width), (top_length, top_width) = base, platform
    for east in (-1, 1):
        for north in (-1, 1):
            foot = (east * (length - bar) / 2, north * (width - bar) / 2)
            yield _leg(foot, (east * (top_length - bar) / 2, north * (top_width - bar) / 2), top, bar)
    for north in (-1, 1) if reach else ():
        foot = (reach - bar / 2, north * (width - bar) / 2)
        yield _leg(foot, ((top_length - bar) / 2, north * (top_width - bar) / 2), top, bar)
    plate = rectangle(top_length, top_width)
    yield make_solid(taper(plate, plate, top - bar, top))
    for north in (-1, 1) if wheel else ():
        rim = [(x, z + top + wheel / 2) for x, z in regular(ROUND_SIDES, wheel)]
        yield make_solid(along_y(rim, bar)).moved(0, north * top_width / 4, 0)


def _leg(foot: tuple[float, float], head: tuple[float, float], top: float, bar: float) -> Solid:
    """Return a leg of square section, which is cut level at both ends."""
    ends = [[(x + dx, y + dy) for dx, dy in rectangle(bar, bar)] for x, y in (foot, head)]
    return make_solid(taper(ends[0], ends[1], 0, top))


def stair(length: float, width: float, height: float, steps: int) -> Solid:
    """Return a flight of equal steps; the top one is as high as the flight."""
    west, run, rise = -length / 2, length / steps, height / steps
    profile = [(west, 0.0), (length / 2, 0.0)]
    for at in range(steps, 0, -1):
        profile += [(west + at * run, at * rise), (west + (at - 1) * run, at * rise)]
    return make_solid(along_y(profile, width))


def ramp(length: float, width: float, height: float) -> Solid:
    """Return a wedge."""
    return make_solid(along_y(((-length / 2, 0.0), (length / 2, 0.0), (length / 2, height)), width))
