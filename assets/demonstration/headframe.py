"""The headframe: lattice legs, sheaves, platforms and stairs, as bars with a number each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from assets.demonstration.field import Field
from assets.demonstration.parts import BEAMS, CANOPY, CART, CONCRETE, DECK, SHEAVE
from assets.demonstration.shapes import Beam, Box, Drum, Gable

Point = tuple[float, float, float]
CENTER_X, CENTER_Z = -4.4, -3.3
FOOT, DECK_Y, TOP = 10.2, 28.6, 34.6
SHEAVE_Y, SHEAVE_RADIUS = 31.3, 2.45
SHEAVES_Z = (CENTER_Z - 1.05, CENTER_Z + 1.05)
DECK_LOW, DECK_HIGH = (-9.0, DECK_Y - 0.25, -6.6), (-0.6, DECK_Y, 0.0)
RAKE_TOP, RAKE_FOOT = (-6.6, 27.9), (-17.6, 0.7)
RAKE_Z = ((CENTER_Z - 1.9, CENTER_Z - 3.6), (CENTER_Z + 1.9, CENTER_Z + 3.6))


def _mix(a: Point, b: Point, t: float) -> Point:
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def lattice(foot: Point, top: Point, side: float, pitch: float, chord: float = 0.2) -> Iterator[Beam]:
    """Yield a box-section lattice mast: four chords, with a zigzag on each of its four sides."""
    axes = Beam(foot, top, side, side).axes
    corners = [(axes[1] * u + axes[2] * v) * side / 2 for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    ends = [(np.add(foot, c), np.add(top, c)) for c in corners]
    for a, b in ends:
        yield Beam(tuple(a), tuple(b), chord, chord)
    count = max(int(np.linalg.norm(np.subtract(top, foot)) / pitch), 1)
    for side_number in range(4):
        left, right = ends[side_number], ends[(side_number + 1) % 4]
        for step in range(count):
            a, b = (left, right) if (step + side_number) % 2 else (right, left)
            start = a[0] + (a[1] - a[0]) * step / count
            end = b[0] + (b[1] - b[0]) * (step + 1) / count
            yield Beam(tuple(start), tuple(end), 0.165, 0.165)


def _corner(height: float, u: int, v: int) -> Point:
    """Return the axis of a tower leg at a height: the tower tapers."""
    half_x = 2.3 - 0.5 * (height - FOOT) / (DECK_Y - FOOT)
    half_z = 2.2 - 0.4 * (height - FOOT) / (DECK_Y - FOOT)
    return (CENTER_X + u * half_x, height, CENTER_Z + v * half_z)


RINGS = (FOOT + 0.6, 14.9, 19.2, 23.4, 27.5)
CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def tower() -> Iterator[Beam]:
    """Yield the straight legs over the shaft, their rings and crosses, and the cage guides."""
    for u, v in CORNERS:
        yield from lattice(_corner(FOOT, u, v), _corner(DECK_Y - 0.2, u, v), 0.7, 1.05)
    for (u, v), (s, t) in zip(CORNERS, (*CORNERS[1:], CORNERS[0]), strict=True):
        for height in RINGS:
            yield Beam(_corner(height, u, v), _corner(height, s, t), 0.22, 0.34)
        for low, high in pairwise(RINGS):
            yield Beam(_corner(low, u, v), _corner(high, s, t), 0.18, 0.18)
            yield Beam(_corner(low, s, t), _corner(high, u, v), 0.18, 0.18)
    for x in (-0.75, 0.75):
        for z in (-0.9, 0.9):
            yield Beam((CENTER_X + x, FOOT, CENTER_Z + z), (CENTER_X + x, DECK_Y, CENTER_Z + z), 0.18, 0.18)


def rakers() -> Iterator[Beam]:
    """Yield the two raking legs that take the pull of the ropes, braced against each other."""
    legs = [((RAKE_FOOT[0], RAKE_FOOT[1], foot_z), (RAKE_TOP[0], RAKE_TOP[1], top_z)) for top_z, foot_z in RAKE_Z]
    for foot, top in legs:
        yield from lattice(foot, top, 0.95, 1.25, 0.22)
    stops = (0.1, 0.32, 0.53, 0.74, 0.95)
    for t in stops:
        yield Beam(_mix(*legs[0], t), _mix(*legs[1], t), 0.24, 0.34)
    for low, high in pairwise(stops):
        yield Beam(_mix(*legs[0], low), _mix(*legs[1], high), 0.18, 0.18)
        yield Beam(_mix(*legs[1], low), _mix(*legs[0], high), 0.18, 0.18)
    for (foot, top), v in zip(legs, (-1, 1), strict=True):
        for t, height in ((0.53, 15.0), (0.74, 20.8)):
            yield Beam(_mix(foot, top, t), _corner(height, -1, v), 0.2, 0.26)


def railings() -> Iterator[Beam]:
    """Yield posts and two rails round the deck: thin, and half lost in any capture."""
    x0, x1, z0, z1 = DECK_LOW[0] + 0.12, DECK_HIGH[0] - 0.12, DECK_LOW[2] + 0.12, DECK_HIGH[2] - 0.12
    ring = ((x0, z0), (x1, z0), (x1, z1), (x0, z1), (x0, z0))
    for (ax, az), (bx, bz) in pairwise(ring):
        for rise in (0.55, 1.08):
            yield Beam((ax, DECK_Y + rise, az), (bx, DECK_Y + rise, bz), 0.15, 0.15)
        for t in np.arange(0, 1, 0.2):
            x, z = ax + (bx - ax) * t, az + (bz - az) * t
            yield Beam((x, DECK_Y - 0.1, z), (x, DECK_Y + 1.1, z), 0.15, 0.15)


def stairs() -> Iterator[Beam]:
    """Yield flights that climb the right side of the tower in zigzag, with landings and handrails."""
    x = CENTER_X + 3.35
    for number, (low, high) in enumerate(pairwise((FOOT + 0.6, 13.6, 16.6, 19.6, 22.6, 25.6, DECK_Y - 0.1))):
        z0, z1 = (CENTER_Z - 1.9, CENTER_Z + 1.9) if number % 2 else (CENTER_Z + 1.9, CENTER_Z - 1.9)
        yield Beam((x, low, z0), (x, high, z1), 0.75, 0.17)
        yield Beam((x + 0.38, low + 0.95, z0), (x + 0.38, high + 0.95, z1), 0.15, 0.15)
        yield Beam((x - 1.3, high - 0.05, z1), (x + 0.45, high - 0.05, z1), 0.95, 0.17)
        yield Beam((x + 0.38, high, z1), (x + 0.38, high + 1.0, z1), 0.15, 0.15)


def head() -> Iterator[Beam]:
    """Yield what carries the sheaves and the roof over them."""
    for z in (SHEAVES_Z[0] - 0.55, SHEAVES_Z[0] + 0.55, SHEAVES_Z[1] - 0.55, SHEAVES_Z[1] + 0.55):
        yield Beam((-7.4, DECK_Y + 0.2, z), (-1.4, DECK_Y + 0.2, z), 0.22, 0.4)
        for x in (-5.6, -3.2):
            yield Beam((x, DECK_Y + 0.2, z), (CENTER_X + (x - CENTER_X) * 0.06, SHEAVE_Y, z), 0.2, 0.2)
    for x in (-8.0, -0.9):
        for z in (-5.9, -0.7):
            yield Beam((x, DECK_Y, z), (x, TOP + 0.3, z), 0.24, 0.24)
        yield Beam((x, TOP - 0.2, -5.9), (x, TOP - 0.2, -0.7), 0.22, 0.3)
        yield Beam((x, DECK_Y + 2.8, -5.9), (x, TOP - 0.3, -3.3), 0.17, 0.17)
        yield Beam((x, DECK_Y + 2.8, -0.7), (x, TOP - 0.3, -3.3), 0.17, 0.17)
    for z in (-5.9, -0.7):
        yield Beam((-8.0, TOP - 0.2, z), (-0.9, TOP - 0.2, z), 0.22, 0.3)
    for z in (DECK_LOW[2] + 0.15, DECK_HIGH[2] - 0.15):
        yield Beam((DECK_LOW[0], DECK_Y - 0.5, z), (DECK_HIGH[0], DECK_Y - 0.5, z), 0.26, 0.55)
    for x in (DECK_LOW[0] + 0.15, DECK_HIGH[0] - 0.15):
        yield Beam((x, DECK_Y - 0.5, DECK_LOW[2]), (x, DECK_Y - 0.5, DECK_HIGH[2]), 0.26, 0.55)


def _build_sheaves(space: Field) -> None:
    for z in SHEAVES_Z:
        center = (CENTER_X, SHEAVE_Y, z)
        space.add(Drum(center, 2, SHEAVE_RADIUS, 0.16, SHEAVE_RADIUS - 0.27), SHEAVE)
        space.add(Drum(center, 2, 0.42, 0.34), SHEAVE)
        for turn in np.arange(10) * np.pi / 5 + 0.17:
            tip = (CENTER_X + 2.25 * np.cos(turn), SHEAVE_Y + 2.25 * np.sin(turn), z)
            space.add(Beam(center, tip, 0.17, 0.17), SHEAVE)
    space.add(Drum((CENTER_X, SHEAVE_Y, CENTER_Z), 2, 0.16, 2.2), SHEAVE)


def _build_cart(space: Field) -> None:
    x, y, z = 1.6, 0.12, 8.6
    space.add(Box((x - 0.95, y + 0.32, z - 0.5), (x + 0.95, y + 1.22, z + 0.5)), CART)
    space.carve(Box((x - 0.8, y + 0.85, z - 0.36), (x + 0.8, y + 2, z + 0.36)), CART)
    space.add(Box((x - 1.1, y + 0.24, z - 0.3), (x + 1.1, y + 0.42, z + 0.3)), CART)
    for dx in (-0.55, 0.55):
        for dz in (-0.38, 0.38):
            space.add(Drum((x + dx, y + 0.2, z + dz), 2, 0.22, 0.09), CART)


def beams() -> tuple[Beam, ...]:
    """Return every bar of the headframe; bar k has the part number `BEAMS + k`."""
    return (*tower(), *rakers(), *railings(), *stairs(), *head())


def build_headframe(space: Field) -> None:
    """Fuse all bars, the sheaves, the deck with its opening, the roof, the plinths and a mine cart below."""
    for _, z in RAKE_Z:
        space.add(Box((RAKE_FOOT[0] - 1.3, -1, z - 1.1), (RAKE_FOOT[0] + 1.1, 1.05, z + 1.1)), CONCRETE)
    space.add(Box(DECK_LOW, DECK_HIGH), DECK)
    for z in SHEAVES_Z:
        space.carve(Box((-7.2, DECK_Y - 1, z - 0.35), (-1.6, DECK_Y + 1, z + 0.35)), DECK)
    space.add(Gable((-8.9, TOP - 0.25, -6.6), (0.0, TOP + 1.5, 0.0), TOP), CANOPY)
    space.carve(Gable((-8.8, TOP - 0.5, -6.4), (-0.1, TOP + 1.25, -0.2), TOP - 0.2), CANOPY)
    for number, beam in enumerate(beams()):
        space.add(beam, BEAMS + number)
    _build_sheaves(space)
    _build_cart(space)
