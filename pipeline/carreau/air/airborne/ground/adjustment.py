"""Heights of a network that lie nearest to the points in its triangles, all adjusted together by least squares.

The normal equations are never written out: each triangle holds what its own points add to them, and conjugate gradients
(M. R. Hestenes and E. Stiefel, 1952), with the diagonal as preconditioner, need few rounds whatever the size of the
network (A. J. Wathen, "Realistic eigenvalue bounds for the Galerkin mass matrix", 1987). A factorisation has many times
the numbers of the equations.
"""

from __future__ import annotations

import numpy as np

from carreau.base.jit import compiled, compiled_bare
from carreau.base.model import DoubleArray, IntArray

HOLD = 0.05
"""How firmly a height stays where it was while all are adjusted, in points: those that no point lies near stay."""

CLOSE_M = 1e-6
"""Heights that would change by less, each alone, are right."""

MOST_ROUNDS = 1000


def adjusted_heights(
    vertices: DoubleArray, faces: IntArray, means: DoubleArray, counts: DoubleArray, triangles: IntArray
) -> DoubleArray:
    """Return the heights (n,) of vertices (n, 3) that make the sum of the squared distances of points least.

    means, counts : (k, 3) and (k,), groups of points by their mean and number
    triangles : (k,) int32, the face that each mean lies in, -1 for none
    """
    blocks, sums = np.zeros((len(faces), 6)), np.zeros(len(vertices))
    _gather(vertices, faces, means, counts, triangles, blocks, sums)
    return vertices[:, 2] + _solved(faces, blocks, sums, HOLD, CLOSE_M, MOST_ROUNDS)


@compiled_bare
def _gather(
    vertices: DoubleArray,
    faces: IntArray,
    means: DoubleArray,
    counts: DoubleArray,
    triangles: IntArray,
    blocks: DoubleArray,
    sums: DoubleArray,
) -> None:
    """Add up the products of the weights of corners for each face, and the points' heights above their faces."""
    for i in range(len(means)):
        f = triangles[i]
        if f < 0:
            continue
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay = vertices[a, 0], vertices[a, 1]
        bx, by, cx, cy = vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[c, 0] - ax, vertices[c, 1] - ay
        x, y, area = means[i, 0] - ax, means[i, 1] - ay, bx * cy - by * cx
        v, w = (x * cy - y * cx) / area, (bx * y - by * x) / area
        u, n = 1 - v - w, counts[i]
        above = n * (means[i, 2] - u * vertices[a, 2] - v * vertices[b, 2] - w * vertices[c, 2])
        sums[a] += u * above
        sums[b] += v * above
        sums[c] += w * above
        blocks[f, 0] += n * u * u
        blocks[f, 1] += n * v * v
        blocks[f, 2] += n * w * w
        blocks[f, 3] += n * u * v
        blocks[f, 4] += n * v * w
        blocks[f, 5] += n * w * u


@compiled
def _solved(
    faces: IntArray, blocks: DoubleArray, sums: DoubleArray, hold: float, close: float, most: int
) -> DoubleArray:
    """Return the changes (n,) of heights."""
    count = len(sums)
    diagonal = np.full(count, hold)
    for f in range(len(faces)):
        for k in range(3):
            diagonal[faces[f, k]] += blocks[f, k]
    result, left, way, image = np.zeros(count), sums.copy(), np.zeros(count), np.empty(count)
    before = 1.0
    for _ in range(most):
        strength, worst = 0.0, 0.0
        for i in range(count):
            step = left[i] / diagonal[i]
            strength += left[i] * step
            worst = max(worst, abs(step))
        if worst < close:
            break
        share = strength / before
        for i in range(count):
            way[i] = left[i] / diagonal[i] + share * way[i]
            image[i] = hold * way[i]
        before = strength
        for f in range(len(faces)):
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            x, y, z = way[a], way[b], way[c]
            image[a] += blocks[f, 0] * x + blocks[f, 3] * y + blocks[f, 5] * z
            image[b] += blocks[f, 3] * x + blocks[f, 1] * y + blocks[f, 4] * z
            image[c] += blocks[f, 5] * x + blocks[f, 4] * y + blocks[f, 2] * z
        bend = 0.0
        for i in range(count):
            bend += way[i] * image[i]
        length = strength / bend
        for i in range(count):
            result[i] += length * way[i]
            left[i] -= length * image[i]
    return result
