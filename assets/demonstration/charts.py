"""Cut a surface into the many small charts that photogrammetry programs leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from assets.demonstration.noise import chances
from assets.demonstration.parts import BEAMS, GROUND
from assets.demonstration.surface import Surface
from carreau.base.model import DoubleArray, FloatArray, IntArray

CELL_M = 2.5
TURNS = 12


@dataclass(frozen=True, eq=False)
class Charts:
    """Pieces of surface laid flat.

    labels : (m,) int32, each face's chart
    corners : (m, 3, 2) float32 metres from its chart's lower corner
    sizes : (c, 2) float32 metres
    weights : (c,) float32, how densely a chart is to be painted
    """

    labels: IntArray
    corners: FloatArray
    sizes: FloatArray
    weights: FloatArray


def _neighbours(faces: IntArray) -> NDArray[np.int64]:
    """Return (k, 2) faces that share an edge."""
    ends = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1).astype(np.int64)
    keys = ends[:, 0] << 32 | ends[:, 1]
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    return np.stack([order[:-1][same] // 3, order[1:][same] // 3], axis=1)


def _face_normals(surface: Surface) -> DoubleArray:
    corners = surface.places[surface.faces].astype(np.float64)
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def _unit(vectors: DoubleArray) -> DoubleArray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    # a chart of nothing but faces without area looks up
    unit: DoubleArray = np.where(length > 1e-15, vectors / np.maximum(length, 1e-15), [[0.0, 1.0, 0.0]])
    return unit


def _means(normals: DoubleArray, labels: IntArray) -> DoubleArray:
    """Return (c, 3) unit mean normals of charts."""
    return _unit(np.stack([np.bincount(labels, normals[:, axis]) for axis in range(3)], axis=1).astype(float))


def _smoothed(values: DoubleArray, pairs: NDArray[np.int64], rounds: int) -> DoubleArray:
    """Average face values with their neighbours', so that chart borders do not follow the noise."""
    a, b = pairs.T
    for _ in range(rounds):
        total = values.copy()
        for axis in range(3):
            total[:, axis] += np.bincount(a, values[b, axis], len(values))
            total[:, axis] += np.bincount(b, values[a, axis], len(values))
        values = total / 4
    return values


def _directions() -> DoubleArray:
    steps = np.array([(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)], float)
    steps = steps[(np.abs(steps).sum(axis=1) > 0) & (np.abs(steps).sum(axis=1) < 3)]
    return _unit(steps)


def _components(keys: NDArray[np.int64], pairs: NDArray[np.int64]) -> IntArray:
    same = pairs[keys[pairs[:, 0]] == keys[pairs[:, 1]]]
    graph = coo_matrix((np.ones(len(same), np.int8), (same[:, 0], same[:, 1])), (len(keys), len(keys)))
    return connected_components(graph, directed=False)[1].astype(np.int32)


def _absorbed(labels: IntArray, pairs: NDArray[np.int64], normals: DoubleArray, least: int) -> IntArray:
    """Give charts of a few faces to a larger neighbour that looks about the same way."""
    sizes = np.bincount(labels)
    mean = _means(normals, labels)
    for a, b in (pairs.T, pairs.T[::-1]):
        alike = np.sum(mean[labels[b]] * normals[a], axis=1) > 0.35 * np.linalg.norm(normals[a], axis=1)
        move = (sizes[labels[a]] < least) & (sizes[labels[a]] < sizes[labels[b]]) & alike
        labels = labels.copy()
        labels[a[move]] = labels[b[move]]
    return labels


def _labels(surface: Surface, cell_m: float) -> IntArray:
    """Return each face's chart: like normals in like places, joined by edges."""
    pairs = _neighbours(surface.faces)
    normals = _smoothed(_face_normals(surface), pairs, 4)
    side = np.argmax(normals @ _directions().T, axis=1)
    centers = surface.places[surface.faces].mean(axis=1)
    offset = np.stack([chances(41, side, np.full(len(side), axis)) for axis in range(3)], axis=1)
    cells = np.floor(centers / cell_m + 7 * offset).astype(np.int64) + 512
    keys = ((side * 1024 + cells[:, 0]) * 1024 + cells[:, 1]) * 1024 + cells[:, 2]
    labels = _components(keys, pairs)
    for _ in range(5):
        labels = _absorbed(labels, pairs, normals, 40)
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


def _flattened(surface: Surface, labels: IntArray) -> tuple[DoubleArray, int]:
    """Return (m, 3, 2) corners on each chart's own mean plane."""
    count = int(labels.max()) + 1
    normals = _face_normals(surface)
    mean = _means(normals, labels)
    helper = np.where(np.abs(mean[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    across = np.cross(helper, mean)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    upright = np.cross(mean, across)
    corners = surface.places[surface.faces].astype(np.float64)
    u = np.einsum("mkd,md->mk", corners, across[labels])
    v = -np.einsum("mkd,md->mk", corners, upright[labels])  # rows go down
    return np.stack([u, v], axis=-1), count


def _extents(values: DoubleArray, labels: IntArray, count: int) -> tuple[DoubleArray, DoubleArray]:
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, labels, values.min(axis=1))
    np.maximum.at(high, labels, values.max(axis=1))
    return low, high


def _turned(flat: DoubleArray, labels: IntArray, count: int) -> tuple[DoubleArray, DoubleArray]:
    """Turn every chart so that its bounding rectangle is small, and put its corner at the origin."""
    best_area, best_turn = np.full(count, np.inf), np.zeros(count)
    for turn in np.arange(TURNS) * np.pi / 2 / TURNS:
        u = flat[..., 0] * np.cos(turn) - flat[..., 1] * np.sin(turn)
        v = flat[..., 0] * np.sin(turn) + flat[..., 1] * np.cos(turn)
        (u0, u1), (v0, v1) = _extents(u, labels, count), _extents(v, labels, count)
        area = (u1 - u0) * (v1 - v0)
        best_turn = np.where(area < best_area - 1e-9, turn, best_turn)
        best_area = np.minimum(area, best_area)
    cosine, sine = np.cos(best_turn)[labels, None], np.sin(best_turn)[labels, None]
    u, v = flat[..., 0] * cosine - flat[..., 1] * sine, flat[..., 0] * sine + flat[..., 1] * cosine
    (u0, u1), (v0, v1) = _extents(u, labels, count), _extents(v, labels, count)
    corners = np.stack([u - u0[labels, None], v - v0[labels, None]], axis=-1)
    return corners, np.stack([u1 - u0, v1 - v0], axis=1)


def cut(surface: Surface, cell_m: float = CELL_M) -> Charts:
    """Return charts of a few metres at most: hundreds to thousands of them, as scans have."""
    labels = _labels(surface, cell_m)
    flat, count = _flattened(surface, labels)
    corners, sizes = _turned(flat, labels, count)
    owners = surface.owners[surface.faces[:, 0]]
    density = np.where(owners == GROUND, 0.56, np.where(owners >= BEAMS, 0.80, 1.0))
    weights = np.bincount(labels, density, count) / np.bincount(labels, minlength=count)
    return Charts(labels, corners.astype(np.float32), sizes.astype(np.float32), weights.astype(np.float32))
