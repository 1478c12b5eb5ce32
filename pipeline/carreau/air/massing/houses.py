"""Rows of miners' houses, and larger houses and public buildings of a settlement."""

from __future__ import annotations

from collections.abc import Iterator

from carreau.air.massing.building_parts import (
    Wall,
    gable_roof,
    hip_roof,
    rectangle_walls,
    roof_stack,
    window,
)
from carreau.air.massing.pieces import Face, box
from carreau.air.massing.reconstructed_shape import ShapeInput


def house_row(own: ShapeInput) -> Iterator[Face]:
    """Yield a row of houses under one roof, their doors to the south; gardens and outbuildings lie behind."""
    count, width, depth = own.count("count"), own.numbers["house_width"], own.numbers["house_depth"]
    storeys, storey, rise = own.count("storeys"), own.numbers["storey_height"], own.numbers["roof_height"]
    wall, roof = own.material("wall", "brick-red"), own.material("roof", "tile-red")
    length, eaves = count * width, storeys * storey + own.numbers["attic"]
    x, y = length / 2, depth / 2
    yield from box(wall, (-x, -y, 0), (x, y, eaves))
    if own.choices["roof"] == "hip":
        yield from hip_roof((-x, -y), (x, y), eaves, rise, roof)
    else:
        yield from gable_roof((-x, -y), (x, y), eaves, rise, roof, wall)
    south, east, north, west = rectangle_walls(length, depth)
    for at in range(count):
        is_mirrored = own.choices["mirrored"] == "pairs" and at % 2 == 1
        yield from _front(own, south, at * width, is_mirrored)
        yield from _back(own, north, at * width, not is_mirrored)
    for at in range(0, count, 2):  # two houses share a stack on the wall between them
        middle = -x + min(at + 1, count - 1 if count % 2 and at == count - 1 else count) * width
        middle = min(max(middle, -x + 0.5 * min(width, 1.0)), x - 0.5 * min(width, 1.0))
        yield from roof_stack(middle, 0, eaves + 0.6 * rise, eaves + rise + 0.9, own.material("stack", "brick-dark"))
    if own.choices["decor"] in ("bands", "frames"):
        band = own.material("band", "brick-pale")
        for side in (south, east, north, west):
            for level in range(1, storeys + 1):
                top = min(level * storey + 0.1, eaves)
                yield side.panel(band, (0, top - 0.2), (side.length, top), 0.02)
    yield from _gardens(own, length, depth)


def _front(own: ShapeInput, wall: Wall, left: float, is_mirrored: bool) -> Iterator[Face]:
    """Yield door, windows and dormer of a house; `left` is where its front begins."""
    width, storey = own.numbers["house_width"], own.numbers["storey_height"]
    frame = own.material("frame", "white-paint")
    door, pane = (0.78, 0.3) if is_mirrored else (0.22, 0.7)
    sill, tall = 0.32 * storey, 0.48 * storey
    wide = min(1.1, 0.3 * width)
    band = own.material("band", "brick-pale")
    if own.choices["decor"] in ("frames", "arches"):
        edge = 0.14
        for middle, half, low, high in ((door, 0.5, 0.0, 0.76), (pane, wide / 2, 0.3, 0.8)):
            centre = left + middle * width
            yield wall.panel(
                band, (centre - half - edge, low * storey), (centre + half + edge, high * storey + 2 * edge), 0.02
            )
    centre = left + door * width
    half = min(0.48, 0.12 * width)
    yield wall.panel(own.material("door", "door-green"), (centre - half, 0), (centre + half, 0.76 * storey))
    yield from window(wall, left + pane * width, sill, (wide, tall), frame)
    for level in range(1, own.count("storeys")):
        for middle in (door, pane):
            yield from window(wall, left + middle * width, level * storey + sill, (0.9 * wide, 0.9 * tall), frame)
    attic = own.numbers["attic"]
    if attic > 0.6:
        foot = own.count("storeys") * storey
        yield from window(wall, left + 0.5 * width, foot + 0.25 * attic, (0.6 * wide, 0.5 * attic), frame)
    if own.choices["dormers"] == "each":
        yield from _dormer(own, wall, left + 0.5 * width)


def _dormer(own: ShapeInput, wall: Wall, middle: float) -> Iterator[Face]:
    """Yield a dormer in the line of the front, with a small gable."""
    eaves = own.count("storeys") * own.numbers["storey_height"] + own.numbers["attic"]
    rise, depth = own.numbers["roof_height"], own.numbers["house_depth"]
    half, tall = min(0.9, 0.2 * own.numbers["house_width"]), 0.4 * rise
    x, y = wall.place(middle, 0, 0.05)[:2]
    back = y + 0.5 * depth * (tall + 0.5 * half) / rise
    brick, roof = own.material("wall", "brick-red"), own.material("roof", "tile-red")
    yield from box(brick, (x - half, y, eaves - 0.05), (x + half, back, eaves + tall))
    ridge = eaves + tall + half
    yield Face(brick, ((x - half, y, eaves + tall), (x + half, y, eaves + tall), (x, y, ridge)))
    left, right, front = x - half - 0.15, x + half + 0.15, y - 0.2
    low = eaves + tall - 0.15
    yield Face(roof, ((left, front, low), (x, front, ridge), (x, back, ridge), (left, back, low)))
    yield Face(roof, ((x, front, ridge), (right, front, low), (right, back, low), (x, back, ridge)))
    front_wall = Wall((x - half, y), (x + half, y), eaves)
    yield from window(front_wall, half, 0.15 * tall, (half, 0.75 * tall), own.material("frame", "white-paint"))


def _back(own: ShapeInput, wall: Wall, left: float, is_mirrored: bool) -> Iterator[Face]:
    """Yield the windows and the lean-to behind a house; the northern wall runs from east to west."""
    width, storey = own.numbers["house_width"], own.numbers["storey_height"]
    frame = own.material("frame", "white-paint")
    pane = 0.3 if is_mirrored else 0.7
    for level in range(own.count("storeys")):
        yield from window(
            wall, left + pane * width, (level + 0.35) * storey, (min(1.0, 0.25 * width), 0.42 * storey), frame
        )
    if own.choices["outbuilding"] == "lean-to":
        middle = left + (1 - pane) * width
        half, deep = 0.18 * width, 0.35 * own.numbers["house_depth"]
        x, y = wall.place(middle, 0, 0)[:2]
        brick, roof = own.material("wall", "brick-red"), own.material("roof", "tile-red")
        low, high = 0.7 * storey, 0.95 * storey
        west, east, north = x - half, x + half, y + deep
        yield Face(brick, ((east, north, 0), (west, north, 0), (west, north, low), (east, north, low)))
        yield Face(brick, ((west, north, 0), (west, y, 0), (west, y, high), (west, north, low)))
        yield Face(brick, ((east, y, 0), (east, north, 0), (east, north, low), (east, y, high)))
        yield Face(roof, ((east, north, low), (west, north, low), (west, y, high), (east, y, high)))


def _gardens(own: ShapeInput, length: float, depth: float) -> Iterator[Face]:
    """Yield the gardens behind the row, each with its hedge or fence, and a strip before the doors."""
    garden = own.numbers["garden"]
    if garden <= 0:
        return
    count, width = own.count("count"), own.numbers["house_width"]
    x, y = length / 2, depth / 2
    for at in range(count):
        left, right = -x + at * width, -x + (at + 1) * width
        middle = y + 0.45 * garden
        for low, high, material in ((y, middle, "grass"), (middle, y + garden, own.material("bed", "soil"))):
            yield _flat(material, (left, low), (right, high), 0.04)
    yield _flat(own.material("yard", "gravel"), (-x, -y - 0.25 * garden), (x, -y), 0.04)
    if own.choices["fence"] == "none":
        return
    material = own.material("fence", "hedge" if own.choices["fence"] == "hedge" else "wood")
    thick, tall = (0.5, 1.2) if own.choices["fence"] == "hedge" else (0.06, 1.0)
    for at in range(count + 1):
        line = -x + at * width
        yield from box(material, (line - thick / 2, y + 0.4, 0), (line + thick / 2, y + garden, tall))
    yield from box(material, (-x, y + garden - thick, 0), (x, y + garden, tall))


def _flat(material: str, low: tuple[float, float], high: tuple[float, float], height: float) -> Face:
    (west, south), (east, north) = low, high
    return Face(material, ((west, south, height), (east, south, height), (east, north, height), (west, north, height)))


def pavilion(own: ShapeInput) -> Iterator[Face]:
    """Yield a free-standing building of one or more storeys: a school, a dispensary, a villa, a presbytery."""
    length, width, rise = own.numbers["length"], own.numbers["width"], own.numbers["roof_height"]
    storeys, storey, bays = own.count("storeys"), own.numbers["storey_height"], own.count("bays")
    wall, roof, band = (own.material(*each) for each in _PAVILION)
    x, y, eaves = length / 2, width / 2, storeys * storey
    base = min(0.5, 0.15 * storey)
    yield from box(own.material("base", "limestone"), (-x - 0.08, -y - 0.08, 0), (x + 0.08, y + 0.08, base))
    yield from box(wall, (-x, -y, base), (x, y, eaves), top=roof if own.choices["roof"] == "flat" else "")
    if own.choices["roof"] == "hip":
        yield from hip_roof((-x, -y), (x, y), eaves, rise, roof)
    elif own.choices["roof"] == "gable":
        yield from gable_roof((-x, -y), (x, y), eaves, rise, roof, wall)
    walls = rectangle_walls(length, width)
    for side in walls:
        is_long = side.length >= length - 1e-6
        own_bays = bays if is_long else max(1, round(bays * width / length))
        step = side.length / own_bays
        for level in range(storeys):
            for at in range(own_bays):
                if side is walls[0] and level == 0 and at == own_bays // 2:
                    continue  # the door
                size = (min(own.numbers["window_width"], 0.62 * step), 0.55 * storey)
                foot = level * storey + 0.28 * storey
                middle = (at + 0.5) * step
                if own.choices["decor"] != "plain":
                    yield side.panel(
                        band,
                        (middle - 0.62 * size[0], foot - 0.12),
                        (middle + 0.62 * size[0], foot + size[1] + 0.22),
                        0.02,
                    )
                yield from window(side, middle, foot, size, own.material("frame", "white-paint"))
        if own.choices["decor"] != "plain":
            for level in range(1, storeys + 1):
                yield side.panel(band, (0, level * storey - 0.3), (side.length, level * storey - 0.05), 0.02)
    step = length / bays
    door = (bays // 2 + 0.5) * step
    half = min(0.8, 0.35 * step)
    yield walls[0].panel(band, (door - half - 0.15, 0), (door + half + 0.15, 0.82 * storey), 0.03)
    yield walls[0].panel(own.material("door", "door-brown"), (door - half, 0.1), (door + half, 0.76 * storey), 0.06)
    if own.choices["roof"] != "flat":
        for share in (-0.3, 0.3):
            yield from roof_stack(share * length, 0.1 * width, eaves + 0.4 * rise, eaves + rise + 0.8, wall, 0.9)


_PAVILION = (("wall", "brick-red"), ("roof", "tile-red"), ("band", "brick-pale"))
