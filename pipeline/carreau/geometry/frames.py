"""Transformation of meshes with 4x4 matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carreau.base.model import DoubleArray, FloatArray, Mesh

IDENTITY = np.eye(4)


def transform_points(points: FloatArray | DoubleArray, matrix: DoubleArray) -> DoubleArray:
    """Return (n, 3) float64 points under a row-major 4x4 affine matrix."""
    return np.asarray(points, np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def transform(mesh: Mesh, matrix: DoubleArray) -> Mesh:
    """Return the mesh under an affine 4x4 matrix; origin moves with it, so that large coordinates lose nothing.

    A mirroring matrix turns the faces round, so that they still look outwards.
    """
    if np.array_equal(matrix, IDENTITY):
        return mesh
    linear = np.asarray(matrix, np.float64)[:3, :3]
    positions = (mesh.positions.astype(np.float64) @ linear.T).astype(np.float32)
    origin = transform_points(mesh.origin[None], matrix)[0]
    moved = replace(mesh, positions=positions, origin=origin, normals=_turned(mesh.normals, linear))
    return _mirrored(moved) if np.linalg.det(linear) < 0 else moved


def about(mesh: Mesh, origin: DoubleArray) -> Mesh:
    """Return the same mesh with its positions about another origin."""
    if np.array_equal(mesh.origin, origin):
        return mesh
    positions = (mesh.positions.astype(np.float64) + (mesh.origin - origin)).astype(np.float32)
    return replace(mesh, positions=positions, origin=np.asarray(origin, np.float64))


def _turned(normals: FloatArray | None, linear: DoubleArray) -> FloatArray | None:
    if normals is None:
        return None
    turned = normals.astype(np.float64) @ np.linalg.inv(linear)
    lengths = np.linalg.norm(turned, axis=-1, keepdims=True)
    unit = np.divide(turned, lengths, out=np.zeros_like(turned), where=lengths > 0)
    return np.asarray(unit, np.float32)


def _mirrored(mesh: Mesh) -> Mesh:
    return replace(
        mesh,
        faces=np.ascontiguousarray(mesh.faces[:, ::-1]),
        texcoords=tuple(np.ascontiguousarray(uvs[:, ::-1]) for uvs in mesh.texcoords),
        normals=None if mesh.normals is None else np.ascontiguousarray(mesh.normals[:, ::-1]),
    )
