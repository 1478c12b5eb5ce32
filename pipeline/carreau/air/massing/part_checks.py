"""What of a part's measures does not go together: roofs too steep, openings that do not fit, walls too thick."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

from carreau.air.massing.massing_file import (
    NEAR_M,
    STEEPEST,
    MassingPart,
    OpeningRow,
    Point,
    do_cross,
    is_inside,
    outline_mistake,
)
from carreau.air.massing.reconstructed_shape import reconstructed_mistakes
from carreau.base.messages import Message, Number, message
from carreau.formats.location.text_files import Table

Pick = Callable[[str], float]


def check_part(part: MassingPart, table: Table) -> None:
    """Raise FormatError for measures that do not go together, at their least or at their most."""
    if part.has_materials:
        for key, cause, cure in reconstructed_mistakes(part):
            raise table.key(key).error(cause, cure)
        return
    for is_most in (False, True):
        values = {key: each.high if is_most else each.low for key, each in part.measures.items()}
        if min((value for key, value in values.items() if key in ("length", "width", "diameter")), default=1.0) > 0:
            for key, cause, cure in _mistakes(part.shape, values.__getitem__):
                raise table.key(key).error(cause, cure)
    for key, cause, cure in (*_of_openings(part), *_of_enclosure(part), *_of_stages(part)):
        raise table.key(key).error(cause, cure)


def _mistakes(shape: str, measure: Pick) -> Iterator[tuple[str, Message, Message]]:
    if shape in ("gable-roof", "hip-roof") and measure("height") > STEEPEST * measure("width"):
        yield (
            "height",
            message(
                "the roof rises %(height)s m over a width of %(width)s m",
                height=_m(measure("height")),
                width=_m(measure("width")),
            ),
            message(
                "write its height from the eaves to the ridge, at most %(share)s times its width",
                share=Number(STEEPEST, "g"),
            ),
        )
    for small, large in _ORDERED.get(shape, ()):
        if measure(small) > measure(large):
            yield (
                small,
                message(
                    "%(small)s is more than %(large)s, which is %(most)s m",
                    small=small,
                    large=large,
                    most=_m(measure(large)),
                ),
                message("correct one of them"),
            )
    if shape == "arcade":
        bay, width = measure("length") / measure("bays"), measure("opening_width")
        if width > bay - NEAR_M:
            cause = message(
                "an opening of %(width)s m does not fit in a bay of %(bay)s m", width=_m(width), bay=_m(bay)
            )
            yield "opening_width", cause, message("correct opening_width, length or bays")
        if measure("opening_height") > measure("height") - NEAR_M:
            cause = message(
                "an opening of %(height)s m does not fit in a wall of %(wall)s m",
                height=_m(measure("opening_height")),
                wall=_m(measure("height")),
            )
            yield "opening_height", cause, message("correct opening_height or height")
        if measure("opening_height") < width / 2:
            yield "opening_height", _low_arch(), message('write a height of at least half the width, or head = "flat"')
    if shape == "headframe" and measure("wheel") + measure("bar") > measure("height") - NEAR_M:
        cause = message("wheels of %(wheel)s m leave no height for the legs", wheel=_m(measure("wheel")))
        yield "wheel", cause, message("correct wheel or height")


_ORDERED = {
    "hip-roof": (("ridge", "length"),),
    "chimney": (("top_diameter", "diameter"),),
    "buttress": (("top_thickness", "thickness"),),
    "headframe": (("top_length", "length"), ("top_width", "width"), ("bar", "top_length"), ("bar", "top_width")),
}
"""By shape: measures of which the first is at most the second."""


def _low_arch() -> Message:
    return message("the half circle of an opening is higher than the opening")


def _m(value: float) -> Number:
    return Number(value, ",.6g")


def _of_openings(part: MassingPart) -> Iterator[tuple[str, Message, Message]]:
    """Yield what is wrong with the openings of a block, which must fit at its least measures."""
    if not part.openings:
        return
    ring = part.footprint or _rectangle(part)
    height = part.measures["height"].low
    niches: list[tuple[int, float, float, float, float, tuple[Point, ...]]] = []
    for row in part.openings:
        start, end = ring[row.wall], ring[(row.wall + 1) % len(ring)]
        length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
        last = row.start + (row.count - 1) * row.step + row.width
        what = {"wall": row.wall + 1}
        if row.start < NEAR_M or last > length - NEAR_M or row.sill + row.height > height - NEAR_M:
            cause = message(
                "openings in wall %(wall)s, which is %(length)s m long and %(height)s m high, reach its edge or beyond",
                length=_m(length), height=_m(height), **what,
            )  # fmt: skip
            yield "openings", cause, message("leave some of the wall on both sides and above")
        if row.count > 1 and row.step < row.width + NEAR_M:
            cause = message("openings in wall %(wall)s are closer to each other than they are wide", **what)
            yield "openings", cause, message("write step = with the distance from one to the next, start to start")
        if row.is_round and row.height < row.width / 2:
            yield "openings", _low_arch(), message('write a height of at least half the width, or head = "flat"')
        niches += [_niche(row, at, start, end, length) for at in range(row.count)]
    for number, (wall, left, right, low, high, corners) in enumerate(niches):
        if not all(is_inside(ring, corner) for corner in corners[1:3]) or _leaves(ring, wall, corners):
            cause = message("an opening in wall %(wall)s goes through another wall", wall=wall + 1)
            yield "openings", cause, message("write a smaller depth =, in metres")
        for other, other_left, other_right, other_low, other_high, others in niches[:number]:
            is_apart = left > other_right or right < other_left or low > other_high or high < other_low
            if wall == other and not is_apart:
                cause = message("two openings in wall %(wall)s overlap", wall=wall + 1)
                yield "openings", cause, message("correct start, sill or step of one of them")
            if wall != other and _meet(corners, others):
                cause = message(
                    "openings in walls %(first)s and %(second)s meet inside", first=other + 1, second=wall + 1
                )
                yield "openings", cause, message("write a smaller depth =, in metres")


def _rectangle(part: MassingPart) -> tuple[Point, ...]:
    x, y = part.measures["length"].low / 2, part.measures["width"].low / 2
    return ((-x, -y), (x, -y), (x, y), (-x, y))


def _niche(
    row: OpeningRow, at: int, start: Point, end: Point, length: float
) -> tuple[int, float, float, float, float, tuple[Point, ...]]:
    """Return the wall of an opening, its left and right, low and high, and its corners in plan from outside in."""
    left = row.start + at * row.step
    right, (dx, dy) = left + row.width, ((end[0] - start[0]) / length, (end[1] - start[1]) / length)

    def place(along: float, into: float) -> Point:
        return start[0] + along * dx - into * dy, start[1] + along * dy + into * dx

    corners = (place(left, 0), place(left, row.depth), place(right, row.depth), place(right, 0))
    return row.wall, left, right, row.sill, row.sill + row.height, corners


def _leaves(ring: tuple[Point, ...], wall: int, corners: tuple[Point, ...]) -> bool:
    """Return whether the sides of a niche meet another wall than its own."""
    others = [(ring[at], ring[(at + 1) % len(ring)]) for at in range(len(ring)) if at != wall]
    sides = list(pairwise(corners))
    return any(do_cross(*side, *other) for side in sides for other in others)


def _meet(corners: tuple[Point, ...], others: tuple[Point, ...]) -> bool:
    sides = [list(pairwise(each)) for each in (corners, others)]
    return any(do_cross(*side, *other) for side in sides[0] for other in sides[1]) or is_inside(others, corners[1])


def _of_stages(part: MassingPart) -> Iterator[tuple[str, Message, Message]]:
    """Yield that a stage of a tower juts out, where there are ranges: what they leave open has no overhang."""
    if not part.ranges:
        return
    for number, (below, above) in enumerate(pairwise(part.stages), 2):
        sides, sides_above = (int(stage["sides"].low) for stage in (below, above))
        for end in ("low", "high"):
            width, width_above = (float(getattr(stage["width"], end)) for stage in (below, above))
            corner = width_above if sides_above % sides == 0 else width_above / math.cos(math.pi / sides_above)
            if corner > width:
                cause = message(
                    "stage %(number)s is wider than the one below it, and the tower has a range", number=number
                )
                yield "stages", cause, message("write single numbers, or no wider stage above")


def _of_enclosure(part: MassingPart) -> Iterator[tuple[str, Message, Message]]:
    """Yield that a wall is too thick for its enclosure: the inner side of each edge must keep its direction."""
    if part.shape != "enclosure":
        return
    thickness, ring = part.measures["thickness"].high, part.footprint
    inner = _inner(ring, thickness)
    for at in range(len(ring)):
        (ax, ay), (bx, by) = ring[at], ring[(at + 1) % len(ring)]
        (cx, cy), (dx, dy) = inner[at], inner[(at + 1) % len(ring)]
        if (bx - ax) * (dx - cx) + (by - ay) * (dy - cy) <= 0:
            cause = message(
                "a wall of %(thickness)s m leaves nothing inside along side %(side)s",
                thickness=_m(thickness),
                side=at + 1,
            )
            yield "thickness", cause, message("correct thickness or footprint")
    if outline_mistake(tuple(inner)) is not None:
        cause = message("walls of %(thickness)s m on both sides of a narrow place meet", thickness=_m(thickness))
        yield "thickness", cause, message("correct thickness or footprint")


def _inner(ring: tuple[Point, ...], distance: float) -> list[Point]:
    result = []
    for at, (x, y) in enumerate(ring):
        normals = []
        for (ax, ay), (bx, by) in ((ring[at - 1], (x, y)), ((x, y), ring[(at + 1) % len(ring)])):
            length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
            normals.append(((ay - by) / length, (bx - ax) / length))
        (mx, my), (nx, ny) = normals
        size = (mx + nx) ** 2 + (my + ny) ** 2
        result.append((x + (mx + nx) * 2 * distance / size, y + (my + ny) * 2 * distance / size))
    return result
