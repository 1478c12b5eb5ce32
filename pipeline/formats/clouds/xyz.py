"""Points from text: XYZ, PTS, and similar tables of spreadsheets and scanners."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import FormatError
from pipeline.formats.clouds.cloud import Batch, CloudBuilder, cloud_scan
from pipeline.formats.clouds.thinning import MOST_POINTS
from pipeline.formats.io.decimals import number
from pipeline.formats.io.file_errors import too_few_points
from pipeline.formats.io.text_rows import BLANKS, RowPlan, rows_of
from pipeline.messages import message
from pipeline.model import DoubleArray, Scan, ScanFacts

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
_SAMPLE_BYTES = 1 << 17
_SAMPLE_ROWS = 1000
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
_COMMENT = (b"#", b"//")
_DECIMAL_COMMAS = re.compile(rb"\s*(?:[-+]?\d+(?:,\d+)?\s+)+[-+]?\d+(?:,\d+)?\s*")
_GRID = re.compile(rb"\s*(?:ncols|nrows)\s+\d+", re.IGNORECASE)


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


@dataclass(frozen=True)
class Dialect:
    """How the points are written.

    claimed : points that a count before the first row claims, 0 when there is none
    """

    plan: RowPlan
    meaning: Meaning
    claimed: int


def looks_like_points(head: bytes) -> bool:
    """Say whether text begins, after comments, names and a count, with a row of three numbers or more."""
    if b"\0" in head or _GRID.match(head):
        return False
    lines = [line for line in _LINE.findall(head[:_SAMPLE_BYTES].removeprefix(b"\xef\xbb\xbf")) if line.strip()]
    body = [line for line in lines if not line.lstrip().startswith(_COMMENT)][:3]
    return any(len(_numbers(line.translate(_translation(line)))) >= 3 for line in body)


def dialect_of(path: Path) -> Dialect:
    """Return how a file's points are written; FormatError when it begins with none."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
    at, names, claimed = 3 * head.startswith(b"\xef\xbb\xbf"), list[str](), 0
    if _GRID.match(head):
        cause = message("it is an elevation grid, not a point cloud")
        raise FormatError(path, message("line %(line)s", line=1), cause, message("export the points as XYZ or LAS"))
    for line in _LINE.findall(head[at:]):
        if line.lstrip().startswith(_COMMENT):
            names = line.decode("latin-1").replace(",", " ").replace(";", " ").strip().lstrip("#/ ").split()
        elif numbers := _numbers(line.translate(_translation(line))):
            if len(numbers) >= 3:
                return _dialect(path, at, head[at:], line, names, claimed)
            if len(numbers) > 1 or not line.strip().isdigit() or len(line.strip()) > 15:
                break
            claimed = int(line)
        elif line.strip():
            names = re.split(r"[,;\t]" if re.search(rb"[,;\t]", line) else r"\s+", line.decode("latin-1").strip())
            if len(names) < 3:
                break
        at += len(line)
    cause = message("it does not start with a row of x, y and z")
    raise FormatError(path, "", cause, message("write one point per line, as x y z"))


def _dialect(path: Path, at: int, text: bytes, line: bytes, names: list[str], claimed: int) -> Dialect:
    translation = _translation(line)
    columns = len(_numbers(line.translate(translation)))
    rows = [_numbers(row.translate(translation)) for row in _LINE.findall(text)[: _SAMPLE_ROWS + 1][:-1] or [line]]
    sample = np.array([row for row in rows if len(row) == columns] or [_numbers(line.translate(translation))])
    meaning = (by_name(names, sample) if len(names) == columns else None) or by_numbers(sample)
    return Dialect(RowPlan(path, at, columns, translation, path.suffix.lower() == ".pts"), meaning, claimed)


def _translation(line: bytes) -> bytes:
    """Return the bytes that make blanks of separators, and points of decimal commas."""
    commas = b"." if b";" in line or (b"," in line and _DECIMAL_COMMAS.fullmatch(line)) else b" "
    if b"," not in line and b";" not in line and b'"' not in line:
        return BLANKS
    return bytes.maketrans(b',;"', commas + b"  ")


def _numbers(line: bytes) -> list[float]:
    """Return the numbers of a line up to a comment; none when a word is no number."""
    try:
        return [number(word) for word in re.split(rb"#|//", line)[0].split()]
    except ValueError:
        return []


def read(path: Path, most: int = MOST_POINTS) -> Scan:
    """Read a text file of points, thinned by voxel to at most `most`: x y z, then what there is, in any usual order.

    Blanks, tabs, commas and semicolons separate; a comma is a decimal mark where semicolons or blanks separate.

    Raises FormatError, naming the line, for one that is no row like the others, or when a count claims more points.
    """
    dialect = dialect_of(path)
    meaning, claimed, found = dialect.meaning, dialect.claimed, 0
    has = {name: bool(getattr(meaning, name)) for name in ("colors", "intensity", "normals")}
    builder = CloudBuilder(path, **has, most=most)
    for rows, claims in rows_of(dialect.plan):
        claimed, found = claimed + claims, found + len(rows)
        builder.add(_batch(rows, meaning))
    if found < claimed:
        raise too_few_points(path, "", claimed, found)
    kind = path.suffix[1:].upper() or "XYZ"
    return cloud_scan(
        path, builder, builder.finish(), ScanFacts(kind, message("text, %(columns)s", columns=meaning.words())), []
    )


def _batch(rows: DoubleArray, meaning: Meaning) -> Batch:
    colors = rows[:, meaning.colors] if meaning.colors else None
    return Batch(
        rows[:, meaning.position],
        np.clip(np.nan_to_num(np.rint(colors)), 0, 65535).astype(np.uint16)
        if colors is not None and meaning.whole_colors
        else colors,
        rows[:, meaning.intensity[0]] if meaning.intensity else None,
        rows[:, meaning.normals] if meaning.normals else None,
    )
