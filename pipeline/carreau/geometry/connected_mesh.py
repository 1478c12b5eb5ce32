"""Cached properties of a mesh: edges, areas and connected components."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from carreau.base.model import DoubleArray, FloatArray, Mesh
from carreau.geometry.selection import turn_faces
from carreau.geometry.topology import BoolArray, Components, Edges, components_of, edges_of, weld
from carreau.geometry.triangles import face_areas


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
