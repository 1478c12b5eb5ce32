"""The part of a mesh around some of its vertices, mended alone and put back.

What is mended in a large scan lies along its rims and where faces collapsed, in a hundredth of it. To look for it again
in the whole, round after round, took most of the time that cleaning took.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import IntArray, Mesh
from carreau.geometry.selection import ConnectedMesh, compacted, take_faces
from carreau.geometry.topology import BoolArray, weld

Scalar = TypeVar("Scalar", bound=np.generic)

RINGS = 3
"""Faces around a vertex, counted outwards, of which the last must not change: mending one moves no other that far."""

MOST_SHARE = 0.125
"""Share of a mesh up to which a part of it is worth taking out."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A part of a mesh.

    surface : its faces, each with its own number in the part as its material, cut out along their outermost vertices
    rows, vertices : (k,) and (p,) ascending, its faces and positions among those of the whole
    shell : (k,) bool, faces along the cut
    """

    surface: ConnectedMesh
    rows: NDArray[np.intp]
    vertices: NDArray[np.intp]
    shell: BoolArray

    def put_back(self, whole: Mesh, mended: Mesh) -> Mesh | None:
        """Return the whole with what became of the part, new faces last; None where the shell changed too.

        The positions of the whole must be distinct; mending may merge positions and drop them, and adds none.
        """
        before = self.surface.mesh
        if mended is before:
            return whole
        sources = weld(np.concatenate([before.positions, mended.positions])).labels[len(before.positions) :]
        corners, numbers = sources[mended.faces], mended.face_materials
        is_new = np.zeros(len(numbers), np.bool_)
        is_new[1:] = numbers[1:] <= np.maximum.accumulate(numbers)[:-1]
        old = numbers[~is_new]
        is_same = np.zeros(len(before.faces), np.bool_)
        is_same[old] = (corners[~is_new] == before.faces[old]).all(axis=1)
        if not is_same[self.shell].all():
            return None
        return self._without_merged(self._with_faces(whole, mended, self.vertices[corners], is_new), sources, mended)

    def _with_faces(self, whole: Mesh, mended: Mesh, faces: NDArray[np.intp], is_new: BoolArray) -> Mesh:
        """Return the whole with the faces of the mended part, still over its own positions."""
        rows = self.rows[mended.face_materials]
        old, new = rows[~is_new], np.flatnonzero(is_new)
        dropped = np.setdiff1d(self.rows, old, assume_unique=True)
        stays = np.delete(np.arange(len(whole.faces), dtype=np.int32), dropped) if len(dropped) else None
        count = len(whole.faces) - len(dropped)
        old -= np.searchsorted(dropped, old)

        def merged(values: NDArray[Scalar], changed: NDArray[Scalar]) -> NDArray[Scalar]:
            out = np.empty((count + len(new), *values.shape[1:]), values.dtype)
            if stays is None:
                out[:count] = values
            else:
                np.take(values, stays, axis=0, out=out[:count], mode="clip")
            out[old] = changed[~is_new]
            out[count:] = changed[new]
            return out

        return replace(
            whole,
            faces=merged(whole.faces, faces.astype(np.int32)),
            texcoords=tuple(merged(*pair) for pair in zip(whole.texcoords, mended.texcoords, strict=True)),
            normals=None if whole.normals is None or mended.normals is None else merged(whole.normals, mended.normals),
            face_materials=merged(whole.face_materials, whole.face_materials[rows]),
        )

    def _without_merged(self, whole: Mesh, sources: IntArray, mended: Mesh) -> Mesh:
        """Return the whole without the positions of the part that are gone, and with the mean colours of the others."""
        colors = whole.colors
        if colors is not None and mended.colors is not None:
            colors = colors.copy()
            colors[self.vertices[sources]] = mended.colors
        stays = np.ones(len(whole.positions), np.bool_)
        stays[self.vertices] = False
        stays[self.vertices[sources]] = True
        if stays.all():
            return replace(whole, colors=colors)
        numbers = (np.cumsum(stays) - 1).astype(np.int32)
        return replace(
            whole,
            positions=whole.positions[stays],
            faces=numbers[whole.faces],
            colors=None if colors is None else colors[stays],
        )


def surroundings(whole: ConnectedMesh, around: BoolArray) -> Surroundings | None:
    """Return the faces within `RINGS` of (n,) vertices; None where they are much of the mesh, or it is a part itself.

    The positions of the mesh must be distinct.
    """
    faces = whole.mesh.faces
    if whole.cut is not None or np.count_nonzero(_touching(faces, around)) > MOST_SHARE * len(faces):
        return None
    core = around
    for _ring in range(RINGS - 1):
        core = _grown(faces, core)
    touching = _touching(faces, core)
    rows = np.flatnonzero(touching)
    if len(rows) > MOST_SHARE * len(faces):
        return None
    is_used = np.zeros(len(core), np.bool_)
    is_used[faces[rows].reshape(-1)] = True
    vertices = np.flatnonzero(is_used)
    part = compacted(take_faces(whole.mesh, rows))
    part = replace(part, face_materials=np.arange(len(rows), dtype=np.int32))
    is_outermost = ~core[vertices]
    surface = ConnectedMesh(part, part.positions[is_outermost])
    return Surroundings(surface, rows, vertices, np.asarray(is_outermost[part.faces].any(axis=1)))


@compiled
def _touching(faces: IntArray, vertices: BoolArray) -> BoolArray:
    """Say which (m, 3) faces have one of some vertices."""
    touching = np.empty(len(faces), np.bool_)
    for f in range(len(faces)):
        touching[f] = vertices[faces[f, 0]] or vertices[faces[f, 1]] or vertices[faces[f, 2]]
    return touching


@compiled
def _grown(faces: IntArray, vertices: BoolArray) -> BoolArray:
    """Return some vertices and all that a face joins to one of them."""
    grown = vertices.copy()
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        if vertices[a] or vertices[b] or vertices[c]:
            grown[a] = True
            grown[b] = True
            grown[c] = True
    return grown
