"""Normals of the points of a cloud, and colours that a surface takes from them.

Orientation first makes neighbours with similar planes agree, as the minimum spanning tree of H. Hoppe et al., 1992, but
by union-find with parity in the order of quantised weights, which is linear in the edges. A known side (towards the
scanner, or the sky over land) is one more neighbour of every point, so that a plane seen edge-on follows the points
around it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Mesh
from carreau.base.process import bands, in_threads
from carreau.geometry.clouds.points import Neighbors, PointGrid
from carreau.geometry.render.camera import sphere_spiral

SWEEPS = 12
"""Jacobi sweeps of a symmetric 3x3 matrix: four suffice for float32, and converged ones cost nothing."""

RANKS = 10
"""Neighbours that count."""

STEPS = 1024
"""Number of quantised weights from 0 to 1."""

VOTES = 64
"""Directions in which the outermost point of a set votes for the outer side."""


def point_normals(positions: FloatArray, indices: IntArray) -> FloatArray:
    """Return (n, 3) float32 unit normals of the planes through each point and its neighbours (n, k), on either side.

    The direction of least variance: H. Hoppe et al., "Surface reconstruction from unorganized points", 1992.
    """
    normals = np.empty((len(positions), 3), np.float32)

    def fit(band: slice) -> None:
        _fit(positions, indices, band.start, band.stop, normals)

    in_threads(fit, bands(len(positions)))
    return normals


@compiled
def _fit(positions: FloatArray, indices: IntArray, start: int, stop: int, normals: FloatArray) -> None:
    matrix, axes = np.empty((3, 3), np.float64), np.empty((3, 3), np.float64)
    for i in range(start, stop):
        _spread(positions, indices, i, matrix)
        diagonalise(matrix, axes)
        least = 0
        for d in range(1, 3):
            if matrix[d, d] < matrix[least, least]:
                least = d
        length = np.sqrt(axes[0, least] ** 2 + axes[1, least] ** 2 + axes[2, least] ** 2)
        for d in range(3):
            normals[i, d] = axes[d, least] / length


@compiled
def _spread(positions: FloatArray, indices: IntArray, i: int, matrix: DoubleArray) -> None:
    """Fill `matrix` with the covariance of a point and its neighbours, relative to the point."""
    count = indices.shape[1] + 1
    sums = np.zeros(3, np.float64)
    matrix[:] = 0.0
    offset = np.empty(3, np.float64)
    for k in range(indices.shape[1]):
        for d in range(3):
            offset[d] = np.float64(positions[indices[i, k], d]) - np.float64(positions[i, d])
            sums[d] += offset[d]
        for d in range(3):
            for e in range(d, 3):
                matrix[d, e] += offset[d] * offset[e]
    for d in range(3):
        for e in range(d, 3):
            matrix[d, e] -= sums[d] * sums[e] / count
            matrix[e, d] = matrix[d, e]


@compiled
def diagonalise(matrix: DoubleArray, axes: DoubleArray) -> None:
    """Diagonalise a symmetric matrix, and fill the columns of `axes` with its eigenvectors (Jacobi, 1846)."""
    axes[:] = 0.0
    for d in range(3):
        axes[d, d] = 1.0
    for _sweep in range(SWEEPS):
        scale = abs(matrix[0, 0]) + abs(matrix[1, 1]) + abs(matrix[2, 2])
        if abs(matrix[0, 1]) + abs(matrix[0, 2]) + abs(matrix[1, 2]) <= 1e-14 * scale:
            return
        for p in range(2):
            for q in range(p + 1, 3):
                if abs(matrix[p, q]) > 1e-300:
                    _rotate(matrix, axes, p, q)


@compiled
def _rotate(matrix: DoubleArray, axes: DoubleArray, p: int, q: int) -> None:
    # The smaller of the two rotations that make entry (p, q) zero, by its tangent, which loses no digits.
    theta = (matrix[q, q] - matrix[p, p]) / (2 * matrix[p, q])
    t = (1.0 if theta >= 0 else -1.0) / (abs(theta) + np.sqrt(theta * theta + 1))
    c = 1 / np.sqrt(t * t + 1)
    s = t * c
    for k in range(3):
        a, b = matrix[k, p], matrix[k, q]
        matrix[k, p], matrix[k, q] = c * a - s * b, s * a + c * b
    for k in range(3):
        a, b = matrix[p, k], matrix[q, k]
        matrix[p, k], matrix[q, k] = c * a - s * b, s * a + c * b
    for k in range(3):
        a, b = axes[k, p], axes[k, q]
        axes[k, p], axes[k, q] = c * a - s * b, s * a + c * b


def orient_normals(
    positions: FloatArray, normals: FloatArray, neighbors: Neighbors, toward: FloatArray | None = None
) -> FloatArray:
    """Return the (n, 3) unit normals oriented to the outer side.

    toward : (n, 3) unit vectors to a known side; None to make the outermost points face outwards
    """
    ranks = np.ascontiguousarray(neighbors.indices[:, :RANKS])
    directions = np.zeros((0, 3), np.float32) if toward is None else np.ascontiguousarray(toward, np.float32)
    # Edges to neighbours, and one more column to the known side; those between similar planes are joined first.
    weights = np.full((len(positions), ranks.shape[1] + 1), STEPS, np.uint16)
    against = np.zeros(weights.shape, np.uint8)
    _weigh(positions, normals, ranks, directions, weights, against)
    roots, parities = _unite(ranks, _by_weight(weights.reshape(-1)), against, len(directions) > 0)
    if toward is not None:
        return _flip(normals, parities[:-1] != parities[-1])
    # Without a known side each set agrees in itself; its outermost points in many directions vote
    # which side is outside.
    consistent = _flip(normals, parities[:-1] == 1)
    # By the golden angle, against the clock.
    votes = _votes(positions, consistent, roots, sphere_spiral(np.pi * (1 + np.sqrt(5)) * (np.arange(VOTES) + 0.5)))
    return _flip(consistent, votes[roots[:-1]] < 0)


def _flip(normals: FloatArray, flip: np.ndarray) -> FloatArray:
    return np.where(flip[:, None], -normals, normals).astype(np.float32)


@compiled
def _weigh(
    positions: FloatArray,
    normals: FloatArray,
    ranks: IntArray,
    toward: FloatArray,
    weights: np.ndarray,
    against: ByteArray,
) -> None:
    """Fill `weights`, low for similar planes in line, and `against`, whether two normals are opposed."""
    count = ranks.shape[1]
    for i in range(len(ranks)):
        for k in range(count):
            j = ranks[i, k]
            dot, along_i, along_j, length = 0.0, 0.0, 0.0, 1e-30
            for d in range(3):
                step = np.float64(positions[j, d]) - np.float64(positions[i, d])
                dot += np.float64(normals[i, d]) * normals[j, d]
                along_i += step * normals[i, d]
                along_j += step * normals[j, d]
                length += step * step
            # The two sides of a thin wall are near and parallel, but not in one plane.
            off = min((along_i * along_i + along_j * along_j) / (2 * length), 1.0)
            weights[i, k] = int((1 - abs(dot) * (1 - off)) * (STEPS - 1))
            against[i, k] = dot < 0
        if len(toward):
            dot = 0.0
            for d in range(3):
                dot += np.float64(normals[i, d]) * toward[i, d]
            weights[i, count] = int((1 - min(abs(dot), 1.0)) * (STEPS - 1))
            against[i, count] = dot < 0


@compiled
def _by_weight(weights: np.ndarray) -> np.ndarray:
    """Return the edges in the order of their weights, stable (counting sort)."""
    starts = np.zeros(STEPS + 2, np.int64)
    for e in range(len(weights)):
        starts[weights[e] + 1] += 1
    for step in range(STEPS + 1):
        starts[step + 1] += starts[step]
    order = np.empty(len(weights), np.uint32)
    for e in range(len(weights)):
        order[starts[weights[e]]] = e
        starts[weights[e]] += 1
    return order


@compiled
def _root(parents: IntArray, parities: ByteArray, i: int) -> tuple[int, int]:
    """Return the root of a point and its parity relative to it, with path halving."""
    parity = 0
    while parents[i] != i:
        above = parents[i]
        parities[i] ^= parities[above]
        parents[i] = parents[above]
        parity ^= parities[i]
        i = parents[i]
    return i, parity


@compiled
def _unite(ranks: IntArray, order: np.ndarray, against: ByteArray, has_known_side: bool) -> tuple[IntArray, ByteArray]:
    """Return the set of each point and its parity in it; the last entry is that of the known side."""
    total, count = len(ranks), ranks.shape[1]
    parents, parities = np.arange(total + 1).astype(np.int32), np.zeros(total + 1, np.uint8)
    for edge in order:
        i, k = edge // (count + 1), edge % (count + 1)
        if k == count and not has_known_side:
            continue
        j = total if k == count else ranks[i, k]
        a, of_a = _root(parents, parities, i)
        b, of_b = _root(parents, parities, j)
        # Joining two sets also fixes their relative side: two members that should oppose each other
        # have different parities.
        if a != b:
            parents[max(a, b)] = min(a, b)
            parities[max(a, b)] = of_a ^ of_b ^ against[i, k]
    roots = np.empty(total + 1, np.int32)
    root_parities = np.empty(total + 1, np.uint8)
    for i in range(total + 1):
        roots[i], root_parities[i] = _root(parents, parities, i)
    return roots, root_parities


@compiled
def _votes(positions: FloatArray, normals: FloatArray, roots: IntArray, directions: DoubleArray) -> DoubleArray:
    """Return, at the root of each set, how much its outermost points face outwards (negative: inwards)."""
    # In each direction the farthest point of a set has nothing of it beyond: its normal should point that way.
    votes = np.zeros(len(roots), np.float64)
    farthest, reach = np.empty(len(roots), np.int32), np.empty(len(roots), np.float64)
    for v in range(len(directions)):
        reach[:] = -np.inf
        for i in range(len(positions)):
            along = 0.0
            for d in range(3):
                along += directions[v, d] * positions[i, d]
            if along > reach[roots[i]]:
                reach[roots[i]], farthest[roots[i]] = along, i
        for root in range(len(positions)):
            if reach[root] > -np.inf:
                for d in range(3):
                    votes[root] += directions[v, d] * normals[farthest[root], d]
    return votes


NEAR = 4
SHARP = 0.4
"""Standard deviation of a point's influence, in spacings, so that only adjacent points blend."""


class _PaintedPoints(NamedTuple):
    """What is painted with: unit normals (n, 3), spacing (n,) and sRGB colours (n, 3)."""

    normals: FloatArray
    spacing: FloatArray
    colors: ByteArray


class PointPaint:
    """Interpolates the colours of a cloud."""

    def __init__(self, positions: FloatArray, normals: FloatArray, spacing: FloatArray, colors: ByteArray) -> None:
        """Sort (n, 3) positions into a grid, with unit normals, (n,) spacing and sRGB colours."""
        self._grid = PointGrid(positions, min(NEAR, len(positions)))
        self._points = _PaintedPoints(normals, spacing, colors)

    def at(self, places: FloatArray, outward: FloatArray) -> FloatArray:
        """Return (k, 3) float32 sRGB 0..255 at (k, 3) positions of a surface with unit normals `outward`.

        The mean of the nearest points, weighted by distance and by how much the normals agree, so that the two sides of
        a wall keep their own colours.
        """
        colors = np.empty((len(places), 3), np.float32)
        near, distances = self._grid.nearest(places)

        def mix(band: slice) -> None:
            _mix(near, distances, self._points, outward, (band.start, band.stop), colors)

        in_threads(mix, bands(len(places), 1 << 16))
        return colors


@compiled
def _mix(
    near: IntArray,
    distances: FloatArray,
    points: _PaintedPoints,
    outward: FloatArray,
    band: tuple[int, int],
    mixed: FloatArray,
) -> None:
    normals, spacing, colors = points
    away = np.empty(near.shape[1], np.float64)
    for k in range(band[0], band[1]):
        least, total, red, green, blue = np.inf, 0.0, 0.0, 0.0, 0.0
        for j in range(near.shape[1]):
            away[j] = 0.5 * (distances[k, j] / max(SHARP * np.float64(spacing[near[k, j]]), 1e-30)) ** 2
            least = min(least, away[j])
        for j in range(near.shape[1]):
            i, facing = near[k, j], 0.0
            for d in range(3):
                facing += np.float64(normals[i, d]) * outward[k, d]
            # Relative to the nearest point, so that weights do not underflow far from all points.
            weight = np.exp(least - away[j]) * min(max(0.5 + facing, 0.02), 1.0)
            total += weight
            red += weight * colors[i, 0]
            green += weight * colors[i, 1]
            blue += weight * colors[i, 2]
        mixed[k, 0], mixed[k, 1], mixed[k, 2] = red / total, green / total, blue / total


SIDES = 6
RADIUS = 1.0
"""Radius of a hexagon, in spacings. At 0.8 the far side of a lion shows between them, at 1.4 they stick out."""


def surfel_mesh(
    positions: FloatArray, normals: FloatArray, spacing: FloatArray, colors: ByteArray, origin: DoubleArray
) -> Mesh:
    """Return a mesh of one flat hexagon of one colour per point.

    Its first n positions are the points, in their order; the hexagon of point i is the faces 6 i to 6 i + 5.
    """
    count = len(positions)
    across, along = tangent_axes(normals)
    rim = np.empty((count, SIDES, 3), np.float32)
    # The rim of each hexagon in the plane of its normal; the middle is the point itself.
    radius = (np.float32(RADIUS) * spacing)[:, None]
    for side in range(SIDES):
        angle = side * 2 * np.pi / SIDES
        rim[:, side] = positions + radius * (np.float32(np.cos(angle)) * across + np.float32(np.sin(angle)) * along)
    return Mesh(
        np.concatenate([positions, rim.reshape(-1, 3)]),
        _faces(count),
        colors=np.concatenate([colors, np.repeat(colors, SIDES, axis=0)]),
        origin=origin,
    )


def surfel_centers(mesh: Mesh) -> FloatArray:
    """Return (n, 3) float32, the points that hexagons were made of."""
    return mesh.positions[: len(mesh.faces) // SIDES]


def surfel_radius(mesh: Mesh) -> float:
    """Return the median radius of hexagons, the distance between points; 0 without points."""
    centers = surfel_centers(mesh)
    rims = mesh.positions[len(centers) :: SIDES][: len(centers)]
    return float(np.median(np.linalg.norm(rims - centers, axis=1))) / RADIUS if len(centers) else 0.0


def _faces(count: int) -> IntArray:
    faces = np.empty((count, SIDES, 3), np.int32)
    first = count + SIDES * np.arange(count, dtype=np.int32)
    faces[:, :, 0] = np.arange(count, dtype=np.int32)[:, None]
    for side in range(SIDES):
        faces[:, side, 1], faces[:, side, 2] = first + side, first + (side + 1) % SIDES
    return faces.reshape(-1, 3)


def tangent_axes(normals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two unit vectors perpendicular to each other and to each normal, counter-clockwise from outside.

    T. Duff et al., "Building an orthonormal basis, revisited", JCGT 2017.
    """
    x, y, z = normals.astype(np.float64).T
    sign = np.copysign(1.0, z)
    a = -1 / (sign + z)
    b = x * y * a
    across = np.stack([1 + sign * x * x * a, sign * b, -sign * x], axis=1)
    along = np.stack([b, sign + y * y * a, -y], axis=1)
    return across.astype(np.float32), along.astype(np.float32)
