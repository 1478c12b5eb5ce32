"""The origin that is subtracted from large coordinates, so that float32 can represent them.

It comes from where the surface is. One vertex at zero beside a statue in national coordinates, used or not, would
otherwise stretch the extent to 6,900 km, in which float32 has steps of half a metre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from carreau.base.jit import compiled_bare
from carreau.base.model import DoubleArray, Fidelity, FloatArray, IntArray

#: Largest rounding error of float32, as a share of the extent, without an origin.
_WORST_ROUNDING = 1e-6
#: The same along one axis: longitudes of a house beside heights in metres lose 1e-4 of their extent.
_WORST_ALONG = 1e-5
_HALF_STEP = 2.0**-24
_LARGEST = 3.4e38
_SMALLEST = 1e-300
#: Triangles that are looked at; more take more time, and change no origin.
_SAMPLE = 100_000
#: So many of the largest triangles weigh no more than the next: this share, or in a small mesh this many, or a quarter.
_FEW_SHARE, _FEW = 0.001, 32
#: What lies farther from the middle of the surface than this many times its spread does not count.
_FAR = 100.0
_SPREAD = 0.75
#: Steps are coarse from this share of an edge, or of the distance of points: they move each by a thirtieth of it.
COARSE = 1 / 16
#: Share of values whose last bit is set, from which they are not whole numbers: half of what was rounded has it.
_ODD = 0.05


@dataclass(frozen=True, eq=False)
class LocalSurface:
    """Positions of a surface about an origin.

    positions : (n, 3) float32
    origin : (3,) float64, in the coordinates of the file
    fidelity : how well the positions hold the file's coordinates
    """

    positions: FloatArray
    origin: DoubleArray
    fidelity: Fidelity


def local_surface(positions: FloatArray | DoubleArray, faces: IntArray) -> LocalSurface:
    """Return positions as float32 about an origin, as `about_origin` does, and what they lose by it.

    positions : (n, 3) as the file gives them: float32 only where the file has float32
    faces : (m, 3) int32
    This is where a reader leaves double precision. So the surface is measured here on both sides of it, on a sample of
    its triangles: harm that is done before, or in cleaning, is another's to find.
    """
    triangles = _sample(positions, faces)
    about, origin = _about(positions, triangles)
    if not len(triangles):
        return LocalSurface(about, origin, Fidelity())
    with np.errstate(over="ignore", invalid="ignore"):
        areas, rounded = _areas(triangles), _areas(_sample(about, faces, positions))
        # The few largest triangles are cut down, so that they do not decide alone.
        weights = np.minimum(areas, few_apart(areas))
        changes = np.minimum(np.abs(areas - rounded) / np.maximum(areas, _SMALLEST), 1.0)
        changed = float(changes @ weights / max(float(weights.sum()), _SMALLEST))
    return LocalSurface(about, origin, _coarse(positions, triangles, areas, changed))


def about_origin(positions: FloatArray | DoubleArray, faces: IntArray | None = None) -> tuple[FloatArray, DoubleArray]:
    """Return positions as float32 about an origin, and the origin: zero unless float32 would lose 1e-6 of the extent.

    An axis also has an origin where it would lose 1e-5 of its own extent, as one in degrees does.

    positions : (n, 3); values that are not finite stay, and do not affect the origin
    faces : (m, 3) int32; without them, all positions count alike
    The extent is that of the surface: positions that lie 100 times as far from its middle as three quarters of it do
    not count, used or not. The origin is the middle of the extent, rounded to a power of ten near it, so that it is
    readable.
    """
    return _about(positions, _sample(positions, faces))


def few_apart(areas: DoubleArray) -> float:
    """Return the area that the few largest triangles are cut down to, so that they never decide what many others do.

    areas : (m,) float64, in any order
    A triangle from a statue in national coordinates to a stray vertex at zero has a thousand times its area.
    The few are a thousandth of all triangles, or 32 of a small mesh, or a quarter of a tiny one.
    """
    if not len(areas):
        return 0.0
    few = max(int(len(areas) * _FEW_SHARE), min(_FEW, len(areas) // 4))
    return float(np.partition(areas, len(areas) - 1 - few)[len(areas) - 1 - few])


def surface_reach(positions: FloatArray | DoubleArray, faces: IntArray) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest and highest corner, (3,) each, of the cube in which a surface and what belongs to it lie.

    From the middle of the surface it reaches 100 times as far as three quarters of it; infinitely without a triangle.
    """
    triangles = _sample(positions, faces)
    if not len(triangles):
        return np.full(3, -np.inf), np.full(3, np.inf)
    middle, spread = _middle(triangles)
    reach = _FAR * spread.max() if spread.any() else np.inf
    return middle - reach, middle + reach


def _about(positions: FloatArray | DoubleArray, triangles: DoubleArray) -> tuple[FloatArray, DoubleArray]:
    origin = _origin(*_bounds(positions, *_limits(triangles)))
    with np.errstate(over="ignore", invalid="ignore"):
        if not origin.any():
            return np.ascontiguousarray(positions, dtype=np.float32), origin
        about = np.empty(positions.shape, np.float32)
        np.subtract(positions, origin, out=about, casting="unsafe")
    return about, origin


def _origin(low: DoubleArray, high: DoubleArray) -> DoubleArray:
    origin = np.zeros(3)
    size, reach = float((high - low).max()), float(np.abs((low, high)).max())
    own = high - low
    along = (own > 0) & (np.abs((low, high)).max(axis=0) * _HALF_STEP > _WORST_ALONG * own)
    if reach * _HALF_STEP > _WORST_ROUNDING * size:
        step = 10.0 ** math.floor(math.log10(size)) if size > 0 else 1.0
        origin = np.round((low + high) / 2 / step) * step
    for axis in np.flatnonzero(along):
        step = 10.0 ** math.floor(math.log10(own[axis]))
        origin[axis] = round(float(low[axis] + high[axis]) / 2 / step) * step
    return origin


def _sample(
    positions: FloatArray | DoubleArray, faces: IntArray | None, like: FloatArray | DoubleArray | None = None
) -> DoubleArray:
    """Return (k, 3, 3) float64 corners of some triangles, evenly chosen; those that are not finite are left out.

    Without faces, each position is a triangle of its own.
    like : (n, 3) positions that say which triangles are finite; those sampled, if None
    """
    count = len(positions) if faces is None else len(faces)
    rows = slice(None, None, max(1, -(-count // _SAMPLE)))
    chosen = np.arange(count)[rows, None] if faces is None else faces[rows]
    judged = positions if like is None else like
    with np.errstate(invalid="ignore"):
        is_finite = (np.abs(judged[chosen]) < _LARGEST).all(axis=(1, 2))
    return np.broadcast_to(positions[chosen[is_finite]].astype(np.float64), (int(is_finite.sum()), 3, 3))


def _areas(triangles: DoubleArray) -> DoubleArray:
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return np.asarray(np.linalg.norm(np.cross(one, other), axis=1) / 2)


def _limits(triangles: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest and highest coordinates that count along each axis, (3,) float64; none without triangles."""
    if not len(triangles):
        return np.full(3, np.inf), np.full(3, -np.inf)
    middle, spread = _middle(triangles)
    reach = np.maximum(_FAR * spread, spread.max())
    return middle - reach, middle + reach


def _middle(triangles: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Return the median of a surface and how far three quarters of it reach from there, (3,) float64 each."""
    with np.errstate(over="ignore", invalid="ignore"):
        areas = np.nan_to_num(_areas(triangles), posinf=np.finfo(np.float64).max)
        weights = np.minimum(areas, few_apart(areas))
        if not 0 < weights.sum() < np.inf:
            weights = np.ones(len(triangles))
        middle = _quantiles(triangles.mean(axis=1), weights, 0.5)
        return middle, _quantiles(np.abs(triangles - middle).max(axis=1), weights, _SPREAD)


def _quantiles(values: DoubleArray, weights: DoubleArray, share: float) -> DoubleArray:
    """Return the weighted quantile of each of three columns, (3,) float64."""
    result = np.empty(3)
    for axis in range(3):
        order = np.argsort(values[:, axis])
        below = np.cumsum(weights[order])
        result[axis] = values[order[np.searchsorted(below, share * below[-1])], axis]
    return result


def _coarse(
    positions: FloatArray | DoubleArray, triangles: DoubleArray, areas: DoubleArray, changed: float
) -> Fidelity:
    """Return the fidelity, with the steps of the file's own coordinates where they are float32 and coarse.

    Doubles and texts count as float32 where that is what they were: exporters widen it.
    """
    low, high = _limits(triangles)
    near = triangles[((triangles >= low) & (triangles <= high)).all(axis=(1, 2))]
    if not len(near) or not (positions.dtype == np.float32 or is_widened(near)):
        return Fidelity(changed)
    size = float(np.abs(near).max())
    lengths = np.linalg.norm(near - np.roll(near, 1, axis=1), axis=2)
    edge = float(np.median(lengths[lengths > 0])) if lengths.any() else 0.0
    step = float(np.spacing(np.float32(size)))
    if step <= COARSE * edge:
        return Fidelity(changed)
    return Fidelity(changed, step, size, edge, float(np.mean(areas == 0)))


def is_widened(values: DoubleArray) -> bool:
    """Return whether all values are float32 numbers, and some of the largest use its last bit, unlike whole numbers."""
    if (values != values.astype(np.float32)).any():
        return False
    sizes = np.abs(values)
    largest = sizes[sizes >= sizes.max() / 2]
    return bool(np.mean(largest / np.spacing(largest.astype(np.float32)) % 2) > _ODD)


def _bounds(
    positions: FloatArray | DoubleArray, least: DoubleArray, most: DoubleArray
) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest and highest coordinate of each axis, of positions within limits; zeros if there is none.

    Coordinates beyond float32 are ignored, since `clean` drops them like infinity.
    """
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    _widen(positions, least, most, low, high)
    none = low > high
    low[none], high[none] = 0.0, 0.0
    return low, high


@compiled_bare
def _widen(
    positions: FloatArray | DoubleArray, least: DoubleArray, most: DoubleArray, low: DoubleArray, high: DoubleArray
) -> None:
    """Extend the bounds by all positions in one pass; NumPy's masked minimum and maximum take 0.3 s for 2.9 million."""
    for row in range(len(positions)):
        near_axes = 0
        for axis in range(3):
            value = np.float64(positions[row, axis])
            if abs(value) < _LARGEST and least[axis] <= value <= most[axis]:
                near_axes += 1
        if near_axes == 3:
            for axis in range(3):
                low[axis] = min(low[axis], np.float64(positions[row, axis]))
                high[axis] = max(high[axis], np.float64(positions[row, axis]))
