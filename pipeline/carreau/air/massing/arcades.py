"""Arcades: walls with a row of openings that one can walk through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carreau.air.massing.lofts import at_height, from_below
from carreau.air.massing.openings import Opening, reveal_edges, wall_pieces
from carreau.air.massing.shell import Polygon, Solid, solid_of


def arcade(
    length: float, thickness: float, height: float, bays: int, width: float, top: float, is_round: bool = True
) -> Solid:
    """Return an arcade along x.

    bays : of the same length, each with an opening in its middle
    width, top : of an opening, between its sides and from the ground to its crown
    """
    bay = length / bays
    openings = [Opening((at + 0.5) * bay - width / 2, width, 0, top, is_round, thickness) for at in range(bays)]
    return solid_of(_arcade(length, thickness, height, openings))


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
