"""Find out how a text file of points is written: separators, decimal marks, names and counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import FormatError
from pipeline.formats.clouds.xyz_columns import Meaning, by_name, by_numbers
from pipeline.formats.io.decimals import number
from pipeline.formats.io.text_rows import BLANKS, RowPlan
from pipeline.messages import message

_SAMPLE_BYTES = 1 << 17
_SAMPLE_ROWS = 1000
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
_COMMENT = (b"#", b"//")
_DECIMAL_COMMAS = re.compile(rb"\s*(?:[-+]?\d+(?:,\d+)?\s+)+[-+]?\d+(?:,\d+)?\s*")
_GRID = re.compile(rb"\s*(?:ncols|nrows)\s+\d+", re.IGNORECASE)


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
