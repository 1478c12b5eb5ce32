"""Transformation of point clouds, and of meshes made from them, into the model's coordinates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carreau.base.model import Cloud, DoubleArray, FloatArray, Mesh
from carreau.geometry.frames import transform, transform_points


def apply_transform(mesh: Mesh, scan_to_model: DoubleArray) -> Mesh:
    """Return a mesh of the scan's own coordinates in the model's, about (0, 0, 0).

    scan_to_model : (4, 4) float64, what `orient` says of the surface
    """
    moved = transform(mesh, scan_to_model)
    return replace(moved, positions=_about_zero(moved.positions, moved.origin), origin=np.zeros(3))


def apply_transform_to_cloud(cloud: Cloud, scan_to_model: DoubleArray) -> Cloud:
    """Return a cloud with its stations and normals in the model's coordinates, about (0, 0, 0)."""
    linear = np.asarray(scan_to_model, np.float64)[:3, :3]
    origin = transform_points(cloud.origin[None], scan_to_model)[0]
    normals = cloud.normals
    if normals is not None:
        turned = normals.astype(np.float64) @ np.linalg.inv(linear)
        lengths = np.linalg.norm(turned, axis=1, keepdims=True)
        normals = (turned / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return replace(
        cloud,
        positions=_about_zero(cloud.positions.astype(np.float64) @ linear.T, origin),
        stations=_about_zero(cloud.stations.astype(np.float64) @ linear.T, origin),
        normals=normals,
        voxel=cloud.voxel * float(np.cbrt(abs(np.linalg.det(linear)))),
        origin=np.zeros(3),
    )


def _about_zero(positions: FloatArray | DoubleArray, origin: DoubleArray) -> FloatArray:
    return (positions.astype(np.float64) + origin).astype(np.float32)
