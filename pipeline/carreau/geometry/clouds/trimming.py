"""Surfaces trimmed where a value at their vertices is above a limit."""

from __future__ import annotations

import numpy as np

from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.topology import BoolArray, edges_of, join

SNAP = 0.1
"""A cut nearer to the inner end of an edge than this share is made at that end, which avoids slivers."""


def clip_above(positions: FloatArray, faces: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the part of a surface where (v,) values, linear along each edge, are within the limit.

    Faces across it are cut, so that the rim is as smooth as the values; dropping them leaves a jagged rim that takes
    half the triangles of a small level.
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
    valid = (new[:, 0] != new[:, 1]) & (new[:, 1] != new[:, 2]) & (new[:, 2] != new[:, 0])
    return np.concatenate([positions, added]), np.concatenate([faces[counts == 3], new[valid]]).astype(np.int32)


def enclosed(faces: IntArray, values: FloatArray, limit: float, most: float) -> BoolArray:
    """Return which of the vertices with (v,) values above the limit lie in a patch of such, closed and not too high.

    Such a patch has other vertices all around it, not a rim, and no value above `most`.
    """
    far = values > limit
    faces = faces[far[faces].any(axis=1)]
    edges = edges_of(faces, len(far))
    ends = edges.vertices[far[edges.vertices].all(axis=1)]
    patches = join(ends[:, 0], ends[:, 1], len(far))
    is_open = np.zeros(len(far), np.bool_)
    is_open[patches[values > most]] = True
    is_open[patches[edges.vertices[edges.boundary & far[edges.vertices].any(axis=1)].ravel()]] = True
    return np.asarray(far & ~is_open[patches])


def _turned(faces: IntArray, inside: np.ndarray) -> IntArray:
    """Return the faces rotated to start with the corner that is alone on its side."""
    sides = inside[faces]
    alone = np.argmax(sides == (sides.sum(axis=1) == 1)[:, None], axis=1)
    return np.take_along_axis(faces, (alone[:, None] + np.arange(3)) % 3, axis=1)


def _crossings(positions: FloatArray, edges: IntArray, values: FloatArray, limit: float) -> tuple[FloatArray, IntArray]:
    """Return the new positions where edges, from inside to outside, cross the limit, and the vertex on each edge."""
    low, high = (values[edges[:, end]].astype(np.float64) for end in (0, 1))
    part = (limit - low) / np.maximum(high - low, 1e-30)
    between = part >= SNAP
    start, end = (positions[edges[between, k]].astype(np.float64) for k in (0, 1))
    places: DoubleArray = start + part[between, None] * (end - start)
    vertices = edges[:, 0].astype(np.int32)
    vertices[between] = len(positions) + np.arange(len(places), dtype=np.int32)
    return places.astype(np.float32), vertices
