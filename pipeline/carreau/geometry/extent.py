"""Bounding boxes and spheres of scans, without fragments that float far off."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray, Mesh
from carreau.formats.io.origin import few_apart, surface_reach
from carreau.geometry.selection import take_faces
from carreau.geometry.topology import BoolArray
from carreau.geometry.triangles import face_areas

STRAY_SHARE = 0.001
"""Share of the surface at either end of an axis that may be floating fragments, and does not say where a scan ends."""

REACH = 0.25
"""How far beyond that, relative to the rest, thin parts such as masts and cables still belong to it."""

BINS = 1024
"""Slices in which the surface is weighed along each axis; they are cut again where one slice holds nearly all."""


@dataclass(frozen=True, eq=False)
class Box:
    """An axis-aligned box, in the unit of the positions it is around.

    low, high : (3,) float64
    """

    low: DoubleArray
    high: DoubleArray

    @property
    def sides(self) -> DoubleArray:
        """Return the (3,) lengths along x, y and z."""
        return np.asarray(self.high - self.low)


def box_of(positions: FloatArray, faces: IntArray) -> Box:
    """Return the box around all faces whose corners are finite; a point at zero without any."""
    bounds = _bounds(positions, faces, np.full(3, -np.inf), np.full(3, np.inf))
    return Box(*bounds) if (bounds[0] <= bounds[1]).all() else Box(np.zeros(3), np.zeros(3))


def body_box(positions: FloatArray, faces: IntArray) -> Box:
    """Return the box around a scan without fragments that float far off, and without triangles that reach there."""
    strays = stray_faces(positions, faces)
    if strays is not None:
        faces = faces[~strays]
    whole = box_of(positions, faces)
    low, high = whole.low, whole.high
    for _ in range(4):
        weights = _weigh(positions, faces, low, high, BINS)
        ends = np.array([_ends(weights[axis]) for axis in range(3)])
        step = (high - low) / BINS
        inner_low, inner_high = low + ends[:, 0] * step, low + ends[:, 1] * step
        coarse = inner_high - inner_low < 0.05 * (high - low)
        low, high = inner_low, inner_high
        if not coarse.any():
            break
    reach = REACH * (high - low)
    body = Box(*_bounds(positions, faces, low - reach, high + reach))
    return body if (body.low <= body.high).all() else whole


_BODIES: WeakKeyDictionary[Mesh, Box] = WeakKeyDictionary()
_LOCK = threading.Lock()


def body_of(mesh: Mesh) -> Box:
    """Return the `body_box` of a mesh, worked out once while the mesh lives.

    The unit, the up axis, the ground and the report all ask for it, and 9.6 million triangles in no order take 2.5 s.
    Two threads that ask at once may both work it out.
    """
    with _LOCK:
        box = _BODIES.get(mesh)
    if box is None:
        box = body_box(mesh.positions, mesh.faces)
        for corner in (box.low, box.high):
            corner.flags.writeable = False
        with _LOCK:
            _BODIES[mesh] = box
    return box


def _ends(weights: DoubleArray) -> tuple[int, int]:
    """Return where the first and behind the last slice that is not among the strays."""
    below = np.cumsum(weights)
    if not below[-1] > 0:
        return 0, BINS
    first = np.searchsorted(below, STRAY_SHARE * below[-1], side="right")
    last = np.searchsorted(below, (1 - STRAY_SHARE) * below[-1])
    return min(int(first), BINS - 1), min(int(last), BINS - 1) + 1


@compiled
def _is_finite(positions: FloatArray, a: int, b: int, c: int) -> bool:
    total = 0.0
    for d in range(3):
        total += abs(positions[a, d]) + abs(positions[b, d]) + abs(positions[c, d])
    return bool(np.isfinite(total))


@compiled
def _bounds(
    positions: FloatArray, faces: IntArray, least: DoubleArray, most: DoubleArray
) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest and highest corner along each axis, of faces whose middle is within limits along it."""
    low = np.full(3, np.inf)
    high = np.full(3, -np.inf)
    for f in range(len(faces)):
        if not _is_finite(positions, faces[f, 0], faces[f, 1], faces[f, 2]):
            continue
        for d in range(3):
            a = np.float64(positions[faces[f, 0], d])
            b = np.float64(positions[faces[f, 1], d])
            c = np.float64(positions[faces[f, 2], d])
            if least[d] <= (a + b + c) / 3 <= most[d]:
                low[d] = min(low[d], a, b, c)
                high[d] = max(high[d], a, b, c)
    return low, high


@compiled
def _weigh(positions: FloatArray, faces: IntArray, low: DoubleArray, high: DoubleArray, bins: int) -> DoubleArray:
    """Add up the area of the faces by the slice their middle lies in, those outside in the outer slices."""
    weights = np.zeros((3, bins), np.float64)
    p = np.empty((3, 3), np.float64)
    for f in range(len(faces)):
        if not _is_finite(positions, faces[f, 0], faces[f, 1], faces[f, 2]):
            continue
        for k in range(3):
            for d in range(3):
                p[k, d] = positions[faces[f, k], d]
        square = 0.0
        for d in range(3):
            e = (d + 1) % 3
            cross = (p[1, d] - p[0, d]) * (p[2, e] - p[0, e]) - (p[1, e] - p[0, e]) * (p[2, d] - p[0, d])
            square += cross * cross
        area = np.sqrt(square) / 2
        for d in range(3):
            middle = (p[0, d] + p[1, d] + p[2, d]) / 3
            slot = (middle - low[d]) / max(high[d] - low[d], 1e-300) * bins
            weights[d, int(min(max(slot, 0.0), bins - 1.0))] += area
    return weights


def bounding_sphere(mesh: Mesh) -> tuple[DoubleArray, float]:
    """Return the centre of the box around a mesh, about the mesh's origin, and half its diagonal.

    Fragments that float far off are left out: one triangle a kilometre away made a statue smaller than a pixel, and any
    level of it looked identical.
    """
    box = body_of(mesh)
    return (box.low + box.high) / 2, float(np.linalg.norm(box.sides) / 2)


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
