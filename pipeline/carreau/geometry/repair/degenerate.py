"""Degenerate triangles: those that float32 cannot tell from a line or a point."""

from __future__ import annotations

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import FloatArray, IntArray
from carreau.geometry.topology import BoolArray, Weld, weld_pairs

HALF_STEP = 2.0**-24
"""Half the distance of two neighbouring float32, relative to their size."""


def degenerate(positions: FloatArray, faces: IntArray) -> BoolArray:
    """Say which of (m, 3) faces are no higher over their longest side than the rounding of their own corners."""
    return _shortest_sides(positions, faces)[0] >= 0


def needles(positions: FloatArray, faces: IntArray) -> Weld:
    """Merge the ends of the shortest side of each of (k, 3) degenerate faces, where rounding alone keeps them apart."""
    shortest, tight = _shortest_sides(positions, faces)
    rows = np.flatnonzero(tight & (shortest >= 0))
    corners = shortest[rows].astype(np.intp)
    return weld_pairs(faces[rows, corners], faces[rows, (corners + 1) % 3], len(positions))


@compiled
def flat(positions: FloatArray, a: int, b: int, c: int) -> int:
    """Return the corner at which the shortest side of a degenerate triangle begins, -1 for a sound one.

    3 more when that side is within rounding, too. The size of the corners says how far they may be rounded.
    """
    size, ab, bc, ca, square = 0.0, 0.0, 0.0, 0.0, 0.0
    for d in range(3):
        e = (d + 1) % 3
        ad, bd, cd = np.float64(positions[a, d]), np.float64(positions[b, d]), np.float64(positions[c, d])
        ae, be, ce = np.float64(positions[a, e]), np.float64(positions[b, e]), np.float64(positions[c, e])
        size = max(size, abs(ad), abs(bd), abs(cd))
        ab += (bd - ad) * (bd - ad)
        bc += (cd - bd) * (cd - bd)
        ca += (ad - cd) * (ad - cd)
        square += ((bd - ad) * (ce - ae) - (be - ae) * (cd - ad)) ** 2
    rounding = (size * HALF_STEP) ** 2
    shortest = 0 if ab <= bc and ab <= ca else (1 if bc <= ca else 2)
    if a != b and b != c and c != a and square > max(ab, bc, ca) * rounding:
        return -1
    return shortest + (3 if min(ab, bc, ca) <= 4 * rounding else 0)


@compiled
def _shortest_sides(positions: FloatArray, faces: IntArray) -> tuple[np.ndarray, BoolArray]:
    """Return (m,) where the shortest side of each degenerate face begins, -1 for sound faces, and if it is tight."""
    shortest = np.empty(len(faces), np.int8)
    tight = np.zeros(len(faces), np.bool_)
    for f in range(len(faces)):
        kind = flat(positions, faces[f, 0], faces[f, 1], faces[f, 2])
        tight[f] = kind >= 3
        shortest[f] = kind - 3 if kind >= 3 else kind
    return shortest, tight
