"""Stairs and ramps, which rise towards the east."""

from __future__ import annotations

from carreau.air.massing.lofts import along_y
from carreau.air.massing.shell import Solid, solid_of


def stair(length: float, width: float, height: float, steps: int) -> Solid:
    """Return a flight of equal steps; the top one is as high as the flight."""
    west, run, rise = -length / 2, length / steps, height / steps
    profile = [(west, 0.0), (length / 2, 0.0)]
    for at in range(steps, 0, -1):
        profile += [(west + at * run, at * rise), (west + (at - 1) * run, at * rise)]
    return solid_of(along_y(profile, width))


def ramp(length: float, width: float, height: float) -> Solid:
    """Return a wedge."""
    return solid_of(along_y(((-length / 2, 0.0), (length / 2, 0.0), (length / 2, height)), width))
