"""Noise of a cloud: how far its points scatter about their surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.messages import Message, Number, message
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.base.units import UNITS_M
from carreau.geometry.clouds.neighbors import nearest_points, tree_of

SAMPLES = 2_000
"""Places at which it is measured."""

RANKS = (12, 17, 24, 34, 48, 68, 96, 136, 192, 272, 384, 544, 768, 1024)
"""Sizes of the neighbourhoods, about the square root of 2 apart."""

DOUBLING = 2
"""Steps in `RANKS` to twice the points."""

THINNING = (1, 4, 16, 64)
"""Wider neighbourhoods are looked at in every 4th, 16th and 64th point."""

STEADY = 1.2
"""Largest growth of the deviation from a plane with twice the points: it is 1 for noise about a plane, 1.26 within the
noise, 1.4 in a corner and 2 on a curved surface."""

FLAT = 0.5
"""Largest deviation of a plane from its points, relative to their spread along it."""

RESOLVED = 0.4
"""Least share of the places that must have such a plane; noise cannot be told from foliage by the others."""

BEYOND = 2.5
"""Points farther from a plane than this many deviations do not count."""

TWO_SIDES = 4.0
"""Distance of the means of two groups of heights, in deviations of a group (K. Ashman et al., "Detecting bimodality in
astronomical datasets", 1994), above which they are the two sides of a wall: it is 2.7 for noise, 3.5 where all heights
are as frequent, 3.7 in a trough, and 4.2 for two planes that are four deviations apart."""

ROUNDS = 3
MAD = 1.4826
"""Standard deviation of a normal distribution, in median absolute deviations."""

BAND = 256

NOISY = 0.8
"""Least deviation of a noisy cloud, in spacings. It is 0.07 to 0.3 in laser scans and in sharp photogrammetry."""


@dataclass(frozen=True, eq=False)
class Noise:
    """Noise at places of a cloud, in the unit of its positions.

    places : (k, 3) float32
    deviations : (k,) float32, standard deviation of the points about the plane through them
    spacings : (k,) float32, edge of the square of that plane that each point covers
    """

    places: FloatArray
    deviations: FloatArray
    spacings: FloatArray

    @property
    def deviation(self) -> float:
        """Return the median deviation; 0 if it cannot be measured."""
        return float(np.median(self.deviations)) if len(self.deviations) else 0.0

    @property
    def spacing(self) -> float:
        """Return the median spacing; 0 if it cannot be measured."""
        return float(np.median(self.spacings)) if len(self.spacings) else 0.0

    @property
    def is_high(self) -> bool:
        """Return whether the points scatter so far that a surface through them is rough and full of holes."""
        return self.deviation > NOISY * self.spacing


NO_NOISE = Noise(np.zeros((0, 3), np.float32), np.zeros(0, np.float32), np.zeros(0, np.float32))


def noise_of(positions: FloatArray) -> Noise:
    """Return the noise of (n, 3) distinct positions; none where no neighbourhood shows a plane, as in foliage.

    Neighbourhoods grow until their points lie along a plane, and deviate no more from a larger one. Smaller ones are
    as thick as wide, and larger ones show the relief.
    """
    order = np.random.default_rng(0).permutation(len(positions))
    places = positions[order[:SAMPLES]]
    for thinning in THINNING:
        points = positions if thinning == 1 else positions[np.sort(order[: len(positions) // thinning])]
        # A neighbourhood of a tenth of the cloud is its shape, not its surface.
        ranks = np.array([rank for rank in RANKS if rank * 10 <= len(points)])
        if len(ranks) <= DOUBLING:
            break
        noise, share = _noise_at(places, points, ranks, thinning)
        if share >= RESOLVED:
            return noise
    return NO_NOISE


def noise_warning(deviation: float, spacing: float, unit_m: float | None) -> Message:
    """Return the warning about a noisy cloud; in its own units if their length in metres is not known.

    >>> print(noise_warning(0.121, 0.031, 1.0).split(";")[0])
    noisy: the points scatter by 12 cm about their surface, where they are 3.1 cm apart
    """
    unit: str = message("scan units")
    if unit_m is not None:
        unit = next((name for name in ("m", "cm") if deviation * unit_m >= UNITS_M[name]), "mm")
        deviation, spacing = (length * unit_m / UNITS_M[unit] for length in (deviation, spacing))
    return message(
        "noisy: the points scatter by %(noise)s %(unit)s about their surface, where they are %(spacing)s %(unit)s "
        "apart; the surface is fitted to them and has no finer detail. More or sharper photographs, a filter by "
        "confidence, or the mesh from the same program would help",
        noise=Number(deviation, ".2g"),
        spacing=Number(spacing, ".2g"),
        unit=unit,
    )


def _noise_at(places: FloatArray, points: FloatArray, ranks: IntArray, thinning: int) -> tuple[Noise, float]:
    """Return the noise where it shows, and the share of the places where it does."""
    tree = tree_of(points)
    deviations, spacings = np.full(len(places), np.nan, np.float32), np.zeros(len(places), np.float32)
    for start in range(0, len(places), BAND):
        band = slice(start, start + BAND)
        near, distances = nearest_points(tree, places[band], int(ranks[-1]))
        offsets = (points[near] - places[band, None]).astype(np.float64)
        deviations[band], rank, counts = _steady(offsets, ranks)
        reach = distances[np.arange(len(near)), rank - 1]
        spacings[band] = reach * np.sqrt(np.pi / (counts * thinning))
    shown = np.isfinite(deviations)
    return Noise(places[shown], deviations[shown], spacings[shown]), float(shown.mean())


def _steady(offsets: DoubleArray, ranks: IntArray) -> tuple[DoubleArray, IntArray, IntArray]:
    """Return the deviation of (k, n, 3) nearest points where it stops growing, else NaN, the rank, and the points."""
    covariances, centers = _spreads(offsets, ranks)
    variances, axes = np.linalg.eigh(covariances)
    variances = np.maximum(variances, 0)
    # Three of the points define the plane.
    deviations = np.sqrt(variances[..., 0] * (ranks / (ranks - 3)))
    growth = deviations[:, DOUBLING:] / np.maximum(deviations[:, :-DOUBLING], 1e-30)
    flat = variances[..., 0] <= FLAT**2 * variances[..., 1]
    steady = (growth <= STEADY) & flat[:, :-DOUBLING]
    first, rows = np.argmax(steady, axis=1), np.arange(len(offsets))
    result, counts = np.empty(len(offsets)), ranks[first]
    for row, column in zip(rows, first, strict=True):
        near = offsets[row, : ranks[column]]
        result[row], heights = _robust(near, centers[row, column], axes[row, column, :, 0])
        side = _one_side(near, heights)
        if len(side) < len(near):
            result[row], _ = _robust(side, side.mean(axis=0), axes[row, column, :, 0])
            counts[row] = len(side)
    return np.where(steady[rows, first], result, np.nan), ranks[first], counts


def _spreads(offsets: DoubleArray, ranks: IntArray) -> tuple[DoubleArray, DoubleArray]:
    """Return the covariances (k, r, 3, 3) and means (k, r, 3) of the nearest points, for each rank."""
    counts = ranks[None, :, None]
    means = np.cumsum(offsets, axis=1)[:, ranks - 1] / counts
    products = np.empty((len(offsets), len(ranks), 3, 3))
    for d in range(3):
        for e in range(d, 3):
            sums = np.cumsum(offsets[..., d] * offsets[..., e], axis=1)[:, ranks - 1]
            products[..., d, e] = products[..., e, d] = sums / counts[..., 0] - means[..., d] * means[..., e]
    return products, means


def _robust(offsets: DoubleArray, center: DoubleArray, normal: DoubleArray) -> tuple[float, DoubleArray]:
    """Return the deviation of points from a plane that is fitted again without those far from it, and their heights."""
    for _round in range(ROUNDS):
        heights = (offsets - center) @ normal
        deviation = MAD * float(np.median(np.abs(heights - np.median(heights))))
        inside = offsets[np.abs(heights - np.median(heights)) <= BEYOND * deviation]
        if len(inside) < RANKS[0] // 2:
            break
        center = inside.mean(axis=0)
        normal = np.linalg.eigh(np.cov(inside.T, bias=True))[1][:, 0]
    # Three of the points define the plane.
    return deviation * float(np.sqrt(len(offsets) / max(len(offsets) - 3, 1))), (offsets - center) @ normal


def _one_side(offsets: DoubleArray, heights: DoubleArray) -> DoubleArray:
    """Return the points on the side of a wall that the first is on; all of them if they are one side."""
    limit = float(heights.mean())
    for _round in range(ROUNDS):
        low, high = heights[heights <= limit], heights[heights > limit]
        if not len(low) or not len(high):
            return offsets
        limit = float(low.mean() + high.mean()) / 2
    if high.mean() - low.mean() <= TWO_SIDES * np.sqrt((low.var() + high.var()) / 2):
        return offsets
    side: DoubleArray = offsets[(heights <= limit) == (heights[0] <= limit)]
    return side
