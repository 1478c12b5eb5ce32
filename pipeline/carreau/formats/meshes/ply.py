"""Read PLY files, ASCII or binary: meshes coloured by vertex or by textures, or points without faces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.jit import compiled_bare
from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import (
    ByteArray,
    DoubleArray,
    FloatArray,
    IntArray,
    Material,
    Mesh,
    Scan,
    ScanFacts,
    TextureSlot,
)
from carreau.formats.clouds.cloud import Batch, CloudBuilder, cloud_scan
from carreau.formats.clouds.thinning import MOST_POINTS
from carreau.formats.images.image import open_texture
from carreau.formats.meshes.ply_elements import (
    COLORS,
    NORMAL,
    POSITION,
    Lists,
    Numbers,
    PlyColumns,
    cut_short,
    read_elements,
)
from carreau.formats.meshes.ply_header import EXPORT_AGAIN, HEADER, TRUNCATED, Header, PlyElement, read_header
from carreau.formats.meshes.polygons import (
    MOST_CORNERS,
    color_bytes,
    color_bytes_of_integers,
    face_warnings,
    normals_at,
    recut,
    texcoords_at,
)
from carreau.formats.origin import local_surface
from carreau.formats.rows import RowPlan, read_rows, rows_in
from carreau.formats.safe_paths import beside

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
    for rows, _ in read_rows(RowPlan(header.path, header.start, len(element.properties))):
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


_FACES = ("vertex_indices", "vertex_index")


def ply_scan(header: Header, columns: dict[str, PlyColumns]) -> Scan:
    """Return the mesh of the elements "vertex" and "face" or "tristrips", with its materials.

    Raises FormatError, naming the element or face; TextureError and UnsafePathError for its textures.
    """
    vertices = columns["vertex"]
    group = vertices.first_group(POSITION)
    if group is None:
        raise FormatError(header.path, HEADER, message("x, y and z are lists instead of numbers"), EXPORT_AGAIN)
    places = vertices.table(group)
    places = places if places.dtype == np.float32 else places.astype(np.float64)
    triangles = _triangles(header.path, columns, places)
    local = local_surface(places, triangles.faces)
    texcoords, uv_warnings = _read_texcoords(vertices, columns.get("face"), triangles)
    textures = _texture_numbers(vertices, columns.get("face"), triangles)
    materials = _read_materials(header, textures, has_texcoords=bool(texcoords))
    mesh = Mesh(
        positions=local.positions,
        faces=triangles.faces,
        texcoords=texcoords,
        normals=_normals(vertices, triangles.faces, local.positions),
        colors=_colors(vertices),
        face_materials=materials.face_materials,
        materials=materials.materials,
        origin=local.origin,
        fidelity=local.fidelity,
    )
    warnings = (*triangles.warnings, *uv_warnings, *_color_warnings(columns), *materials.warnings)
    facts = ScanFacts("PLY", header.detail, warnings=warnings)
    return Scan(header.path.stem, mesh, facts, (header.path, *materials.files))


def _triangles(path: Path, columns: dict[str, PlyColumns], positions: DoubleArray | FloatArray) -> Triangles:
    if "face" in columns:
        lists = columns["face"].first_list(*_FACES)
        if lists is None:
            raise FormatError(path, HEADER, message("the faces have no vertex_indices"), EXPORT_AGAIN)
        return _triangles_of_lists(path, lists, positions)
    if "tristrips" not in columns:  # neither has any property
        raise FormatError(path, HEADER, message("the faces have no vertex_indices"), EXPORT_AGAIN)
    strips = columns["tristrips"].first_list(*_FACES)
    if strips is None:
        raise FormatError(path, HEADER, message("the strips have no vertex_indices"), EXPORT_AGAIN)
    return _triangles_of_strips(path, strips, len(positions))


def _normals(vertices: PlyColumns, faces: IntArray, positions: FloatArray) -> FloatArray | None:
    group = vertices.first_group(NORMAL)
    if group is None:
        return None
    with np.errstate(over="ignore"):
        return normals_at(vertices.table(group).astype(np.float32), faces, positions, faces)


def _colors(vertices: PlyColumns) -> ByteArray | None:
    group = vertices.first_group(*COLORS)
    if group is None:
        return None
    table = vertices.table(group)
    return color_bytes(table) if table.dtype.kind == "f" else color_bytes_of_integers(table.astype(np.int64))


def _color_warnings(columns: dict[str, PlyColumns]) -> tuple[Message, ...]:
    if "face" in columns and columns["face"].first_group(*COLORS):
        return (message("face colours are left out: only vertex colours and textures are read"),)
    return ()


_RESTART = -1


@dataclass(frozen=True, eq=False)
class Triangles:
    """Triangles, and the faces of the file they come from.

    faces : (m, 3) int32
    rows : (m,) the face of each triangle, None when they are the same
    places : (m, 3) which corner of that face each corner is, None when it is 0, 1, 2 always
    """

    faces: IntArray
    rows: NDArray[np.int64] | None
    places: NDArray[np.int64] | None
    warnings: tuple[Message, ...] = ()

    def of_faces(self, values: Numbers) -> Numbers:
        """Return (m, …) values of triangles from values of faces."""
        return values if self.rows is None else values[self.rows]


def _triangles_of_lists(path: Path, lists: Lists, positions: DoubleArray | FloatArray) -> Triangles:
    """Return the triangles of polygons; raises FormatError, naming a face with an index out of range."""
    _check(path, lists, len(positions))
    if lists.width() == 3:
        return Triangles(lists.values.reshape(-1, 3).astype(np.int32, copy=False), None, None)
    sizes = np.maximum(lists.counts - 2, 0)
    firsts = np.cumsum(sizes) - sizes
    rows = np.repeat(np.arange(len(sizes)), sizes)
    step = np.arange(len(rows)) - firsts[rows]
    places = np.stack([np.zeros_like(step), step + 1, step + 2], axis=1)
    starts = lists.starts()
    faces = lists.values[starts[rows, None] + places].astype(np.int32)
    polygons = np.stack([firsts, lists.counts], axis=1)[lists.counts > 3]
    changed, sources = recut(positions.astype(np.float64), faces, polygons) if len(polygons) else (rows[:0], places[:0])
    places[changed], faces[changed] = places.reshape(-1)[sources], faces.reshape(-1)[sources]
    return Triangles(
        faces, rows, places, face_warnings(int((lists.counts < 3).sum()), int((lists.counts > MOST_CORNERS).sum()))
    )


def _check(path: Path, lists: Lists, vertex_count: int) -> None:
    values = lists.values
    if not len(values) or (values.min() >= 0 and values.max() < vertex_count):
        return
    item = int(np.flatnonzero(~((values >= 0) & (values < vertex_count)))[0])
    row = int(np.searchsorted(lists.starts(), item, side="right")) - 1
    index = Number(float(values[item]), ",.0f")
    cause = message("vertex index %(index)s is out of range (vertices: %(count)s)", index=index, count=vertex_count)
    raise FormatError(path, message("face %(number)s", number=row + 1), cause, TRUNCATED)


def _triangles_of_strips(path: Path, lists: Lists, vertex_count: int) -> Triangles:
    """Return the triangles of strips, each ended by -1; FormatError for an index past the end."""
    values = lists.values.astype(np.int64)
    ends = np.cumsum(lists.counts)
    values = np.insert(values, ends, _RESTART)
    if len(values) and (values.min() < _RESTART or values.max() >= vertex_count):
        cause = message("a vertex index is out of range (vertices: %(count)s)", count=vertex_count)
        raise FormatError(path, message("element '%(name)s'", name="tristrips"), cause, TRUNCATED)
    faces = np.empty((len(values), 3), np.int32)
    count = _cut_strips(values, faces)
    return Triangles(faces[:count].copy(), None, None)


@compiled_bare
def _cut_strips(values: NDArray[np.int64], faces: IntArray) -> int:
    """Write the triangles of strips, every second one turned, without those that only join strips; return how many."""
    count, length = 0, 0
    for at in range(len(values)):
        length = 0 if values[at] < 0 else length + 1
        if length < 3:
            continue
        a, b, c = values[at - 2], values[at - 1], values[at]
        if a in (b, c) or b == c:
            continue
        if length % 2 == 0:
            a, b = b, a
        faces[count, 0], faces[count, 1], faces[count, 2] = a, b, c
        count += 1
    return count


_BY_VERTEX = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"), ("texture_s", "texture_t"))
_BY_FACE = ("texcoord", "texcoords")
_NUMBERS = (("texnumber",), ("texture_number",))
_KEYWORD = "texturefile"
_GUESSES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")


def _read_texcoords(
    vertices: PlyColumns, faces: PlyColumns | None, triangles: Triangles
) -> tuple[tuple[FloatArray, ...], tuple[Message, ...]]:
    """Return the (m, 3, 2) texture coordinates, by face or else by vertex or else none, and warnings."""
    lists = faces.first_list(*_BY_FACE) if faces else None
    corners = faces.first_list(*_FACES) if faces else None
    if lists is not None and corners is not None and len(lists.values):
        return _by_face(lists, corners, triangles)
    group = vertices.first_group(*_BY_VERTEX)
    if group is None:
        return (), ()
    return (texcoords_at(_flip_down(vertices.table(group)), triangles.faces),), ()


def _by_face(lists: Lists, corners: Lists, triangles: Triangles) -> tuple[tuple[FloatArray, ...], tuple[Message, ...]]:
    """Gather two numbers a corner; NaN where a face's list has another length than its corners need."""
    if lists.width() == 6 and triangles.rows is None:
        return (_flip_down(lists.values.reshape(-1, 2)).reshape(-1, 3, 2),), ()
    fits = lists.counts == corners.counts * 2
    starts = np.where(fits, lists.starts(), -1)
    places = np.arange(3)[None] if triangles.places is None else triangles.places
    starts = triangles.of_faces(starts)[:, None]
    items = np.where(starts >= 0, starts + 2 * places, -1)
    pairs = np.stack([lists.values[items], lists.values[np.minimum(items + 1, len(lists.values) - 1)]], axis=2)
    texcoords = _flip_down(pairs.reshape(-1, 2)).reshape(-1, 3, 2)
    texcoords[items < 0] = np.nan
    count = int((~fits & (lists.counts > 0)).sum())
    warning = plural_message(
        "the UV coordinates of %(count)s face do not match its corners, and are left out",
        "the UV coordinates of %(count)s faces do not match their corners, and are left out",
        count,
    )
    return (texcoords,), ((warning,) if count else ())


def _flip_down(pairs: Numbers) -> FloatArray:
    """Return (k, 2) float32 with v counted downwards, where the pairs are if they may be overwritten."""
    with np.errstate(over="ignore", invalid="ignore"):
        table = pairs if pairs.dtype == np.float32 and pairs.flags.writeable else pairs.astype(np.float32)
        table[:, 1] = 1.0 - pairs[:, 1]
    return table


def _texture_numbers(vertices: PlyColumns, faces: PlyColumns | None, triangles: Triangles) -> NDArray[np.int64]:
    """Return the (m,) number of each triangle's texture: its face's, or its first vertex's, or 0."""
    group = faces.first_group(*_NUMBERS) if faces else None
    if faces is not None and group is not None:
        return triangles.of_faces(_integers(faces.numbers[group[0]]))
    group = vertices.first_group(*_NUMBERS)
    if group is not None:
        return _integers(vertices.numbers[group[0]])[triangles.faces[:, 0]]
    return np.zeros(len(triangles.faces), np.int64)


def _integers(values: NDArray[Any]) -> NDArray[np.int64]:
    if values.dtype.kind == "f":
        values = np.clip(np.nan_to_num(values, nan=-1.0), -1.0, 2.0**31)
    return values.astype(np.int64)


@dataclass
class PlyMaterials:
    """Materials of a PLY file, (m,) int32 indices into them, the files read and what was missing."""

    materials: tuple[Material, ...] = ()
    face_materials: IntArray = field(default_factory=lambda: np.zeros(0, np.int32))
    files: list[Path] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)


def _read_materials(header: Header, numbers: NDArray[np.int64], *, has_texcoords: bool) -> PlyMaterials:
    """Return a material for each `TextureFile` comment, and one more for numbers that none of them has.

    Raises TextureError for a texture that is no image, UnsafePathError for one outside the scan's folder.
    """
    result = PlyMaterials()
    names = [text[len(_KEYWORD) :].strip(' :\t"') for text in header.comments if text.lower().startswith(_KEYWORD)]
    if not names and has_texcoords:
        names = _guess(header.path, result)
    materials = [_material(header.path, name, result) for name in names] or [Material()]
    outside = (numbers < 0) | (numbers >= len(materials))
    if bool(outside.any()) and names:
        materials.append(Material("untextured"))
    result.materials = tuple(materials)
    result.face_materials = np.where(outside, len(materials) - 1, numbers).astype(np.int32)
    return result


def _guess(scan: Path, result: PlyMaterials) -> list[str]:
    """Return the image of the scan's own name, when it lies beside it."""
    for ending in _GUESSES:
        if beside(scan, scan.stem + ending, near=False):
            result.warnings.append(
                message("no texture is named; '%(name)s' beside the scan is used", name=scan.stem + ending)
            )
            return [scan.stem + ending]
    result.warnings.append(message("there are UV coordinates, but no texture is named"))
    return []


def _material(scan: Path, reference: str, result: PlyMaterials) -> Material:
    name = PurePath(reference.replace("\\", "/"))
    path = beside(scan, reference) if reference else None
    if path is None:
        result.warnings.append(message("the texture '%(name)s' is missing", name=reference))
        return Material(name.stem)
    if path not in result.files:
        result.files.append(path)
    return Material(name.stem, base=TextureSlot(open_texture(name.name, path, scan)))
