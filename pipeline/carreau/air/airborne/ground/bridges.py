"""Decks of bridges as slabs that one sees under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carreau.air.airborne.ground.terrain import Tin
from carreau.air.airborne.lattice import Bounds
from carreau.air.airborne.roofs.building_blocks import stacked
from carreau.air.airborne.roofs.cells import roof_cells
from carreau.air.airborne.roofs.lines import roof_lines
from carreau.air.airborne.roofs.partition import partition
from carreau.air.airborne.roofs.planes import roof_planes
from carreau.air.airborne.roofs.shell import Heights, roof_shell
from carreau.base.model import DoubleArray, IntArray

THICK_M = 0.9
"""Thickness of a slab: supposed, as nothing is seen of it from above."""

CLEAR_M = 0.25
"""How far the ground is kept below a deck where it would cross it: between the banks no point tells where it is."""


@dataclass(frozen=True, eq=False)
class Bridges:
    """Closed slabs.

    positions : (n, 3) float64
    faces : (m, 3) int32, counter-clockwise from outside
    """

    positions: DoubleArray
    faces: IntArray


def bridges(points: DoubleArray, bounds: Bounds) -> Bridges:
    """Return the slabs under points of decks (n, 3), on planes as roofs are."""
    if not len(points):
        return Bridges(np.empty((0, 3)), np.empty((0, 3), np.int32))
    cells = roof_cells(points, bounds)
    planes = roof_planes(cells)
    plan = partition(roof_lines(cells.lattice, planes), cells.lattice, planes.labels, bounds)
    low = float(points[:, 2].min()) - 1

    def nothing(places: DoubleArray) -> DoubleArray:
        return np.full(len(places), low)

    shell = roof_shell(plan, planes, nothing, np.empty((0, 3)))
    return _slab(shell.positions, shell.roofs)


def _slab(positions: DoubleArray, decks: IntArray) -> Bridges:
    """Give a surface a thickness."""
    used = np.unique(decks)
    numbers = np.zeros(len(positions), np.int32)
    numbers[used] = np.arange(len(used))
    top, decks = positions[used], numbers[decks].reshape(-1, 3)
    count = len(top)
    ends = np.concatenate([decks[:, [0, 1]], decks[:, [1, 2]], decks[:, [2, 0]]])
    keys = np.sort(ends, axis=1)
    _, which, times = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    rim = ends[times[which] == 1]
    a, b = rim[:, 0], rim[:, 1]
    sides = np.concatenate([np.column_stack([b, a, a + count]), np.column_stack([b, a + count, b + count])])
    under = decks[:, ::-1] + count
    faces = np.concatenate([decks, sides, under]).astype(np.int32)
    return Bridges(np.concatenate([top, top - [0, 0, THICK_M]]), faces)


def all_bridges(some: Sequence[Bridges]) -> Bridges:
    """Return some as one."""
    positions = [each.positions for each in some]
    return Bridges(np.concatenate(positions), stacked(positions, [each.faces for each in some]))


def below_decks(points: DoubleArray, tin: Tin) -> DoubleArray:
    """Return points (k, 3) for the ground to pass below decks, whose points (n, 3) it would come up to."""
    ground: Heights = tin.heights
    wanted = points[:, 2] - CLEAR_M
    high = ground(points) > wanted
    return np.column_stack([points[high, :2], wanted[high]])
