"""Move overlapping map markers apart, so that each can be selected by touch."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from carreau.site.pages.maps.projection import Box, Point

_ROUNDS = 120
_MOST = 300
"""Markers that have room on a map; if there are more, none is moved."""


def declutter(places: Sequence[Point], gap: float, box: Box) -> list[Point]:
    """Return points moved apart to at least a gap, as far as the number of rounds suffices.

    gap : minimum distance between two points, in their units
    box : limits of the points
    """
    points = list(places)
    if len(points) > _MOST:
        return points
    for _ in range(_ROUNDS):
        if not _one_round(points, gap, box):
            break
    return points


def _one_round(points: list[Point], gap: float, box: Box) -> bool:
    """Push apart each pair that is too close, half of the distance each; return whether there was one."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, (x, y) in enumerate(points):
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
        dx, dy = points[other][0] - points[one][0], points[other][1] - points[one][1]
        apart = math.hypot(dx, dy)
        if apart >= gap - 0.01:
            continue
        was_near = True
        # Coincident points move in directions of their own, so that many do not form a row.
        turn = 2.4 * other
        unit = (dx / apart, dy / apart) if apart > 1e-6 else (math.cos(turn), math.sin(turn))
        push = (gap - apart) / 2 + 0.05
        for at, sign in ((one, -1), (other, 1)):
            x, y = points[at][0] + sign * unit[0] * push, points[at][1] + sign * unit[1] * push
            points[at] = min(max(x, left), right), min(max(y, top), bottom)
    return was_near
