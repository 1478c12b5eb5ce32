"""Halls and chimneys of a colliery, and a church: large buildings of brick."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from carreau.air.massing.building_parts import Wall, gable_roof, hip_roof, rectangle_walls
from carreau.air.massing.outlines import Point
from carreau.air.massing.pieces import Face, bar, box, tube
from carreau.air.massing.reconstructed_shape import ShapeInput


def hall(own: ShapeInput) -> Iterator[Face]:
    """Yield a hall of bays between pilasters, with round-headed windows, a cornice, and a window in each gable."""
    length, width, eaves = (own.numbers[key] for key in ("length", "width", "height"))
    rise, bays = own.numbers["roof_height"], own.count("bays")
    wall, band, roof = (
        own.material("wall", "brick-red"),
        own.material("band", "brick-pale"),
        own.material("roof", "tile-red"),
    )
    x, y = length / 2, width / 2
    yield from box(wall, (-x, -y, 0), (x, y, eaves), top=roof if own.choices["roof"] == "flat" else "")
    if own.choices["roof"] == "gable":
        yield from gable_roof((-x, -y), (x, y), eaves, rise, roof, wall)
    elif own.choices["roof"] == "hip":
        yield from hip_roof((-x, -y), (x, y), eaves, rise, roof)
    elif own.choices["roof"] == "saw-tooth":
        yield from _saw_tooth(own, x, y)
    walls = rectangle_walls(length, width)
    for side in walls:
        is_long = side.length >= length - 1e-6
        count = bays if is_long else max(1, round(bays * width / length))
        yield from _bays(own, side, count)
        yield side.panel(band, (0, 0.93 * eaves), (side.length, eaves), 0.12)
        yield side.panel(own.material("base", "sandstone"), (0, 0), (side.length, min(0.8, 0.12 * eaves)), 0.1)
    if own.choices["roof"] == "gable":
        for side in (walls[1], walls[3]):
            size = 0.22 * min(width, 2 * rise)
            yield side.arched(band, width / 2, eaves + 0.12 * rise, (1.3 * size, 1.2 * size), 0.03)
            yield side.arched("window-dark", width / 2, eaves + 0.15 * rise, (size, 0.95 * size), 0.06)


def _bays(own: ShapeInput, side: Wall, count: int) -> Iterator[Face]:
    eaves, step = own.numbers["height"], side.length / count
    glass, band = own.material("glass", "window-dark"), own.material("band", "brick-pale")
    wide, sill, tall = 0.45 * step, 0.2 * eaves, 0.55 * eaves
    wide = min(wide, tall)
    half = min(0.35, 0.08 * step)
    for at in range(count + 1):
        middle = min(max(at * step, half), side.length - half)
        yield side.panel(own.material("wall", "brick-red"), (middle - half, 0), (middle + half, 0.93 * eaves), 0.14)
    for at in range(count):
        middle = (at + 0.5) * step
        if own.choices["windows"] == "none":
            continue
        if own.choices["windows"] == "flat":
            yield side.panel(
                band, (middle - 0.55 * wide, sill - 0.15), (middle + 0.55 * wide, sill + tall + 0.25), 0.03
            )
            yield side.panel(glass, (middle - wide / 2, sill), (middle + wide / 2, sill + tall), 0.06)
        else:
            yield side.arched(band, middle, sill - 0.1, (1.22 * wide, tall + 0.1 + 0.11 * wide), 0.03)
            yield side.arched(glass, middle, sill, (wide, tall), 0.06)
        for up in (0.35, 0.65):
            yield side.panel(
                own.material("frame", "steel-grey"),
                (middle - wide / 2, sill + up * tall), (middle + wide / 2, sill + up * tall + 0.08), 0.08,
            )  # fmt: skip


def _saw_tooth(own: ShapeInput, x: float, y: float) -> Iterator[Face]:
    """Yield a roof of teeth along x, each with glass to the west."""
    eaves, rise, count = own.numbers["height"], own.numbers["roof_height"], own.count("bays")
    roof, wall, step = own.material("roof", "tile-red"), own.material("wall", "brick-red"), 2 * x / count
    for at in range(count):
        west, east, top = -x + at * step, -x + (at + 1) * step, eaves + rise
        yield Face("window-dark", ((west, y, eaves), (west, -y, eaves), (west, -y, top), (west, y, top)))
        yield Face(roof, ((west, -y, top), (east, -y, eaves), (east, y, eaves), (west, y, top)))
        yield Face(wall, ((west, -y, eaves), (east, -y, eaves), (west, -y, top)))
        yield Face(wall, ((east, y, eaves), (west, y, eaves), (west, y, top)))


def brick_chimney(own: ShapeInput) -> Iterator[Face]:
    """Yield a tapering chimney on a square plinth, with bands and a crown."""
    height, low, high = own.numbers["height"], own.numbers["diameter"], own.numbers["top_diameter"]
    wall, band = own.material("wall", "brick-red"), own.material("band", "brick-pale")
    plinth, half = 0.12 * height, 0.62 * low
    yield from box(wall, (-half, -half, 0), (half, half, plinth))
    yield from box(band, (-1.06 * half, -1.06 * half, 0.9 * plinth), (1.06 * half, 1.06 * half, plinth))
    yield from tube(wall, (0, 0, plinth), height - plinth, low, high, 16)
    for share, wide in ((0.88, 1.12), (0.96, 1.3)):
        here = low + (high - low) * share
        yield from tube(band, (0, 0, plinth + (height - plinth) * share), 0.03 * height, here, wide * here, 16)


def church(own: ShapeInput) -> Iterator[Face]:
    """Yield a church: a nave with its apse to the east, aisles, and a tower before its western front or none."""
    length, width, eaves = (own.numbers[key] for key in ("length", "width", "height"))
    rise, bays = own.numbers["roof_height"], own.count("bays")
    wall, roof = own.material("wall", "brick-red"), own.material("roof", "slate")
    x, y = length / 2, width / 2
    yield from box(wall, (-x, -y, 0), (x, y, eaves))
    yield from gable_roof((-x, -y), (x, y), eaves, rise, roof, wall)
    aisle, low = own.numbers["aisle_width"], min(own.numbers["aisle_height"], 0.8 * eaves)
    for sign in (-1, 1):
        out = y
        if aisle > 0.5:
            out = y + aisle
            yield from _aisle(own, (x, y, out), sign, low)
        yield from _church_windows(own, sign, x, out, low if aisle > 0.5 else eaves)
    yield from _apse(own, x, y, eaves, rise)
    front = Wall((-x, y), (-x, -y))
    if own.choices["tower"] == "west":
        yield from _tower(own, -x - 0.5 * own.numbers["tower_width"] + 0.2)
    else:
        yield front.arched(own.material("band", "limestone"), y, 0.55 * eaves, (0.34 * width, 0.34 * width), 0.05)
        yield front.arched("window-dark", y, 0.57 * eaves, (0.26 * width, 0.28 * width), 0.1)
        yield front.arched(own.material("door", "door-brown"), y, 0, (0.22 * width, 0.42 * eaves), 0.08)
    for at in range(bays + 1):  # buttresses, as high as the outer walls
        place = -x + length * at / bays
        for sign in (-1, 1):
            out, tall = (y + aisle, low) if aisle > 0.5 else (y, eaves)
            south, north = sorted((sign * out, sign * (out + 0.5)))
            yield from box(wall, (place - 0.25, south, 0), (place + 0.25, north, 0.8 * tall), top=roof)


def _aisle(own: ShapeInput, plan: tuple[float, float, float], sign: int, low: float) -> Iterator[Face]:
    x, y, out = plan
    wall, roof = own.material("wall", "brick-red"), own.material("roof", "slate")
    south, north = sorted((sign * y, sign * out))
    yield from box(wall, (-x, south, 0), (x, north, low))
    high = min(low + 0.5 * (out - y), own.numbers["height"])
    edge, inner = sign * (out + 0.25), sign * y
    corners = ((-x, edge, low), (x, edge, low), (x, inner, high), (-x, inner, high))
    yield Face(roof, corners if sign < 0 else corners[::-1])
    for end in (-x, x):
        corners3 = ((end, sign * out, low), (end, inner, low), (end, inner, high))
        yield Face(wall, corners3 if (sign < 0) == (end < 0) else corners3[::-1])


def _church_windows(own: ShapeInput, sign: int, x: float, out: float, tall: float) -> Iterator[Face]:
    bays = own.count("bays")
    side = Wall((-x, -out), (x, -out)) if sign < 0 else Wall((x, out), (-x, out))
    step = side.length / bays
    wide = min(0.32 * step, 0.4 * tall)
    for at in range(bays):
        middle = (at + 0.5) * step
        yield side.arched(own.material("band", "limestone"), middle, 0.28 * tall, (1.3 * wide, 0.58 * tall), 0.03)
        yield side.arched("window-dark", middle, 0.31 * tall, (wide, 0.52 * tall), 0.06)


def _apse(own: ShapeInput, x: float, y: float, eaves: float, rise: float) -> Iterator[Face]:
    if own.choices["apse"] == "flat":
        return
    radius, tall, sides = 0.8 * y, 0.85 * eaves, 5
    angles = [-math.pi / 2 + math.pi * at / sides for at in range(sides + 1)]
    ring = [(x + radius * math.cos(each), radius * math.sin(each)) for each in angles]
    wall, roof = own.material("wall", "brick-red"), own.material("roof", "slate")
    for a, b in pairwise(ring):
        side = Wall(a, b)
        yield Face(wall, ((*a, 0), (*b, 0), (*b, tall), (*a, tall)))
        yield side.arched("window-dark", side.length / 2, 0.35 * tall, (0.4 * side.length, 0.45 * tall), 0.06)
        yield Face(roof, ((*a, tall), (*b, tall), (x, 0, tall + 0.8 * rise)))


def _tower(own: ShapeInput, at: float) -> Iterator[Face]:
    """Yield the western tower with its portal, bell openings and spire."""
    half, height, spire = own.numbers["tower_width"] / 2, own.numbers["tower_height"], own.numbers["spire_height"]
    wall, band = own.material("wall", "brick-red"), own.material("band", "limestone")
    yield from box(wall, (at - half, -half, 0), (at + half, half, height))
    ring = ((at - half, -half), (at + half, -half), (at + half, half), (at - half, half))
    for a, b in zip(ring, (*ring[1:], ring[0]), strict=True):
        side = Wall(a, b)
        for share in (0.4, 0.68, 0.97):
            yield side.panel(band, (0, share * height), (2 * half, share * height + 0.3), 0.08)
        for middle in (0.62 * half, 1.38 * half):
            yield side.arched("window-dark", middle, 0.74 * height, (0.4 * half, min(0.19 * height, 1.6 * half)), 0.06)
        if spire > 0:
            yield Face(
                own.material("spire", "slate"),
                ((*_out(a, at), height), (*_out(b, at), height), (at, 0, height + spire)),
            )
    west = Wall(ring[3], ring[0])
    yield west.arched(band, half, 0, (1.1 * half, min(0.3 * height, 2.6 * half)), 0.05)
    yield west.arched(own.material("door", "door-brown"), half, 0, (0.85 * half, min(0.26 * height, 2.2 * half)), 0.1)


def _out(corner: tuple[float, float], at: float) -> tuple[float, float]:
    return at + 1.06 * (corner[0] - at), 1.06 * corner[1]


def monument(own: ShapeInput) -> Iterator[Face]:
    """Yield a statue on a plinth with two steps, and as many figures as are told on the step before it."""
    height, half = own.numbers["height"], own.numbers["width"] / 2
    stone, bronze = own.material("plinth", "limestone"), own.material("figure", "bronze")
    for at, share in enumerate((1.0, 0.8)):
        yield from box(
            stone,
            (-share * half, -share * half, 0.05 * at * height),
            (share * half, share * half, 0.05 * (at + 1) * height),
        )
    top = 0.6 * height
    yield from box(stone, (-0.42 * half, -0.42 * half, 0.1 * height), (0.42 * half, 0.42 * half, 0.95 * top))
    yield from box(stone, (-0.52 * half, -0.52 * half, 0.95 * top), (0.52 * half, 0.52 * half, top))
    yield from _figure(bronze, (0, 0, top), height - top)
    count = own.count("count")
    for at in range(count):
        x = ((at + 0.5) / count - 0.5) * 1.1 * half
        yield from _figure(bronze, (x, -0.62 * half, 0.1 * height), min(0.26 * height, 1.9))


def _figure(material: str, foot: Point, height: float) -> Iterator[Face]:
    """Yield a standing person who looks to the south: legs, coat, chest, arms and head."""
    x, y, z = foot
    for side in (-1, 1):
        yield from tube(material, (x + 0.06 * side * height, y, z), 0.46 * height, 0.1 * height, 0.13 * height, 8)
        shoulder, elbow, hand = (
            (x + side * across * height, y - ahead * height, z + up * height)
            for across, ahead, up in ((0.15, 0.0, 0.79), (0.19, 0.01, 0.6), (0.12, 0.14, 0.52))
        )
        yield from bar(material, shoulder, elbow, 0.075 * height)
        yield from bar(material, elbow, hand, 0.065 * height)
    for low, high, below, above in (
        (0.32, 0.6, 0.31, 0.22), (0.6, 0.79, 0.22, 0.31), (0.79, 0.83, 0.31, 0.12), (0.83, 0.87, 0.09, 0.09),
        (0.86, 0.93, 0.1, 0.14), (0.93, 1.0, 0.14, 0.07),
    ):  # fmt: skip
        yield from tube(material, (x, y, z + low * height), (high - low) * height, below * height, above * height, 10)
