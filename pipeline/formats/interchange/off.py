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

from pipeline.errors import FormatError
from pipeline.formats.interchange.parts import EXPORT_AGAIN, Part, bytes_of_colors, loaded, merge
from pipeline.model import ByteArray, DoubleArray, Material, Scan, ScanFacts

HEADER = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:#[^\r\n]*[\r\n]\s*)*(ST)?(C)?(N)?OFF(?=[\s#]|$)")
_BINARY = re.compile(rb"\s+BINARY\b")
_COMMENT = re.compile(rb"#[^\r\n]*")
_ROW_BYTES = 6  # of a vertex: three digits and what parts them
_EYE = np.eye(4)


def read(path: Path) -> Scan:
    """Read an OFF file: its triangles, its polygons cut as fans, and the colours of its vertices. OFF has no unit.

    Raises FormatError when the file is cut short, or a line makes no sense.
    """
    data = path.read_bytes()
    header = HEADER.match(data)
    if header is None or b"\0" in data[:4096] or _BINARY.match(data, header.end()):
        raise FormatError(path, "header", "it is not text OFF in three dimensions", "export it as text OFF or PLY")
    vertices, faces = _counts(path, data)
    from trimesh.exchange.off import load_off

    text = _COMMENT.sub(b"", data[header.end() - 3 :])
    try:
        result = loaded(path, lambda: load_off(io.BytesIO(text)))
        positions = np.asarray(result["vertices"], np.float64)
        triangles = np.asarray(result["faces"]).reshape(-1, 3)
        part = Part(positions, triangles.astype(np.int64), _EYE, colors=_colors(data, header, vertices))
        mesh = merge(path, [part], (Material(),))
    except FormatError as error:
        raise _fault(path, data, vertices, faces) or error from error
    except (ValueError, IndexError, TypeError) as error:
        raise _fault(path, data, vertices, faces) or FormatError(path, "", "it cannot be read", EXPORT_AGAIN) from error
    # As many triangles as faces: nothing is missing. Else some faces are polygons, or trimesh has left them out.
    if len(triangles) != faces and (fault := _fault(path, data, vertices, faces)):
        raise fault
    return Scan(path.stem, mesh, ScanFacts("OFF", header[0].decode("ascii", "ignore").split()[-1]), (path,))


def _rows(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the words of each line that has any, with its number; the header is no line."""
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
        cause = "the numbers of vertices and faces are missing"
        raise FormatError(path, f"line {number}", cause, EXPORT_AGAIN) from error
    if min(vertices, faces) < 0 or (vertices + faces) * _ROW_BYTES > len(data) + _ROW_BYTES:
        cause = f"it claims {vertices} vertices and {faces} faces, more than it has room for"
        raise FormatError(path, f"line {number}", cause, EXPORT_AGAIN)
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
    """Return an error that names the first line that makes no sense, or says what is missing."""
    rows = _rows(data)
    next(rows)
    count = 0
    for count, (number, words) in enumerate(rows, 1):
        if count > vertices + faces:
            break
        cause = _cause(words, vertices, is_vertex=count <= vertices)
        if cause:
            return FormatError(path, f"line {number}", cause, EXPORT_AGAIN)
    if count < vertices + faces:
        cause = f"it claims {vertices} vertices and {faces} faces, and has {count} lines of them"
        return FormatError(path, "last line", cause, EXPORT_AGAIN)
    return None


def _cause(words: list[bytes], vertices: int, *, is_vertex: bool) -> str:
    """Return what is wrong with the line of a vertex or of a face, "" where nothing is."""
    try:
        if is_vertex:
            [float(word) for word in words[:3]]
            return "a vertex has fewer than three numbers" if len(words) < 3 else ""
        corners = [int(word) for word in words[1 : int(words[0]) + 1]]
    except ValueError:
        return f"'{b' '.join(words[:4]).decode('utf-8', 'replace')[:40]}' is not what a line of it holds"
    if len(corners) < max(int(words[0]), 0):
        return f"a face names {len(corners)} vertices, and claims {int(words[0])}"
    outside = [corner for corner in corners if not 0 <= corner < vertices]
    return f"a face names vertex {outside[0]} of {vertices}, counted from 0" if outside else ""
