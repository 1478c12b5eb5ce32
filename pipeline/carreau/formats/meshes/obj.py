"""Read Wavefront OBJ, as photogrammetry programs write it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import FloatArray, IntArray, Material, Mesh, Scan, ScanFacts
from carreau.formats.io.origin import local_surface
from carreau.formats.io.udim import FIRST
from carreau.formats.meshes import mtl
from carreau.formats.meshes.colors import color_bytes
from carreau.formats.meshes.corners import normals_at, texcoords_at
from carreau.formats.meshes.obj_lines import read_lines
from carreau.formats.meshes.obj_pieces import Tables, scan_tables
from carreau.formats.meshes.polygons import MOST_CORNERS, face_warnings, recut
from carreau.formats.meshes.udim_tiles import face_tiles, split_tiles

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read(path: Path) -> Scan:
    """Read an OBJ file with its MTL libraries and the headers of its textures.

    Polygons become triangles; a face's missing texture coordinate is NaN; coordinates too large for float32 are kept
    about an origin; libraries and textures that are missing are warnings.

    Raises FormatError naming the invalid line, TextureError for a texture that is not an image, and
    UnsafePathError for a reference out of the scan's folder.
    """
    tables = scan_tables(path, _text_start(path))
    faces = tables.corners[0]
    if faces is None:
        raise _no_faces(path, tables)
    large = _cut_polygons(tables, faces)
    lines = read_lines(tables.events, len(faces))
    indices = tables.corners[1]
    texcoords = None if indices is None else texcoords_at(tables.texcoords, indices)

    def tiles_in_use(material: int) -> tuple[int, ...]:
        rows = lines.face_materials == material
        return (FIRST,) if texcoords is None else tuple(np.unique(face_tiles(texcoords[rows])).tolist())

    mtl_materials = mtl.read_all(path, lines.libraries, lines.materials, tiles_in_use)
    face_materials = lines.face_materials
    if texcoords is not None and mtl_materials.tiles:
        texcoords, face_materials = split_tiles(texcoords, face_materials, mtl_materials.tiles)
    warnings = (*lines.warnings, *face_warnings(tables.short_faces, large), *mtl_materials.warnings)
    mesh = _mesh(tables, faces, texcoords, face_materials, mtl_materials.materials)
    return Scan(path.stem, mesh, ScanFacts("OBJ", "text", lines.parts, warnings=warnings), (path, *mtl_materials.files))


def _text_start(path: Path) -> int:
    with path.open("rb") as file:
        return 3 if file.read(3) == _BYTE_ORDER_MARK else 0


def _no_faces(path: Path, tables: Tables) -> FormatError:
    if len(tables.positions):
        cause = message("it is a point cloud: it has vertices, but no faces")
        return FormatError(path, "", cause, message("build a mesh from it first, or export the mesh instead"))
    return FormatError(path, "", message("neither vertices nor faces"), message("check that this is an OBJ file"))


def _cut_polygons(tables: Tables, faces: IntArray) -> int:
    """Triangulate concave polygons in place; return the number of those with too many corners."""
    if not len(tables.polygons):
        return 0
    rows, sources = recut(tables.positions, faces, tables.polygons)
    for corners in tables.corners:
        if corners is not None and len(rows):
            corners[rows] = corners.reshape(-1)[sources]
    return int((tables.polygons[:, 1] > MOST_CORNERS).sum())


def _mesh(
    tables: Tables,
    faces: IntArray,
    texcoords: FloatArray | None,
    face_materials: IntArray,
    materials: tuple[Material, ...],
) -> Mesh:
    local = local_surface(tables.positions, faces)
    normals = tables.corners[2]
    return Mesh(
        positions=local.positions,
        faces=faces,
        texcoords=() if texcoords is None else (texcoords,),
        normals=None if normals is None else normals_at(tables.normals, normals, local.positions, faces),
        colors=None if tables.colors is None else color_bytes(tables.colors),
        face_materials=face_materials,
        materials=materials,
        origin=local.origin,
        fidelity=local.fidelity,
    )
