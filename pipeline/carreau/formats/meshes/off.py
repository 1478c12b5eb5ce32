"""Read OFF and COFF, vertices and polygons as text, with trimesh.

trimesh 5.2 reads the lines before a comment twice, does not notice faces that are missing or incomplete, and names no
line. So comments are taken out first, the counts of the header are compared with the file, and the first faulty line is
searched for after a failure. 1.3 million triangles take 5.5 s of a processor and 1.1 GB.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message, plural_message
from carreau.base.model import ByteArray, DoubleArray, Material, Scan, ScanFacts
from carreau.formats.meshes.trimesh_parts import (
    EXPORT_AGAIN,
    PlacedMesh,
    bytes_of_colors,
    index_out_of_range,
    load_parts,
    merge,
)

HEADER = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:#[^\r\n]*[\r\n]\s*)*(ST)?(C)?(N)?OFF(?=[\s#]|$)")
_BINARY = re.compile(rb"\s+BINARY\b")
_COMMENT = re.compile(rb"#[^\r\n]*")
_ROW_BYTES = 6  # of a vertex: three digits and what parts them
_EYE = np.eye(4)


def read(path: Path) -> Scan:
    """Read an OFF file: its triangles, its polygons cut as fans, and the colours of its vertices. OFF has no unit.

    Raises FormatError when the file is truncated or a line is invalid.
    """
    data = path.read_bytes()
    header = HEADER.match(data)
    if header is None or b"\0" in data[:4096] or _BINARY.match(data, header.end()):
        cause = message("it is not a three-dimensional OFF file in text form")
        raise FormatError(path, message("header"), cause, message("export it as text OFF or PLY"))
    vertices, faces = _counts(path, data)
    from trimesh.exchange.off import load_off

    text = _COMMENT.sub(b"", data[header.end() - 3 :])
    try:
        result = load_parts(path, lambda: load_off(io.BytesIO(text)))
        positions = np.asarray(result["vertices"], np.float64)
        triangles = np.asarray(result["faces"]).reshape(-1, 3)
        part = PlacedMesh(positions, triangles.astype(np.int64), _EYE, colors=_colors(data, header, vertices))
        mesh = merge(path, [part], (Material(),))
    except FormatError as error:
        raise _fault(path, data, vertices, faces) or error from error
    except (ValueError, IndexError, TypeError) as error:
        raise _fault(path, data, vertices, faces) or FormatError(
            path, "", message("the vertices or faces cannot be read"), EXPORT_AGAIN
        ) from error
    # As many triangles as faces: nothing is missing. Else some faces are polygons, or trimesh has left them out.
    if len(triangles) != faces and (fault := _fault(path, data, vertices, faces)):
        raise fault
    return Scan(path.stem, mesh, ScanFacts("OFF", header[0].decode("ascii", "ignore").split()[-1]), (path,))


def _rows(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the words of each line that has any, with its number; the header does not count."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        words = line.partition(b"#")[0].split()
        if words and words[0].endswith(b"OFF"):
            words = words[1:]
        if words:
            yield number, words


def _counts(path: Path, data: bytes) -> tuple[int, int]:
    """Return how many vertices and faces the file claims; raises FormatError where it cannot hold them."""
    number, words = next(_rows(data[: 1 << 16]), (1, []))
    try:
        vertices, faces = int(words[0]), int(words[1])
    except (IndexError, ValueError) as error:
        cause = message("the numbers of vertices and faces are missing")
        raise FormatError(path, message("line %(line)s", line=number), cause, EXPORT_AGAIN) from error
    if min(vertices, faces) < 0 or (vertices + faces) * _ROW_BYTES > len(data) + _ROW_BYTES:
        cause = message(
            "the file is too small for what its header declares (vertices: %(vertices)s, faces: %(faces)s)",
            vertices=vertices,
            faces=faces,
        )
        raise FormatError(path, message("line %(line)s", line=number), cause, EXPORT_AGAIN)
    return vertices, faces


def _colors(data: bytes, header: re.Match[bytes], vertices: int) -> ByteArray | None:
    """Return (n, 3) uint8 sRGB where the header says that vertices have colours."""
    if header[2] is None:
        return None
    first = 6 if header[3] else 3
    rows = _rows(data)
    next(rows)
    values: DoubleArray = np.array([words[first : first + 3] for _, words in rows][:vertices], np.float64)
    if values.shape != (vertices, 3):
        raise ValueError("a vertex has no colour")
    return bytes_of_colors(values, are_bytes=bool((values > 1).any()))


def _fault(path: Path, data: bytes, vertices: int, faces: int) -> FormatError | None:
    """Return an error for the first invalid line or for missing lines, or None."""
    rows = _rows(data)
    next(rows)
    count = 0
    for count, (number, words) in enumerate(rows, 1):
        if count > vertices + faces:
            break
        cause = _cause(words, vertices, is_vertex=count <= vertices)
        if cause:
            return FormatError(path, message("line %(line)s", line=number), cause, EXPORT_AGAIN)
    if count < vertices + faces:
        missing = vertices + faces - count
        cause = plural_message(
            "%(count)s line of vertices or faces is missing",
            "%(count)s lines of vertices or faces are missing",
            missing,
        )
        return FormatError(path, message("last line"), cause, EXPORT_AGAIN)
    return None


def _cause(words: list[bytes], vertices: int, *, is_vertex: bool) -> Message | None:
    """Return what is wrong with the line of a vertex or of a face, or None."""
    try:
        if is_vertex:
            [float(word) for word in words[:3]]
            return message("a vertex has fewer than three coordinates") if len(words) < 3 else None
        corners = [int(word) for word in words[1 : int(words[0]) + 1]]
    except ValueError:
        text = b" ".join(words[:4]).decode("utf-8", "replace")[:40]
        return message("'%(text)s' is not a vertex or a face", text=text)
    if len(corners) < max(int(words[0]), 0):
        return message(
            "a face has too few corners (expected: %(expected)s, found: %(count)s)",
            expected=int(words[0]),
            count=len(corners),
        )
    outside = [corner for corner in corners if not 0 <= corner < vertices]
    return index_out_of_range(outside[0], vertices) if outside else None
