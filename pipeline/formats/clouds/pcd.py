"""Read PCD point clouds: text, binary, or binary compressed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import FormatError
from pipeline.formats.clouds import lzf
from pipeline.formats.clouds.cloud import Batch, CloudBuilder, cloud_scan
from pipeline.formats.clouds.pcd_header import PcdHeader, read_header
from pipeline.formats.clouds.thinning import MOST_POINTS
from pipeline.formats.io.file_errors import DAMAGED, NO_DECOMPRESSION, too_few_points
from pipeline.formats.io.records import BATCH_BYTES, rows_in
from pipeline.formats.io.text_rows import RowPlan, rows_of
from pipeline.messages import message
from pipeline.model import Scan, ScanFacts

Numbers = NDArray[Any]
_PACKED = ("rgb", "rgba")
_APART = (("r", "g", "b"), ("red", "green", "blue"))
_NORMALS = (("normal_x", "normal_y", "normal_z"), ("nx", "ny", "nz"))
_INTENSITY = ("intensity", "i", "reflectivity", "reflectance")
_DETAILS = {
    "ascii": message("ascii"),
    "binary": message("binary"),
    "binary_compressed": message("binary compressed"),
}


def read(path: Path, most: int = MOST_POINTS) -> Scan:
    """Read a PCD file, thinned by voxel to at most `most` points.

    Raises FormatError for a header that makes no sense, or claims more than the file holds.
    """
    header = read_header(path)
    names = [field.name for field in header.fields if field.count == 1]
    colors = next((group for group in (*((name,) for name in _PACKED), *_APART) if set(group) <= set(names)), None)
    normals = next((group for group in _NORMALS if set(group) <= set(names)), None)
    intensity = next((name for name in _INTENSITY if name in names), None)
    has = {"colors": bool(colors), "intensity": bool(intensity), "normals": bool(normals)}
    builder = CloudBuilder(path, **has, most=most)
    station = -1 if header.station is None else 0
    for columns in _batches(header):
        positions = np.column_stack([columns[axis].astype(np.float64) for axis in "xyz"])
        batch = Batch(
            positions,
            None if colors is None else _colors(columns, colors),
            None if intensity is None else columns[intensity],
            None if normals is None else np.column_stack([columns[name] for name in normals]),
            station,
        )
        builder.add(batch)
    cloud = builder.finish(None if header.station is None else header.station[None])
    return cloud_scan(path, builder, cloud, ScanFacts("PCD", _DETAILS[header.way]), [])


def _batches(header: PcdHeader) -> Iterator[dict[str, Numbers]]:
    """Yield the columns of some points at a time, by name; of two fields of one name, the first."""
    if header.way == "ascii":
        yield from _text(header)
    elif header.way == "binary":
        for rows in rows_in(header.path, header.start, header.row(), header.count):
            yield _named(header, [rows[f"{number}"] for number in range(len(header.fields))])
    else:
        yield from _compressed(header)


def _named(header: PcdHeader, columns: list[Numbers]) -> dict[str, Numbers]:
    named: dict[str, Numbers] = {}
    for field, column in zip(header.fields, columns, strict=True):
        if field.count == 1:
            named.setdefault(field.name, column.reshape(-1))
    return named


def _text(header: PcdHeader) -> Iterator[dict[str, Numbers]]:
    found, firsts = 0, np.cumsum([0, *(field.count for field in header.fields)])
    for rows, _ in rows_of(RowPlan(header.path, header.start, header.columns)):
        rows = rows[: header.count - found]
        found += len(rows)
        columns = [_typed(rows[:, first], field.kind) for first, field in zip(firsts, header.fields, strict=False)]
        yield _named(header, columns)
    if found < header.count:
        raise too_few_points(header.path, "", header.count, found)


def _typed(column: Numbers, kind: str) -> Numbers:
    """Return numbers as a binary file would have them: colours are packed into the bits of a float."""
    if kind.startswith("f"):
        with np.errstate(over="ignore"):
            return np.asarray(column, kind)
    limits = np.iinfo(kind)
    # The ends of 64 bits are no doubles: those next to them are.
    low, high = max(float(limits.min), -(2.0**63)), min(float(limits.max), 2.0**62)
    return np.asarray(np.clip(np.nan_to_num(column), low, high), kind)


def _compressed(header: PcdHeader) -> Iterator[dict[str, Numbers]]:
    """Unpack the points, which lie field after field."""
    body = np.fromfile(header.path, np.uint8, offset=header.start)
    packed, size = (int(part) for part in body[:8].view("<u4")) if len(body) >= 8 else (1, 0)
    wanted = header.row().itemsize * header.count
    if packed > len(body) - 8 or size != wanted:
        cause = message(
            "its points need %(needed)s bytes, but it declares %(declared)s, compressed into %(compressed)s",
            needed=wanted,
            declared=size,
            compressed=packed,
        )
        raise FormatError(header.path, "DATA", cause, DAMAGED)
    data = lzf.unpack(body[8 : 8 + packed], size) if size else np.zeros(0, np.uint8)
    if data is None:
        raise FormatError(header.path, "DATA", NO_DECOMPRESSION, DAMAGED)
    columns, at = [], 0
    for field in header.fields:
        columns.append(data[at : at + field.size * header.count].view("<" + field.kind).reshape(-1, field.count))
        at += field.size * header.count
    step = BATCH_BYTES // 32
    for first in range(0, header.count, step):
        yield _named(header, [column[first : first + step] for column in columns])


def _colors(columns: dict[str, Numbers], names: tuple[str, ...]) -> Numbers:
    """Return (n, 3) colours; one packed number holds them as 0x00RRGGBB, even where it calls itself a float."""
    if len(names) == 3:
        return np.column_stack([columns[name] for name in names])
    column = np.ascontiguousarray(columns[names[0]])
    bits = column.view(f"u{column.dtype.itemsize}").astype(np.uint32)
    return np.column_stack([(bits >> shift) & 255 for shift in (16, 8, 0)]).astype(np.uint8)
