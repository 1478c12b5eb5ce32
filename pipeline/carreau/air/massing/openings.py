"""Openings in upright walls: what is left of the wall, and the faces inside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

ARC_SIDES = 12
"""Sides of a round arch."""

Outline = Sequence[tuple[float, float]]
"""Corners (along the wall, z), counter-clockwise seen from outside, where `along` points to the right."""


@dataclass(frozen=True)
class Opening:
    """A door, a window or an arch.

    start : from the left end of the wall, seen from outside, to the left side of the opening
    sill : from the foot of the wall; 0 for a door
    height : from the sill to the top, of an arch to its crown
    is_round : whether it ends in a half circle
    depth : how far it goes into the wall
    """

    start: float
    width: float
    sill: float
    height: float
    is_round: bool = False
    depth: float = 0.0

    @property
    def end(self) -> float:
        """Return where it ends along the wall."""
        return self.start + self.width

    @property
    def top(self) -> float:
        """Return the height of its top above the foot of the wall."""
        return self.sill + self.height

    @property
    def springing(self) -> float:
        """Return the height above the foot of the wall where its arch begins; its top without one."""
        return self.top - self.width / 2 if self.is_round else self.top

    def arc(self) -> Outline:
        """Return the corners of its head, from left to right."""
        if not self.is_round:
            return ((self.start, self.top), (self.end, self.top))
        radius = self.width / 2
        angles = np.pi * (1 - np.arange(1, ARC_SIDES) / ARC_SIDES)
        inner = [
            (self.start + radius + radius * float(np.cos(angle)), self.springing + radius * float(np.sin(angle)))
            for angle in angles
        ]
        inner[ARC_SIDES // 2 - 1] = (self.start + radius, self.top)
        return ((self.start, self.springing), *inner, (self.end, self.springing))

    def outline(self) -> Outline:
        """Return its corners."""
        return ((self.start, self.sill), (self.end, self.sill), *reversed(self.arc()))

    def spandrels(self) -> Iterator[Outline]:
        """Yield what lies between a round head and its bounding rectangle, left and right."""
        if self.is_round:
            head = list(self.arc())
            middle = len(head) // 2
            yield (*head[: middle + 1], (self.start, self.top))
            yield (*head[middle:], (self.end, self.top))


def wall_pieces(length: float, height: float, openings: Sequence[Opening]) -> Iterator[Outline]:
    """Yield what is left of a wall, in pieces without holes."""
    cuts = sorted({0.0, length, *(each.start for each in openings), *(each.end for each in openings)})
    for left, right in pairwise(cuts):
        middle, low = (left + right) / 2, 0.0
        for each in sorted((each for each in openings if each.start < middle < each.end), key=lambda one: one.sill):
            if each.sill > low:
                yield (left, low), (right, low), (right, each.sill), (left, each.sill)
            low = each.top
        if height > low:
            yield (left, low), (right, low), (right, height), (left, height)
    for each in openings:
        yield from each.spandrels()


def reveal_edges(opening: Opening) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the edges of an opening along which its sides go into the wall: all but the one on the ground."""
    outline = list(opening.outline())
    for first, second in zip(outline, [*outline[1:], outline[0]], strict=True):
        if first[1] > 0 or second[1] > 0:
            yield first, second
