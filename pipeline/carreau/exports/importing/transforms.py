"""Affine transforms as 4 × 4 matrices of plain numbers: few points are moved, so that NumPy is not worth its start."""

from __future__ import annotations

import math
from collections.abc import Sequence

from carreau.catalogue.state import Triple

Matrix = tuple[tuple[float, float, float, float], ...]
"""Four rows, for column vectors."""

IDENTITY: Matrix = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
_NEARLY = 1e-9
_DECIMALS = 6
"""Of points in metres, and of directions."""


def product(*matrices: Matrix) -> Matrix:
    """Return the product: the last of the matrices is applied first."""
    result = IDENTITY
    for matrix in matrices:
        rows = [
            tuple(sum(row[place] * matrix[place][column] for place in range(4)) for column in range(4))
            for row in result
        ]
        result = tuple((row[0], row[1], row[2], row[3]) for row in rows)
    return result


def translation(by: Triple) -> Matrix:
    """Return a translation."""
    x, y, z = by
    return ((1.0, 0.0, 0.0, x), (0.0, 1.0, 0.0, y), (0.0, 0.0, 1.0, z), IDENTITY[3])


def scaling(by: Triple) -> Matrix:
    """Return a scaling along the axes."""
    x, y, z = by
    return ((x, 0.0, 0.0, 0.0), (0.0, y, 0.0, 0.0), (0.0, 0.0, z, 0.0), IDENTITY[3])


def even_scaling(by: float) -> Matrix:
    """Return a scaling by the same factor along all axes."""
    return scaling((by, by, by))


def turn(axis: Triple, degrees: float) -> Matrix:
    """Return a rotation about one of the axes `X`, `Y` and `Z`, counter-clockwise as seen against it."""
    half = math.radians(degrees) / 2
    x, y, z = (math.sin(half) * part for part in axis)
    return rotation((x, y, z, math.cos(half)))


def rotation(quaternion: tuple[float, float, float, float]) -> Matrix:
    """Return the rotation of a quaternion x, y, z, w, which need not have length 1; the identity for one of zeros."""
    length = math.sqrt(sum(part * part for part in quaternion))
    if length < _NEARLY:
        return IDENTITY
    x, y, z, w = (part / length for part in quaternion)
    return (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), 0.0),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), 0.0),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), 0.0),
        IDENTITY[3],
    )


def from_columns(values: Sequence[float]) -> Matrix:
    """Return the matrix of 16 values column by column, as glTF has them."""
    rows = [tuple(values[column * 4 + row] for column in range(4)) for row in range(4)]
    return tuple((row[0], row[1], row[2], row[3]) for row in rows)


def columns(matrix: Matrix) -> list[float]:
    """Return the 16 values column by column, as glTF has them."""
    return [matrix[row][column] for column in range(4) for row in range(4)]


def is_identity(matrix: Matrix) -> bool:
    """Return whether a matrix moves nothing by more than a billionth of its size."""
    pairs = zip(matrix, IDENTITY, strict=True)
    return all(abs(a - b) < _NEARLY for row, other in pairs for a, b in zip(row, other, strict=True))


def size_factor(matrix: Matrix) -> float:
    """Return the cube root of how often larger a volume becomes."""
    return math.cbrt(abs(_determinant(matrix)))


def _determinant(matrix: Matrix) -> float:
    (a, b, c, _), (d, e, f, _), (g, h, i, _), _ = matrix
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def moved(matrix: Matrix, point: Triple) -> Triple:
    """Return a point after a transform.

    >>> moved(product(translation((1, 0, 0)), even_scaling(0.01)), (100, 50, 0))
    (2.0, 0.5, 0.0)
    """
    x, y, z = (sum(row[place] * part for place, part in enumerate((*point, 1.0))) for row in matrix[:3])
    return rounded((x, y, z))


def turned(matrix: Matrix, normal: Triple) -> Triple | None:
    """Return a normal of a surface after a transform, with length 1; None for one without a direction.

    Its matrix is that of the cofactors: the inverse transposed, times the determinant, whose sign is taken out again.
    """
    (a, b, c, _), (d, e, f, _), (g, h, i, _), _ = matrix
    cofactors = (
        (e * i - f * h, f * g - d * i, d * h - e * g),
        (c * h - b * i, a * i - c * g, b * g - a * h),
        (b * f - c * e, c * d - a * f, a * e - b * d),
    )
    sign = math.copysign(1.0, _determinant(matrix))
    x, y, z = (sign * sum(row[place] * normal[place] for place in range(3)) for row in cofactors)
    length = math.sqrt(x * x + y * y + z * z)
    if length == 0 or not math.isfinite(length):
        return None
    return rounded((x / length, y / length, z / length))


def rounded(triple: Triple) -> Triple:
    """Return coordinates with six decimals, without a negative zero."""
    x, y, z = (round(part, _DECIMALS) + 0.0 for part in triple)
    return x, y, z
