"""How much of the sky is seen from places among buildings, to be baked as soft shade.

The part of the sky above the horizon in some directions, after K. Zakšek et al., "Sky-view factor as a relief
visualization technique", 2011.
"""

from __future__ import annotations

import math

import numpy as np

from carreau.air.airborne.lattice import Lattice
from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray

DIRECTIONS = 12
STEPS_M = np.array([0.4, 0.8, 1.4, 2.2, 3.4, 5.0, 7.5, 11.0])
DEPTH = 0.5
"""How dark it is where no sky is seen: 0 is no shade, 1 is black."""


def shade(heights: FloatArray, lattice: Lattice, places: DoubleArray, facing: DoubleArray | None = None) -> DoubleArray:
    """Return factors (n,) from 1 - DEPTH to 1 that colours at places (n, 3) are to be multiplied with.

    heights : (rows, columns) of what is seen from above, NaN where there is nothing
    facing : (n, 2) directions that upright surfaces face, of which only that half of the sky counts
    """
    faces = np.zeros((len(places), 2)) if facing is None else facing
    solid = np.where(np.isnan(heights), np.float32(-np.inf), heights)
    seen = _openness(solid, lattice.west, lattice.south, lattice.cell, places, faces, STEPS_M, DIRECTIONS)
    return np.asarray(1 - DEPTH * (1 - seen))


def shade_of_cells(heights: FloatArray, lattice: Lattice, above: float) -> FloatArray:
    """Return the factors (rows, columns) float32 of `shade` in the middle of every cell, so high above what is seen.

    The same, an order of magnitude faster: from the middle of a cell each step goes to the same cell beyond.
    """
    solid = np.where(np.isnan(heights), np.float32(-np.inf), heights)
    own = np.nan_to_num(heights)
    own += np.float32(above)
    angles = 2 * math.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    down, across = (np.floor(0.5 + np.outer(way, STEPS_M) / lattice.cell) for way in (np.sin(angles), np.cos(angles)))
    result = np.empty(heights.shape, np.float32)
    _openness_of_cells(solid, own, down.astype(np.int32), across.astype(np.int32), STEPS_M.astype(np.float32), result)
    result *= DEPTH
    result += 1 - DEPTH
    return result


@compiled
def _openness_of_cells(
    heights: FloatArray, own: FloatArray, down: IntArray, across: IntArray, steps: FloatArray, result: FloatArray
) -> None:
    rows, columns = heights.shape
    slopes = np.empty(columns, np.float32)
    sums = np.empty(columns, np.float32)
    for r in range(rows):
        sums[:] = 0
        for d in range(len(down)):
            slopes[:] = 0
            for s in range(len(steps)):
                other, shift, inverse = r + down[d, s], across[d, s], 1 / steps[s]
                if 0 <= other < rows:
                    low, high = max(0, -shift), min(columns, columns - shift)
                    if low < high:
                        far, near, found = (
                            heights[other, low + shift : high + shift],
                            own[r, low:high],
                            slopes[low:high],
                        )
                        for c in range(high - low):
                            found[c] = max(found[c], (far[c] - near[c]) * inverse)
            for c in range(columns):
                sums[c] += 1 - slopes[c] / math.sqrt(1 + slopes[c] * slopes[c])
        for c in range(columns):
            result[r, c] = sums[c] / len(down)


@compiled
def _openness(
    heights: FloatArray,
    west: float,
    south: float,
    cell: float,
    places: DoubleArray,
    faces: DoubleArray,
    steps: DoubleArray,
    directions: int,
) -> DoubleArray:
    rows, columns = heights.shape
    result = np.empty(len(places))
    cosines, sines = np.empty(directions), np.empty(directions)
    for d in range(directions):
        angle = 2 * math.pi * (d + 0.5) / directions
        cosines[d], sines[d] = math.cos(angle), math.sin(angle)
    for i in range(len(places)):
        x, y, z = places[i]
        total, weights = 0.0, 0.0
        upright = faces[i, 0] != 0 or faces[i, 1] != 0
        for d in range(directions):
            weight = cosines[d] * faces[i, 0] + sines[d] * faces[i, 1] if upright else 1.0
            if weight <= 0:
                continue
            slope = 0.0
            for step in steps:
                r = int((y + sines[d] * step - south) / cell)
                c = int((x + cosines[d] * step - west) / cell)
                if 0 <= r < rows and 0 <= c < columns:
                    slope = max(slope, (heights[r, c] - z) / step)
            total += weight * (1 - slope / math.sqrt(1 + slope * slope))
            weights += weight
        result[i] = total / weights if weights > 0 else 1.0
    return result
