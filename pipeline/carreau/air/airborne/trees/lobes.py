"""Crowns as clumps of leaves: the returns of a tree parted into lobes, each a closed body of few triangles.

Bodies that overlap show the creases of a crown without a triangle spent on them, keep gaps that are there, and lie on
their own returns: a lobe is the ellipsoid of its returns' covariance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.air.airborne.trees.canopy import CELL, VOXEL, Canopy
from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, IntArray

LOW = 3.2
"""Metres up to which a body is a shrub or a hedge, whose lobes stand side by side on the ground."""

SLENDER = 0.4
"""Radius of a lobe, as a share of the width of its tree."""

LEAST_RADIUS, MOST_RADIUS = 0.8, 2.5
"""Radius of lobes, in metres, before they grow to keep within the triangles."""

SEEN = 2.3
"""Volume of a lobe in volumes of its cubes that have returns: flights see a crown from above, and hollow."""

SPREAD = 2.1
"""Half axes of an ellipsoid in deviations of its points: 2.24 for a full one, 1.73 for a shell."""

WIDE = 1.85
"""The same of lobes that stand side by side, from above: 1.73 for a full rectangle."""

TILT = 0.4
"""Share of the covariance of height with place that is kept: crowns grow upright, only their edges look inclined."""

ROUND = 0.66
"""Least of the half axes as a share of the greatest."""

LEAST_AXIS = 0.45
ROUNDS = 8

STANDING = 1.6
"""Metres above the ground below which a return tells that a shrub stands on it: flights see few lower ones."""

SUNK = 0.15
"""Metres that shrubs reach into the ground."""

LONG = 2.2
"""A low body so many times longer than wide is a hedge."""

SHRUB, HEDGE = 2.4, 5.0
"""Exponents of their bodies."""


@dataclass(frozen=True, eq=False)
class Lobes:
    """Ellipsoids of leaves.

    centers : (n, 3) float64
    frames : (n, 3, 3) float64, matrices that take the unit ball to the ellipsoid
    trees : (n,) int32
    weights : (n,) int32, cubes of returns in it
    low : (n,) bool, True for those of shrubs and hedges
    boxes : (n,) float64, exponent of the body: 2 is an ellipsoid, more is fuller in the corners
    starts : (n,) int64, where its places begin in those sorted by lobe; there are as many as its weight
    girths : (n,) float64, greatest horizontal deviation of its places from its middle
    """

    centers: DoubleArray
    frames: DoubleArray
    trees: IntArray
    weights: IntArray
    low: NDArray[np.bool_]
    boxes: DoubleArray
    starts: NDArray[np.int64]
    girths: DoubleArray

    def __len__(self) -> int:
        """Return the number of lobes."""
        return len(self.centers)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.integer]) -> Lobes:
        """Return some of them."""
        return Lobes(*(values[chosen] for values in vars(self).values()))

    def reach(self, directions: DoubleArray) -> DoubleArray:
        """Return how far each reaches from its centre along a unit direction (n, 3), to its tangent plane."""
        return np.asarray(np.linalg.norm(np.einsum("nij,ni->nj", self.frames, directions), axis=1))


def lobes_of(canopy: Canopy, most: int) -> tuple[Lobes, DoubleArray]:
    """Part the trees into at most about so many lobes, each tree into one at least; return the places by lobe too."""
    order = np.argsort(canopy.trees, kind="stable")
    starts = np.searchsorted(canopy.trees[order], np.arange(canopy.count + 1))
    places, heights = canopy.places[order], canopy.heights[order]
    sizes = np.diff(starts)
    low = np.maximum.reduceat(heights, starts[:-1]) <= LOW
    areas = np.maximum(np.bincount(canopy.seen, minlength=canopy.count), 1) * CELL**2
    _, spread = moments(places[:, :2], canopy.trees[order], canopy.count)
    lengths = np.sqrt(12 * np.linalg.eigvalsh(spread)[:, 1] + VOXEL**2)
    long = low & (lengths > LONG * areas / lengths)
    widths = np.where(long, 0.7 * areas / lengths, SLENDER * 2 * np.sqrt(areas / np.pi))
    radii = np.clip(widths, LEAST_RADIUS, MOST_RADIUS)
    counts = _counts(sizes, areas, low, radii)
    while counts.sum() > max(most, canopy.count):
        radii = radii * 1.08
        counts = _counts(sizes, areas, low, radii)
    labels = _clusters(places, starts.astype(np.int64), counts, np.where(low, 0.0, 1.0), ROUNDS)
    lobes = _ellipsoids(places, heights, labels, np.repeat(np.arange(canopy.count), counts), low, long)
    return lobes, places[np.argsort(labels, kind="stable")]


def _counts(sizes: NDArray[np.int64], areas: DoubleArray, low: NDArray[np.bool_], radii: DoubleArray) -> IntArray:
    """Return how many lobes each tree has: of a shrub or a hedge by area, else by volume."""
    tall = sizes * VOXEL**3 * SEEN / (4 / 3 * np.pi * radii**3)
    flat = areas / (np.pi * radii**2)
    return np.minimum(np.maximum(np.rint(np.where(low, flat, tall)), 1), sizes).astype(np.int32)


@compiled
def _clusters(
    places: DoubleArray, starts: NDArray[np.int64], counts: IntArray, scale: DoubleArray, rounds: int
) -> IntArray:
    """Return the lobe (n,) of each place: k-means from seeds that are each the farthest from those before."""
    labels = np.zeros(len(places), np.int32)
    base = 0
    for tree in range(len(counts)):
        start, end, count, z = starts[tree], starts[tree + 1], counts[tree], scale[tree]
        centers = np.zeros((count, 3))
        far = np.full(end - start, np.inf)
        for d in range(3):
            for i in range(start, end):
                centers[0, d] += places[i, d]
            centers[0, d] /= end - start
        for k in range(count):
            if k:
                centers[k] = places[start + np.argmax(far)]
            for i in range(start, end):
                far[i - start] = min(far[i - start], _apart(places[i], centers[k], z))
        for _ in range(rounds):
            sums, weights = np.zeros((count, 3)), np.zeros(count)
            for i in range(start, end):
                best, least = 0, np.inf
                for k in range(count):
                    distance = _apart(places[i], centers[k], z)
                    if distance < least:
                        best, least = k, distance
                labels[i] = base + best
                weights[best] += 1
                for d in range(3):
                    sums[best, d] += places[i, d]
            for k in range(count):
                if weights[k]:
                    centers[k] = sums[k] / weights[k]
        base += count
    return labels


@compiled
def _apart(place: DoubleArray, center: DoubleArray, scale: float) -> float:
    """Return the squared distance, with the vertical one scaled."""
    x, y, z = place[0] - center[0], place[1] - center[1], scale * (place[2] - center[2])
    return float(x * x + y * y + z * z)


def _ellipsoids(
    places: DoubleArray,
    heights: DoubleArray,
    labels: IntArray,
    trees: NDArray[np.int64],
    low: NDArray[np.bool_],
    long: NDArray[np.bool_],
) -> Lobes:
    """Fit an ellipsoid to the places of each lobe; those of shrubs and hedges stand on the ground."""
    count = len(trees)
    weights = np.bincount(labels, minlength=count)
    means, covariances = moments(places, labels, count)
    upright = covariances + np.eye(3) * VOXEL**2 / 12
    upright[:, 2, :2] *= TILT
    upright[:, :2, 2] *= TILT
    values, vectors = np.linalg.eigh(upright)
    axes = np.maximum(SPREAD * np.sqrt(values), LEAST_AXIS)
    axes = np.maximum(axes, ROUND * axes.max(axis=1, keepdims=True))
    frames = np.einsum("nij,nj,nkj->nik", vectors, axes, vectors)
    flat, turned = np.linalg.eigh(covariances[:, :2, :2] + np.eye(2) * VOXEL**2 / 12)
    tops, bottoms = np.full(count, -np.inf), np.full(count, np.inf)
    np.maximum.at(tops, labels, heights)
    np.minimum.at(bottoms, labels, heights)
    low = low[trees] & (bottoms < STANDING)
    lift = tops + SUNK
    standing = np.zeros_like(frames)
    turned[:, :, 1] *= np.sign(np.linalg.det(turned))[:, None]
    standing[:, :2, :2] = turned * np.maximum(WIDE * np.sqrt(flat), LEAST_AXIS)[:, None, :]
    standing[:, 2, 2] = lift / 2
    frames = np.where(low[:, None, None], standing, frames)
    floor = means[:, 2] - np.bincount(labels, heights, count) / np.maximum(weights, 1)
    means[:, 2] = np.where(low, floor + lift / 2 - SUNK, means[:, 2])
    boxes = np.where(low, np.where(long[trees], HEDGE, SHRUB), 2.0)
    lobes = Lobes(
        means,
        frames,
        trees.astype(np.int32),
        weights.astype(np.int32),
        low,
        boxes,
        np.cumsum(weights) - weights,
        np.sqrt(flat[:, 1]),
    )
    return lobes.take(weights > 0)


def moments(places: DoubleArray, labels: IntArray, count: int) -> tuple[DoubleArray, DoubleArray]:
    """Return the mean (count, d) and the covariance (count, d, d) of the places (n, d) with each label."""
    size = places.shape[1]
    share = np.maximum(np.bincount(labels, minlength=count), 1)
    origin = places.mean(axis=0)
    sums = [np.bincount(labels, places[:, d] - origin[d], count) for d in range(size)]
    means = np.stack(sums, axis=1) / share[:, None] + origin
    offsets = places - means[labels]
    covariances = np.empty((count, size, size))
    for i in range(size):
        for j in range(size):
            covariances[:, i, j] = np.bincount(labels, offsets[:, i] * offsets[:, j], count) / share
    return means, covariances
