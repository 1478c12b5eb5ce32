"""Roofs, spires and domes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from carreau.air.massing.lofts import along_x, from_below, pointed, sides
from carreau.air.massing.rings import ROUND_SIDES, Ring, rectangle, regular
from carreau.air.massing.shell import Polygon, Solid, solid_of

DOME_STEPS = 6
"""Bands of a dome from its foot to its tip."""


def gable_roof(length: float, width: float, height: float) -> Solid:
    """Return a roof with a gable at each end; its ridge runs along x."""
    return solid_of(along_x(((-width / 2, 0.0), (width / 2, 0.0), (0.0, height)), length))


def hip_roof(length: float, width: float, height: float, ridge: float) -> Solid:
    """Return a roof that slopes to all four sides; a ridge along x, or a tip where that has no length."""
    eaves = rectangle(length, width)
    if ridge == 0:
        return solid_of(pointed(eaves, 0, height))
    return solid_of(_hip_roof(eaves, ridge / 2, height))


def _hip_roof(eaves: Ring, half: float, height: float) -> Iterator[Polygon]:
    a, b, c, d = ((x, y, 0.0) for x, y in eaves)
    west, east = (-half, 0.0, height), (half, 0.0, height)
    yield from_below(eaves, 0)
    yield from ((a, b, east, west), (b, c, east), (c, d, west, east), (d, a, west))


def spire(width: float, height: float, count: int = ROUND_SIDES) -> Solid:
    """Return a pyramid, or a cone where it has `ROUND_SIDES`; its width lies between opposite sides.

    count : of sides
    """
    return solid_of(pointed(regular(count, width), 0, height))


def dome(diameter: float, height: float) -> Solid:
    """Return half an ellipsoid."""
    return solid_of(_dome(diameter, height))


def _dome(diameter: float, height: float) -> Iterator[Polygon]:
    angles = np.linspace(0, np.pi / 2, DOME_STEPS + 1)[:-1]
    rings = [regular(ROUND_SIDES, diameter * float(np.cos(angle))) for angle in angles]
    heights = [height * float(np.sin(angle)) for angle in angles]
    yield from_below(rings[0], 0)
    for at in range(DOME_STEPS - 1):
        yield from sides(rings[at], rings[at + 1], heights[at], heights[at + 1])
    yield from list(pointed(rings[-1], heights[-1], height))[1:]
