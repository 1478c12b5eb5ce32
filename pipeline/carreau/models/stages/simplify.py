"""Simplification of a scan's surface to a number of triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.model import FloatArray, IntArray, Mesh
from carreau.geometry.decimation import decimated
from carreau.geometry.render.fitting import fitted
from carreau.geometry.render.raycasting import scene_of
from carreau.geometry.topology import edges_of


@dataclass(frozen=True)
class SimplifyOptions:
    """How far to go.

    triangles : most triangles left
    """

    triangles: int


@dataclass(frozen=True, eq=False)
class Reduced:
    """A level's surface, before it has an atlas.

    positions : (n, 3) float32 metres
    faces : (m, 3) int32
    error_m : the simplifier's own estimate of the largest distance, 0 where nothing was taken away
    is_whole : True where the scan was small enough to be left as it is
    """

    positions: FloatArray
    faces: IntArray
    error_m: float
    is_whole: bool


def simplify(mesh: Mesh, options: SimplifyOptions) -> Reduced:
    """Simplify to the budget, borders kept, then fit what is left to the scan; a smaller mesh is not touched."""
    return simplify_further(mesh, Reduced(mesh.positions, mesh.faces, 0.0, is_whole=True), options)


def simplify_further(mesh: Mesh, finer: Reduced, options: SimplifyOptions) -> Reduced:
    """Simplify what was simplified before, and fit what is left to the scan; a smaller mesh is not touched.

    From 80,000 triangles to 10,000 it takes a third of the time that it takes from the 600,000 of a statue.
    """
    if len(finer.faces) <= options.triangles:
        return finer
    faces, error = decimated(finer.positions, finer.faces, options.triangles)
    used, inverse = np.unique(faces, return_inverse=True)
    faces, positions = inverse.reshape(-1, 3).astype(np.int32), finer.positions[used]
    moved = fitted(positions, faces, scene_of(mesh.positions, mesh.faces), on_border(faces, len(positions)))
    return Reduced(moved, faces, finer.error_m + error, is_whole=False)


def on_border(faces: IntArray, vertex_count: int) -> np.ndarray:
    """Return (n,) bool: whether a vertex lies on an edge that has one face, and so must stay where it is."""
    edges = edges_of(faces, vertex_count)
    is_border = np.zeros(vertex_count, bool)
    is_border[edges.vertices[edges.boundary].ravel()] = True
    return is_border
