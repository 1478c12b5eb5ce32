"""Faces between outlines and along profiles, of which most shapes are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carreau.air.massing.rings import Ring
from carreau.air.massing.shell import Polygon

Profile = Sequence[tuple[float, float]]
"""Corners (along, z), counter-clockwise where `along` points to the right and z up."""


def at_height(ring: Ring, z: float) -> Polygon:
    """Return a plane face that looks up."""
    return tuple((x, y, z) for x, y in ring)


def from_below(ring: Ring, z: float) -> Polygon:
    """Return a plane face that looks down."""
    return at_height(ring, z)[::-1]


def sides(bottom: Ring, top: Ring, low: float, high: float) -> Iterator[Polygon]:
    """Yield the faces between two outlines of as many corners, which look outwards."""
    for at in range(len(bottom)):
        after = (at + 1) % len(bottom)
        yield (*bottom[at], low), (*bottom[after], low), (*top[after], high), (*top[at], high)


def tapered(bottom: Ring, top: Ring, low: float, high: float) -> Iterator[Polygon]:
    """Yield the faces of a closed solid between two outlines."""
    yield from_below(bottom, low)
    yield from sides(bottom, top, low, high)
    yield at_height(top, high)


def pointed(bottom: Ring, low: float, high: float) -> Iterator[Polygon]:
    """Yield the faces of a pyramid whose tip stands above the origin."""
    yield from_below(bottom, low)
    for at in range(len(bottom)):
        yield (*bottom[at], low), (*bottom[(at + 1) % len(bottom)], low), (0.0, 0.0, high)


def along_y(profile: Profile, width: float) -> Iterator[Polygon]:
    """Yield the faces of a profile (x, z) that is drawn out along y, half its width to both sides."""
    south, north = -width / 2, width / 2
    yield tuple((x, south, z) for x, z in profile)
    yield tuple((x, north, z) for x, z in reversed(profile))
    for (x, z), (next_x, next_z) in zip(profile, [*profile[1:], profile[0]], strict=True):
        yield (next_x, south, next_z), (x, south, z), (x, north, z), (next_x, north, next_z)


def along_x(profile: Profile, length: float) -> Iterator[Polygon]:
    """Yield the faces of a profile (y, z) that is drawn out along x, half its length to both sides."""
    for face in along_y(profile, length):
        yield tuple((-y, x, z) for x, y, z in face)
