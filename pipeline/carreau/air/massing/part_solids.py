"""The solids of a part: what is certain of it at its least measures, and what they leave open up to the most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carreau.air.massing.arcades import arcade
from carreau.air.massing.between import NotInsideError, between
from carreau.air.massing.blocks import NO_OPENINGS, block, enclosure, wall
from carreau.air.massing.headframes import headframe
from carreau.air.massing.openings import Opening
from carreau.air.massing.rings import ROUND_SIDES, rectangle
from carreau.air.massing.roofs import dome, gable_roof, hip_roof, spire
from carreau.air.massing.shell import Solid
from carreau.air.massing.stairs import ramp, stair
from carreau.air.massing.towers import Stage, chimney, tower
from carreau.air.massing_files.massing_file import MassingPart, Measure
from carreau.base.errors import FormatError
from carreau.base.messages import message

Openings = Mapping[int, Sequence[Opening]]
Numbers = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class PartSolids:
    """A part, in the file's axes.

    least : at its least measures; None where the least of one is nothing
    open : what its measures leave open; None where all are known
    """

    least: Solid | None
    open: Solid | None


def part_solids(part: MassingPart, path: Path) -> PartSolids:
    """Return the solids of a part of a file.

    Raises FormatError where it is not larger all around at its greatest measures than at its least.
    """
    if not part.ranges:
        return PartSolids(_placed(_made(part, False, _openings(part)), part), None)
    largest = _placed(_made(part, True, NO_OPENINGS), part)
    if any(measure.low == 0 for _, measure in part.ranges):
        return PartSolids(None, largest.moved(0, 0, part.at[2]))
    smallest = _placed(_made(part, False, NO_OPENINGS), part)
    least = _placed(_made(part, False, _openings(part)), part) if part.openings else smallest
    try:
        open_ = between(smallest, largest)
    except NotInsideError as error:
        cause = message("at its least measures it is not inside what it is at its most")
        cure = message("write its position with an anchor on the side that is known, or a smaller range")
        raise FormatError(path, message("part '%(name)s'", name=part.name), cause, cure) from error
    return PartSolids(least.moved(0, 0, part.at[2]), open_.moved(0, 0, part.at[2]))


def _placed(solid: Solid, part: MassingPart) -> Solid:
    """Return a solid about the axis of its anchor, turned and moved, but with its foot at the height 0 of a range."""
    low, high = solid.positions[:, :2].min(axis=0), solid.positions[:, :2].max(axis=0)
    shift = np.zeros(2) if part.footprint else -(low + high + np.array(part.anchor) * (high - low)) / 2
    x, y, z = part.at
    return solid.moved(float(shift[0]), float(shift[1]), 0).turned(part.turn_deg).moved(x, y, 0 if part.ranges else z)


def _openings(part: MassingPart) -> Openings:
    openings: dict[int, tuple[Opening, ...]] = {}
    for row in part.openings:
        own = (
            Opening(row.start + at * row.step, row.width, row.sill, row.height, row.is_round, row.depth)
            for at in range(row.count)
        )
        openings[row.wall] = (*openings.get(row.wall, ()), *own)
    return openings


def _made(part: MassingPart, is_most: bool, openings: Openings) -> Solid:
    """Return the shape of a part at the least or at the greatest of its measures."""

    def numbers(measures: Mapping[str, Measure]) -> dict[str, float]:
        return {key: each.high if is_most else each.low for key, each in measures.items()}

    own = numbers(part.measures)
    if part.shape == "block":
        return block(part.footprint or rectangle(own["length"], own["width"]), own["height"], openings)
    if part.shape == "enclosure":
        return enclosure(part.footprint, own["thickness"], own["height"])
    if part.shape == "tower":
        stages = (numbers(stage) for stage in part.stages)
        return tower([Stage(each["width"], each["height"], int(each["sides"])) for each in stages])
    if part.shape == "arcade":
        size = (own["length"], own["thickness"], own["height"], int(own["bays"]))
        return arcade(*size, own["opening_width"], own["opening_height"], part.is_round)
    return _BY_SHAPE[part.shape](own)


_BY_SHAPE: Mapping[str, Callable[[Numbers], Solid]] = {
    "gable-roof": lambda own: gable_roof(own["length"], own["width"], own["height"]),
    "hip-roof": lambda own: hip_roof(own["length"], own["width"], own["height"], own["ridge"]),
    "dome": lambda own: dome(own["diameter"], own["height"]),
    "chimney": lambda own: chimney(own["diameter"], own["top_diameter"], own["height"]),
    "headframe": lambda own: headframe(
        own["length"], own["width"], own["height"], own["top_length"], own["top_width"],
        own["bar"], own["reach"], own["wheel"],
    ),
    "wall": lambda own: wall(own["length"], own["thickness"], own["height"], own["thickness"]),
    "buttress": lambda own: wall(own["length"], own["thickness"], own["height"], own["top_thickness"]),
    "spire": lambda own: spire(own["width"], own["height"], int(own["sides"])),
    "cone": lambda own: spire(own["diameter"], own["height"], ROUND_SIDES),
    "stair": lambda own: stair(own["length"], own["width"], own["height"], int(own["steps"])),
    "ramp": lambda own: ramp(own["length"], own["width"], own["height"]),
}  # fmt: skip
