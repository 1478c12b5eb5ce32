"""The brick building that the headframe stands on."""

from __future__ import annotations

from collections.abc import Iterator

from assets.demonstration.field import Field
from assets.demonstration.parts import CONCRETE, HALL, STONE
from assets.demonstration.shapes import Arch, Box, Drum, Gable

LEFT, RIGHT, BACK, FRONT = -11.5, 3.0, -8.6, 1.6
EAVES, RIDGE = 6.9, 9.9
TOWER_LEFT, TOWER_RIGHT, TOWER_FRONT, TOWER_BACK = -8.2, -0.6, 2.1, -8.9
PARAPET, FLAT = 11.2, 10.3
PILASTER, RECESS = 0.2, 0.28
MIDDLE = (TOWER_LEFT + TOWER_RIGHT) / 2

# x of the middle, half width, sill, spring and crown of the openings in both long walls
WINDOWS = ((-9.85, 0.75, 1.7, 4.6, 5.35), (1.2, 0.75, 1.7, 4.6, 5.35))
TOWER_WINDOWS = ((-7.05, 0.55, 2.0, 4.6, 5.1), (-1.75, 0.55, 2.0, 4.6, 5.1))
GATE = (MIDDLE, 1.5, 0.0, 3.1, 4.2)
OCULUS = (MIDDLE, 7.6, 0.95)
END_WINDOWS = ((-5.9, 0.7, 1.7, 4.6, 5.3), (-3.5, 0.7, 1.7, 4.9, 5.6), (-1.1, 0.7, 1.7, 4.6, 5.3))


def openings() -> Iterator[tuple[Arch, str]]:
    """Yield every window and gate with what fills it."""
    for x, half, sill, spring, crown in WINDOWS:
        yield Arch((x - half, sill, FRONT - RECESS), (x + half, crown, FRONT + 1), spring), "window"
        yield Arch((x - half, sill, BACK - 1), (x + half, crown, BACK + RECESS), spring), "window"
    for x, half, sill, spring, crown in TOWER_WINDOWS:
        yield Arch((x - half, sill, TOWER_FRONT - RECESS), (x + half, crown, TOWER_FRONT + 1), spring), "window"
    x, half, sill, spring, crown = GATE
    yield Arch((x - half, sill, TOWER_FRONT - 0.45), (x + half, crown, TOWER_FRONT + 1), spring), "gate"
    for z, half, sill, spring, crown in END_WINDOWS:
        yield Arch((RIGHT - RECESS, sill, z - half), (RIGHT + 1, crown, z + half), spring, 0), "window"
        yield Arch((LEFT - 1, sill, z - half), (LEFT + RECESS, crown, z + half), spring, 0), "window"


def pilasters() -> Iterator[Box]:
    """Yield the brick strips that stiffen the walls."""
    for x in (LEFT + 0.3, -8.4, -0.4, RIGHT - 0.3):
        for face, out in ((FRONT, PILASTER), (BACK, -PILASTER)):
            yield Box((x - 0.35, -1, min(face, face + out)), (x + 0.35, EAVES, max(face, face + out)))
    for x in (TOWER_LEFT + 0.3, -6.1, -2.7, TOWER_RIGHT - 0.3):
        yield Box((x - 0.35, -1, TOWER_FRONT), (x + 0.35, 9.4, TOWER_FRONT + PILASTER))
    for z in (BACK + 0.3, -4.7, -2.3, FRONT - 0.3):
        yield Box((RIGHT, -1, z - 0.35), (RIGHT + PILASTER, EAVES - 0.2, z + 0.35))
        yield Box((LEFT - PILASTER, -1, z - 0.35), (LEFT, EAVES - 0.2, z + 0.35))


def _build_body(space: Field) -> None:
    space.add(Gable((LEFT, -1, BACK), (RIGHT, RIDGE, FRONT), EAVES), HALL)
    space.add(Gable((LEFT - 0.3, EAVES - 0.18, BACK - 0.35), (RIGHT + 0.3, RIDGE + 0.2, FRONT + 0.35), EAVES), HALL)
    for z in (FRONT + 0.14, BACK - 0.14):
        space.add(Box((LEFT, EAVES - 0.62, z - 0.15), (RIGHT, EAVES - 0.1, z + 0.15)), HALL)
    space.add(Box((LEFT - 0.06, -1, BACK - 0.06), (RIGHT + 0.06, 0.75, FRONT + 0.06)), HALL)


def _build_tower(space: Field) -> None:
    space.add(Box((TOWER_LEFT, -1, TOWER_BACK), (TOWER_RIGHT, PARAPET, TOWER_FRONT)), HALL)
    space.add(Box((TOWER_LEFT - 0.06, -1, TOWER_BACK), (TOWER_RIGHT + 0.06, 0.75, TOWER_FRONT + 0.06)), HALL)
    low, high = (TOWER_LEFT - 0.2, 9.4, TOWER_BACK - 0.2), (TOWER_RIGHT + 0.2, 9.75, TOWER_FRONT + 0.2)
    space.add(Box(low, high), HALL)
    low = (TOWER_LEFT - 0.16, PARAPET, TOWER_BACK - 0.16)
    high = (TOWER_RIGHT + 0.16, PARAPET + 0.22, TOWER_FRONT + 0.16)
    space.add(Box(low, high), STONE)
    inner = (TOWER_LEFT + 0.5, FLAT, TOWER_BACK + 0.5), (TOWER_RIGHT - 0.5, PARAPET + 1, TOWER_FRONT - 0.5)
    space.carve(Box(*inner), CONCRETE)


def build_hall(space: Field) -> None:
    """Fuse the hall, its central block, pilasters, sills and the plinths of the raking legs; carve the openings."""
    _build_body(space)
    _build_tower(space)
    for pilaster in pilasters():
        space.add(pilaster, HALL)
    for opening, _ in openings():
        space.carve(opening, HALL)
        if opening.through == 2 and opening.low[1] > 0 and opening.high[2] > 0:
            face = opening.high[2] - 1
            sill = Box(
                (opening.low[0] - 0.12, opening.low[1] - 0.2, face - 0.1),
                (opening.high[0] + 0.12, opening.low[1], face + 0.12),
            )
            space.add(sill, STONE)
    x, y, radius = OCULUS
    space.carve(Drum((x, y, TOWER_FRONT), 2, radius, RECESS), HALL)
    space.add(Box((MIDDLE - 2.2, -1, TOWER_FRONT), (MIDDLE + 2.2, 0.1, TOWER_FRONT + 0.9)), STONE)
