"""The shapes of massing models: a row each with its measures, from which reading, help and documentation derive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MOST_M = 2000.0
"""Largest length in plan."""

HIGHEST_M = 500.0
STEEPEST = 3.0
"""Most that a roof may rise, as a multiple of its width; 80° for a gable roof."""

SIDES = (4, 8, 12, 16, 24)


@dataclass(frozen=True)
class MeasureLimits:
    """What a measure may be.

    most : greatest value
    instead : the value of a measure that is not written; None for one that must be
    may_be_zero : whether 0 is a value; else it is only the least of a range
    is_whole : whether it is a count, which has no range
    """

    most: float
    instead: float | None = None
    may_be_zero: bool = False
    is_whole: bool = False


@dataclass(frozen=True)
class ShapeFacts:
    """A shape, and what must be known of it.

    measures : by key
    has_footprint : whether its outline is given by corners; of a block instead of length and width
    has_openings : whether it may have doors and windows
    has_stages : whether it is made of storeys
    has_head : whether its openings may end in a half circle
    may_be_range : whether a measure may be the least and the most of it
    """

    measures: Mapping[str, MeasureLimits]
    has_footprint: bool = False
    has_openings: bool = False
    has_stages: bool = False
    has_head: bool = False
    may_be_range: bool = True


_LENGTH, _HEIGHT = MeasureLimits(MOST_M), MeasureLimits(HIGHEST_M)
_BOX = {"length": _LENGTH, "width": _LENGTH, "height": _HEIGHT}

SHAPES: Mapping[str, ShapeFacts] = {
    "block": ShapeFacts(_BOX, has_footprint=True, has_openings=True),
    "gable-roof": ShapeFacts(_BOX),
    "hip-roof": ShapeFacts({**_BOX, "ridge": MeasureLimits(MOST_M, may_be_zero=True)}),
    "tower": ShapeFacts({}, has_stages=True),
    "arcade": ShapeFacts(
        {
            "length": _LENGTH,
            "thickness": _LENGTH,
            "height": _HEIGHT,
            "bays": MeasureLimits(100, is_whole=True),
            "opening_width": _LENGTH,
            "opening_height": _HEIGHT,
        },
        has_head=True,
        may_be_range=False,
    ),
    "dome": ShapeFacts({"diameter": _LENGTH, "height": _HEIGHT}),
    "chimney": ShapeFacts({"diameter": _LENGTH, "top_diameter": _LENGTH, "height": _HEIGHT}),
    "headframe": ShapeFacts(
        {
            **_BOX,
            "top_length": _LENGTH,
            "top_width": _LENGTH,
            "bar": MeasureLimits(10.0),
            "reach": MeasureLimits(MOST_M, 0.0, may_be_zero=True),
            "wheel": MeasureLimits(50.0, 0.0, may_be_zero=True),
        },
        may_be_range=False,
    ),
    "wall": ShapeFacts({"length": _LENGTH, "thickness": _LENGTH, "height": _HEIGHT}),
    "buttress": ShapeFacts(
        {
            "length": _LENGTH,
            "thickness": _LENGTH,
            "top_thickness": MeasureLimits(MOST_M, may_be_zero=True),
            "height": _HEIGHT,
        }
    ),
    "spire": ShapeFacts({"width": _LENGTH, "height": _HEIGHT, "sides": MeasureLimits(24, 4, is_whole=True)}),
    "cone": ShapeFacts({"diameter": _LENGTH, "height": _HEIGHT}),
    "stair": ShapeFacts({**_BOX, "steps": MeasureLimits(200, is_whole=True)}),
    "ramp": ShapeFacts(_BOX),
    "enclosure": ShapeFacts({"thickness": _LENGTH, "height": _HEIGHT}, has_footprint=True),
}
"""The shapes by their names in the file."""

STAGE = {"width": _LENGTH, "height": _HEIGHT, "sides": MeasureLimits(24, 4, is_whole=True)}
"""The measures of a storey of a tower."""

OPENING = {
    "wall": MeasureLimits(200, is_whole=True),
    "start": MeasureLimits(MOST_M, may_be_zero=True),
    "width": _LENGTH,
    "sill": MeasureLimits(HIGHEST_M, 0.0, may_be_zero=True),
    "height": _HEIGHT,
    "depth": MeasureLimits(10.0, 0.3),
    "count": MeasureLimits(200, 1, is_whole=True),
    "step": MeasureLimits(MOST_M, 0.0, may_be_zero=True),
}
"""The measures of a row of openings."""
