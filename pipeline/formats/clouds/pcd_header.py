"""Read the header of a PCD file: which fields its points have, and how they are written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import FormatError
from pipeline.formats.io.file_errors import DAMAGED, EXPORT_AGAIN
from pipeline.messages import message
from pipeline.model import DoubleArray

_LONGEST_BYTES = 1 << 16
_SIZES = {"F": (4, 8), "I": (1, 2, 4, 8), "U": (1, 2, 4, 8)}
_WAYS = ("ascii", "binary", "binary_compressed")
_KNOWN = ("VERSION", "FIELDS", "COLUMNS", "SIZE", "TYPE", "COUNT", "WIDTH", "HEIGHT", "VIEWPOINT", "POINTS", "DATA")
_MOST = 1 << 40


@dataclass(frozen=True)
class Field:
    """One column of numbers, or `count` of them under one name.

    kind : numpy type without byte order
    """

    name: str
    kind: str
    count: int

    @property
    def size(self) -> int:
        """Return the bytes it takes in a point."""
        return int(np.dtype(self.kind).itemsize) * self.count


@dataclass(frozen=True, eq=False)
class PcdHeader:
    """What a PCD file announces.

    way : "ascii", "binary" or "binary_compressed"
    station : (3,) float64, where the scanner stood, None when nobody says
    start : byte where the points begin
    size : bytes of the file
    """

    path: Path
    way: str
    fields: tuple[Field, ...]
    count: int
    station: DoubleArray | None
    start: int
    size: int

    @property
    def columns(self) -> int:
        """Return how many numbers a point has."""
        return sum(field.count for field in self.fields)

    def row(self) -> np.dtype[Any]:
        """Return the type of a point; fields are named by their number, as `_` may stand many times."""
        return np.dtype([(f"{number}", "<" + f.kind, (f.count,)) for number, f in enumerate(self.fields)])


def read_header(path: Path) -> PcdHeader:
    """Return the header; FormatError says which of its lines makes no sense.

    Source: Point Cloud Library, "The PCD (Point Cloud Data) file format", version 0.7.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        lines: dict[str, list[str]] = {}
        while "DATA" not in lines:
            line = file.readline(_LONGEST_BYTES)
            words = line.decode("latin-1").split()
            if not line or file.tell() > _LONGEST_BYTES:
                raise FormatError(path, message("header"), message("it has no DATA line"), DAMAGED)
            if words and not words[0].startswith("#"):
                key = words[0].upper()
                if key not in _KNOWN:
                    cause = message("'%(word)s' is not a PCD header keyword", word=words[0][:40])
                    raise FormatError(path, message("header"), cause, EXPORT_AGAIN)
                lines[key] = words[1:]
        start = file.tell()
    fields = _fields(path, lines)
    way = " ".join(lines["DATA"]).lower()
    if way not in _WAYS:
        cause = message("the data format '%(format)s' is not supported", format=way[:40])
        raise FormatError(path, "DATA", cause, message("export it as binary or ASCII"))
    header = PcdHeader(path, way, fields, _count(path, lines), _station(path, lines), start, size)
    if header.columns > size:
        cause = message("a point has %(count)s values, more than the file contains", count=header.columns)
        raise FormatError(path, "COUNT", cause, EXPORT_AGAIN)
    return header


def _fields(path: Path, lines: dict[str, list[str]]) -> tuple[Field, ...]:
    names = lines.get("FIELDS") or lines.get("COLUMNS") or []
    sizes, kinds = lines.get("SIZE", []), [kind.upper() for kind in lines.get("TYPE", [])]
    counts = lines.get("COUNT") or ["1"] * len(names)
    if not names or not len(names) == len(sizes) == len(kinds) == len(counts):
        cause = message(
            "the numbers of fields (%(fields)s), sizes (%(sizes)s), types (%(types)s) and counts (%(counts)s) differ",
            fields=len(names),
            sizes=len(sizes),
            types=len(kinds),
            counts=len(counts),
        )
        raise FormatError(path, message("header"), cause, EXPORT_AGAIN)
    fields = []
    for name, size, kind, count in zip(names, sizes, kinds, counts, strict=True):
        if _whole(size) not in _SIZES.get(kind, ()) or not 0 < _whole(count) < 1 << 20:
            cause = message(
                "the field '%(field)s' has an unsupported type, size or count: %(values)s",
                field=name[:40],
                values=(kind[:9], size[:9], count[:9]),
            )
            raise FormatError(path, message("header"), cause, EXPORT_AGAIN)
        fields.append(Field(name.lower(), f"{kind.lower()}{size}", _whole(count)))
    if not {"x", "y", "z"} <= {field.name for field in fields if field.count == 1}:
        raise FormatError(path, "FIELDS", message("its points have no x, y and z"), EXPORT_AGAIN)
    return tuple(fields)


def _count(path: Path, lines: dict[str, list[str]]) -> int:
    words = lines.get("POINTS") or [*lines.get("WIDTH", []), *(lines.get("HEIGHT") or ["1"])]
    count = 1 if words else -1
    for word in words:
        count *= _whole(word)
    if not 0 <= count < _MOST or any(_whole(word) < 0 for word in words):
        raise FormatError(path, "POINTS", message("it does not give the number of points"), EXPORT_AGAIN)
    return count


def _station(path: Path, lines: dict[str, list[str]]) -> DoubleArray | None:
    """Return the place of the viewpoint; the default, at the origin and not turned, is what nobody has set."""
    words = lines.get("VIEWPOINT", [])
    try:
        numbers = np.array([float(word) for word in words])
    except ValueError:
        numbers = np.full(7, np.nan)
    if len(numbers) not in (0, 7) or not np.isfinite(numbers).all():
        raise FormatError(path, "VIEWPOINT", message("it is not seven numbers"), EXPORT_AGAIN)
    return numbers[:3] if len(numbers) and not np.array_equal(numbers, [0, 0, 0, 1, 0, 0, 0]) else None


def _whole(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 16 else -1
