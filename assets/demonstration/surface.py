"""The skin of a distance field as triangles (naive surface nets, Gibson 1998, doi:10.1007/BFb0056277)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.demonstration.field import Field
from carreau.base.model import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles that still know what they belong to.

    positions : (n, 3) float32 metres, where the capture puts them
    places : (n, 3) float32 metres, where the thing itself is: paint and light are looked up here
    normals : (n, 3) float32 unit, of the thing itself
    owners : (n,) int16, number of the shape
    faces : (m, 3) int32
    """

    positions: FloatArray
    places: FloatArray
    normals: FloatArray
    owners: NDArray[np.int16]
    faces: IntArray


@dataclass(frozen=True, eq=False)
class _Crossings:
    """Grid edges along one axis that pass through the skin: quads of the four cells around each."""

    cells: NDArray[np.int64]
    points: FloatArray
    owners: NDArray[np.int16]
    outward: NDArray[np.bool_]


def _crossings(space: Field, axis: int) -> _Crossings:
    d, strides = space.distances, np.array(space.distances.strides) // 4
    inside = d < 0
    lower = [slice(1, -1)] * 3
    upper = [slice(1, -1)] * 3
    lower[axis], upper[axis] = slice(0, -1), slice(1, None)
    at = np.argwhere(inside[tuple(lower)] != inside[tuple(upper)]) + [int(a != axis) for a in range(3)]
    flat = at @ strides
    a, b = d.reshape(-1)[flat], d.reshape(-1)[flat + strides[axis]]
    points = at.astype(np.float32)
    points[:, axis] += a / (a - b)
    owners = space.owners.reshape(-1)[np.where(a < 0, flat, flat + strides[axis])]
    u, v = strides[(axis + 1) % 3], strides[(axis + 2) % 3]
    cells = flat[:, None] - np.array([u + v, v, 0, u])
    return _Crossings(cells, points, owners, a < 0)


def _triangles(quads: IntArray, outward: NDArray[np.bool_], rng: np.random.Generator) -> IntArray:
    """Cut quads (q, 4) along either diagonal, by chance: one diagonal alone leaves a visible weave."""
    quads = np.where(outward[:, None], quads, quads[:, ::-1])
    turned = np.where(rng.random(len(quads))[:, None] < 0.5, quads, np.roll(quads, 1, axis=1))
    return np.concatenate([turned[:, [0, 1, 2]], turned[:, [0, 2, 3]]]).astype(np.int32)


def _gradients(space: Field, points: FloatArray) -> FloatArray:
    """Return unit normals at grid places, from the distances of the eight corners around."""
    base = np.clip(np.floor(points).astype(np.int64), 0, np.array(space.distances.shape) - 2)
    x, y, z = base.T
    corner = {(i, j, k): space.distances[x + i, y + j, z + k] for i in (0, 1) for j in (0, 1) for k in (0, 1)}
    normals = np.zeros((len(points), 3), np.float32)
    for key, value in corner.items():
        for axis in range(3):
            normals[:, axis] += value if key[axis] else -value
    values: FloatArray = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return values


def skin(space: Field, rng: np.random.Generator) -> Surface:
    """Return the zero surface of a field; where bars touch at an edge it is not manifold, as in real scans."""
    crossings = [_crossings(space, axis) for axis in range(3)]
    cells = np.concatenate([c.cells for c in crossings])
    _, first, index = np.unique(cells.reshape(-1), return_index=True, return_inverse=True)
    counts = np.bincount(index).astype(np.float32)
    points = np.repeat(np.concatenate([c.points for c in crossings]), 4, axis=0)
    grid = np.stack([np.bincount(index, points[:, a]) / counts for a in range(3)], axis=1).astype(np.float32)
    owners = np.repeat(np.concatenate([c.owners for c in crossings]), 4)[first]
    faces = _triangles(index.reshape(cells.shape).astype(np.int32), np.concatenate([c.outward for c in crossings]), rng)
    places = (space.low + grid * space.step).astype(np.float32)
    return Surface(places, places, _gradients(space, grid), owners, faces)
