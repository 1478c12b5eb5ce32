"""Turn the faces of a PLY file, lists or strips, into triangles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import FormatError
from pipeline.formats.meshes.ply_columns import Lists, Numbers
from pipeline.formats.meshes.polygons import MOST_CORNERS, face_warnings, recut
from pipeline.jit import compiled_bare
from pipeline.messages import Message, Number, message
from pipeline.model import DoubleArray, FloatArray, IntArray

_CURE = message("the file may be truncated; export it again")
_RESTART = -1


@dataclass(frozen=True, eq=False)
class Triangles:
    """Triangles, and where in the file's faces they come from.

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


def triangles_of_lists(path: Path, lists: Lists, positions: DoubleArray | FloatArray) -> Triangles:
    """Return the triangles of polygons; FormatError names a face whose index is past the end."""
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
    raise FormatError(path, message("face %(number)s", number=row + 1), cause, _CURE)


def triangles_of_strips(path: Path, lists: Lists, vertex_count: int) -> Triangles:
    """Return the triangles of strips, each ended by -1; FormatError for an index past the end."""
    values = lists.values.astype(np.int64)
    ends = np.cumsum(lists.counts)
    values = np.insert(values, ends, _RESTART)
    if len(values) and (values.min() < _RESTART or values.max() >= vertex_count):
        cause = message("a vertex index is out of range (vertices: %(count)s)", count=vertex_count)
        raise FormatError(path, message("element '%(name)s'", name="tristrips"), cause, _CURE)
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
