"""The house of the winding engine and its chimney: gone today, standing in the earlier state."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assets.demonstration import bricks, joinery, masonry, roofs
from assets.demonstration.colors import mixed, ramp
from assets.demonstration.field import Field
from assets.demonstration.headframe import CENTER_Z
from assets.demonstration.parts import ENGINE
from assets.demonstration.shapes import Arch, Box, Gable
from carreau.base.model import FloatArray

LEFT, RIGHT, BACK, FRONT = -34.5, -23.5, CENTER_Z - 4.6, CENTER_Z + 4.6
EAVES, RIDGE = 7.4, 10.6
RECESS = 0.28
CHIMNEY_X, CHIMNEY_Z, CHIMNEY_TOP = -29.5, -11.2, 29.0
CHIMNEY_RADII = (1.55, 0.95)
BASE = (2.1, 3.2)
"""Half an edge of the chimney's square base, and its height."""

SLOT = Arch((RIGHT - 2.4, 2.4, CENTER_Z - 1.7), (RIGHT + 1, 6.4, CENTER_Z + 1.7), 5.6, 0)
"""Where the ropes leave."""


def openings() -> Iterator[tuple[Arch, str]]:
    """Yield every opening with what fills it."""
    for x in (-33.0, -29.0, -25.0):
        for low, high in ((FRONT - RECESS, FRONT + 1), (BACK - 1, BACK + RECESS)):
            yield Arch((x - 0.85, 1.5, low), (x + 0.85, 5.9, high), 5.1), "window"
    for z in (CENTER_Z - 2.6, CENTER_Z + 2.6):
        yield Arch((LEFT - 1, 1.5, z - 0.85), (LEFT + RECESS, 5.9, z + 0.85), 5.1, 0), "window"
    yield Arch((LEFT - 1, 0.1, CENTER_Z - 1.1), (LEFT + RECESS, 4.0, CENTER_Z + 1.1), 3.0, 0), "gate"


def build_engine_house(space: Field) -> None:
    """Fuse walls, roof, cornice, pilasters and the chimney's base; carve the openings and the ropes' slot."""
    space.add(Gable((LEFT, -1, BACK), (RIGHT, RIDGE, FRONT), EAVES), ENGINE)
    low, high = (LEFT - 0.3, EAVES - 0.2, BACK - 0.4), (RIGHT + 0.3, RIDGE + 0.22, FRONT + 0.4)
    space.add(Gable(low, high, EAVES - 0.2), ENGINE)
    space.add(Box((LEFT - 0.08, -1, BACK - 0.08), (RIGHT + 0.08, 0.8, FRONT + 0.08)), ENGINE)
    for x in (LEFT + 0.35, -31.0, -27.0, RIGHT - 0.35):
        for face, out in ((FRONT, 0.2), (BACK, -0.2)):
            space.add(Box((x - 0.4, -1, min(face, face + out)), (x + 0.4, EAVES, max(face, face + out))), ENGINE)
    for opening, _ in openings():
        space.carve(opening, ENGINE)
    space.carve(SLOT, ENGINE)
    half, height = BASE
    low, high = (CHIMNEY_X - half, -1, CHIMNEY_Z - half), (CHIMNEY_X + half, height, CHIMNEY_Z + half)
    space.add(Box(low, high), ENGINE)


def colors(places: FloatArray, normals: FloatArray) -> FloatArray:
    """Return (k, 3): brickwork with light bands, iron windows, a slate roof, and the chimney."""
    y, z = places[:, 1], places[:, 2]
    along = np.where(np.abs(normals[:, 0]) > np.abs(normals[:, 2]), z, places[:, 0])
    turn = np.arctan2(z - CHIMNEY_Z, places[:, 0] - CHIMNEY_X) * CHIMNEY_RADII[0]
    is_chimney = z < BACK - 0.6
    light = np.where(
        is_chimney,
        bricks.bands(y, (CHIMNEY_TOP - 0.6, CHIMNEY_TOP - 1.6), 4),
        bricks.bands(y, (1.4, 3.4, 6.4, 7.0), 2),
    ).astype(np.float32)
    for opening, _ in openings():
        masonry.ornament(light, places, opening, 0.3)
    soot = 0.12 + 0.6 * ramp(y, CHIMNEY_TOP - 6, CHIMNEY_TOP) * is_chimney + 0.25 * ramp(y, 6.0, 7.4) * ~is_chimney
    found = bricks.wall(places, np.where(is_chimney & (y > BASE[1]), turn, along), light, soot, 221)
    for number, (opening, kind) in enumerate(openings()):
        near, x, inside = masonry.around(opening, places, 0.0)
        fill = (
            joinery.timber_gate(x, places[near, 1], inside)
            if kind == "gate"
            else joinery.iron_window(x, places[near, 1], inside, 231 + number)
        )
        found[near] = mixed(found[near], fill, (inside > 0.015) * masonry.depth(opening, places[near]))
    is_dark = (SLOT.distance(*places.T) < 0.12) & (places[:, 0] < RIGHT - 0.05)
    found[is_dark] = joinery.GLASS * 0.3
    roof = ~is_chimney & (normals[:, 1] > 0.35) & (y > EAVES - 0.3)
    spot = places[roof]
    found[roof] = roofs.slates(spot, spot[:, 0], np.abs(spot[:, 2] - CENTER_Z) * 1.2)
    return found
