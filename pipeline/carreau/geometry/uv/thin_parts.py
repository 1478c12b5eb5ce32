"""Parts that are too thin to be seen from more than one side: bars, rails and slivers.

At a coarse level a lattice bar is about a texel thick. A chart for each of its sides costs vertices along all its
edges and a gutter all around. Flattened as a whole, front and back share their texels, which are closer to each other
than the size of a texel.
"""

from __future__ import annotations

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.uv.parameterize import Patches, cut
from carreau.geometry.uv.segmentation import find, pop, push

WRAPS = 0.5
"""Share of area that laying a bar flat loses at least: what looks one way is a strip of a wall."""

MIDDLE, LEAST = -2 * np.pi / 3, 2 * np.pi / 3
"""Which of three eigenvalues, as the angle by which the largest is turned to find it."""


def bars_of(positions: FloatArray, faces: IntArray, pairs: IntArray, widest: float) -> IntArray:
    """Return (m,) int32: the bar, or the flat lattice of bars, that each face is part of, numbered from 0; -1 for none.

    A bar may be of any length, and a lattice of any length and width.

    pairs : (k, 2) int32, faces that share an edge
    widest : most that a bar may measure across and a lattice through, in the unit of the positions; 0 finds none
    """
    if not len(faces) or widest <= 0:
        return np.full(len(faces), -1, np.int32)
    moments, most = _moments(positions, faces), widest * widest / 12
    sums = moments.copy()
    roots = _gather(pairs, sums, most, MIDDLE)
    is_bar = np.linalg.norm(sums[roots, 10:], axis=1) <= (1 - WRAPS) * sums[roots, 0]
    labels = np.full(len(faces), -1, np.int32)
    if not is_bar.any():
        return labels
    bars = _numbered(roots[is_bar])
    labels[is_bar] = bars
    meet = labels[pairs[is_bar[pairs].all(axis=1)]]
    lattices = _gather(meet[meet[:, 0] != meet[:, 1]], _summed(moments[is_bar], bars), most, LEAST)
    labels[is_bar] = _numbered(lattices)[bars]
    return labels


def lay_bars(positions: FloatArray, faces: IntArray, labels: IntArray) -> Patches:
    """Lay bars, (m,) int32 numbered from 0, each on the plane of its two longest axes, its sides upon one another."""
    sums = _summed(_moments(positions, faces), labels)
    sums /= np.where(sums[:, :1] > 0, sums[:, :1], 1.0)
    middle = sums[:, 1:4]
    spread = sums[:, [4, 7, 8, 7, 5, 9, 8, 9, 6]].reshape(-1, 3, 3) - middle[:, :, None] * middle[:, None, :]
    axes = np.linalg.eigh(spread)[1]
    sources, cut_faces, charts = cut(faces, labels)
    points = positions[sources].astype(np.float64)
    uvs = np.stack([(points * axes[charts, :, k]).sum(axis=1) for k in (2, 1)], axis=1)
    return Patches(sources, cut_faces, charts, uvs)


def _numbered(roots: IntArray) -> IntArray:
    return np.unique(roots, return_inverse=True)[1].astype(np.int32)


def _summed(rows: DoubleArray, labels: IntArray) -> DoubleArray:
    return np.stack([np.bincount(labels, column) for column in rows.T], axis=1)


def _moments(positions: FloatArray, faces: IntArray) -> DoubleArray:
    """Return (m, 13): area, first and second moments of area (xx, yy, zz, xy, xz, yz), area normal of each face."""
    corners = positions[faces].astype(np.float64)
    corners -= corners.mean(axis=(0, 1))
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
    areas = np.linalg.norm(normals, axis=1)
    middle = corners.mean(axis=1)
    around = corners - middle[:, None]
    second = [
        areas * (middle[:, i] * middle[:, j] + (around[:, :, i] * around[:, :, j]).sum(axis=1) / 12)
        for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    ]
    return np.column_stack([areas, areas[:, None] * middle, *second, normals])


@compiled
def _spread(sums: DoubleArray, a: int, b: int, turn: float) -> float:
    """Return the variance of the places on clusters a and b as one, along the axis that `turn` chooses."""
    area = sums[a, 0] + sums[b, 0]
    if area <= 0:
        return 0.0
    mx, my, mz = (sums[a, 1] + sums[b, 1]) / area, (sums[a, 2] + sums[b, 2]) / area, (sums[a, 3] + sums[b, 3]) / area
    xx = (sums[a, 4] + sums[b, 4]) / area - mx * mx
    yy = (sums[a, 5] + sums[b, 5]) / area - my * my
    zz = (sums[a, 6] + sums[b, 6]) / area - mz * mz
    xy = (sums[a, 7] + sums[b, 7]) / area - mx * my
    xz = (sums[a, 8] + sums[b, 8]) / area - mx * mz
    yz = (sums[a, 9] + sums[b, 9]) / area - my * mz
    # Eigenvalues of a symmetric 3 x 3 matrix: O. K. Smith 1961, doi:10.1145/355578.366316.
    mean = (xx + yy + zz) / 3
    p = np.sqrt(((xx - mean) ** 2 + (yy - mean) ** 2 + (zz - mean) ** 2 + 2 * (xy * xy + xz * xz + yz * yz)) / 6)
    if p <= 1e-12 * abs(mean):
        return float(max(mean, 0.0))
    x, y, z = (xx - mean) / p, (yy - mean) / p, (zz - mean) / p
    u, v, w = xy / p, xz / p, yz / p
    half = (x * (y * z - w * w) - u * (u * z - w * v) + v * (u * w - y * v)) / 2
    angle = np.arccos(min(1.0, max(-1.0, half))) / 3
    return float(max(mean + 2 * p * np.cos(angle + turn), 0.0))


@compiled
def _gather(pairs: IntArray, sums: DoubleArray, most: float, turn: float) -> IntArray:
    """Merge along pairs, thinnest first; a cluster's sums end in the row of its root."""
    parents = np.arange(len(sums)).astype(np.int32)
    heap, edges = np.empty(len(pairs) + 1), np.empty(len(pairs) + 1, np.int32)
    count = 0
    for edge in range(len(pairs)):
        push(heap, edges, count, _spread(sums, pairs[edge, 0], pairs[edge, 1], turn), edge)
        count += 1
    while count > 0:
        cost, edge = heap[0], edges[0]
        pop(heap, edges, count)
        count -= 1
        a, b = find(parents, pairs[edge, 0]), find(parents, pairs[edge, 1])
        if a == b:
            continue
        now = _spread(sums, a, b, turn)
        if now > most:
            continue
        if now > cost * (1 + 1e-9):
            push(heap, edges, count, now, edge)
            count += 1
            continue
        parents[b] = a
        sums[a] += sums[b]
    for face in range(len(parents)):
        parents[face] = find(parents, face)
    return parents
