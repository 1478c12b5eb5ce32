"""Towers of several stages, and chimneys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from carreau.air.massing.lofts import at_height, from_below, sides, tapered
from carreau.air.massing.rings import ROUND_SIDES, beyond, regular
from carreau.air.massing.shell import Polygon, Solid, solid_of


@dataclass(frozen=True)
class Stage:
    """A storey of a tower: upright, on a regular outline.

    width : between opposite sides
    """

    width: float
    height: float
    sides: int = 4


def tower(stages: Sequence[Stage]) -> Solid:
    """Return stages one above the other about one axis, from the ground up."""
    return solid_of(_tower(stages))


def _tower(stages: Sequence[Stage]) -> Iterator[Polygon]:
    low, below = 0.0, None
    for stage in stages:
        ring = regular(stage.sides, stage.width)
        if below is None:
            yield from_below(ring, low)
        else:
            yield from (at_height(piece, low) for piece in beyond(below, ring))
            yield from (from_below(piece, low) for piece in beyond(ring, below))
        yield from sides(ring, ring, low, low + stage.height)
        low, below = low + stage.height, ring
    if below is not None:
        yield at_height(below, low)


def chimney(diameter: float, top_diameter: float, height: float) -> Solid:
    """Return a round chimney, closed at its top."""
    return solid_of(tapered(regular(ROUND_SIDES, diameter), regular(ROUND_SIDES, top_diameter), 0, height))
