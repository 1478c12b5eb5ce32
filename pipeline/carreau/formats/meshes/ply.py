"""Read PLY files, ASCII or binary: meshes coloured by vertex or by textures, or points without faces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import Scan, ScanFacts
from carreau.formats.clouds.cloud import Batch, CloudBuilder, cloud_scan
from carreau.formats.clouds.thinning import MOST_POINTS
from carreau.formats.io.records import rows_in
from carreau.formats.io.text_rows import RowPlan, rows_of
from carreau.formats.meshes.ply_elements import COLORS, NORMAL, POSITION, PlyColumns, cut_short, read_elements
from carreau.formats.meshes.ply_header import EXPORT_AGAIN, HEADER, Header, PlyElement, read_header
from carreau.formats.meshes.ply_mesh import ply_scan

_ELEMENTS = ("vertex", "face", "tristrips")
_SPLAT = ({"f_dc_0", "opacity"}, {"f_dc_0", "scale_0"}, {"scale_0", "rot_0"}, {"packed_position", "packed_rotation"})


def read(path: Path) -> Scan:
    """Read a PLY file and the headers of the textures named in its comments.

    Polygons and strips become triangles; coordinates too large for float32 are kept about an origin; a texture that
    is missing is a warning. Without any face it is a point cloud.

    Raises FormatError for a Gaussian splat and for invalid data, naming the header line, element or face;
    TextureError for a texture that is not an image; UnsafePathError for one outside the folder.
    """
    header = read_header(path)
    _refuse_other_things(header)
    if header.element("face") is None and header.element("tristrips") is None:
        return read_points(header)
    columns: dict[str, PlyColumns] = {}
    for element, rows in read_elements(header):
        columns.setdefault(element.name, rows)
        if all(name in columns for name in _ELEMENTS if header.element(name)):
            break
    return ply_scan(header, columns)


def _refuse_other_things(header: Header) -> None:
    vertices = header.element("vertex")
    if vertices is None:
        raise FormatError(header.path, HEADER, message("there are no vertices"), message("check that this is a scan"))
    if any(names <= vertices.names for names in _SPLAT):
        cause = message("it is a Gaussian splat, which has no triangles")
        raise FormatError(header.path, "", cause, message("export a mesh of the same photographs instead"))
    if not vertices.names >= set(POSITION):
        raise FormatError(header.path, HEADER, message("the vertices have no x, y and z"), EXPORT_AGAIN)


_INTENSITY = (("intensity",), ("scalar_intensity",), ("scalar_Intensity",), ("Intensity",), ("reflectance",))


def read_points(header: Header, most: int = MOST_POINTS) -> Scan:
    """Read the points of a PLY file without faces, thinned by voxel to at most `most`.

    Raises FormatError for fewer points than the header gives.
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
        with np.errstate(invalid="ignore"):  # a signalling NaN
            places = columns.table(position).astype(np.float64)
        batch = Batch(
            places,
            columns.table(colors) if colors else None,
            columns.table(intensity)[:, 0] if intensity else None,
            columns.table(normals) if normals else None,
        )
        builder.add(batch)
    if builder is None:
        raise FormatError(header.path, HEADER, message("there are no points"), EXPORT_AGAIN)
    return cloud_scan(header.path, builder, builder.finish(), ScanFacts("PLY", header.detail), [])


def _batches(header: Header) -> Iterator[PlyColumns]:
    """Yield the points some at a time where rows are plain numbers and come first, else all at once."""
    first = header.elements[0]
    plain = first is header.element("vertex") and not any(entry.count_kind for entry in first.properties)
    if plain and header.order:
        yield from _binary_batches(header, first)
    elif plain and header.detail == "ascii":
        yield from _text_batches(header, first)
    else:
        yield next(columns for element, columns in read_elements(header) if element.name == "vertex")


def _binary_batches(header: Header, element: PlyElement) -> Iterator[PlyColumns]:
    fields = [(f"{number}", header.order + entry.kind) for number, entry in enumerate(element.properties)]
    for rows in rows_in(header.path, header.start, np.dtype(fields), element.count):
        columns = PlyColumns(len(rows))
        for number, entry in enumerate(element.properties):
            columns.numbers.setdefault(entry.name, rows[f"{number}"])
        yield columns


def _text_batches(header: Header, element: PlyElement) -> Iterator[PlyColumns]:
    count = 0
    for rows, _ in rows_of(RowPlan(header.path, header.start, len(element.properties))):
        rows = rows[: element.count - count]
        count += len(rows)
        columns = PlyColumns(len(rows))
        for number, entry in enumerate(element.properties):
            column = rows[:, number]
            is_integer = not entry.kind.startswith("f")
            numbers = np.clip(np.nan_to_num(column), -(2.0**53), 2.0**53).astype(np.int64) if is_integer else column
            columns.numbers.setdefault(entry.name, numbers)
        yield columns
    if count < element.count:
        raise cut_short(header, element.name, element.count)
