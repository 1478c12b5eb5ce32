"""Square cells over a place, and what triangles cover them as seen from above.

Row 0 is the southernmost, column 0 the westernmost. Coordinates are metres about the model's origin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from carreau.air.airborne.survey_data import BoolArray
from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.base.process import bands

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True)
class Lattice:
    """Square cells.

    west, south : of the outer corner of cell (0, 0)
    cell : metres
    """

    west: float
    south: float
    cell: float
    rows: int
    columns: int

    @classmethod
    def over(cls, bounds: Bounds, cell: float) -> Lattice:
        """Return the cells that cover some bounds."""
        west, south, east, north = bounds
        rows, columns = (max(1, math.ceil(length / cell - 1e-6)) for length in (north - south, east - west))
        return cls(west, south, cell, rows, columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Return rows and columns."""
        return self.rows, self.columns

    @property
    def north(self) -> float:
        """Return y of the northern border."""
        return self.south + self.rows * self.cell

    def part(self, rows: slice, columns: slice) -> Lattice:
        """Return some of the cells."""
        west, south = self.west + columns.start * self.cell, self.south + rows.start * self.cell
        return Lattice(west, south, self.cell, rows.stop - rows.start, columns.stop - columns.start)

    def cells(self, places: DoubleArray) -> tuple[IntArray, IntArray]:
        """Return row and column (n,) int32 of places (n, 2+); those outside go into the nearest cell."""
        rows, columns = (np.empty(len(places), np.int32) for _ in range(2))
        for own in bands(len(places)):  # what lies between would be several times as large
            columns[own] = np.clip(np.floor((places[own, 0] - self.west) / self.cell), 0, self.columns - 1)
            rows[own] = np.clip(np.floor((places[own, 1] - self.south) / self.cell), 0, self.rows - 1)
        return rows, columns

    def centers(self) -> tuple[DoubleArray, DoubleArray]:
        """Return x (columns,) and y (rows,) of the middles of the cells."""
        x = self.west + (np.arange(self.columns, dtype=np.float64) + 0.5) * self.cell
        y = self.south + (np.arange(self.rows, dtype=np.float64) + 0.5) * self.cell
        return np.asarray(x, np.float64), np.asarray(y, np.float64)


@dataclass(frozen=True, eq=False)
class FromAbove:
    """What is seen of triangles from above.

    heights : (rows, columns) float32 in the middle of each cell, NaN where there is no triangle
    faces : (rows, columns) int32, the topmost triangle, -1 where there is none
    """

    heights: FloatArray
    faces: IntArray

    @property
    def covered(self) -> BoolArray:
        """Return where there is a triangle."""
        return np.asarray(self.faces >= 0)


def seen_from_above(lattice: Lattice, positions: DoubleArray, faces: IntArray) -> FromAbove:
    """Return the topmost triangles of (n, 3) positions and (m, 3) faces; upright ones are not seen."""
    heights = np.full(lattice.shape, -np.inf, np.float32)
    tops = np.full(lattice.shape, -1, np.int32)
    _cover(
        np.ascontiguousarray(positions, np.float64), np.ascontiguousarray(faces, np.int32),
        lattice.west, lattice.south, lattice.cell, heights, tops,
    )  # fmt: skip
    heights[tops < 0] = np.nan
    return FromAbove(heights, tops)


@compiled
def _cover(
    positions: DoubleArray,
    faces: IntArray,
    west: float,
    south: float,
    cell: float,
    heights: FloatArray,
    tops: IntArray,
) -> None:
    rows, columns = heights.shape
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay = (positions[a, 0] - west) / cell - 0.5, (positions[a, 1] - south) / cell - 0.5
        bx, by = (positions[b, 0] - west) / cell - 0.5, (positions[b, 1] - south) / cell - 0.5
        cx, cy = (positions[c, 0] - west) / cell - 0.5, (positions[c, 1] - south) / cell - 0.5
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        r0, r1 = max(0, math.ceil(min(ay, by, cy) - 1e-9)), min(rows - 1, math.floor(max(ay, by, cy) + 1e-9))
        c0, c1 = max(0, math.ceil(min(ax, bx, cx) - 1e-9)), min(columns - 1, math.floor(max(ax, bx, cx) + 1e-9))
        for r in range(r0, r1 + 1):
            for k in range(c0, c1 + 1):
                u = ((k - ax) * (cy - ay) - (r - ay) * (cx - ax)) / area
                v = ((bx - ax) * (r - ay) - (by - ay) * (k - ax)) / area
                if u >= -1e-7 and v >= -1e-7 and u + v <= 1 + 1e-7:
                    z = positions[a, 2] * (1 - u - v) + positions[b, 2] * u + positions[c, 2] * v
                    if z > heights[r, k]:
                        heights[r, k], tops[r, k] = z, f
