"""Read PLY files, ASCII or binary: meshes coloured by vertex or by textures, else points."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.errors import FormatError
from pipeline.formats.io.origin import about_origin
from pipeline.formats.meshes import ply_binary, ply_text
from pipeline.formats.meshes.colors import color_bytes, color_bytes_of_integers
from pipeline.formats.meshes.corners import normals_at
from pipeline.formats.meshes.ply_columns import COLORS, NORMAL, POSITION, Columns
from pipeline.formats.meshes.ply_faces import Triangles, triangles_of_lists, triangles_of_strips
from pipeline.formats.meshes.ply_header import EXPORT_AGAIN, HEADER, Header, read_header
from pipeline.formats.meshes.ply_materials import read_looks, read_texcoords, texture_numbers
from pipeline.formats.meshes.ply_points import read_points
from pipeline.messages import Message, message
from pipeline.model import ByteArray, FloatArray, IntArray, Mesh, Scan, ScanFacts

_FACES = ("vertex_indices", "vertex_index")
_WANTED = ("vertex", "face", "tristrips")
_SPLAT = ({"f_dc_0", "opacity"}, {"f_dc_0", "scale_0"}, {"scale_0", "rot_0"}, {"packed_position", "packed_rotation"})


def read(path: Path) -> Scan:
    """Read a PLY file and the headers of the textures its comments name.

    Polygons and strips become triangles; coordinates too large for float32 are kept about an origin; a texture that
    is missing is a warning. Without any face it is a point cloud.

    Raises FormatError for a Gaussian splat and for what cannot be understood, naming the header line, element or face;
    TextureError for a texture that is no image; UnsafePathError for one outside the folder.
    """
    header = read_header(path)
    _refuse_other_things(header)
    if header.element("face") is None and header.element("tristrips") is None:
        return read_points(header)
    reader = ply_binary if header.order else ply_text
    columns: dict[str, Columns] = {}
    for element, found in reader.read_elements(header):
        columns.setdefault(element.name, found)
        if all(name in columns for name in _WANTED if header.element(name)):
            break
    return _assemble(header, columns)


def _refuse_other_things(header: Header) -> None:
    vertices = header.element("vertex")
    if vertices is None:
        raise FormatError(header.path, HEADER, message("there are no vertices"), message("check that this is a scan"))
    if any(names <= vertices.names for names in _SPLAT):
        cause = message("a Gaussian splat, which has no triangles")
        raise FormatError(header.path, "", cause, message("export a mesh of the same photographs instead"))
    if not vertices.names >= set(POSITION):
        raise FormatError(header.path, HEADER, message("the vertices have no x, y and z"), EXPORT_AGAIN)


def _assemble(header: Header, columns: dict[str, Columns]) -> Scan:
    vertices = columns["vertex"]
    group = vertices.first_group(POSITION)
    if group is None:
        raise FormatError(header.path, HEADER, message("x, y and z are lists instead of numbers"), EXPORT_AGAIN)
    places = vertices.table(group)
    positions, origin = about_origin(places if places.dtype == np.float32 else places.astype(np.float64))
    triangles = _triangles(header.path, columns, positions)
    texcoords, strange = read_texcoords(vertices, columns.get("face"), triangles)
    looks = read_looks(header, texture_numbers(vertices, columns.get("face"), triangles), has_texcoords=bool(texcoords))
    mesh = Mesh(
        positions=positions,
        faces=triangles.faces,
        texcoords=texcoords,
        normals=_normals(vertices, triangles.faces, positions),
        colors=_colors(vertices),
        face_materials=looks.face_materials,
        materials=looks.materials,
        origin=origin,
    )
    warnings = (*triangles.warnings, *strange, *_color_warnings(columns), *looks.warnings)
    facts = ScanFacts("PLY", header.detail, warnings=warnings)
    return Scan(header.path.stem, mesh, facts, (header.path, *looks.files))


def _triangles(path: Path, columns: dict[str, Columns], positions: FloatArray) -> Triangles:
    if "face" in columns:
        lists = columns["face"].first_list(*_FACES)
        if lists is None:
            raise FormatError(path, HEADER, message("the faces have no vertex_indices"), EXPORT_AGAIN)
        return triangles_of_lists(path, lists, positions)
    strips = columns["tristrips"].first_list(*_FACES)
    if strips is None:
        raise FormatError(path, HEADER, message("the strips have no vertex_indices"), EXPORT_AGAIN)
    return triangles_of_strips(path, strips, len(positions))


def _normals(vertices: Columns, faces: IntArray, positions: FloatArray) -> FloatArray | None:
    group = vertices.first_group(NORMAL)
    if group is None:
        return None
    with np.errstate(over="ignore"):
        return normals_at(vertices.table(group).astype(np.float32), faces, positions, faces)


def _colors(vertices: Columns) -> ByteArray | None:
    group = vertices.first_group(*COLORS)
    if group is None:
        return None
    table = vertices.table(group)
    return color_bytes(table) if table.dtype.kind == "f" else color_bytes_of_integers(table.astype(np.int64))


def _color_warnings(columns: dict[str, Columns]) -> tuple[Message, ...]:
    if "face" in columns and columns["face"].first_group(*COLORS):
        return (message("face colours are left out: only vertex colours and textures are read"),)
    return ()
