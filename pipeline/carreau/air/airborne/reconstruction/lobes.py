"""Crowns as clumps of leaves: the returns of a tree parted into lobes, each a closed body of few triangles.

Bodies that overlap show the creases of a crown without a triangle spent on them, keep gaps that are there, and lie on
their own returns: a lobe is the ellipsoid of its returns' covariance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from carreau.air.airborne.reconstruction.canopy import CELL, VOXEL, Canopy, crown_colors
from carreau.air.airborne.survey_data import Orthophoto, Part, PartName
from carreau.base.jit import compiled
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray
from carreau.geometry.render.camera import sphere_spiral

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
"""Half axes, seen from above, of lobes that stand side by side, in deviations: 1.73 for a full rectangle."""

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


def split_lobes(canopy: Canopy, most: int) -> tuple[Lobes, DoubleArray]:
    """Part the trees into at most about so many lobes, each tree into one at least; return the places by lobe too."""
    order = np.argsort(canopy.trees, kind="stable")
    starts = np.searchsorted(canopy.trees[order], np.arange(canopy.count + 1))
    places, heights = canopy.places[order], canopy.heights[order]
    sizes = np.diff(starts)
    low = np.maximum.reduceat(heights, starts[:-1]) <= LOW
    # Each tree's area from above, and its length along the greater axis: a uniform bar of length l has
    # the variance l^2 / 12.
    areas = np.maximum(np.bincount(canopy.seen, minlength=canopy.count), 1) * CELL**2
    _, spread = moments(places[:, :2], canopy.trees[order], canopy.count)
    lengths = np.sqrt(12 * np.linalg.eigvalsh(spread)[:, 1] + VOXEL**2)
    long = low & (lengths > LONG * areas / lengths)
    widths = np.where(long, 0.7 * areas / lengths, SLENDER * 2 * np.sqrt(areas / np.pi))
    radii = np.clip(widths, LEAST_RADIUS, MOST_RADIUS)
    counts = _counts(sizes, areas, low, radii)
    # Lobes grow together until there are few enough, so that trees keep their proportions.
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
        # Seeds: the middle, then always the place farthest from all seeds (T. Gonzalez, 1985), which
        # needs no random numbers.
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
            # Lloyd's rounds: each place to its nearest centre, each centre to the mean of its places.
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
    # The spread within a cube is added: a lobe of one cube is as large as it.
    upright = covariances + np.eye(3) * VOXEL**2 / 12
    upright[:, 2, :2] *= TILT
    upright[:, :2, 2] *= TILT
    values, vectors = np.linalg.eigh(upright)
    # Half axes from deviations; too thin ones are filled up, as a crown is no leaf.
    axes = np.maximum(SPREAD * np.sqrt(values), LEAST_AXIS)
    axes = np.maximum(axes, ROUND * axes.max(axis=1, keepdims=True))
    frames = np.einsum("nij,nj,nkj->nik", vectors, axes, vectors)
    # Lobes of shrubs and hedges are upright: an ellipse from above, from below the ground up to their highest return.
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


CORNERS = (14, 20, 30, 42, 60, 84, 120, 168, 236)
"""Corners that the body of a lobe may have; its triangles are twice as many, less four."""

LEAST_TRIANGLE = 0.3
"""Square metres of a triangle, before they grow to keep within their number."""

TUFT = 0.55
"""Radius of the leaves about a return, in metres."""

REACH = (0.55, 1.35)
"""Bounds of the reach of a body, relative to the ellipsoid of its returns."""

SHRINK = 0.93
"""Returns lie about the surface of the leaves, not all within."""

ROUGH = 0.11
"""Share of its radius by which a corner of a body is moved."""

CLUSTER, PUFF = 7, 0.2
"""Corners of a cluster of leaves, and how far its middle stands out, as a share of the radius."""

HOLLOW = 2.4
"""How much darker hollows are."""

DARK, LIGHT = 0.66, 1.14
"""Factors of the colour at the bottom and inside, and at the top."""

SPECKLE = 0.18
"""Share by which the colour of a corner differs."""


def bodies_part(lobes: Lobes, returns: DoubleArray, picture: Orthophoto | None, origin: DoubleArray, most: int) -> Part:
    """Return the closed bodies of the lobes, in so many triangles at most where each has its fewest.

    returns : (n, 3) float64, by lobe
    """
    if not len(lobes):
        return Part(PartName.CROWNS, np.empty((0, 3), np.float32), np.empty((0, 3), np.int32))
    seeds = _seeds(lobes.centers - origin)
    base = _base_colors(lobes, seeds, picture)
    kinds = _kinds(lobes, most)
    bottoms, spans = _extents(lobes)
    positions: list[FloatArray] = []
    faces: list[IntArray] = []
    colors: list[ByteArray] = []
    start = 0
    for kind in np.unique(kinds).tolist():
        chosen = np.flatnonzero(kinds == kind)
        directions, triangles = ball(CORNERS[kind])
        places, sky = _shape(lobes.take(chosen), returns, seeds[chosen], directions, triangles)
        level = np.clip((places[..., 2] - bottoms[chosen, None]) / np.maximum(spans[chosen, None], 0.1), 0, 1)
        shade = DARK + (LIGHT - DARK) * (0.55 * level + 0.45 * sky)
        speckle = 1 + SPECKLE * scatter(seeds[chosen] ^ np.uint32(0x5BD1E995), len(directions)).astype(float)
        tinted = base[chosen][:, None, :] * (shade * speckle)[..., None]
        positions.append((places - origin).reshape(-1, 3).astype(np.float32))
        colors.append(np.clip(np.rint(tinted), 0, 255).reshape(-1, 3).astype(np.uint8))
        offsets = start + len(directions) * np.arange(len(chosen))
        faces.append((triangles[None] + offsets[:, None, None]).reshape(-1, 3).astype(np.int32))
        start += len(directions) * len(chosen)
    return Part(PartName.CROWNS, np.concatenate(positions), np.concatenate(faces), np.concatenate(colors))


def _base_colors(lobes: Lobes, seeds: NDArray[np.uint32], picture: Orthophoto | None) -> DoubleArray:
    """Return the colour (n, 3) of each lobe in middling light; a tree's lobes differ less than trees do."""
    of_tree = scatter(lobes.trees.astype(np.uint32) + np.uint32(17), 2).astype(float)
    own = scatter(seeds, 2).astype(float)
    base = crown_colors(lobes.centers, lobes.trees, picture, 0.7 * of_tree[:, 0] + 0.3 * own[:, 0])
    return np.asarray(base * (1 + 0.1 * of_tree[:, 1] + 0.05 * own[:, 1])[:, None])


def _extents(lobes: Lobes) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest height of each lobe's tree (n,), and how high above it the tree ends (n,)."""
    halves = lobes.reach(np.tile([0.0, 0.0, 1.0], (len(lobes), 1)))
    count = int(lobes.trees.max()) + 1
    tops, bottoms = np.full(count, -np.inf), np.full(count, np.inf)
    np.maximum.at(tops, lobes.trees, lobes.centers[:, 2] + halves)
    np.minimum.at(bottoms, lobes.trees, lobes.centers[:, 2] - halves)
    return bottoms[lobes.trees], (tops - bottoms)[lobes.trees]


def _kinds(lobes: Lobes, most: int) -> NDArray[np.int64]:
    """Return which of `CORNERS` each lobe has, by its surface, so that all have so many triangles at most."""
    surfaces = 4 * np.pi * (np.linalg.norm(lobes.frames, axis=1) ** 2).mean(axis=1)
    triangles = 2 * np.array(CORNERS) - 4
    size = LEAST_TRIANGLE
    while True:
        kinds = np.clip(np.searchsorted(triangles, surfaces / size), 0, len(CORNERS) - 1)
        if triangles[kinds].sum() <= most or not kinds.any():
            return np.asarray(kinds)
        size *= 1.05


def _shape(
    lobes: Lobes, returns: DoubleArray, seeds: NDArray[np.uint32], directions: DoubleArray, faces: IntArray
) -> tuple[DoubleArray, DoubleArray]:
    """Return places (n, m, 3) of the bodies, each turned and clustered in its own way, and their light (n, m).

    Light is from 0 below to 1 above, less in hollows.
    """
    own = scatter(seeds, len(directions) + 1).astype(float)
    # The same ball for all lobes of a kind, each turned by its own angle about the vertical.
    turn = np.pi * own[:, 0]
    cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
    x, y, z = directions.T
    unit = np.stack([cosine * x - sine * y, sine * x + cosine * y, np.broadcast_to(z, (len(seeds), len(z)))], axis=2)
    # Unit directions onto a superellipsoid (A. Barr, 1981): exponent 2 is a ball, more is fuller in the corners.
    exponent = lobes.boxes[:, None]
    full = unit / ((np.abs(unit) ** exponent[..., None]).sum(axis=2) ** (1 / exponent))[..., None]
    near = _neighbors(faces, len(directions))
    # How far the returns go in each direction; where none tell, as far as the corners around, and never a spike.
    reach = outlines(lobes, returns, unit)
    for _ in range(2):
        reach = np.where(reach > 0, reach, np.minimum(reach @ near, 0.95))
    reach = np.clip(reach, REACH[0], np.where(unit[..., 2] < -0.5, 1.0, REACH[1]))
    # Flights see little from below: there the reach is mostly that of the corners around.
    below = np.clip(0.2 - unit[..., 2], 0.15, 0.7)
    reach = SHRINK * ((1 - below) * reach + below * (reach @ near))
    reach = np.where(lobes.low[:, None], 1.0, reach)
    reach *= 1 + PUFF * (_puffs(directions)[None] - 0.6) + ROUGH * own[:, 1:]
    # A corner nearer to the middle than those around lies in a hollow, and is darker.
    hollow = np.clip(1 - reach / (reach @ near), -0.25, 0.25)
    full *= reach[..., None]
    places = lobes.centers[:, None] + np.einsum("nij,nmj->nmi", lobes.frames, full)
    normals = np.einsum("nij,nmj->nmi", np.linalg.inv(lobes.frames).transpose(0, 2, 1), unit)
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    return places, 0.5 + 0.5 * normals[..., 2] - HOLLOW * hollow


def _puffs(directions: DoubleArray) -> DoubleArray:
    """Return how far (m,) corners stand out in clusters of leaves: 1 in their middles, 0 between them."""
    middles = fibonacci_sphere(max(len(directions) // CLUSTER, 3))
    apart = np.arccos(np.clip((directions @ middles.T).max(axis=1), -1, 1))
    return np.asarray(np.sqrt(np.clip(1 - (apart / apart.max()) ** 2, 0, 1)))


def _neighbors(faces: IntArray, count: int) -> DoubleArray:
    """Return the matrix (count, count) that takes values (…, count) of corners to the means of their neighbours."""
    near = np.zeros((count, count))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        near[faces[:, a], faces[:, b]] = near[faces[:, b], faces[:, a]] = 1
    return np.asarray((near / near.sum(axis=1, keepdims=True)).T)


def ball(corners: int) -> tuple[DoubleArray, IntArray]:
    """Return a closed ball: unit directions (corners, 3), evenly irregular, and its faces, 2 * corners - 4."""
    directions = fibonacci_sphere(corners)
    faces = ConvexHull(directions).simplices
    a, b, c = (directions[faces[:, k]] for k in range(3))
    inward = np.einsum("ni,ni->n", np.cross(b - a, c - a), a) < 0
    faces[inward] = faces[inward][:, ::-1]
    return directions, np.asarray(faces, np.int32)


def fibonacci_sphere(count: int) -> DoubleArray:
    """Return (count, 3) unit vectors spread evenly over the sphere."""
    # By the golden angle, multiplied in the order that existing models were built with.
    return sphere_spiral(np.arange(count) * np.pi * (3 - np.sqrt(5)))


def outlines(lobes: Lobes, places: DoubleArray, directions: DoubleArray) -> DoubleArray:
    """Return how far (n, m) each lobe reaches along its own unit directions (n, m, 3), in those of its frame.

    Each place is a tuft of leaves; what counts is where a ray from the centre leaves the last but one of them, so that
    a single return makes no spike. 0 where there are no two.
    """
    inverse = np.asarray(np.linalg.inv(lobes.frames), float)
    return _outlines(lobes.centers, inverse, lobes.starts, lobes.weights, places, directions, TUFT)


@compiled
def _outlines(
    centers: DoubleArray,
    inverse: DoubleArray,
    starts: NDArray[np.int64],
    weights: IntArray,
    places: DoubleArray,
    directions: DoubleArray,
    tuft: float,
) -> DoubleArray:
    last, reach = np.zeros(directions.shape[:2]), np.zeros(directions.shape[:2])
    for lobe in range(len(centers)):
        # The mean scale of the inverse frame: a tuft keeps its size in metres, about.
        size = 0.0
        for d in range(3):
            size += inverse[lobe, d, d] / 3
        radius = tuft * size
        for i in range(starts[lobe], starts[lobe] + weights[lobe]):
            x = np.zeros(3)
            for d in range(3):
                for e in range(3):
                    x[d] += inverse[lobe, d, e] * (places[i, e] - centers[lobe, e])
            square = x[0] * x[0] + x[1] * x[1] + x[2] * x[2]
            for k in range(directions.shape[1]):
                along = x[0] * directions[lobe, k, 0] + x[1] * directions[lobe, k, 1] + x[2] * directions[lobe, k, 2]
                # A ray from the centre leaves the ball about a return behind `along`, if it meets it at all.
                beside = radius * radius - (square - along * along)
                if beside > 0:
                    end = along + np.sqrt(beside)
                    reach[lobe, k] = max(reach[lobe, k], min(end, last[lobe, k]))
                    last[lobe, k] = max(end, last[lobe, k])
    return reach


def scatter(seeds: NDArray[np.uint32], streams: int) -> FloatArray:
    """Return numbers from -1 to 1 (n, streams) that depend on the seeds (n,) alone (a hash of 32 bits, "lowbias32")."""
    x = seeds[:, None] + np.arange(streams, dtype=np.uint32)[None] * np.uint32(0x9E3779B9)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return np.asarray((x ^ (x >> np.uint32(16))) / np.float32(2**31) - 1, np.float32)


def _seeds(places: DoubleArray) -> NDArray[np.uint32]:
    """Return a number for each place (n, 3), the same to the centimetre."""
    cells = np.rint(places * 100).astype(np.int64)
    mixed = cells[:, 0] * 73856093 ^ cells[:, 1] * 19349663 ^ cells[:, 2] * 83492791
    return np.asarray(mixed & 0xFFFFFFFF, np.uint32)
