"""Test of the polygons of roofs."""

import numpy as np
import pytest
import shapely

from carreau.air.airborne.extent import Lattice
from carreau.air.airborne.roofs.lines import RoofLines
from carreau.air.airborne.roofs.partition import partition


def test_every_house_whose_lines_do_not_close_is_found() -> None:
    """Chords close around each of forty houses, all of which lie in one face before."""
    lattice = Lattice.over((0.0, 0.0, 100.0, 64.0), 0.5)
    labels = np.zeros(lattice.shape, np.int32)
    chords, sides = [], []
    for number in range(40):
        x, y = 12.0 * (number % 8) + 3, 12.0 * (number // 8) + 3
        labels[int(2 * y) : int(2 * y) + 12, int(2 * x) : int(2 * x) + 16] = number + 1
        corners = [(x, y), (x + 8, y), (x + 8, y + 6), (x, y + 6)]
        chords += [(corners[k], corners[(k + 1) % 4]) for k in range(4)]
        sides += [(number + 1, 0)] * 4
    lines = RoofLines(np.empty((0, 2, 2)), np.array(chords), np.array(sides, np.int32))
    plan = partition(lines, lattice, labels, (0.0, 0.0, 100.0, 64.0))
    assert sorted(plan.labels.tolist()) == list(range(41))
    assert shapely.area(plan.polygons[plan.labels > 0]) == pytest.approx(48, abs=0.5)
