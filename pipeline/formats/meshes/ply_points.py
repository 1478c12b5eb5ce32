"""Read PLY files that hold points and no faces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.errors import FormatError
from pipeline.formats.clouds.cloud import Batch, CloudBuilder, cloud_scan
from pipeline.formats.clouds.thinning import MOST_POINTS
from pipeline.formats.io.records import rows_in
from pipeline.formats.io.text_rows import RowPlan, rows_of
from pipeline.formats.meshes import ply_binary, ply_text
from pipeline.formats.meshes.ply_columns import COLORS, NORMAL, POSITION, Columns, cut_short
from pipeline.formats.meshes.ply_header import EXPORT_AGAIN, HEADER, Element, Header
from pipeline.messages import message
from pipeline.model import Scan, ScanFacts

_INTENSITY = (("intensity",), ("scalar_intensity",), ("scalar_Intensity",), ("Intensity",), ("reflectance",))


def read_points(header: Header, most: int = MOST_POINTS) -> Scan:
    """Read the points of a PLY file without faces, thinned by voxel to at most `most`.

    Raises FormatError when it holds fewer than it claims.
    """
    builder: CloudBuilder | None = None
    for columns in _batches(header):
        groups = [columns.first_group(*names) for names in ((POSITION,), COLORS, _INTENSITY, (NORMAL,))]
        position, colors, intensity, normals = groups
        if position is None:
            raise FormatError(header.path, HEADER, message("x, y and z are lists instead of numbers"), EXPORT_AGAIN)
        if builder is None:
            has = {"colors": bool(colors), "intensity": bool(intensity), "normals": bool(normals)}
            builder = CloudBuilder(header.path, **has, most=most)
        batch = Batch(
            columns.table(position).astype(np.float64),
            columns.table(colors) if colors else None,
            columns.table(intensity)[:, 0] if intensity else None,
            columns.table(normals) if normals else None,
        )
        builder.add(batch)
    if builder is None:
        raise FormatError(header.path, HEADER, message("there are no points"), EXPORT_AGAIN)
    return cloud_scan(header.path, builder, builder.finish(), ScanFacts("PLY", header.detail), [])


def _batches(header: Header) -> Iterator[Columns]:
    """Yield the points some at a time where rows are plain numbers and come first, else all at once."""
    first = header.elements[0]
    plain = first is header.element("vertex") and not any(entry.count_kind for entry in first.properties)
    if plain and header.order:
        yield from _binary(header, first)
    elif plain and header.detail == "ascii":
        yield from _text(header, first)
    else:
        reader = ply_binary if header.order else ply_text
        yield next(columns for element, columns in reader.read_elements(header) if element.name == "vertex")


def _binary(header: Header, element: Element) -> Iterator[Columns]:
    fields = [(f"{number}", header.order + entry.kind) for number, entry in enumerate(element.properties)]
    for rows in rows_in(header.path, header.start, np.dtype(fields), element.count):
        columns = Columns(len(rows))
        for number, entry in enumerate(element.properties):
            columns.numbers.setdefault(entry.name, rows[f"{number}"])
        yield columns


def _text(header: Header, element: Element) -> Iterator[Columns]:
    found = 0
    for rows, _ in rows_of(RowPlan(header.path, header.start, len(element.properties))):
        rows = rows[: element.count - found]
        found += len(rows)
        columns = Columns(len(rows))
        for number, entry in enumerate(element.properties):
            column = rows[:, number]
            whole = not entry.kind.startswith("f")
            numbers = np.clip(np.nan_to_num(column), -(2.0**53), 2.0**53).astype(np.int64) if whole else column
            columns.numbers.setdefault(entry.name, numbers)
        yield columns
    if found < element.count:
        raise cut_short(header, element.name, element.count)
