"""The coron: a short row of miners' houses under one roof."""

from __future__ import annotations

from collections.abc import Iterator

from assets.demonstration.field import Field
from assets.demonstration.parts import HOUSES, STONE, ZINC
from assets.demonstration.shapes import Arch, Beam, Box, Drum, Gable

COUNT, WIDTH = 5, 4.7
LEFT, FRONT, BACK = 6.4, 4.4, -2.8
RIGHT = LEFT + COUNT * WIDTH
EAVES, RIDGE = 5.35, 9.0
DEPTH = 0.2

# offset from the house's left wall, half width, sill, spring, crown
DOOR = (1.15, 0.5, 0.16, 2.25, 2.42)
WINDOW = (3.2, 0.58, 1.05, 2.35, 2.52)
UPPER = ((1.15, 0.48, 3.35, 4.5, 4.64), (3.2, 0.48, 3.35, 4.5, 4.64))


def _placed(house: int, opening: tuple[float, ...]) -> tuple[float, ...]:
    """Mirror every other house, so that doors come in pairs."""
    offset = opening[0] if house % 2 == 0 else WIDTH - opening[0]
    return (LEFT + house * WIDTH + offset, *opening[1:])


def openings() -> Iterator[tuple[Arch, str, int]]:
    """Yield every opening of the street and garden fronts with what fills it and its house."""
    for house in range(COUNT):
        for kind, opening in (("door", DOOR), ("window", WINDOW), ("upper", UPPER[0]), ("upper", UPPER[1])):
            x, half, sill, spring, crown = _placed(house, opening)
            yield Arch((x - half, sill, FRONT - DEPTH), (x + half, crown, FRONT + 1), spring), kind, house
            yield Arch((x - half, sill, BACK - 1), (x + half, crown, BACK + DEPTH), spring), kind, house
    for z in (0.8,):
        yield Arch((RIGHT - DEPTH, 3.4, z - 0.45), (RIGHT + 1, 4.7, z + 0.45), 4.55, 0), "upper", COUNT
        yield Arch((LEFT - 1, 3.4, z - 0.45), (LEFT + DEPTH, 4.7, z + 0.45), 4.55, 0), "upper", COUNT


def chimneys() -> Iterator[tuple[float, float]]:
    """Yield x and z of every stack: on the party walls."""
    for wall in range(COUNT + 1):
        x = min(max(LEFT + wall * WIDTH, LEFT + 0.4), RIGHT - 0.4)
        yield x, 0.8 + (0.35 if wall % 2 else -0.35)


def _build_chimneys(space: Field) -> None:
    for x, z in chimneys():
        space.add(Box((x - 0.32, RIDGE - 1.5, z - 0.55), (x + 0.32, 10.35, z + 0.55)), HOUSES)
        space.add(Box((x - 0.4, 9.95, z - 0.63), (x + 0.4, 10.15, z + 0.63)), HOUSES)
        for pot in (-0.3, 0.3):
            space.add(Drum((x, 10.55, z + pot), 1, 0.14, 0.32), HOUSES)


def _build_trim(space: Field) -> None:
    for z in (FRONT + 0.42, BACK - 0.42):
        space.add(Beam((LEFT - 0.2, EAVES - 0.22, z), (RIGHT + 0.2, EAVES - 0.22, z), 0.16, 0.15), ZINC)
    for wall in (1, 3, 5):
        x = min(LEFT + wall * WIDTH, RIGHT - 0.25)
        space.add(Beam((x, -0.5, FRONT + 0.09), (x, EAVES - 0.3, FRONT + 0.09), 0.15, 0.15), ZINC)
    for opening, kind, _ in openings():
        if opening.through == 2 and opening.high[2] > FRONT:
            high = opening.low[1]
            out = 0.34 if kind == "door" else 0.1
            low = -0.5 if kind == "door" else high - 0.13
            space.add(Box((opening.low[0] - 0.1, low, FRONT - 0.1), (opening.high[0] + 0.1, high, FRONT + out)), STONE)


def build_houses(space: Field) -> None:
    """Fuse walls, roof, cornice, chimneys and gutters; carve doors and windows."""
    space.add(Gable((LEFT, -1, BACK), (RIGHT, RIDGE, FRONT), EAVES), HOUSES)
    low, high = (LEFT - 0.14, EAVES - 0.2, BACK - 0.38), (RIGHT + 0.14, RIDGE + 0.16, FRONT + 0.38)
    space.add(Gable(low, high, EAVES - 0.2), HOUSES)
    space.add(Box((LEFT, EAVES - 0.45, FRONT), (RIGHT, EAVES, FRONT + 0.12)), HOUSES)
    space.add(Box((LEFT - 0.04, -1, BACK - 0.04), (RIGHT + 0.04, 0.5, FRONT + 0.05)), HOUSES)
    _build_chimneys(space)
    for opening, _, _ in openings():
        space.carve(opening, HOUSES)
    _build_trim(space)
