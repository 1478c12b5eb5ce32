"""Parts of a mesh: faces selected, merged and flipped, and its bounds without fragments that float far off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Mesh
from carreau.formats.origin import few_apart, surface_reach
from carreau.geometry.topology import BoolArray, Components, Edges, find_components, find_edges, weld
from carreau.geometry.triangles import face_areas, face_normals

Scalar = TypeVar("Scalar", bound=np.generic)

TURNED = (0, 2, 1)
"""Order of the corners of a face seen from its other side."""


def take_faces(mesh: Mesh, chosen: BoolArray | NDArray[np.integer]) -> Mesh:
    """Return the mesh with the chosen faces only, in their order; positions stay as they are."""
    if chosen.dtype == np.bool_:
        if chosen.all():
            return mesh
        chosen = np.flatnonzero(chosen)  # once for all attributes
    return replace(
        mesh,
        faces=mesh.faces.take(chosen, axis=0),
        texcoords=tuple(texcoords.take(chosen, axis=0) for texcoords in mesh.texcoords),
        normals=None if mesh.normals is None else mesh.normals.take(chosen, axis=0),
        face_materials=mesh.face_materials.take(chosen),
    )


def turn_faces(mesh: Mesh, turned: BoolArray) -> Mesh:
    """Return the mesh with some faces wound the other way round, and their normals on the side they now look to."""
    if not turned.any():
        return mesh
    faces = _turn(mesh.faces, turned)
    normals = None if mesh.normals is None else _turn(mesh.normals, turned)
    if normals is not None:
        outward = face_normals(mesh.positions, faces[turned])
        against = np.einsum("fkd,fd->f", normals[turned], outward) < 0
        normals[np.flatnonzero(turned)[against]] *= -1
    texcoords = tuple(_turn(texcoords, turned) for texcoords in mesh.texcoords)
    return replace(mesh, faces=faces, texcoords=texcoords, normals=normals)


def merge_positions(mesh: Mesh, labels: IntArray, first: IntArray) -> Mesh:
    """Return the mesh with one position a label, the first of its kind, in the mean of the colours that meet there.

    labels : (n,) int32, the new index of each position
    first : (k,) int32, the position that speaks for each label
    """
    if len(first) == len(labels):
        return mesh
    colors = None if mesh.colors is None else _mean_colors(mesh.colors, labels, len(first))
    return replace(mesh, positions=mesh.positions[first], faces=labels[mesh.faces], colors=colors)


def weld_mesh(mesh: Mesh) -> Mesh:
    """Return the mesh with one position a place; seams stay in the corners' texture coordinates and normals."""
    same = weld(mesh.positions)
    return merge_positions(mesh, same.labels, same.first)


def compact(mesh: Mesh) -> Mesh:
    """Return the mesh without the positions that no face uses; the others keep their order."""
    used = np.zeros(len(mesh.positions), np.bool_)
    used[mesh.faces.reshape(-1)] = True
    if used.all():
        return mesh
    vertices = np.flatnonzero(used)
    numbers = np.empty(len(used), np.int32)  # of unused ones anything: a part of a large mesh fills few pages of it
    numbers[vertices] = np.arange(len(vertices), dtype=np.int32)
    colors = None if mesh.colors is None else mesh.colors.take(vertices, axis=0)
    return replace(mesh, positions=mesh.positions.take(vertices, axis=0), faces=numbers[mesh.faces], colors=colors)


def _turn(corners: NDArray[Scalar], turned: BoolArray) -> NDArray[Scalar]:
    out = corners.copy()
    out[turned] = corners[turned][:, TURNED]
    return out


def _mean_colors(colors: ByteArray, labels: IntArray, count: int) -> ByteArray:
    """Average in sRGB: what meets at a seam is nearly alike, and linear light would change nothing visible."""
    counts = np.bincount(labels, minlength=count)
    means = [np.bincount(labels, colors[:, channel], count) / np.maximum(counts, 1) for channel in range(3)]
    return np.rint(np.stack(means, axis=1)).astype(np.uint8)


def finite_faces(mesh: Mesh) -> BoolArray:
    """Return which (m,) faces have three corners with finite coordinates."""
    finite = np.asarray(np.isfinite(mesh.positions))
    if finite.all():  # whole rows are asked one by one, which takes ten times as long
        return np.ones(len(mesh.faces), np.bool_)
    return np.asarray(np.asarray(finite.all(axis=1))[mesh.faces].all(axis=1))


def tidy_texcoords(texcoords: FloatArray) -> FloatArray:
    """Return (m, 3, 2) texture coordinates where a face has either three finite corners or three NaN."""
    corners = np.isfinite(texcoords)
    if corners.all():
        return texcoords
    finite = np.asarray(corners.all(axis=(1, 2)))
    broken = ~finite & ~np.asarray(np.isnan(texcoords).all(axis=(1, 2)))
    if not broken.any():
        return texcoords
    return np.where(broken[:, None, None], np.float32(np.nan), texcoords)


def tidy_normals(normals: FloatArray, faces: IntArray, fallback: Callable[[], FloatArray]) -> FloatArray:
    """Return (m, 3, 3) unit corner normals; those that are zero or not finite come from the (n, 3) of `fallback`."""
    tidy, broken = _unit_normals(np.ascontiguousarray(normals))
    if broken:
        rows, corners = np.nonzero(np.isnan(tidy[:, :, 0]))
        tidy[rows, corners] = fallback()[faces[rows, corners]]
    return tidy


@compiled
def _unit_normals(normals: FloatArray) -> tuple[FloatArray, int]:
    """Scale to length 1, those that have none becoming NaN, and count these."""
    tidy, broken = np.empty_like(normals), 0
    for f in range(len(normals)):
        for k in range(3):
            x, y, z = np.float64(normals[f, k, 0]), np.float64(normals[f, k, 1]), np.float64(normals[f, k, 2])
            length = np.sqrt(x * x + y * y + z * z)
            if 1e-12 < length < np.inf:
                tidy[f, k, 0], tidy[f, k, 1], tidy[f, k, 2] = x / length, y / length, z / length
            else:
                tidy[f, k, :] = np.nan
                broken += 1
    return tidy, broken


def finite_part(mesh: Mesh) -> Mesh:
    """Return the mesh without the faces that have a corner at infinity or at no number; itself when none has.

    Positions stay in their places, those that are not finite become the first that is, so that no box is infinite.
    """
    is_finite = np.asarray(np.isfinite(mesh.positions).all(axis=1))
    if is_finite.all():
        return mesh
    whole = take_faces(mesh, finite_faces(mesh))
    positions = mesh.positions.copy()
    positions[~is_finite] = positions[np.argmax(is_finite)] if is_finite.any() else 0
    return replace(whole, positions=positions)


@dataclass(frozen=True, eq=False)
class ConnectedMesh:
    """A mesh with its edges, areas and pieces; weld it first, or seams count as rims.

    cut : (k, 3) float32 positions along which it was cut out of a larger mesh, which have faces outside it; or None
    """

    mesh: Mesh
    cut: FloatArray | None = None

    def over(self, mesh: Mesh) -> ConnectedMesh:
        """Return the surface of another mesh; itself, with all it remembers, when it is the same one."""
        return self if mesh is self.mesh else ConnectedMesh(mesh, self.cut)

    def turned(self, faces: BoolArray) -> ConnectedMesh:
        """Return the surface with some faces wound the other way round; its edges are the same."""
        mesh = turn_faces(self.mesh, faces)
        if mesh is self.mesh:
            return self
        surface = self.over(mesh)
        if "edges" in self.__dict__:
            surface.__dict__["edges"] = self.edges.turned(faces)
        return surface

    @cached_property
    def edges(self) -> Edges:
        """Return the unique edges."""
        return find_edges(self.mesh.faces, len(self.mesh.positions))

    @cached_property
    def rims(self) -> Edges:
        """Return the edges without those that it was cut along, so that the others with one face are true rims."""
        if self.cut is None:
            return self.edges
        places = weld(np.concatenate([self.cut, self.mesh.positions])).labels[len(self.cut) :]
        is_cut = places < len(self.cut)
        return self.edges.without(self.edges.boundary & is_cut[self.edges.vertices].all(axis=1))

    @cached_property
    def areas(self) -> DoubleArray:
        """Return (m,) float64 areas of the faces."""
        return face_areas(self.mesh.positions, self.mesh.faces)

    @cached_property
    def components(self) -> Components:
        """Return the pieces that share no vertex."""
        return find_components(self.mesh.faces, len(self.mesh.positions))

    @cached_property
    def diagonal(self) -> float:
        """Return the length of the diagonal of the box around all positions, 0 without any."""
        if not len(self.mesh.positions):
            return 0.0
        # Column by column: over the rows of three columns it takes ten times as long.
        low, high = np.array([(column.min(), column.max()) for column in self.mesh.positions.T], np.float64).T
        return float(np.linalg.norm(high - low))


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


def bounding_box(positions: FloatArray, faces: IntArray) -> Box:
    """Return the box around all faces whose corners are finite; a point at zero without any."""
    bounds = _bounds(positions, faces, np.full(3, -np.inf), np.full(3, np.inf))
    return Box(*bounds) if (bounds[0] <= bounds[1]).all() else Box(np.zeros(3), np.zeros(3))


def body_box(positions: FloatArray, faces: IntArray) -> Box:
    """Return the box around a scan without fragments that float far off, and without triangles that reach there."""
    strays = stray_faces(positions, faces)
    if strays is not None:
        faces = faces[~strays]
    whole = bounding_box(positions, faces)
    low, high = whole.low, whole.high
    # Slices of the box by area, without the outer thousandth at each end. Far fragments make slices coarse: those that
    # hold nearly all are cut again.
    for _ in range(4):
        weights = _weigh(positions, faces, low, high, BINS)
        ends = np.array([_ends(weights[axis]) for axis in range(3)])
        step = (high - low) / BINS
        inner_low, inner_high = low + ends[:, 0] * step, low + ends[:, 1] * step
        coarse = inner_high - inner_low < 0.05 * (high - low)
        low, high = inner_low, inner_high
        if not coarse.any():
            break
    # Masts and cables beyond are taken in; what counts is where a triangle's middle is, and its corners then.
    reach = REACH * (high - low)
    body = Box(*_bounds(positions, faces, low - reach, high + reach))
    return body if (body.low <= body.high).all() else whole


_BODIES: WeakKeyDictionary[Mesh, Box] = WeakKeyDictionary()
_LOCK = threading.Lock()


def find_body(mesh: Mesh) -> Box:
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
    box = find_body(mesh)
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
