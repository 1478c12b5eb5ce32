"""Headframes: the lattice tower with its stays, and the portal of solid webs."""

from __future__ import annotations

import math
from collections.abc import Iterator

from carreau.air.massing.outlines import Point
from carreau.air.massing.pieces import Face, bar, box
from carreau.air.massing.reconstructed_shape import ShapeInput

SPOKES, RIM_SIDES, MOST_PANELS = 8, 20, 14


def lattice_headframe(own: ShapeInput) -> Iterator[Face]:
    """Yield a riveted lattice tower over the shaft, two raking stays to the east, a platform, wheels and a roof."""
    steel, height, wheel = own.material("steel", "steel-rust"), own.numbers["height"], own.numbers["wheel"]
    base, top = own.numbers["base"] / 2, own.numbers["top"] / 2
    deck = _deck_height(own)
    bar_m = max(0.25, 0.045 * own.numbers["base"])
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    panels = min(max(2, round(deck / (0.8 * own.numbers["base"]))), MOST_PANELS)

    def corner(side: tuple[int, int], level: float) -> Point:
        half = base + (top - base) * level
        return side[0] * half, side[1] * half, 0.6 + (deck - 0.6) * level

    for side in corners:
        yield from bar(steel, corner(side, 0), corner(side, 1), 1.4 * bar_m)
        x, y, _ = corner(side, 0)
        yield from box(own.material("plinth", "concrete"), (x - 0.8, y - 0.8, 0), (x + 0.8, y + 0.8, 0.7))
    for number in range(panels):
        low, high = number / panels, (number + 1) / panels
        for a, b in zip(corners, (*corners[1:], corners[0]), strict=True):
            yield from bar(steel, corner(a, high), corner(b, high), 0.8 * bar_m)
            yield from bar(steel, corner(a, low), corner(b, high), 0.6 * bar_m)
            yield from bar(steel, corner(b, low), corner(a, high), 0.6 * bar_m)
    yield from _stays(own, deck, bar_m)
    yield from _platform(own, deck, top)
    yield from _wheels(own, deck + 0.3 + wheel / 2)
    if own.choices["roof"] != "none":
        yield from _wheel_roof(own, deck, height, top)


def _deck_height(own: ShapeInput) -> float:
    """Return the height of the platform that the wheels stand on."""
    wheels = own.numbers["wheel"] * (2.1 if own.choices["wheels"] == "superposed" else 1.0)
    cover = 0.0 if own.choices.get("roof", "none") == "none" else 0.06 * own.numbers["height"] + 0.4
    return max(own.numbers["height"] - wheels - cover - 0.3, 0.4 * own.numbers["height"])


def _stays(own: ShapeInput, deck: float, bar_m: float) -> Iterator[Face]:
    """Yield the two raking legs that take the pull of the rope, joined by lattice."""
    steel, reach = own.material("steel", "steel-rust"), own.numbers["reach"]
    top, foot = own.numbers["top"] / 2, own.numbers["base"] / 2 * 1.3
    heads: list[Point] = [(0.6 * top, -top, deck), (0.6 * top, top, deck)]
    feet: list[Point] = [(reach, -foot, 0.6), (reach, foot, 0.6)]
    for head, end in zip(heads, feet, strict=True):
        yield from bar(steel, head, end, 1.5 * bar_m, 2.4 * bar_m)
        x, y, _ = end
        yield from box(own.material("plinth", "concrete"), (x - 1.2, y - 1.2, 0), (x + 1.2, y + 1.2, 0.8))
    steps = 5
    for number in range(1, steps):
        left, right = (_between(heads[at], feet[at], number / steps) for at in (0, 1))
        after_left, after_right = (_between(heads[at], feet[at], (number + 1) / steps) for at in (0, 1))
        yield from bar(steel, left, right, 0.8 * bar_m)
        if number < steps - 1:
            yield from bar(steel, left, after_right, 0.5 * bar_m)
            yield from bar(steel, right, after_left, 0.5 * bar_m)


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share


def _platform(own: ShapeInput, deck: float, half: float) -> Iterator[Face]:
    """Yield the platform with its railing."""
    steel = own.material("steel", "steel-rust")
    x, y = max(half, 0.55 * own.numbers["wheel"]) + 0.9, half + 0.9
    yield from box(own.material("deck", "steel-dark"), (-x, -y, deck - 0.3), (x, y, deck))
    ring = ((-x, -y), (x, -y), (x, y), (-x, y))
    for (a, b), (c, d) in zip(ring, (*ring[1:], ring[0]), strict=True):
        yield from bar(steel, (a, b, deck + 1.1), (c, d, deck + 1.1), 0.08)
        count = max(2, round(math.dist((a, b), (c, d)) / 1.5))
        for number in range(count):
            u, v = a + (c - a) * number / count, b + (d - b) * number / count
            yield from bar(steel, (u, v, deck), (u, v, deck + 1.1), 0.08)


def _wheels(own: ShapeInput, height: float) -> Iterator[Face]:
    """Yield the sheaves, turning about an axle from south to north; `height` is that of the lowest axle."""
    count, wheel = own.count("count"), own.numbers["wheel"]
    if own.choices["wheels"] == "superposed":
        rows = [(number // 2, number % 2) for number in range(count)] if count > 2 else [(0, at) for at in range(count)]
        sides, levels = max(row for row, _ in rows) + 1, [level for _, level in rows]
    else:
        rows, sides, levels = [(number, 0) for number in range(count)], count, [0] * count
    gap = min(1.2, 0.7 * own.numbers["top"] / max(sides, 1))
    for (row, _), level in zip(rows, levels, strict=True):
        y = (row - (sides - 1) / 2) * gap
        yield from _wheel(own, (0.0, y, height + level * 1.1 * wheel), wheel)


def _wheel(own: ShapeInput, axle: Point, diameter: float) -> Iterator[Face]:
    material, thick = own.material("wheel", "steel-dark"), 0.05 * diameter
    x, y, z = axle
    spots = [
        (math.cos(2 * math.pi * at / RIM_SIDES), math.sin(2 * math.pi * at / RIM_SIDES)) for at in range(RIM_SIDES)
    ]
    for (a, b), (c, d) in zip(spots, (*spots[1:], spots[0]), strict=True):
        r = diameter / 2 - thick / 2
        yield from bar(material, (x + r * a, y, z + r * b), (x + r * c, y, z + r * d), thick, 1.6 * thick)
    for at in range(SPOKES):
        angle = 2 * math.pi * at / SPOKES
        end = (x + (diameter / 2 - thick) * math.cos(angle), y, z + (diameter / 2 - thick) * math.sin(angle))
        yield from bar(material, axle, end, 0.5 * thick)
    yield from bar(material, (x, y - 4 * thick, z), (x, y + 4 * thick, z), 3 * thick)


def _wheel_roof(own: ShapeInput, deck: float, height: float, half: float) -> Iterator[Face]:
    """Yield the roof over the wheels on its posts."""
    roof, steel = own.material("roof", "sheet-steel"), own.material("steel", "steel-rust")
    x, y, eaves = max(half, 0.55 * own.numbers["wheel"]) + 0.7, half + 0.7, height - 0.06 * height - 0.2
    for u, v in ((-x, -y), (x, -y), (x, y), (-x, y)):
        yield from bar(steel, (u, v, deck), (u, v, eaves), 0.2)
    over = 0.5
    left, right = -x - over, x + over
    yield Face(roof, ((left, -y - over, eaves), (right, -y - over, eaves), (right, 0, height), (left, 0, height)))
    yield Face(roof, ((right, y + over, eaves), (left, y + over, eaves), (left, 0, height), (right, 0, height)))
    yield Face(roof, ((right, -y, eaves), (right, y, eaves), (right, 0, height)))
    yield Face(roof, ((left, y, eaves), (left, -y, eaves), (left, 0, height)))


def portal_headframe(own: ShapeInput) -> Iterator[Face]:
    """Yield a portal of box girders with solid webs: two pairs of raking legs, a head, platforms and wheels."""
    steel, span, width = own.material("steel", "steel-grey"), own.numbers["span"] / 2, own.numbers["width"] / 2
    deck = _deck_height(own)
    leg = max(0.8, 0.05 * own.numbers["height"])
    head = 0.28 * span
    for y in (-width, width):
        inner = 0.7 * y
        for x in (-span, span):
            yield from bar(steel, (x, y, 0.5), (math.copysign(head, x), inner, deck), leg, 1.3 * leg)
            yield from box(own.material("plinth", "concrete"), (x - leg, y - leg, 0), (x + leg, y + leg, 0.9))
        for share in (0.35, 0.7):
            x, v = span + (head - span) * share, y + (inner - y) * share
            yield from bar(steel, (-x, v, deck * share), (x, v, deck * share), 0.6 * leg, 0.9 * leg)
    for x in (-span, span):
        for share in (0.35, 0.7, 1.0):
            u, v = x + (math.copysign(head, x) - x) * share, width + (0.7 * width - width) * share
            yield from bar(steel, (u, -v, deck * share), (u, v, deck * share), 0.6 * leg, 0.8 * leg)
    top = head + 1.5
    yield from box(own.material("deck", "steel-dark"), (-top, -0.8 * width, deck - 0.6), (top, 0.8 * width, deck))
    yield from _wheels(own, deck + 0.3 + own.numbers["wheel"] / 2)
    wheels = own.numbers["wheel"] * (2.1 if own.choices["wheels"] == "superposed" else 1.0)
    for y in (-0.75 * width, 0.75 * width):  # the frames that carry the axles
        for x in (-0.3 * own.numbers["wheel"], 0.3 * own.numbers["wheel"]):
            yield from bar(steel, (x, y, deck), (0.0, y, deck + wheels), 0.4 * leg)
    ring = ((-top, -0.8 * width), (top, -0.8 * width), (top, 0.8 * width), (-top, 0.8 * width))
    for (a, b), (c, d) in zip(ring, (*ring[1:], ring[0]), strict=True):
        yield from bar(steel, (a, b, deck + 1.1), (c, d, deck + 1.1), 0.1)
