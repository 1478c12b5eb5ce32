"""Rows of numbers read from text in chunks, so that memory does not grow with the file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled_bare
from carreau.base.messages import plural_message
from carreau.base.model import ByteArray, DoubleArray
from carreau.formats.io.chunks import Chunk, cut, scan_each
from carreau.formats.io.decimals import HASH, NEWLINE, RETURN, SLASH, Integer, decimal, separates, word_end
from carreau.formats.io.file_errors import DAMAGED

BLANKS = bytes(range(256))
"""The byte table that changes nothing."""

_thread = threading.local()


@dataclass(frozen=True)
class RowPlan:
    """How the rows of a file are written.

    start : byte where the first row starts
    columns : numbers per row, at least 1
    translation : 256 bytes that turn separators into blanks, and decimal commas into points
    has_counts : whether a line may be a single number that declares how many rows follow, as in PTS files
    """

    path: Path
    start: int
    columns: int
    translation: bytes = BLANKS
    has_counts: bool = False


def rows_of(plan: RowPlan) -> Iterator[tuple[DoubleArray, int]]:
    """Yield (n, columns) float64 rows, and how many rows the count lines among them declare.

    Blank lines and comments (from # or // to the end of the line) are skipped. Raises FormatError, naming the line, for
    a row of another length, or a word that is not a number.
    """
    yield from scan_each(cut(plan.path, plan.start), lambda chunk: _scan(chunk, plan))


def _scan(chunk: Chunk, plan: RowPlan) -> tuple[DoubleArray, int]:
    text, size = chunk.load(), chunk.end - chunk.start
    if plan.translation is not BLANKS:
        np.take(np.frombuffer(plan.translation, np.uint8), text.copy(), out=text)
    room = size // (2 * plan.columns) + 2
    if room * plan.columns > getattr(_thread, "size", 0):
        _thread.size = room * plan.columns * 5 // 4
        _thread.values, _thread.odd = np.empty(_thread.size), np.empty((_thread.size, 3), np.int64)
    values = _thread.values[: room * plan.columns]
    count, odd_count, wrong, length, declared = _fill(text, size, plan.columns, plan.has_counts, values, _thread.odd)
    if wrong >= 0:
        cause = plural_message(
            "it has %(count)s number, but other lines have %(columns)s",
            "it has %(count)s numbers, but other lines have %(columns)s",
            int(length),
            columns=plan.columns,
        )
        raise chunk.error(int(wrong), cause, DAMAGED)
    for first, last, place in _thread.odd[:odd_count].tolist():
        values[place] = chunk.number(text, first, last)
    return values[:count].reshape(-1, plan.columns).copy(), int(declared)


@compiled_bare
def _fill(
    text: ByteArray, end: int, columns: int, has_counts: bool, values: DoubleArray, odd: NDArray[np.int64]
) -> tuple[Integer, Integer, Integer, Integer, Integer]:
    """Fill `values` row by row, and `odd` with first byte, last byte and index of numbers that need `float()`.

    Returns the size of both, the first byte of a line of another length (-1 without one) and its length, and the sum of
    the counts.
    """
    at, count, odd_count, declared = 0, 0, 0, np.int64(0)
    while at < end:
        line, first, length = at, count, 0
        while text[at] != NEWLINE and text[at] != RETURN:
            if separates(text[at]):
                at += 1
                continue
            if text[at] == HASH or (text[at] == SLASH and text[at + 1] == SLASH):
                while text[at] != NEWLINE and text[at] != RETURN:
                    at += 1
                break
            value, stop, is_complete = decimal(text, at)
            if not is_complete or not separates(text[stop]):
                stop = word_end(text, at)
                if length < columns:
                    odd[odd_count, 0], odd[odd_count, 1], odd[odd_count, 2] = at, stop, count
                    odd_count += 1
            length += 1
            if length <= columns:
                values[count] = value
                count += 1
            at = stop
        at += 1
        if length == columns or length == 0:
            continue
        if (
            length == 1
            and has_counts
            and 0 <= values[first] <= 1e15
            and (odd_count == 0 or odd[odd_count - 1, 0] < line)
        ):
            declared += np.int64(values[first])
            count = first
            continue
        return count, odd_count, line, length, declared
    return count, odd_count, -1, 0, declared
