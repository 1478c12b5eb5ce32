"""Windows of cells or pixels that lie over an extent: what is far from a strip is not worked on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from carreau.air.airborne.extent import Extent, is_box
from carreau.air.airborne.lattice import Lattice

SIDE_M, AROUND_M = 128.0, 32.0
"""Side of a window, and how far around it and around the extent is looked."""

Cells = tuple[slice, slice]
"""Rows and columns."""


@dataclass(frozen=True)
class Window:
    """A window of a lattice.

    wide : cells that are looked at
    own : cells of the window itself
    """

    wide: Cells
    own: Cells

    @property
    def inner(self) -> Cells:
        """Return the window's own cells among those that are looked at."""
        rows, columns = (
            slice(own.start - wide.start, own.stop - wide.start) for own, wide in zip(self.own, self.wide, strict=True)
        )
        return rows, columns

    def from_north(self, count: int) -> Window:
        """Return the same window of so many rows of which the first is the north, as those of a picture are."""
        wide, own = ((slice(count - rows.stop, count - rows.start), columns) for rows, columns in (self.wide, self.own))
        return Window(wide, own)


def windows_of(lattice: Lattice, extent: Extent | None) -> list[Window]:
    """Return the windows of a lattice near an extent, which do not overlap; one of all cells in a box, or for None."""
    if extent is None or is_box(extent):
        every = slice(0, lattice.rows), slice(0, lattice.columns)
        return [Window(every, every)]
    side, around = (math.ceil(length / lattice.cell) for length in (SIDE_M, AROUND_M))
    rows, columns = (np.arange(0, count, side) for count in lattice.shape)
    row, column = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    south, west = lattice.south + row * lattice.cell, lattice.west + column * lattice.cell
    squares = np.asarray(shapely.box(west, south, west + side * lattice.cell, south + side * lattice.cell))
    near = np.flatnonzero(shapely.dwithin(extent, squares, AROUND_M))
    return [_window(int(row[k]), int(column[k]), side, around, lattice) for k in near]


def _window(row: int, column: int, side: int, around: int, lattice: Lattice) -> Window:
    first, last = (row, column), (min(row + side, lattice.rows), min(column + side, lattice.columns))
    own = slice(first[0], last[0]), slice(first[1], last[1])
    rows = slice(max(first[0] - around, 0), min(last[0] + around, lattice.rows))
    columns = slice(max(first[1] - around, 0), min(last[1] + around, lattice.columns))
    return Window((rows, columns), own)
