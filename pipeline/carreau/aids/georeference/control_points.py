"""Control points: what is on a scan, and where it is on the Earth, read from a CSV file."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.text_encoding import decode_text

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
