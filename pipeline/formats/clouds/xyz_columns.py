"""Find out what the columns of a text file of points are: from their names, else from their numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.messages import message
from pipeline.model import DoubleArray

_NAMES = {
    "x": ("x", "easting", "east", "e", "pos_x", "coord_x"),
    "y": ("y", "northing", "north", "n", "pos_y", "coord_y"),
    "z": ("z", "height", "elevation", "altitude", "alt", "h", "pos_z", "coord_z"),
    "r": ("r", "red", "rf", "color_r"),
    "g": ("g", "green", "gf", "color_g"),
    "b": ("b", "blue", "bf", "color_b"),
    "nx": ("nx", "normal_x", "normalx"),
    "ny": ("ny", "normal_y", "normaly"),
    "nz": ("nz", "normal_z", "normalz"),
    "i": ("i", "intensity", "scalar_intensity", "reflectance", "refl"),
}
_MEANING = {name: meaning for meaning, names in _NAMES.items() for name in names}


@dataclass(frozen=True)
class Meaning:
    """Which columns hold what; empty tuples where there is nothing."""

    position: tuple[int, ...] = (0, 1, 2)
    colors: tuple[int, ...] = ()
    normals: tuple[int, ...] = ()
    intensity: tuple[int, ...] = ()
    whole_colors: bool = False

    def words(self) -> tuple[str, ...]:
        """Return the names of the columns for people."""
        names = {"intensity": message("intensity"), "colors": message("colours"), "normals": message("normals")}
        return ("x y z", *(name for field, name in names.items() if getattr(self, field)))


def by_name(names: list[str], sample: DoubleArray) -> Meaning | None:
    """Return what names say; None when x, y and z are not all among them."""
    where: dict[str, int] = {}
    for column, name in enumerate(names):
        meaning = _MEANING.get(name.strip().strip('"').lower())
        if meaning:
            where.setdefault(meaning, column)
    groups = [tuple(where[name] for name in group if name in where) for group in ("xyz", "rgb", ("nx", "ny", "nz"))]
    if len(groups[0]) < 3:
        return None
    position, colors, normals = (group if len(group) == 3 else () for group in groups)
    intensity = (where["i"],) if "i" in where else ()
    return Meaning(position, colors, normals, intensity, _whole(sample, colors))


def by_numbers(sample: DoubleArray) -> Meaning:
    """Return what the numbers of some rows look like: x y z, then normals, colours and intensity in any order.

    Three columns of unit vectors are normals; three of integers in 0..255 (or 65535), or of fractions in 0..1, are
    colours; a column that is left alone is the intensity, as in the PTS files of laser scanners.
    """
    free = list(range(3, sample.shape[1]))
    normals = _find(sample, free, _are_normals)
    colors = _find(sample, free, _are_bytes) or _find(sample, free, _are_shares)
    intensity = (free[0],) if free and (len(free) == 1 or free[0] == 3) else ()
    return Meaning((0, 1, 2), colors, normals, intensity, _whole(sample, colors))


def _find(sample: DoubleArray, free: list[int], fits: object) -> tuple[int, ...]:
    """Return the last three columns that stand together and fit, and take them out: x y z i r g b has two fits."""
    for first in range(len(free) - 3, -1, -1):
        group = tuple(free[first : first + 3])
        if group[2] - group[0] == 2 and callable(fits) and fits(sample[:, group]):
            del free[first : first + 3]
            return group
    return ()


def _are_normals(numbers: DoubleArray) -> bool:
    finite = numbers[np.isfinite(numbers).all(axis=1)]
    lengths = np.linalg.norm(finite, axis=1)
    useful = lengths[lengths > 0]
    return len(useful) > 0 and bool((np.abs(useful - 1) < 0.02).mean() > 0.95) and bool((finite % 1 != 0).any())


def _are_bytes(numbers: DoubleArray) -> bool:
    finite = numbers[np.isfinite(numbers)]
    return len(finite) == numbers.size and bool(((finite % 1 == 0) & (finite >= 0) & (finite <= 65535)).all())


def _are_shares(numbers: DoubleArray) -> bool:
    return bool(((numbers >= 0) & (numbers <= 1)).all())


def _whole(sample: DoubleArray, columns: tuple[int, ...]) -> bool:
    numbers: NDArray[np.float64] = sample[:, columns]
    return bool((numbers[np.isfinite(numbers)] % 1 == 0).all())
