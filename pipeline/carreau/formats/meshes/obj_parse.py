"""Scan the lines of an OBJ file in compiled code: numbers and faces into arrays, other lines into a list.

Why our own scanner: of an OBJ of 409 MB and 5.4 million triangles, on two busy cores, this scan takes 1.3 s (0.9 s of
processor time), the complete reader 1.8 to 3.2 s (1.7 to 2.1) and 0.65 GB; a complete run of gltfpack 5.3 to 5.9 s
(4.0) and 0.5 GB; Open3D 8.6 to 10.9 s and 2.0 GB; trimesh 14.7 s and 3.2 GB. Also tried:
- the same code with Numba's reference counts: 10.4 s, on one thread as on two (see `compiled_bare`);
- a memory map instead of plain reads: the same time, 0.38 GB more;
- chunks of 1, 2 and 4 MB: the same within the noise.
A counting pass before parsing is not needed: relative indices are resolved when the pieces are joined.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled_bare
from carreau.base.model import ByteArray, DoubleArray, IntArray
from carreau.formats.rows import (
    BACKSLASH,
    HASH,
    NEWLINE,
    RETURN,
    SLASH,
    SPACE,
    TAB,
    Integer,
    decimal,
    ends_token,
    token_end,
)

Counts = NDArray[np.int64]

NOTHING = -1  # a corner without texture coordinate or normal
RELATIVE = 1 << 30  # a relative index is kept as (place in this chunk - RELATIVE), until the chunks before are counted
VERTEX, TEXCOORD, NORMAL, TRIANGLE, EVENT, ODD, POLYGON, COLOR, SHORT_FACE, RELATIVES, KINDS = (*range(10), 12)
LOWEST, LOWEST_BYTE, HIGHEST, HIGHEST_BYTE = range(4)
FEW_NUMBERS, NO_INDEX, ZERO_INDEX = 1, 2, 3
_V, _T, _N, _F, _PLUS, _MINUS = 118, 116, 110, 102, 43, 45
_LARGEST = 2**31 - 2


class Rows(NamedTuple):
    """Where a thread puts what it scans from one chunk; only the pages that are written cost memory.

    positions, colors : (n, 3) float64; a color is NaN where a vertex has none
    texcoords : (n, 2) float64
    normals : (n, 3) float64
    corners : (3, m, 3) int32, the vertex, texture coordinate and normal of each corner of each triangle
    events : (k, 3) int64, first and last byte of a line that is neither number nor face, and the triangles before it
    odd : (k, 4) int64, first and last byte of a number left to Python, the kind and the place it belongs to
    polygons : (k, 2) int64, first triangle and corner count of each face with more than three corners
    extremes : (3, 4) int64, lowest relative and highest absolute index of each kind, each with the byte of its face
    """

    positions: DoubleArray
    colors: DoubleArray
    texcoords: DoubleArray
    normals: DoubleArray
    corners: IntArray
    events: NDArray[np.int64]
    odd: NDArray[np.int64]
    polygons: NDArray[np.int64]
    extremes: NDArray[np.int64]


def rows_for(size: int) -> Rows:
    """Return rows enough for any `size` bytes, as nothing checks bounds: every row takes these bytes of text at least.

    `v 0 0 0`, `vt 0`, `vn 0 0 0`, a corner ` 1`, an event `g`, an odd number `x`, a polygon `f 1 1 1 1`, each with the
    blank or line break that ends it.
    """
    half = size // 2 + 2
    return Rows(
        np.empty((size // 7 + 2, 3)),
        np.empty((size // 7 + 2, 3)),
        np.empty((size // 5 + 2, 2)),
        np.empty((size // 8 + 2, 3)),
        np.empty((3, half, 3), np.int32),
        np.empty((half, 3), np.int64),
        np.empty((half, 4), np.int64),
        np.empty((size // 9 + 2, 2), np.int64),
        np.empty((3, 4), np.int64),
    )


@compiled_bare
def scan_lines(text: ByteArray, end: int, rows: Rows, counts: Counts) -> tuple[Integer, int]:
    """Fill `rows` from text[:end] and `counts` by kind; return (0, end), or a fault and the byte where it lies."""
    rows.extremes[:] = 0
    rows.extremes[:, HIGHEST] = -1
    at = 0
    while at < end:
        at = skip_blanks(text, at)
        first, second, third = text[at], text[at + 1], text[at + 2]
        fault: Integer = 0
        if first == _V and ends_token(second):
            fault, at = _vertex(text, at + 1, rows, counts)
        elif first == _V and second == _T and ends_token(third):
            fault, at = _numbers(text, at + 2, TEXCOORD, rows.texcoords, 1, rows, counts)
        elif first == _V and second == _N and ends_token(third):
            fault, at = _numbers(text, at + 2, NORMAL, rows.normals, 3, rows, counts)
        elif first == _F and ends_token(second):
            fault, at = _face(text, at + 1, rows, counts)
        elif first != HASH and not ends_line(first):
            at = _keep_event(text, at, rows, counts)
        if fault:
            return fault, at
        at = line_end(text, at) + 1
    return 0, end


@compiled_bare
def is_blank(char: int) -> bool:
    """Return whether a byte separates words on a line."""
    return char in (SPACE, TAB)


@compiled_bare
def ends_line(char: int) -> bool:
    """Return whether a byte ends the content of a line."""
    return char in (NEWLINE, RETURN, HASH)


@compiled_bare
def skip_blanks(text: ByteArray, start: int) -> int:
    """Return the next byte that is neither blank nor a line break after a backslash."""
    at = start
    while True:
        if is_blank(text[at]):
            at += 1
        elif text[at] == BACKSLASH and text[at + 1] == NEWLINE:
            at += 2
        elif text[at] == BACKSLASH and text[at + 1] == RETURN:
            at += 3 if text[at + 2] == NEWLINE else 2
        else:
            return at


@compiled_bare
def line_end(text: ByteArray, start: int) -> int:
    """Return the line break that ends this line, past those that a backslash joins."""
    at = start
    while text[at] != NEWLINE and text[at] != RETURN:
        at = max(skip_blanks(text, at), at + 1) if text[at] == BACKSLASH else at + 1
    return at


@compiled_bare
def _keep_event(text: ByteArray, start: int, rows: Rows, counts: Counts) -> int:
    """Keep the place of a line for Python to read; return its end."""
    row, stop = counts[EVENT], line_end(text, start)
    rows.events[row, 0], rows.events[row, 1], rows.events[row, 2] = start, stop, counts[TRIANGLE]
    counts[EVENT] = row + 1
    return stop


@compiled_bare
def _number(text: ByteArray, at: int, kind: int, place: int, rows: Rows, counts: Counts) -> tuple[float, int]:
    """Return a number and where the next word begins; what is not plainly a number is kept for Python."""
    value, stop, is_plain = decimal(text, at)
    if not is_plain:
        stop, row = token_end(text, at), counts[ODD]
        rows.odd[row, 0], rows.odd[row, 1], rows.odd[row, 2], rows.odd[row, 3] = at, stop, kind, place
        counts[ODD] = row + 1
    return value, skip_blanks(text, stop)


@compiled_bare
def _vertex(text: ByteArray, start: int, rows: Rows, counts: Counts) -> tuple[int, int]:
    """Read `x y z`, `x y z w`, or `x y z r g b` with whatever follows."""
    row, at = counts[VERTEX], skip_blanks(text, start)
    for axis in range(3):
        if ends_line(text[at]):
            return FEW_NUMBERS, start
        rows.positions[row, axis], at = _number(text, at, VERTEX, row * 3 + axis, rows, counts)
    counts[VERTEX] = row + 1
    if not ends_line(text[at]):
        at = _color(text, at, row, rows, counts)
    elif counts[COLOR]:
        rows.colors[row] = np.nan
    return 0, at


@compiled_bare
def _color(text: ByteArray, start: int, row: int, rows: Rows, counts: Counts) -> int:
    """Read the three numbers after a position; fewer are a weight, which no scan uses."""
    read, at = 0, start
    while read < 3 and not ends_line(text[at]):
        rows.colors[row, read], at = _number(text, at, COLOR, row * 3 + read, rows, counts)
        read += 1
    if read < 3:
        rows.colors[row] = np.nan
        return at
    if counts[COLOR] == 0:
        rows.colors[:row] = np.nan
    counts[COLOR] += 1
    return at


@compiled_bare
def _numbers(
    text: ByteArray, start: int, kind: int, table: DoubleArray, required: int, rows: Rows, counts: Counts
) -> tuple[int, int]:
    """Read as many numbers as the table is wide into its next row; zeros stand for those a line may leave out."""
    row, width, at = counts[kind], table.shape[1], skip_blanks(text, start)
    for axis in range(width):
        if not ends_line(text[at]):
            table[row, axis], at = _number(text, at, kind, row * width + axis, rows, counts)
        elif axis < required:
            return FEW_NUMBERS, start
        else:
            table[row, axis] = 0.0
    counts[kind] = row + 1
    return 0, at


@compiled_bare
def _index(text: ByteArray, start: int, kind: int, rows: Rows, counts: Counts) -> tuple[Integer, int]:
    """Return an index from zero (or its relative form, or minus a fault) and where it ends."""
    at, value = start, np.int64(0)
    negative = text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    first = at
    while 48 <= text[at] <= 57:
        value = min(value * 10 + (np.int64(text[at]) - 48), np.int64(_LARGEST + 1))
        at += 1
    if at == first:
        return -NO_INDEX, at
    if value == 0:
        return -ZERO_INDEX, at
    extreme = rows.extremes[kind]
    if negative:
        place = counts[kind] - min(value, RELATIVE >> 1)
        counts[RELATIVES] = 1
        if place < extreme[LOWEST]:
            extreme[LOWEST], extreme[LOWEST_BYTE] = place, start
        return place - RELATIVE, at
    if value - 1 > extreme[HIGHEST]:
        extreme[HIGHEST], extreme[HIGHEST_BYTE] = value - 1, start
    return value - 1, at


@compiled_bare
def _corner(text: ByteArray, start: int, rows: Rows, counts: Counts) -> tuple[Integer, Integer, Integer, int]:
    """Read `v`, `v/t`, `v//n` or `v/t/n`; return the three indices and where they end, or minus a fault first."""
    texcoord: Integer = NOTHING
    normal: Integer = NOTHING
    vertex, at = _index(text, start, VERTEX, rows, counts)
    if text[at] == SLASH and not _is_fault(vertex):
        at += 1
        if text[at] != SLASH and not ends_token(text[at]):
            texcoord, at = _index(text, at, TEXCOORD, rows, counts)
        if text[at] == SLASH and not _is_fault(texcoord):
            at += 1
            if not ends_token(text[at]):
                normal, at = _index(text, at, NORMAL, rows, counts)
    if _is_fault(texcoord):
        return texcoord, texcoord, normal, at
    if _is_fault(normal):
        return normal, texcoord, normal, at
    if not ends_token(text[at]) and not _is_fault(vertex):
        return -NO_INDEX, texcoord, normal, at
    return vertex, texcoord, normal, at


@compiled_bare
def _is_fault(index: Integer) -> bool:
    """Return whether an index marks an error."""
    return index == -NO_INDEX or index == -ZERO_INDEX


@compiled_bare
def _face(text: ByteArray, start: int, rows: Rows, counts: Counts) -> tuple[Integer, int]:
    """Read a face as a fan of triangles; those with more than three corners are noted."""
    corners, first = rows.corners, counts[TRIANGLE]
    triangle, count, at = first, 0, skip_blanks(text, start)
    while not ends_line(text[at]):
        vertex, texcoord, normal, at = _corner(text, at, rows, counts)
        if _is_fault(vertex):
            return -vertex, start
        at = skip_blanks(text, at)
        # A fan: the first corner, the last one of the triangle before, and the new one.
        if count > 2:
            triangle += 1
            for kind in range(3):
                corners[kind, triangle, 0] = corners[kind, first, 0]
                corners[kind, triangle, 1] = corners[kind, triangle - 1, 2]
        place = min(count, 2)
        corners[0, triangle, place] = vertex
        corners[1, triangle, place] = texcoord
        corners[2, triangle, place] = normal
        count += 1
    if count < 3:
        counts[SHORT_FACE] += 1
        return 0, at
    if count > 3:
        row = counts[POLYGON]
        rows.polygons[row, 0], rows.polygons[row, 1] = first, count
        counts[POLYGON] = row + 1
    counts[TRIANGLE] = triangle + 1
    return 0, at
