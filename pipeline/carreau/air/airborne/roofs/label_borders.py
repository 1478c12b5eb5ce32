"""Borders between cells of different labels, as chains of cell corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import IntArray


@dataclass(frozen=True, eq=False)
class Chains:
    """Borders from one junction to the next, or around.

    corners : (n, 2) int32, row and column of cell corners, chain after chain; closed ones repeat their first
    starts : (k + 1,) int32, where each chain begins in `corners`
    sides : (k, 2) int32, labels to the left and to the right of each
    """

    corners: IntArray
    starts: IntArray
    sides: IntArray


def label_borders(labels: IntArray) -> Chains:
    """Return the chains of labels (rows, columns); the label outside the cells is 0."""
    wide = np.pad(labels, 1).astype(np.int32)
    most = 4 * int((wide[1:] != wide[:-1]).sum() + (wide[:, 1:] != wide[:, :-1]).sum()) + 4
    return Chains(*_traced(wide, most))


@compiled
def _open(wide: IntArray, r: int, c: int, way: int) -> bool:
    """Tell whether there is a border from corner (r, c) to the north, east, south or west (0 to 3)."""
    rows, columns = wide.shape[0] - 2, wide.shape[1] - 2
    if way == 0:
        return bool(r < rows and wide[r + 1, c] != wide[r + 1, c + 1])
    if way == 1:
        return bool(c < columns and wide[r, c + 1] != wide[r + 1, c + 1])
    if way == 2:
        return bool(r > 0 and wide[r, c] != wide[r, c + 1])
    return bool(c > 0 and wide[r, c] != wide[r + 1, c])


@compiled
def _traced(wide: IntArray, most: int) -> tuple[IntArray, IntArray, IntArray]:
    rows, columns = wide.shape[0] - 2, wide.shape[1] - 2
    # Ways that are walked already, of each corner.
    done = np.zeros((rows + 1, columns + 1, 4), np.uint8)
    corners, starts, sides = np.empty((most, 2), np.int32), np.zeros(most, np.int32), np.empty((most, 2), np.int32)
    total, count = 0, 0
    dr, dc = (1, 0, -1, 0), (0, 1, 0, -1)
    for loops in range(2):
        for r0 in range(rows + 1):
            for c0 in range(columns + 1):
                ways = 0
                for way in range(4):
                    ways += _open(wide, r0, c0, way)
                if ways == 0 or (ways == 2 and loops == 0):
                    continue
                for first in range(4):
                    if done[r0, c0, first] or not _open(wide, r0, c0, first):
                        continue
                    r, c, way = r0, c0, first
                    corners[total, 0], corners[total, 1] = r, c
                    total += 1
                    left = wide[r + (way < 2), c + (way == 1 or way == 2)]
                    right = wide[r + (way == 0 or way == 3), c + (way < 2)]
                    while True:
                        done[r, c, way] = 1
                        r, c = r + dr[way], c + dc[way]
                        done[r, c, (way + 2) % 4] = 1
                        corners[total, 0], corners[total, 1] = r, c
                        total += 1
                        onward, ways = -1, 0
                        for other in range(4):
                            if _open(wide, r, c, other):
                                ways += 1
                                if other != (way + 2) % 4:
                                    onward = other
                        if ways != 2 or (r == r0 and c == c0):
                            break
                        way = onward
                    sides[count, 0], sides[count, 1] = left, right
                    count += 1
                    starts[count] = total
    return corners[:total].copy(), starts[: count + 1].copy(), sides[:count].copy()
