"""Read Wavefront OBJ, as photogrammetry programs write it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Material, Mesh, Scan, ScanFacts
from carreau.formats.meshes import mtl
from carreau.formats.meshes import obj_parse as scanner
from carreau.formats.meshes.mtl import read_lines
from carreau.formats.meshes.polygons import MOST_CORNERS, color_bytes, face_warnings, normals_at, recut, texcoords_at
from carreau.formats.origin import local_surface
from carreau.formats.rows import Chunk, cut, scan_each
from carreau.formats.safe_paths import COLUMNS, FIRST, ROWS, TILES

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


def bounds(path: Path) -> DoubleArray | None:
    """Return the (2, 3) least and greatest coordinates of the vertices, None without any; FormatError as `read`."""
    boxes = [box for box in scan_each(cut(path, _text_start(path)), _chunk_bounds) if box is not None]
    return np.stack([np.min([box[0] for box in boxes], 0), np.max([box[1] for box in boxes], 0)]) if boxes else None


def _chunk_bounds(chunk: Chunk) -> DoubleArray | None:
    positions = _scan(chunk).positions
    positions = positions[np.isfinite(positions).all(axis=1)]
    return np.stack([positions.min(0), positions.max(0)]) if len(positions) else None


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


_FAULTS = {
    scanner.FEW_NUMBERS: message("too few numbers"),
    scanner.NO_INDEX: message("a face corner is not written as indices"),
    scanner.ZERO_INDEX: message("index 0 is invalid: OBJ counts from 1"),
}
_EXPORT_AGAIN = message("export it again")
_TRUNCATED = message("the file may be truncated; export it again")
_LONGEST_EVENT_BYTES = 4096
_buffers = threading.local()
Array = np.ndarray[tuple[int, ...], np.dtype[Any]]


@dataclass(eq=False)
class Piece:
    """The contents of one chunk; see `Rows`. Indices are the file's; relative ones are resolved after joining.

    colors : (n, 3) float32 with NaN where a vertex has none, or None
    texcoords : (k, 2) float32, v down
    corners : the (m, 3) int32 indices into vertices, texture coordinates and normals, None where no corner has any
    events : the other lines, each with the number of triangles before it
    """

    chunk: Chunk
    positions: DoubleArray
    colors: FloatArray | None
    texcoords: FloatArray
    normals: FloatArray
    corners: list[IntArray | None]
    events: list[tuple[int, bytes]]
    polygons: NDArray[np.int64]
    extremes: NDArray[np.int64]
    relative: bool
    short_faces: int

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Return how many vertices, texture coordinates and normals this piece defines."""
        return len(self.positions), len(self.texcoords), len(self.normals)

    @property
    def triangle_count(self) -> int:
        """Return how many triangles this piece has."""
        vertices = self.corners[0]
        return 0 if vertices is None else len(vertices)


@dataclass(eq=False)
class Tables:
    """A whole OBJ file as arrays; the fields are those of `Piece`, with every index resolved."""

    positions: DoubleArray
    colors: FloatArray | None
    texcoords: FloatArray
    normals: FloatArray
    corners: list[IntArray | None]
    events: list[tuple[int, bytes]]
    polygons: NDArray[np.int64]
    triangle_count: int
    short_faces: int


def scan_tables(path: Path, start: int) -> Tables:
    """Return the tables of the OBJ text from byte `start`; FormatError names the line of the first fault."""
    return _join(list(scan_each(cut(path, start), _scan)))


def _scan(chunk: Chunk) -> Piece:
    text, size = chunk.load(), chunk.end - chunk.start
    rows, counts = _rows(size), np.zeros(scanner.KINDS, np.int64)
    fault, at = scanner.scan_lines(text, size, rows, counts)
    _read_odd(chunk, text, rows, int(counts[scanner.ODD]))
    if fault:
        raise chunk.error(at, _FAULTS[int(fault)], _EXPORT_AGAIN)
    vertices, triangles = counts[scanner.VERTEX], counts[scanner.TRIANGLE]
    with np.errstate(over="ignore", invalid="ignore"):
        texcoords = rows.texcoords[: counts[scanner.TEXCOORD]].astype(np.float32)
        texcoords[:, 1] = 1.0 - rows.texcoords[: counts[scanner.TEXCOORD], 1]
        normals = rows.normals[: counts[scanner.NORMAL]].astype(np.float32)
        colors = rows.colors[:vertices].astype(np.float32) if counts[scanner.COLOR] else None
    relative = bool(counts[scanner.RELATIVES])
    used = relative | (rows.extremes[:, scanner.HIGHEST] >= 0)
    return Piece(
        chunk=chunk,
        positions=rows.positions[:vertices].copy(),
        colors=colors,
        texcoords=texcoords,
        normals=normals,
        corners=[rows.corners[kind, :triangles].copy() if used[kind] else None for kind in range(3)],
        events=_events(text, rows.events[: counts[scanner.EVENT]]),
        polygons=rows.polygons[: counts[scanner.POLYGON]].copy(),
        extremes=rows.extremes.copy(),
        relative=relative,
        short_faces=int(counts[scanner.SHORT_FACE]),
    )


def _rows(size: int) -> scanner.Rows:
    """Return this thread's rows. Fresh ones for each chunk cost 0.3 s of page faults on 409 MB."""
    if size > getattr(_buffers, "size", 0):
        _buffers.size = size * 5 // 4
        _buffers.rows = scanner.rows_for(_buffers.size)
    rows: scanner.Rows = _buffers.rows
    return rows


def _read_odd(chunk: Chunk, text: ByteArray, rows: scanner.Rows, count: int) -> None:
    """Parse the numbers that the scanner left to Python, and store them."""
    tables = {
        scanner.VERTEX: rows.positions,
        scanner.TEXCOORD: rows.texcoords,
        scanner.NORMAL: rows.normals,
        scanner.COLOR: rows.colors,
    }
    for first, last, kind, place in rows.odd[:count].tolist():
        tables[kind].reshape(-1)[place] = chunk.number(text, first, last)


def _events(text: ByteArray, events: NDArray[np.int64]) -> list[tuple[int, bytes]]:
    return [(triangles, text[a : min(b, a + _LONGEST_EVENT_BYTES)].tobytes()) for a, b, triangles in events.tolist()]


def _join(pieces: list[Piece]) -> Tables:
    """Concatenate pieces; each table frees its parts on the way, so that little memory is used twice."""
    sizes = np.array([piece.sizes for piece in pieces], np.int64).reshape(-1, 3)
    totals, bases = sizes.sum(axis=0).tolist(), (np.cumsum(sizes, axis=0) - sizes).tolist()
    triangles = [piece.triangle_count for piece in pieces]
    firsts = [sum(triangles[:row]) for row in range(len(pieces))]
    # A file is parsed in pieces; only now the counts before each are known, which its indices are resolved with.
    for piece, base in zip(pieces, bases, strict=True):
        _check_range(piece, base, totals)
        _resolve(piece, base)
    placed = list(zip(firsts, pieces, strict=True))
    events = [(first + before, line) for first, piece in placed for before, line in piece.events]
    polygons = [piece.polygons + np.array([first, 0]) for first, piece in placed]
    short_faces = sum(piece.short_faces for piece in pieces)
    tables = [[getattr(piece, name) for piece in pieces] for name in ("positions", "texcoords", "normals")]
    colors = _stack_optional([piece.colors for piece in pieces], sizes[:, 0].tolist(), np.float32(np.nan))
    corners = [[piece.corners[kind] for piece in pieces] for kind in range(3)]
    placed.clear()
    pieces.clear()
    positions, texcoords, normals = (_stack(parts) for parts in tables)
    return Tables(
        positions=positions,
        colors=colors,
        texcoords=texcoords,
        normals=normals,
        corners=[_stack_optional(parts, triangles, np.int32(scanner.NOTHING)) for parts in corners],
        events=events,
        polygons=_stack(polygons),
        triangle_count=sum(triangles),
        short_faces=short_faces,
    )


def _check_range(piece: Piece, base: list[int], totals: list[int]) -> None:
    """Raise FormatError for an index that no line of the file defines."""
    for kind in range(3):
        lowest, lowest_byte, highest, highest_byte = piece.extremes[kind].tolist()
        if highest >= totals[kind]:
            raise piece.chunk.error(highest_byte, _out_of_range(kind, highest + 1, totals[kind]), _TRUNCATED)
        if base[kind] + lowest < 0:
            raise piece.chunk.error(
                lowest_byte, message("a relative index points before the first element"), _EXPORT_AGAIN
            )


def _out_of_range(kind: int, index: int, count: int) -> Message:
    if kind == scanner.VERTEX:
        return message("vertex index %(index)s is out of range (vertices: %(count)s)", index=index, count=count)
    if kind == scanner.TEXCOORD:
        return message("UV index %(index)s is out of range (UV coordinates: %(count)s)", index=index, count=count)
    return message("normal index %(index)s is out of range (normals: %(count)s)", index=index, count=count)


def _resolve(piece: Piece, base: list[int]) -> None:
    """Turn relative indices into absolute ones, in place."""
    for indices, first in zip(piece.corners, base, strict=True):
        if piece.relative and indices is not None:
            relative = indices < scanner.NOTHING
            indices[relative] += scanner.RELATIVE + first


def _stack_optional(parts: list[Array | None], lengths: list[int], filler: np.generic) -> Array | None:
    """Stack parts, the filler standing for those that are missing; None when all are."""
    if all(part is None for part in parts):
        return None
    sized = zip(parts, lengths, strict=True)
    return _stack([np.full((length, 3), filler) if part is None else part for part, length in sized])


def _stack(parts: list[Array]) -> Array:
    """Concatenate along the first axis, emptying the list on the way; at least one part."""
    result = np.empty((sum(map(len, parts)), *parts[0].shape[1:]), parts[0].dtype)
    row = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        result[row : row + len(part)] = part
        row += len(part)
    return result


def face_tiles(texcoords: FloatArray) -> IntArray:
    """Return the tile (m,) int32 in which the middle of each face is; texcoords (m, 3, 2) with v down.

    A face outside all tiles is in the nearest one, and a face without coordinates in the first.
    """
    middles = np.nan_to_num(texcoords.mean(axis=1, dtype=np.float64), nan=0.5)
    column = np.clip(np.floor(middles[:, 0]), 0, COLUMNS - 1)
    row = np.clip(np.floor(1 - middles[:, 1]), 0, ROWS - 1)
    return np.asarray(FIRST + column + COLUMNS * row, np.int32)


def split_tiles(
    texcoords: FloatArray, face_materials: IntArray, tiles: Mapping[int, Mapping[int, int]]
) -> tuple[FloatArray, IntArray]:
    """Return texture coordinates moved into their tiles, and the material of each face.

    tiles : by the number of a material, the number of its material for each tile
    """
    texcoords, numbers = texcoords.copy(), face_materials.copy()
    for material, of_tile in tiles.items():
        rows = np.flatnonzero(face_materials == material)
        own = face_tiles(texcoords[rows])
        texcoords[rows, :, 0] -= ((own - FIRST) % COLUMNS)[:, None]
        texcoords[rows, :, 1] += ((own - FIRST) // COLUMNS)[:, None]
        table = np.zeros(TILES.stop, np.int32)
        table[list(of_tile)] = list(of_tile.values())
        numbers[rows] = table[own]
    return texcoords, numbers
