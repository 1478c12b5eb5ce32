"""Cut away the surface that no point holds up."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.clouds.neighbors import nearest_points, tree_of
from pipeline.model import DoubleArray, FloatArray, IntArray

SNAP = 0.1
"""A cut nearer than this part of an edge to its inner end is made at that end: slivers cost triangles for nothing."""


def farness(vertices: FloatArray, points: FloatArray, spacing: FloatArray) -> FloatArray:
    """Return (v,) how many spacings each vertex lies from the nearest of (n, 3) points of (n,) spacing."""
    nearest, distances = nearest_points(tree_of(points), vertices, 1)
    return np.asarray(distances[:, 0] / np.maximum(spacing[nearest[:, 0]], np.float32(1e-30)), np.float32)


def cut(positions: FloatArray, faces: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the part of a surface where (v,) values, straight along each edge, are within the limit.

    Faces that cross it are cut along it, so that a rim is as smooth as the values are; dropping them whole leaves a
    saw, whose teeth take half the triangles of a small level.
    """
    inside = values <= limit
    counts = inside[faces].sum(axis=1)
    crossing = faces[(counts == 1) | (counts == 2)]
    if not len(crossing):
        return positions, faces[counts == 3]
    turned = _turned(crossing, inside)
    single = inside[turned[:, 0]] & ~inside[turned[:, 1]]
    one, two = turned[single], turned[~single]
    edges = np.concatenate([one[:, [0, 1]], one[:, [0, 2]], two[:, [1, 0]], two[:, [2, 0]]])
    kinds, numbers = np.unique(edges, axis=0, return_inverse=True)
    added, ends = _crossings(positions, kinds, values, limit)
    ab, ac, ba, ca = np.split(ends[numbers.reshape(-1)], np.cumsum([len(one), len(one), len(two)]))
    new = np.concatenate(
        [
            np.stack([one[:, 0], ab, ac], axis=1),
            np.stack([two[:, 1], two[:, 2], ba], axis=1),
            np.stack([two[:, 2], ca, ba], axis=1),
        ]
    )
    whole = (new[:, 0] != new[:, 1]) & (new[:, 1] != new[:, 2]) & (new[:, 2] != new[:, 0])
    return np.concatenate([positions, added]), np.concatenate([faces[counts == 3], new[whole]]).astype(np.int32)


def _turned(faces: IntArray, inside: np.ndarray) -> IntArray:
    """Begin each face with the corner that is alone on its side."""
    sides = inside[faces]
    alone = np.argmax(sides == (sides.sum(axis=1) == 1)[:, None], axis=1)
    return np.take_along_axis(faces, (alone[:, None] + np.arange(3)) % 3, axis=1)


def _crossings(positions: FloatArray, edges: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the new positions where edges, from inside to outside, meet the limit; and each edge's vertex there."""
    low, high = (values[edges[:, end]].astype(np.float64) for end in (0, 1))
    part = (limit - low) / np.maximum(high - low, 1e-30)
    between = part >= SNAP
    start, end = (positions[edges[between, k]].astype(np.float64) for k in (0, 1))
    places: DoubleArray = start + part[between, None] * (end - start)
    vertices = edges[:, 0].astype(np.int32)
    vertices[between] = len(positions) + np.arange(len(places), dtype=np.int32)
    return places.astype(np.float32), vertices
