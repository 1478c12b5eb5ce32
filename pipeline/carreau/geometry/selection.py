"""Selection, merging and flipping of faces, with all their attributes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Mesh
from carreau.geometry.topology import BoolArray, Components, Edges, components_of, edges_of, weld
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
    faces = _turned(mesh.faces, turned)
    normals = None if mesh.normals is None else _turned(mesh.normals, turned)
    if normals is not None:
        outward = face_normals(mesh.positions, faces[turned])
        against = np.einsum("fkd,fd->f", normals[turned], outward) < 0
        normals[np.flatnonzero(turned)[against]] *= -1
    texcoords = tuple(_turned(texcoords, turned) for texcoords in mesh.texcoords)
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


def welded(mesh: Mesh) -> Mesh:
    """Return the mesh with one position a place; seams stay in the corners' texture coordinates and normals."""
    same = weld(mesh.positions)
    return merge_positions(mesh, same.labels, same.first)


def compacted(mesh: Mesh) -> Mesh:
    """Return the mesh without the positions that no face uses; the others keep their order."""
    used = np.zeros(len(mesh.positions), np.bool_)
    used[mesh.faces.reshape(-1)] = True
    if used.all():
        return mesh
    kept = np.flatnonzero(used)
    numbers = np.empty(len(used), np.int32)  # of unused ones anything: a part of a large mesh fills few pages of it
    numbers[kept] = np.arange(len(kept), dtype=np.int32)
    colors = None if mesh.colors is None else mesh.colors.take(kept, axis=0)
    return replace(mesh, positions=mesh.positions.take(kept, axis=0), faces=numbers[mesh.faces], colors=colors)


def _turned(corners: NDArray[Scalar], turned: BoolArray) -> NDArray[Scalar]:
    out = corners.copy()
    out[turned] = corners[turned][:, TURNED]
    return out


def _mean_colors(colors: ByteArray, labels: IntArray, count: int) -> ByteArray:
    """Average in sRGB: what meets at a seam is nearly alike, and linear light would change nothing visible."""
    counts = np.bincount(labels, minlength=count)
    means = [np.bincount(labels, colors[:, channel], count) / np.maximum(counts, 1) for channel in range(3)]
    return np.rint(np.stack(means, axis=1)).astype(np.uint8)


def finite_faces(mesh: Mesh) -> BoolArray:
    """Say which (m,) faces have three corners at places, with three finite coordinates each."""
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
        return edges_of(self.mesh.faces, len(self.mesh.positions))

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
        return components_of(self.mesh.faces, len(self.mesh.positions))

    @cached_property
    def diagonal(self) -> float:
        """Return the length of the diagonal of the box around all positions, 0 without any."""
        if not len(self.mesh.positions):
            return 0.0
        # Column by column: over the rows of three columns it takes ten times as long.
        low, high = np.array([(column.min(), column.max()) for column in self.mesh.positions.T], np.float64).T
        return float(np.linalg.norm(high - low))
