"""Cached properties of a mesh: edges, areas and connected components."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.geometry.topology import Components, Edges, components_of, edges_of
from pipeline.geometry.triangles import face_areas
from pipeline.model import DoubleArray, Mesh


@dataclass(frozen=True, eq=False)
class ConnectedMesh:
    """A mesh with its edges, areas and pieces; weld it first, or seams count as rims."""

    mesh: Mesh

    def over(self, mesh: Mesh) -> ConnectedMesh:
        """Return the surface of another mesh; itself, with all it remembers, when it is the same one."""
        return self if mesh is self.mesh else ConnectedMesh(mesh)

    @cached_property
    def edges(self) -> Edges:
        """Return the unique edges."""
        return edges_of(self.mesh.faces, len(self.mesh.positions))

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
        low, high = self.mesh.positions.min(axis=0), self.mesh.positions.max(axis=0)
        return float(np.linalg.norm(high.astype(np.float64) - low))
