"""What stood in the yard in the earlier state, as solids with a name each: the same headframe, whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assets.demonstration.engine_house import CHIMNEY_RADII, CHIMNEY_TOP, CHIMNEY_X, CHIMNEY_Z
from assets.demonstration.headframe import (
    CENTER_X,
    CENTER_Z,
    DECK_HIGH,
    DECK_LOW,
    SHEAVE_RADIUS,
    SHEAVE_Y,
    SHEAVES_Z,
    TOP,
    beams,
)
from assets.demonstration.parts import CAGE, CANOPY, CART, ENGINE, ROPE, STEEL, WHEEL
from assets.demonstration.shapes import Beam, Box, Drum
from assets.demonstration.solids import bar, box, joined, quads, revolved, ring
from assets.demonstration.surface import Surface

ROPE_M = 0.09
"""Thicker than any rope, to be seen at all from the ground."""

WHEEL_BOTTOM_Y = SHEAVE_Y - SHEAVE_RADIUS
CAGE_SIZE = (1.2, 2.5, 1.2)
ENGINE_Y = 3.2
"""Height at which the ropes reach the drum, inside the engine house."""


def steelwork() -> Surface:
    """Return every bar of the headframe."""
    return joined(bar(beam, STEEL) for beam in beams())


def deck() -> Surface:
    """Return the deck below the sheaves, its two slots left open."""
    (x0, y0, z0), (x1, y1, z1) = DECK_LOW, DECK_HIGH
    edges = [z0, *(z + side for z in SHEAVES_Z for side in (-0.35, 0.35)), z1]
    strips = [((-7.2, low), (-1.6, high)) for low, high in zip(edges[::2], edges[1::2], strict=True)]
    strips += [((x0, z0), (-7.2, z1)), ((-1.6, z0), (x1, z1))]
    return joined(box(Box((a, y0, b), (c, y1, d)), STEEL) for (a, b), (c, d) in strips)


def canopy() -> Surface:
    """Return the roof over the sheaves: two slopes of corrugated iron, seen from both sides, and two gables."""
    x0, x1, z0, z1, ridge = -8.9, 0.0, -6.6, 0.0, TOP + 1.5
    middle = (z0 + z1) / 2
    corners, normals = [], []
    for z in (z0, z1):
        for lift in (0.0, -0.1):
            slope = [(x0, TOP + lift, z), (x1, TOP + lift, z), (x1, ridge + lift, middle), (x0, ridge + lift, middle)]
            way = np.array([0, abs(middle - z), np.sign(z - middle) * 1.5]) * (1 if lift == 0 else -1)
            corners.append(slope)
            normals.append(way / np.linalg.norm(way))
    for x in (x0, x1):
        for side in (-1.0, 1.0):
            corners.append([(x, TOP, z0), (x, TOP, z1), (x, ridge, middle), (x, ridge, middle)])
            normals.append(np.array([side, 0, 0]))
    found, ways = np.array(corners, float), np.array(normals)
    facing = np.cross(found[:, 2] - found[:, 0], found[:, 3] - found[:, 1])
    wrong = np.sum(facing * ways, axis=1) < 0
    found[wrong] = found[wrong][:, [1, 0, 3, 2]]
    return quads(found, ways, CANOPY)


def wheel(z: float) -> Surface:
    """Return a sheave with its hub and spokes; it turns about (CENTER_X, SHEAVE_Y, z)."""
    center = (CENTER_X, SHEAVE_Y, z)
    spokes = [
        bar(Beam(center, (CENTER_X + 2.25 * np.cos(turn), SHEAVE_Y + 2.25 * np.sin(turn), z), 0.17, 0.17), WHEEL)
        for turn in np.arange(10) * np.pi / 5 + 0.17
    ]
    rim = [
        ring(Drum(center, 2, SHEAVE_RADIUS, 0.07, SHEAVE_RADIUS - 0.27), WHEEL),
        *(
            ring(Drum((CENTER_X, SHEAVE_Y, z + side), 2, SHEAVE_RADIUS + 0.06, 0.04, SHEAVE_RADIUS - 0.2), WHEEL)
            for side in (-0.11, 0.11)
        ),
    ]
    return joined([*rim, ring(Drum(center, 2, 0.42, 0.34), WHEEL), *spokes])


def axle() -> Surface:
    """Return what both sheaves turn on."""
    return ring(Drum((CENTER_X, SHEAVE_Y, CENTER_Z), 2, 0.16, 2.2), WHEEL)


def cage(z: float, floor_y: float) -> Surface:
    """Return a cage of two decks, open at both ends."""
    width, height, depth = CAGE_SIZE
    x0, x1, z0, z1 = CENTER_X - width / 2, CENTER_X + width / 2, z - depth / 2, z + depth / 2
    floors = [Box((x0, floor_y + rise, z0), (x1, floor_y + rise + 0.08, z1)) for rise in (0, height / 2, height)]
    sides = [
        Box((x0, floor_y + rise, low), (x1, floor_y + rise + 0.75, low + 0.05))
        for rise in (0, height / 2)
        for low in (z0, z1 - 0.05)
    ]
    posts = [
        Box((x - 0.05, floor_y, side - 0.05), (x + 0.05, floor_y + height, side + 0.05))
        for x in (x0, x1)
        for side in (z0, z1)
    ]
    hanger = Beam((x0, floor_y + height + 0.05, z), (x1, floor_y + height + 0.05, z), 0.16, 0.2)
    return joined([*(box(each, CAGE) for each in (*floors, *sides, *posts)), bar(hanger, CAGE)])


def hanging_rope(z: float) -> Surface:
    """Return a metre of rope that ends at the lowest point of a sheave; it is stretched to reach its cage."""
    return bar(Beam((CENTER_X, WHEEL_BOTTOM_Y - 1, z), (CENTER_X, WHEEL_BOTTOM_Y, z), ROPE_M, ROPE_M), ROPE)


def engine_ropes() -> Surface:
    """Return the ropes from the sheaves to the drum of the winding engine, as a scan would find their last scraps."""
    way = np.array([-12.0, -20.0]) / np.hypot(12, 20)
    touch = np.array([CENTER_X, SHEAVE_Y]) + SHEAVE_RADIUS * np.array([way[1], -way[0]])
    end = touch + way * (touch[1] - ENGINE_Y) / -way[1]
    ropes = [
        Beam((float(touch[0]), float(touch[1]), z), (float(end[0]), float(end[1]), z), ROPE_M, ROPE_M)
        for z in SHEAVES_Z
    ]
    return joined(bar(rope, ROPE) for rope in ropes)


def chimney() -> Surface:
    """Return the round stack on its square base, with its crown."""
    low, high = CHIMNEY_RADII
    heights = np.linspace(2.6, CHIMNEY_TOP - 1.2, 7)
    shaft = [(low + (high - low) * (y - 2.6) / (CHIMNEY_TOP - 3.8), y) for y in heights]
    crown = [
        (high + 0.3, CHIMNEY_TOP - 0.9),
        (high + 0.3, CHIMNEY_TOP),
        (high - 0.3, CHIMNEY_TOP),
        (0.0, CHIMNEY_TOP - 1),
    ]
    center = np.array([CHIMNEY_X, 0.0, CHIMNEY_Z])
    return revolved(np.array([*shaft, *crown]), center, 1, ENGINE, segments=16)


def cart() -> Surface:
    """Return the mine cart where the scan has it."""
    x, y, z = 1.6, 0.12, 8.6
    low, high = (x - 0.95, y + 0.32, z - 0.5), (x + 0.95, y + 1.22, z + 0.5)
    parts = list(_shell(low, high))
    parts.append(Box((x - 1.1, y + 0.24, z - 0.3), (x + 1.1, y + 0.36, z + 0.3)))
    wheels = [Drum((x + dx, y + 0.2, z + dz), 2, 0.22, 0.09) for dx in (-0.55, 0.55) for dz in (-0.38, 0.38)]
    return joined([*(box(each, CART) for each in parts), *(ring(each, CART) for each in wheels)])


def _shell(low: tuple[float, float, float], high: tuple[float, float, float]) -> Iterator[Box]:
    (x0, y0, z0), (x1, y1, z1), thick = low, high, 0.12
    yield Box(low, (x1, y0 + thick, z1))
    yield Box((x0, y0, z0), (x1, y1, z0 + thick))
    yield Box((x0, y0, z1 - thick), (x1, y1, z1))
    yield Box((x0, y0, z0), (x0 + thick, y1, z1))
    yield Box((x1 - thick, y0, z0), (x1, y1, z1))
