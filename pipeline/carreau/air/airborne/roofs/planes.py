"""Planes of roofs: grown from flat places, and the plane of every cell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from carreau.air.airborne.roofs.cells import RoofCells
from carreau.air.airborne.survey_data import BoolArray
from carreau.base.jit import compiled
from carreau.base.model import DoubleArray, FloatArray, IntArray

SEED_RADIUS_M = 1.0
SEED_RMS_M = 0.08
INLIER_M = 0.18
"""Distance from the plane within which a point belongs to it: noise, tiles, and sagging of old roofs."""

STEEPEST = 3.0
"""Slope of a plane from which it is a wall that was seen below the eaves."""

OVERHANG_M = 1.0
"""A point so far below one in the next cell is on a wall, or at its foot."""

LEAST_PLANE_M2 = 1.2
SAME_PLANE_M = 0.12
"""Two planes are one if the points of each stay so close to the other, on average, and they touch."""

RIDGE_M = 1.5
"""Cells so near to the intersection of two planes may change sides."""

SURELY_M = 0.5
"""Cells so near to it do so whatever the height of their point: a ridge tile lies above both planes."""

SWEEPS = 12
FAR = 4.0
"""Cost of a point that lies on no plane near; one at `INLIER_M` costs 1, as does a neighbour of another plane."""

OUTSIDE = 3.0
"""Cost of taking a point for none of the roof."""


@dataclass(frozen=True, eq=False)
class RoofPlanes:
    """Planes z = a x + b y + c.

    planes : (k + 1, 3) float64, a, b and c; row 0 stands for "no roof"
    labels : (rows, columns) int32, the plane of each cell, 0 where there is no roof
    lows, highs : (k + 1,) float64, heights of each plane's points
    """

    planes: DoubleArray
    labels: IntArray
    lows: DoubleArray
    highs: DoubleArray

    def heights(self, labels: IntArray, places: DoubleArray) -> DoubleArray:
        """Return (n,) heights of planes (n,) at places (n, 2+), no farther than 0.5 m above or below its points."""
        planes = self.planes[labels]
        z = planes[:, 0] * places[:, 0] + planes[:, 1] * places[:, 1] + planes[:, 2]
        return np.asarray(np.clip(z, self.lows[labels] - 0.5, self.highs[labels] + 0.5))


def roof_planes(cells: RoofCells) -> RoofPlanes:
    """Return the planes of roofs and which of them each cell lies on."""
    cell, known = cells.lattice.cell, cells.known
    points = cells.points.copy()
    points[cells.numbers[~cells.mask & (cells.numbers > 0)]] = np.nan
    heights = points[:, 2]
    overhung = _overhung(points, cells.numbers, OVERHANG_M)
    walls, heights[overhung] = heights[overhung], np.nan  # planes grow without the points on walls
    # Grow from the flattest places: a seed on an edge would give a plane that lies between two.
    radius = max(2, round(SEED_RADIUS_M / cell))
    where = cells.cells
    flatness = measure_flatness(points, cells.numbers, where, radius)
    flat = np.flatnonzero(flatness < SEED_RMS_M)
    seeds = where[flat[np.argsort(flatness[flat], kind="stable")]]
    # Where strips are thin, cells without a point lie between those with one: planes reach over them.
    occupancy = known.sum() / max(1, cells.mask.sum())
    least = max(6, round(LEAST_PLANE_M2 / cell**2 * occupancy))
    reach = 2 if occupancy < 0.8 else 1
    labels = np.zeros(cells.lattice.shape, np.int32)  # takes memory only where there are buildings
    planes = grow_planes(points, cells.numbers, labels, seeds, Growth(radius, reach, least, INLIER_M, STEEPEST))
    planes = _merge(points[1:], where, labels, planes)
    # Growing takes cells as they come. Settling asks each cell again, with what its neighbours chose (ICM).
    heights[overhung] = walls
    settle_labels(points, cells.numbers, cells.mask, labels, planes, SWEEPS, (INLIER_M, FAR, OUTSIDE))
    _set_ridges(points, cells.numbers, labels, planes, cell)
    return _find_ranges(points[1:], where, labels, planes)


@compiled
def _overhung(points: FloatArray, numbers: IntArray, overhang: float) -> BoolArray:
    """Return the points (n + 1,) that are on a wall: far below one in a cell beside theirs."""
    rows, columns = numbers.shape
    is_overhung = np.zeros(len(points), np.bool_)
    for r in range(rows):
        for c in range(columns):
            number = numbers[r, c]
            if number == 0:
                continue
            own = points[number, 2]
            for i in range(max(0, r - 1), min(rows, r + 2)):
                for k in range(max(0, c - 1), min(columns, c + 2)):
                    if own < points[numbers[i, k], 2] - np.float32(overhang):
                        is_overhung[number] = True
    return is_overhung


def _set_ridges(points: FloatArray, numbers: IntArray, labels: IntArray, planes: DoubleArray, cell: float) -> None:
    """Let planes that meet do so at their intersection, also where a chimney hides it.

    A cell changes sides where it is on the wrong one, and its point is not nearer to its plane than to the other.
    """
    if not labels.any():
        return
    west, south = _corner(points, numbers, cell)
    boxes = ndimage.find_objects(labels)
    for one, other in sorted(_touching(labels, 1)):
        # Where two planes meet, their difference is zero: a straight line as seen from above.
        a, b, c = planes[one] - planes[other]
        norm = math.hypot(a, b)
        if norm < 0.04:
            continue
        window = tuple(
            slice(min(a.start, b.start), max(a.stop, b.stop))
            for a, b in zip(boxes[one - 1], boxes[other - 1], strict=True)
        )
        rows, columns = np.nonzero((labels[window] == one) | (labels[window] == other))
        rows, columns = rows + window[0].start, columns + window[1].start
        x, y, z = points[numbers[rows, columns]].T
        across = (a * (west + columns * cell) + b * (south + rows * cell) + c) / norm
        mine = labels[rows, columns] == one
        near = np.abs(across) < RIDGE_M
        # Most cells say on which side of that line each plane lies; a pair that does not agree is left as it is.
        side = np.sign(across[near & mine].sum() - across[near & ~mine].sum())
        if not near.any() or (np.where(mine, across, -across)[near] * side > 0).mean() < 0.8:
            continue
        wrong = near & (np.where(mine, across, -across) * side < 0)
        off = [np.abs(planes[k, 0] * x + planes[k, 1] * y + planes[k, 2] - z) for k in (one, other)]
        own, new = np.where(mine, off[0], off[1]), np.where(mine, off[1], off[0])
        wrong &= (np.abs(across) < SURELY_M) | np.isnan(z) | (own > INLIER_M) | (new < own + 0.05)
        labels[rows[wrong], columns[wrong]] = np.where(mine[wrong], other, one)


def _corner(points: FloatArray, numbers: IntArray, cell: float) -> tuple[float, float]:
    """Return x and y of the middle of cell (0, 0), from the points in the others."""
    rows, columns = np.nonzero(numbers)
    finite = np.isfinite(points[1:, 2])
    rows, columns, (x, y, _) = rows[finite], columns[finite], points[1:][finite].T
    return float(np.mean(x - columns * cell)), float(np.mean(y - rows * cell))


def _find_ranges(points: FloatArray, where: NDArray[np.int64], labels: IntArray, planes: DoubleArray) -> RoofPlanes:
    """Leave out planes of no cell, fit the others to their inliers, and note between which heights they lie.

    where : (n,) cells of the points (n, 3)
    """
    # Planes in the order of their numbers, without those that no cell chose.
    roofed = np.flatnonzero(labels)
    used = np.unique(labels.ravel()[roofed])
    numbers = np.zeros(len(planes), np.int32)
    numbers[used] = np.arange(1, len(used) + 1)
    labels.ravel()[roofed] = numbers[labels.ravel()[roofed]]
    planes = np.concatenate([np.zeros((1, 3)), planes[used]])
    lows, highs = np.zeros(len(planes)), np.zeros(len(planes))
    owners = labels.ravel()[where]
    inside = (owners > 0) & np.isfinite(points[:, 2])
    flat, owners = points[inside].astype(np.float64), owners[inside]
    order = np.argsort(owners, kind="stable")
    flat, starts = flat[order], np.searchsorted(owners[order], np.arange(len(planes) + 1))
    for k in range(1, len(planes)):
        mine = flat[starts[k] : starts[k + 1]]
        # The last fit is to inliers alone: settling gave cells to planes that their points do not lie on.
        near = mine[np.abs(mine[:, :2] @ planes[k, :2] + planes[k, 2] - mine[:, 2]) < INLIER_M]
        if len(near) >= 6:
            middle = near.mean(axis=0)
            slope = np.linalg.lstsq(near[:, :2] - middle[:2], near[:, 2] - middle[2], rcond=1e-6)[0]
            planes[k] = [*slope, middle[2] - middle[:2] @ slope]
        heights = near[:, 2] if len(near) else mine[:, 2] if len(mine) else np.zeros(1)
        lows[k], highs[k] = heights.min(), heights.max()
    return RoofPlanes(planes, labels, lows, highs)


def _merge(points: FloatArray, where: NDArray[np.int64], labels: IntArray, planes: DoubleArray) -> DoubleArray:
    """Join neighbours that lie on one plane, and return the planes.

    where : (n,) cells of the points (n, 3), the only ones with a label yet
    """
    count = len(planes)
    # Sums of moments add up: planes are compared, joined and fitted again without going back to their points.
    sums = _sum_planes(points, labels.ravel()[where], count)
    owner = np.arange(count, dtype=np.int32)
    for low, high in sorted(_touching(labels, 3)):
        a, b = owner[low], owner[high]
        # Both ways, as a small plane may lie close to a large one by chance, but not the other way round.
        if a != b and max(_off(sums[a], planes[b]), _off(sums[b], planes[a])) < SAME_PLANE_M:
            a, b = min(a, b), max(a, b)
            sums[a] += sums[b]
            planes[a] = solve_plane(sums[a, :9])
            owner[owner == b] = a
    labels.ravel()[where] = owner[labels.ravel()[where]]
    return planes


def _touching(labels: IntArray, reach: int) -> set[tuple[int, int]]:
    """Return pairs of planes of which cells are so near in a row or column, the lower number first."""
    touching = set()
    for step in range(1, reach + 1):
        for one, other in ((labels[:, :-step], labels[:, step:]), (labels[:-step], labels[step:])):
            touches = (one != other) & (one > 0) & (other > 0)
            pairs = np.sort(np.column_stack([one[touches], other[touches]]), axis=1)
            touching |= {(int(low), int(high)) for low, high in np.unique(pairs, axis=0)}
    return touching


def _sum_planes(points: FloatArray, owners: IntArray, count: int) -> DoubleArray:
    """Return the sums (count, 10) of the points of each plane, as `solve_plane` takes them, and of z squared.

    owners : (n,) the plane of each point, 0 for none
    """
    inside = owners > 0
    (x, y, z), owners = points[inside].T.astype(np.float64), owners[inside]
    terms = [np.ones_like(x), x, y, z, x * x, x * y, y * y, x * z, y * z, z * z]
    return np.column_stack([np.bincount(owners, term, minlength=count) for term in terms])


def _off(s: DoubleArray, plane: DoubleArray) -> float:
    """Return the RMS height of points, given by their sums, above a plane."""
    (n, x, y, z, xx, xy, yy, xz, yz, zz), (a, b, c) = s, plane
    square = (
        zz + a * a * xx + b * b * yy + c * c * n + 2 * (a * b * xy + a * c * x + b * c * y - a * xz - b * yz - c * z)
    )
    return math.sqrt(max(0.0, square / max(n, 1)))


@compiled
def settle_labels(
    points: FloatArray,
    numbers: IntArray,
    mask: BoolArray,
    labels: IntArray,
    planes: DoubleArray,
    sweeps: int,
    costs: tuple[float, float, float],
) -> None:
    """Give every cell of the mask the plane that costs least: its point's distance, and neighbours that differ.

    costs : the distance that costs 1, the most that a point costs, and the cost of a point outside of all planes
    """
    inlier, far, outside = costs
    rows, columns = mask.shape
    near = np.empty(32, np.int32)
    # Cells without a plane fill from their neighbours first: -1 is "not yet".
    for r in range(rows):
        for c in range(columns):
            if mask[r, c] and labels[r, c] == 0:
                labels[r, c] = -1
    for _ in range(sweeps):
        changed = 0
        for r in range(rows):
            for c in range(columns):
                if not mask[r, c]:
                    continue
                # Only planes within two cells come into question.
                count = 0
                for i in range(max(0, r - 2), min(rows, r + 3)):
                    for k in range(max(0, c - 2), min(columns, c + 3)):
                        label = labels[i, k]
                        if label < 0:
                            continue
                        seen = False
                        for n in range(count):
                            if near[n] == label:
                                seen = True
                        if not seen and count < 32:
                            near[count] = label
                            count += 1
                best, least = labels[r, c], math.inf
                own = points[numbers[r, c]]
                x, y, z = np.float64(own[0]), np.float64(own[1]), np.float64(own[2])
                for n in range(count):
                    label = near[n]
                    # A cell without a point goes with its neighbours, and a little rather to a roof than outside.
                    if np.isnan(z):
                        cost = 0.0 if label > 0 else 0.5
                    elif label == 0:
                        cost = outside
                    else:
                        a, b, e = planes[label]
                        # Squared distance in units of `inlier`, capped: one stray point must not
                        # outweigh all neighbours.
                        off = abs(a * x + b * y + e - z) / math.sqrt(1 + a * a + b * b) / inlier
                        cost = min(off * off, far)
                    # Each neighbour of another plane costs the same (a Potts model); J. Besag, "On the statistical
                    # analysis of dirty pictures", 1986, settles such labels cell by cell.
                    for i in range(r - 1, r + 2):
                        for k in range(c - 1, c + 2):
                            other = labels[i, k] if 0 <= i < rows and 0 <= k < columns else label
                            if other >= 0 and other != label:
                                cost += 0.35
                    if cost < least - 1e-9:
                        best, least = label, cost
                if best != labels[r, c]:
                    labels[r, c] = best
                    changed += 1
        if changed == 0:
            break
    for r in range(rows):
        for c in range(columns):
            if labels[r, c] < 0:
                labels[r, c] = 0


@compiled
def solve_plane(s: DoubleArray) -> tuple[float, float, float]:
    """Return the plane of sums s = n, x, y, z, xx, xy, yy, xz, yz; a level one where the points are in line."""
    n = s[0]
    mx, my, mz = s[1] / n, s[2] / n, s[3] / n
    xx, xy, yy = s[4] / n - mx * mx, s[5] / n - mx * my, s[6] / n - my * my
    xz, yz = s[7] / n - mx * mz, s[8] / n - my * mz
    # Least squares about the mean. Points in a line leave the slope across it open: then the plane is level.
    d = xx * yy - xy * xy
    if d < 1e-6 * (xx + yy) ** 2 + 1e-12:
        return 0.0, 0.0, mz
    a, b = (xz * yy - yz * xy) / d, (yz * xx - xz * xy) / d
    return a, b, mz - a * mx - b * my


@compiled
def _add(s: DoubleArray, x: float, y: float, z: float) -> None:
    s[0] += 1
    s[1] += x
    s[2] += y
    s[3] += z
    s[4] += x * x
    s[5] += x * y
    s[6] += y * y
    s[7] += x * z
    s[8] += y * z


@compiled
def _local(
    points: FloatArray, numbers: IntArray, r: int, c: int, radius: int, s: DoubleArray
) -> tuple[float, float, float, float]:
    """Return the plane of the points around a cell, about its own point, and their RMS distance from it."""
    rows, columns = numbers.shape
    own = points[numbers[r, c]]
    x, y, z = np.float64(own[0]), np.float64(own[1]), np.float64(own[2])
    s[:] = 0
    zz = 0.0
    for i in range(max(0, r - radius), min(rows, r + radius + 1)):
        for k in range(max(0, c - radius), min(columns, c + radius + 1)):
            other = points[numbers[i, k]]
            dz = other[2] - z
            # Points two metres above or below belong to another roof.
            if abs(dz) < 2.0:
                _add(s, other[0] - x, other[1] - y, dz)
                zz += dz * dz
    if s[0] < 6:
        return 0.0, 0.0, 0.0, math.inf
    a, b, e = solve_plane(s)
    # Squared residuals from the sums, without a second pass over the points.
    square = zz - 2 * (a * s[7] + b * s[8] + e * s[3])
    square += a * a * s[4] + b * b * s[6] + e * e * s[0] + 2 * (a * b * s[5] + a * e * s[1] + b * e * s[2])
    return a, b, e, math.sqrt(max(0.0, square / s[0]) / (1 + a * a + b * b))


@compiled
def measure_flatness(points: FloatArray, numbers: IntArray, where: NDArray[np.int64], radius: int) -> DoubleArray:
    """Return the RMS distance (n,) of the points around each one's cell from a plane; infinite for too few.

    where : (n,) cells of the points
    """
    columns = numbers.shape[1]
    flatness, s = np.full(len(where), np.inf), np.zeros(9)
    for n in range(len(where)):
        if not np.isnan(points[n + 1, 2]):
            flatness[n] = _local(points, numbers, where[n] // columns, where[n] % columns, radius, s)[3]
    return flatness


class Growth(NamedTuple):
    """How regions grow.

    radius, reach : cells around a seed that give its first plane, and cells that a region reaches over
    least : points of a region; those of fewer are given up
    inlier, steepest : metres from the plane, and rise over run
    """

    radius: int
    reach: int
    least: int
    inlier: float
    steepest: float


@compiled
def grow_planes(
    points: FloatArray,
    numbers: IntArray,
    labels: IntArray,
    seeds: NDArray[np.int64],
    growth: Growth,
) -> DoubleArray:
    """Grow a region from each seed that no region has yet, and return the planes; label their cells."""
    radius, reach, least, inlier, steepest = growth
    rows, columns = numbers.shape
    planes = np.zeros((len(seeds) + 1, 3))
    queue, s, count = np.empty(len(points), np.int64), np.zeros(9), 0
    for seed in seeds:
        r, c = seed // columns, seed % columns
        if labels[r, c] != 0:
            continue
        own = points[numbers[r, c]]
        # Coordinates about the seed: squares of kilometres would leave no centimetres.
        x0, y0, z0 = np.float64(own[0]), np.float64(own[1]), np.float64(own[2])
        a, b, e, _ = _local(points, numbers, r, c, radius, s)
        # Cells get a mark while the region grows, and its number only if it is kept.
        mark = -(count + 1)
        s[:] = 0
        head, tail, refit = 0, 1, 16
        queue[0] = seed
        labels[r, c] = mark
        _add(s, 0.0, 0.0, 0.0)
        while head < tail:
            i, k = queue[head] // columns, queue[head] % columns
            head += 1
            for i2 in range(max(0, i - reach), min(rows, i + reach + 1)):
                for k2 in range(max(0, k - reach), min(columns, k + reach + 1)):
                    other = points[numbers[i2, k2]]
                    if labels[i2, k2] != 0 or np.isnan(other[2]):
                        continue
                    x, y, z = other[0] - x0, other[1] - y0, other[2] - z0
                    if abs(a * x + b * y + e - z) <= inlier * math.sqrt(1 + a * a + b * b):
                        labels[i2, k2] = mark
                        queue[tail] = i2 * columns + k2
                        tail += 1
                        _add(s, x, y, z)
            # Fit again whenever the region has grown by half: a plane of one metre tilts too much over a whole roof.
            if s[0] >= refit:
                a, b, e = solve_plane(s)
                refit = int(s[0] * 1.5)
        a, b, e = solve_plane(s)
        # Too small, or a wall: its cells are free again for later seeds.
        if tail >= least and a * a + b * b < steepest * steepest:
            count += 1
            planes[count] = a, b, e + z0 - a * x0 - b * y0
            for q in range(tail):
                labels[queue[q] // columns, queue[q] % columns] = count
        else:
            for q in range(tail):
                labels[queue[q] // columns, queue[q] % columns] = 0
    return planes[: count + 1]
