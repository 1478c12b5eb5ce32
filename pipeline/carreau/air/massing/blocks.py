"""Upright blocks with doors and windows, enclosures, walls and buttresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from carreau.air.massing.lofts import along_x, at_height, from_below, sides
from carreau.air.massing.openings import Opening, Outline, reveal_edges, wall_pieces
from carreau.air.massing.rings import Ring, inside_by
from carreau.air.massing.shell import Point, Polygon, Solid, solid_of

NO_OPENINGS: Mapping[int, Sequence[Opening]] = {}


def block(ring: Ring, height: float, openings: Mapping[int, Sequence[Opening]] = NO_OPENINGS) -> Solid:
    """Return an upright prism.

    openings : of each wall by its number from 0, that of the edge from the first corner to the second; they are niches
        of their depth, as nothing is known of what lies behind
    """
    return solid_of(_block(ring, height, openings))


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
    return solid_of(_enclosure(ring, inside_by(ring, thickness), height))


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
    return solid_of(along_x(profile, length))
