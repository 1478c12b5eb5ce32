"""Triangles that reach so far from a scan that they are mistakes of a program, and no part of it."""

from __future__ import annotations

import numpy as np

from carreau.base.model import FloatArray, IntArray, Mesh
from carreau.formats.io.origin import few_apart, surface_reach
from carreau.geometry.selection import take_faces
from carreau.geometry.topology import BoolArray
from carreau.geometry.triangles import face_areas

MOST_SHARE = 0.01
"""Share of the surface that strays may be; what has more is a part of the scan that lies far from the rest."""


def stray_faces(positions: FloatArray, faces: IntArray) -> BoolArray | None:
    """Return which (m,) faces reach farther from the middle of the surface than 100 times its spread; None without any.

    A triangle from a statue in national coordinates to a vertex at zero is one, and so is one of 1 cm at zero. Their
    own area does not count beyond that of large triangles of the scan, or a single one would be nearly all of it.
    """
    low, high = surface_reach(positions, faces)
    # Column by column, and none that is not finite passes: over the rows of three columns it takes ten times as long.
    columns = zip(positions.T, low, high, strict=True)
    if len(positions) and all(least <= column.min() and column.max() <= most for column, least, most in columns):
        return None
    with np.errstate(invalid="ignore"):
        is_far = np.asarray(((positions < low) | (positions > high)).any(axis=1) & np.isfinite(positions).all(axis=1))
    if not is_far.any():
        return None
    strays = np.asarray(is_far[faces].any(axis=1))
    if not strays.any():
        return None
    areas = face_areas(positions, faces)
    areas = np.where(np.isfinite(areas), areas, 0.0)
    weights = np.minimum(areas, few_apart(areas))
    return strays if float(weights[strays].sum()) <= MOST_SHARE * float(weights.sum()) else None


def without_strays(mesh: Mesh) -> tuple[Mesh, int]:
    """Return the mesh without stray triangles, and how many there were; itself without any."""
    strays = stray_faces(mesh.positions, mesh.faces)
    if strays is None:
        return mesh, 0
    return take_faces(mesh, ~strays), int(np.count_nonzero(strays))
