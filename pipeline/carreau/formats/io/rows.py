"""Rows of numbers read in pieces, of text or of a fixed size, so that memory does not grow with the file."""

from __future__ import annotations

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.jit import compiled_bare
from carreau.base.messages import Message, message, plural_message
from carreau.base.model import ByteArray, DoubleArray
from carreau.base.process import cores
from carreau.formats.io.decimals import HASH, NEWLINE, RETURN, SLASH, Integer, decimal, number, separates, word_end
from carreau.formats.io.safe_paths import DAMAGED, EXPORT_AGAIN, too_many_points

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


CHUNK_BYTES = 4 << 20
LONGEST_LINE_BYTES = 64 << 20
_BLOCK_BYTES = 1 << 16
_MARGIN = 16
_LINE_END = re.compile(rb"(?<!\\)(?<!\\\r)\n|(?<!\\)\r(?!\n)")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Chunk:
    """Whole lines of a file, from byte `start` to before byte `end`."""

    path: Path
    start: int
    end: int

    def load(self) -> ByteArray:
        """Return the bytes, (end - start + margin,) uint8, followed by line breaks that stop every scanner.

        The next `load` in the same thread overwrites the buffer.
        """
        size = self.end - self.start
        if getattr(_thread, "buffer", None) is None or len(_thread.buffer) < size + _MARGIN:
            _thread.buffer = np.empty(size * 5 // 4 + _MARGIN, np.uint8)
        text: ByteArray = _thread.buffer[: size + _MARGIN]
        with self.path.open("rb", buffering=0) as file:
            file.seek(self.start)
            read = 0
            while read < size and (count := file.readinto(text[read:size].data)):
                read += count
        text[read:] = 10
        return text

    def number(self, text: ByteArray, first: int, last: int) -> float:
        """Return text[first:last] as a number. Raises FormatError naming the line."""
        word = text[first:last].tobytes()
        try:
            return number(word)
        except ValueError:
            cause = message("'%(text)s' is not a number", text=word[:40].decode("utf-8", "replace"))
            raise self.error(first, cause, EXPORT_AGAIN) from None

    def error(self, offset: int, cause: Message, cure: Message) -> FormatError:
        """Return the error for byte `offset` of this chunk, naming its line."""
        line = line_at(self.path, self.start + offset)
        return FormatError(self.path, message("line %(line)s", line=line), cause, cure)


def cut(path: Path, start: int = 0, size: int | None = None) -> list[Chunk]:
    """Return the chunks of a file from byte `start`, at least one, each near `size` bytes.

    Raises FormatError for a line longer than 64 MB.
    """
    step = size or CHUNK_BYTES
    chunks = []
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        while start < length:
            end = length
            if start + step < length:
                file.seek(start + step - 2)
                end = min(_next_line(path, file.read, start + step - 2), length)
            chunks.append(Chunk(path, start, end))
            start = end
    return chunks or [Chunk(path, start, start)]


def _next_line(path: Path, read: Callable[[int], bytes], start: int) -> int:
    """Return the first byte of the next line after `start` that does not continue another after a backslash."""
    position, tail = start, b""
    while position - start < LONGEST_LINE_BYTES:
        block = tail + (fresh := read(_BLOCK_BYTES))
        if not fresh:
            return position
        position += len(fresh)
        if match := _LINE_END.search(block, max(len(tail), 2)):
            return position - len(block) + match.end()
        tail = block[-2:]
    cause = message("a line is longer than %(size)s MB", size=LONGEST_LINE_BYTES >> 20)
    raise FormatError(path, message("byte %(offset)s", offset=start), cause, message("check that it is a text file"))


def scan_each(chunks: list[Chunk], scan: Callable[[Chunk], Result]) -> Iterator[Result]:
    """Yield `scan(chunk)` of each chunk in file order, computed by one thread per processor."""
    workers = min(len(chunks), cores())
    if workers < 2:
        yield from map(scan, chunks)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        pending: deque[Future[Result]] = deque()
        for chunk in chunks:
            pending.append(pool.submit(scan, chunk))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def line_at(path: Path, offset: int) -> int:
    """Return the number of the line with byte `offset`, from 1."""
    line = 1
    with path.open("rb") as file:
        while offset > 0 and (block := file.read(min(offset, 1 << 20))):
            line += block.count(b"\n")
            offset -= len(block)
    return line


BATCH_BYTES = 32 << 20


def rows_in(path: Path, start: int, row: np.dtype[Any], count: int) -> Iterator[NDArray[Any]]:
    """Yield `count` rows from byte `start` on as structured arrays. Raises FormatError if the file contains fewer."""
    if row.itemsize * count > path.stat().st_size - start:
        raise too_many_points(path, count, row.itemsize)
    step = max(1, BATCH_BYTES // row.itemsize)
    with path.open("rb") as file:
        file.seek(start)
        for first in range(0, count, step):
            size = min(step, count - first)
            rows = np.fromfile(file, row, size)
            if len(rows) < size:
                place = message("point %(number)s", number=first + len(rows))
                raise FormatError(path, place, message("the point data ends here"), DAMAGED)
            yield rows
