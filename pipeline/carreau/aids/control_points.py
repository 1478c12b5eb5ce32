"""Control points: what is on a scan, and where it is on the Earth, read from a CSV file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.messages import decode_text, message

LEAST_POINTS, MOST_POINTS = 6, 200
COLUMNS = ("x", "y", "lon", "lat")
NAME = "name"
_LARGEST_BYTES = 1_000_000
_THINNEST = 0.02
"""Least width of the points across their longest direction, as a share of their length: below it they lie on a line."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ControlPoints:
    """Points that are on a scan and on the Earth.

    names : what each is; its line in the file where it has none
    pixels : (n, 2) right and down from the upper left corner of the scan
    places : (n, 2) longitude and latitude, degrees
    """

    names: tuple[str, ...]
    pixels: FloatArray
    places: FloatArray


def read_control_points(path: Path, size: tuple[int, int]) -> ControlPoints:
    """Read control points; raises FormatError with the line that is wrong.

    size : width and height of the scan in pixels, which every point has to be on
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FormatError(path, "", message("it cannot be read"), message("check the name of the file")) from error
    if len(content) > _LARGEST_BYTES:
        raise FormatError(path, "", message("it is too large for control points"), message("keep only the points"))
    text = decode_text(content)
    first = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    missing = [each for each in COLUMNS if each not in (rows.fieldnames or ())]
    if missing:
        cause = message("there is no column %(names)s", names=tuple(missing))
        raise FormatError(
            path, message("line %(line)s", line=1), cause, message("write a first line: x,y,lon,lat,name")
        )
    names, numbers = list[str](), list[list[float]]()
    for row in rows:
        numbers.append(_numbers(path, rows.line_num, row, size))
        names.append((row.get(NAME) or "").strip() or str(rows.line_num))
    table = np.array(numbers, np.float64).reshape(-1, 4)
    _check(path, table)
    return ControlPoints(tuple(names), table[:, :2], table[:, 2:])


def _numbers(path: Path, line: int, row: dict[str, str], size: tuple[int, int]) -> list[float]:
    try:
        x, y, lon, lat = (float((row[each] or "").replace(",", ".")) for each in COLUMNS)
    except ValueError as error:
        cause = message("x, y, lon and lat are not all numbers")
        raise FormatError(path, message("line %(line)s", line=line), cause, message("correct the line")) from error
    if not (0 <= x <= size[0] and 0 <= y <= size[1]):
        cause = message("the pixel is not on the scan, which has %(width)s × %(height)s", width=size[0], height=size[1])
        raise FormatError(path, message("line %(line)s", line=line), cause, message("correct x and y"))
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) < 85):
        cause = message("lon and lat are not degrees")
        raise FormatError(path, message("line %(line)s", line=line), cause, message("write them in WGS 84"))
    return [x, y, lon, lat]


def _check(path: Path, table: FloatArray) -> None:
    """Refuse points that are too few, too many, or on one line, on the scan or on the Earth."""
    if not LEAST_POINTS <= len(table) <= MOST_POINTS:
        cause = message(
            "it has %(count)s control points; %(least)s to %(most)s are needed",
            count=len(table), least=LEAST_POINTS, most=MOST_POINTS,
        )  # fmt: skip
        raise FormatError(path, "", cause, message("add points that are on both maps, far from each other"))
    for columns in (table[:, :2], table[:, 2:]):
        spread = np.linalg.svd(columns - columns.mean(axis=0), compute_uv=False)
        if spread[1] < _THINNEST * spread[0] or spread[0] == 0:
            cause = message("the control points lie on one line")
            raise FormatError(path, "", cause, message("add points to both sides of it"))


AFFINE, PROJECTIVE, THIN_PLATE = "affine", "projective", "thin-plate"

Fit = Callable[[FloatArray], FloatArray]
"""Takes (n, 2) points to (n, 2) points."""


def _affine(source: FloatArray, target: FloatArray) -> Fit:
    """Return the affine function nearest to the points, by least squares."""
    solved = np.linalg.lstsq(_with_one(source), target, rcond=None)[0]
    return lambda points: _with_one(points) @ solved


def _projective(source: FloatArray, target: FloatArray) -> Fit:
    """Return the projective function nearest to the points: linear first, then by Gauss and Newton in the target.

    The linear solution minimizes no distance, but a residual that each point's depth scales.
    """
    move_s, move_t = _normalizing(source), _normalizing(target)
    one, other = _move(source, move_s), _move(target, move_t)
    x, y, u, v = one[:, 0], one[:, 1], other[:, 0], other[:, 1]
    zero, unit = np.zeros_like(x), np.ones_like(x)
    rows = np.concatenate(
        [
            np.stack([x, y, unit, zero, zero, zero, -u * x, -u * y, -u], axis=1),
            np.stack([zero, zero, zero, x, y, unit, -v * x, -v * y, -v], axis=1),
        ]
    )
    matrix = np.linalg.svd(rows)[2][-1]
    matrix = matrix / matrix[-1] if abs(matrix[-1]) > 1e-12 else matrix
    for _ in range(20):
        depth = np.stack([x, y, unit], axis=1) @ matrix[6:]
        at = _project(one, matrix)
        scaled = np.stack([x, y, unit], axis=1) / depth[:, None]
        still = np.zeros_like(scaled)
        along_u = np.concatenate([scaled, still, -scaled[:, :2] * at[:, :1]], axis=1)
        along_v = np.concatenate([still, scaled, -scaled[:, :2] * at[:, 1:]], axis=1)
        step = np.linalg.lstsq(np.concatenate([along_u, along_v]), (other - at).T.ravel(), rcond=None)[0]
        matrix = matrix + np.append(step, 0.0)
        if np.abs(step).max() < 1e-14:
            break
    whole = np.linalg.inv(move_t) @ matrix.reshape(3, 3) @ move_s
    return lambda points: _project(points, whole.ravel())


def _thin_plate(source: FloatArray, target: FloatArray) -> Fit:
    """Return the smoothest function that takes each point exactly where it belongs."""
    move = _normalizing(source)
    knots = _move(source, move)
    size = len(knots)
    system = np.zeros((size + 3, size + 3))
    system[:size, :size] = _bending(knots, knots)
    system[:size, size:] = _with_one(knots)
    system[size:, :size] = _with_one(knots).T
    solved = np.linalg.lstsq(system, np.concatenate([target, np.zeros((3, 2))]), rcond=None)[0]

    def fit(points: FloatArray) -> FloatArray:
        moved = _move(points, move)
        fitted: FloatArray = _bending(moved, knots) @ solved[:size] + _with_one(moved) @ solved[size:]
        return fitted

    return fit


def _bending(points: FloatArray, knots: FloatArray) -> FloatArray:
    """Return r² log r of each point from each knot."""
    squares = ((points[:, None, :] - knots[None, :, :]) ** 2).sum(axis=2)
    bending: FloatArray = 0.5 * squares * np.log(np.maximum(squares, 1e-300))
    return bending


def _move(points: FloatArray, matrix: FloatArray) -> FloatArray:
    moved: FloatArray = (_with_one(points) @ matrix.T)[:, :2]
    return moved


def _normalizing(points: FloatArray) -> FloatArray:
    """Return the matrix that moves points around the origin, about one away from it: numbers then stay exact."""
    middle = points.mean(axis=0)
    scale = 1 / max(float(np.abs(points - middle).mean()), 1e-12)
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])


def _project(points: FloatArray, matrix: FloatArray) -> FloatArray:
    moved = _with_one(points) @ matrix.reshape(3, 3).T
    projected: FloatArray = moved[:, :2] / moved[:, 2:]
    return projected


def _with_one(points: FloatArray) -> FloatArray:
    return np.concatenate([points, np.ones((len(points), 1))], axis=1)


FITS: Mapping[str, Callable[[FloatArray, FloatArray], Fit]] = MappingProxyType(
    {AFFINE: _affine, PROJECTIVE: _projective, THIN_PLATE: _thin_plate}
)
"""How to fit, by name; each takes (n, 2) points and where they belong."""


@dataclass(frozen=True)
class Residuals:
    """How far points are from where a fit puts them, in the unit of the target.

    vectors : (n, 2) from where each belongs to where it is put; of a thin-plate spline, which meets every point, by the
        fit of all others
    rms : root of their mean square
    outlier : index of the point that the others agree to be wrong; None where there is none
    """

    vectors: FloatArray
    rms: float
    outlier: int | None

    @property
    def lengths(self) -> FloatArray:
        """Return (n,) distances."""
        return np.hypot(self.vectors[:, 0], self.vectors[:, 1])


_FAR, _LEAST_GAIN, _LEAST = 4.0, 0.5, 1.0
"""How many times as far as others an outlier is, what the fit has to gain without it, and the least worth naming."""


def residuals(method: str, source: FloatArray, target: FloatArray) -> Residuals:
    """Return the residuals of a fit in metres, and the point that is most probably wrong."""
    alone = _alone(method, source, target)
    if method == THIN_PLATE:
        # A spline bends to a wrong point, and its neighbours look wrong too: a stiffer fit is asked first.
        worst = _worst(AFFINE, source, target, _alone(AFFINE, source, target))
        return Residuals(alone, _rms(alone), _farthest(alone) if worst is None else worst)
    vectors = FITS[method](source, target)(source) - target
    return Residuals(vectors, _rms(vectors), _worst(method, source, target, alone))


def _farthest(alone: FloatArray) -> int | None:
    """Return the point that is much farther from where the others put it than most are."""
    lengths = np.hypot(alone[:, 0], alone[:, 1])
    at = int(lengths.argmax())
    is_far = lengths[at] > max(_FAR * float(np.median(np.delete(lengths, at))), _LEAST)
    return at if is_far else None


def _worst(method: str, source: FloatArray, target: FloatArray, alone: FloatArray) -> int | None:
    """Return the point without which the others fit best, if they then fit much better and put it far away."""
    masks = [np.arange(len(source)) != at for at in range(len(source))]
    rests = [_rms(FITS[method](source[each], target[each])(source[each]) - target[each]) for each in masks]
    whole = _rms(FITS[method](source, target)(source) - target)
    at = int(np.argmin(rests))
    is_far = np.hypot(*alone[at]) > max(_FAR * rests[at], _LEAST)
    return at if rests[at] <= _LEAST_GAIN * whole and is_far else None


def _alone(method: str, source: FloatArray, target: FloatArray) -> FloatArray:
    """Return (n, 2) how far each point is from where the fit of all others puts it."""
    return np.array([_left_out(method, source, target, at) for at in range(len(source))])


def _left_out(method: str, source: FloatArray, target: FloatArray, at: int) -> FloatArray:
    """Return how far a point is from where the fit of all others puts it."""
    others = np.arange(len(source)) != at
    error: FloatArray = (FITS[method](source[others], target[others])(source[~others]) - target[~others])[0]
    return error


def _rms(vectors: FloatArray) -> float:
    return float(np.sqrt((vectors**2).sum(axis=1).mean()))
