"""Move the signs of a map apart until a finger can choose between them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from pipeline.pages.projection import Box, Point

_ROUNDS = 120
_MOST = 300
"""Of signs that find room on a map; where there are more they stay where they are."""


def moved_apart(places: Sequence[Point], gap: float, box: Box) -> list[Point]:
    """Return places with at least a gap between any two, as far as the rounds suffice, each near where it was.

    gap : least distance between two, in the units of the places
    box : that they stay in
    """
    found = list(places)
    if len(found) > _MOST:
        return found
    for _ in range(_ROUNDS):
        if not _one_round(found, gap, box):
            break
    return found


def _one_round(found: list[Point], gap: float, box: Box) -> bool:
    """Push every two that are too near apart, each half of the way; say whether there were any."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, (x, y) in enumerate(found):
        cells[int(x // gap), int(y // gap)].append(at)
    pairs = [
        (one, other)
        for (column, row), members in cells.items()
        for one in members
        for other_column in (column - 1, column, column + 1)
        for other_row in (row - 1, row, row + 1)
        for other in cells.get((other_column, other_row), ())
        if one < other
    ]
    was_near = False
    left, top, right, bottom = box
    for one, other in sorted(pairs):
        dx, dy = found[other][0] - found[one][0], found[other][1] - found[one][1]
        apart = math.hypot(dx, dy)
        if apart >= gap - 0.01:
            continue
        was_near = True
        # Two in one place go apart in a direction of their own, so that many do not end in a row.
        turn = 2.4 * other
        unit = (dx / apart, dy / apart) if apart > 1e-6 else (math.cos(turn), math.sin(turn))
        push = (gap - apart) / 2 + 0.05
        for at, sign in ((one, -1), (other, 1)):
            x, y = found[at][0] + sign * unit[0] * push, found[at][1] + sign * unit[1] * push
            found[at] = min(max(x, left), right), min(max(y, top), bottom)
    return was_near
