"""Gaps that remain between tiles after their vertices and edges are joined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import IntArray, Mesh
from carreau.geometry.topology import edges_of

THIN = 0.1
"""Most area of a slit, in squares of half its round: a square has 0.25, a true hole across a cut is not so thin."""


def fill_slits(mesh: Mesh, tile_of: NDArray[np.int64]) -> tuple[Mesh, int]:
    """Return the mesh with a fan of triangles over each thin rim along faces of two tiles, and how many rims that were.

    A new triangle gets the texture of the face along its boundary edge, stretched over the slit.
    tile_of : the tile of each material
    """
    edges = edges_of(mesh.faces, len(mesh.positions))
    half = edges.half_edges[edges.starts[:-1][edges.boundary]]
    loops = [loop for loop in _loops(mesh, half) if _is_slit(mesh, loop, tile_of)]
    if not loops:
        return mesh, 0
    # The rim edge that the fan begins at is its apex; the two edges at it need no triangle of their own.
    along = np.concatenate([loop[1:-1] for loop in loops])
    apex = np.concatenate([np.full(len(loop) - 2, _tail(mesh, loop)[0]) for loop in loops])
    face, corner = along // 3, along % 3
    after = (corner + 1) % 3
    fan = np.stack([apex, mesh.faces[face, after], mesh.faces[face, corner]], axis=1).astype(np.int32)
    corners_of = np.stack([corner, after, corner], axis=1)
    rows = face[:, None]
    filled = replace(
        mesh,
        faces=np.concatenate([mesh.faces, fan]),
        texcoords=tuple(np.concatenate([each, each[rows, corners_of]]) for each in mesh.texcoords),
        normals=None if mesh.normals is None else np.concatenate([mesh.normals, mesh.normals[rows, corners_of]]),
        face_materials=np.concatenate([mesh.face_materials, mesh.face_materials[face]]),
    )
    return filled, len(loops)


def _tail(mesh: Mesh, half: IntArray) -> IntArray:
    return mesh.faces[half // 3, half % 3]


def _loops(mesh: Mesh, half: IntArray) -> list[IntArray]:
    """Return the half-edges of each closed rim, in their order; rims that touch at a vertex are left out."""
    tails, heads = _tail(mesh, half), mesh.faces[half // 3, (half % 3 + 1) % 3]
    times = np.bincount(tails, minlength=len(mesh.positions))
    leaving = {int(tail): row for row, tail in enumerate(tails) if times[tail] == 1}
    left = dict.fromkeys(range(len(half)))
    loops = []
    while left:
        row: int | None = next(iter(left))
        loop: list[int] = []
        while row is not None and row in left:
            del left[row]
            loop.append(row)
            row = leaving.get(int(heads[row]))
        if row == loop[0] and len(loop) > 2:
            loops.append(half[np.array(loop)])
    return loops


def _is_slit(mesh: Mesh, loop: IntArray, tile_of: NDArray[np.int64]) -> bool:
    if len(np.unique(tile_of[mesh.face_materials[loop // 3]])) < 2:
        return False
    places = mesh.positions[_tail(mesh, loop)].astype(np.float64)
    places -= places[0]
    following = np.roll(places, -1, axis=0)
    area = float(np.linalg.norm(np.cross(places, following).sum(axis=0))) / 2
    half_round = float(np.linalg.norm(following - places, axis=1).sum()) / 2
    return area <= THIN * half_round**2
