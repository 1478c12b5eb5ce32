"""Rows of numbers read in pieces, of text or of a fixed size, and decimals parsed as `float()` parses them.

Clinger's fast path: digits up to 2**53 and powers of ten up to 10**22 are exact doubles, so that one multiplication or
division rounds once, correctly. Longer numbers (Python's 17 digits, for example) take the path of Lemire, "Number
Parsing at a Gigabyte per Second" (2021), a product with a 128-bit power of ten. The rest (NaN, MSVC's `1.#IND`, more
than 18 digits) goes to `float()`. The second path is worth its code: a million vertices with 17 digits take 0.15 s, and
3.9 s with `float()` in its place.
"""

from __future__ import annotations

import math
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
from carreau.formats.safe_paths import DAMAGED, EXPORT_AGAIN, too_many_points

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


def read_rows(plan: RowPlan) -> Iterator[tuple[DoubleArray, int]]:
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
            # Nearly all words are numbers that the fast paths can parse; the others are noted, and
            # parsed by `float()` later.
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
                # A chunk ends at a line end, so that threads can scan chunks without knowing of each other.
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


NEWLINE, RETURN, SPACE, TAB, HASH, BACKSLASH, SLASH = 10, 13, 32, 9, 35, 92, 47
_PLUS, _MINUS, _DOT = 43, 45, 46
_EXACT = 2**53
Integer = int | np.int64
_POWERS = 10.0 ** np.arange(23)
_LOWEST, _HIGHEST = -64, 64
_MSVC = re.compile(rb"[+-]?\d+\.#(?:QNAN|SNAN|IND|INF)\d*|[+-]?nan(?:\([a-z]*\))?", re.IGNORECASE)
_PLAIN = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d{1,9})?|[+-]?inf(?:inity)?", re.IGNORECASE)


def number(token: bytes) -> float:
    """Return the number of a token. Raises ValueError if it is not a number.

    >>> number(b"1e3"), number(b"-1.#IND00")
    (1000.0, nan)
    """
    if _MSVC.fullmatch(token):
        infinite = b"INF" in token.upper()
        return math.copysign(math.inf, -1.0 if token.startswith(b"-") else 1.0) if infinite else math.nan
    if _PLAIN.fullmatch(token):
        return float(token.lower().replace(b"d", b"e"))
    raise ValueError(token)


def _wide_power(exponent: int) -> tuple[int, int]:
    """Return the top 128 bits of 5**exponent, truncated or rounded as Lemire's proof requires (section 5)."""
    if exponent >= 0:
        value = 5**exponent
    else:
        divisor = 5**-exponent
        bits = divisor.bit_length()
        value = (1 << (bits + 127 if exponent < -27 else 2 * bits + 128)) // divisor + 1
    shift = 128 - value.bit_length()
    wide = value << shift if shift >= 0 else value >> -shift
    return wide >> 64, wide & (2**64 - 1)


_WIDE = np.array([_wide_power(e) for e in range(_LOWEST, _HIGHEST + 1)], np.uint64)
_LOW_HALF, _ALL_ONES = np.uint64(2**32 - 1), np.uint64(2**64 - 1)
_ONE, _NINE, _HALF_BITS, _TOP_BIT = np.uint64(1), np.uint64(0x1FF), np.uint64(32), np.uint64(63)


@compiled_bare
def _product(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the high and the low 64 bits of a * b."""
    a_high, a_low, b_high, b_low = a >> _HALF_BITS, a & _LOW_HALF, b >> _HALF_BITS, b & _LOW_HALF
    low, left, right = a_low * b_low, a_high * b_low, a_low * b_high
    middle = (low >> _HALF_BITS) + (left & _LOW_HALF) + (right & _LOW_HALF)
    high = a_high * b_high + (left >> _HALF_BITS) + (right >> _HALF_BITS) + (middle >> _HALF_BITS)
    return high, a * b


@compiled_bare
def _lemire(mantissa: Integer, exponent: Integer) -> tuple[float, bool]:
    """Return mantissa * 10**exponent rounded to the nearest double, and whether that is certain."""
    if mantissa == 0:
        return 0.0, True
    if exponent < _LOWEST or exponent > _HIGHEST:
        return 0.0, False
    word, leading = np.uint64(mantissa), 0
    while word >> _TOP_BIT == np.uint64(0):
        word, leading = word << _ONE, leading + 1
    high, low = _product(word, _WIDE[exponent - _LOWEST, 0])
    # Only where the low bits are all ones could the truncated power change the rounding: then its lower
    # half is multiplied too.
    if high & _NINE == _NINE:
        carry, _ = _product(word, _WIDE[exponent - _LOWEST, 1])
        low += carry
        if carry > low:
            high += _ONE
    if low == _ALL_ONES and (exponent < -27 or exponent > 55):
        return 0.0, False
    upper = high >> _TOP_BIT
    shift = upper + np.uint64(9)
    digits = high >> shift
    if low <= _ONE and -4 <= exponent <= 23 and digits & np.uint64(3) == _ONE and digits << shift == high:
        digits &= ~_ONE
    digits = (digits + (digits & _ONE)) >> _ONE
    power = ((217706 * exponent) >> 16) + 63 + np.int64(upper) - leading
    return np.ldexp(np.float64(digits), power - 52), True


@compiled_bare
def ends_token(char: int) -> bool:
    """Tell whether a number may end before this byte; `#` does not count, as MSVC writes `1.#IND`."""
    return char in (SPACE, NEWLINE, RETURN, TAB, BACKSLASH)


@compiled_bare
def separates(char: int) -> bool:
    """Tell whether a byte is a blank or a line break."""
    return char in (SPACE, NEWLINE, RETURN, TAB)


@compiled_bare
def word_end(text: NDArray[np.uint8], start: int) -> int:
    """Return the position of the blank or line break after the word at `start`."""
    at = start
    while not separates(text[at]):
        at += 1
    return at


@compiled_bare
def decimal(text: NDArray[np.uint8], start: int) -> tuple[float, int, bool]:
    """Return the number at `start`, its end, and whether it was parsed completely; `text` ends with a line break."""
    at = start
    negative = text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    scale: Integer
    # Digits before and after the point make one whole number; the point only counts for the power of ten.
    first, mantissa, scale = at, np.int64(0), 0
    digit = np.int64(text[at]) - 48
    while 0 <= digit <= 9:
        mantissa = mantissa * 10 + digit
        at += 1
        digit = np.int64(text[at]) - 48
    count = at - first
    if text[at] == _DOT:
        at += 1
        point = at
        digit = np.int64(text[at]) - 48
        while 0 <= digit <= 9:
            mantissa = mantissa * 10 + digit
            at += 1
            digit = np.int64(text[at]) - 48
        scale = point - at
        count -= scale
    if text[at] == 69 or text[at] == 101:
        exponent, at = _parse_exponent(text, at + 1)
        scale += exponent
    if count == 0 or not ends_token(text[at]):
        return 0.0, at, False
    # More than 18 digits do not fit 64 bits, but zeros in front do not count.
    if count > 18:
        count -= _leading_zeros(text, first)
        if count > 18:
            return 0.0, at, False
    # Both numbers are exact doubles: one operation rounds once (Clinger).
    if mantissa <= _EXACT and -22 <= scale <= 22:
        value = mantissa / _POWERS[-scale] if scale < 0 else mantissa * _POWERS[scale]
        return (-value if negative else value), at, True
    value, proven = _lemire(mantissa, scale)
    return (-value if negative else value), at, proven


@compiled_bare
def _parse_exponent(text: NDArray[np.uint8], start: int) -> tuple[Integer, int]:
    """Return the exponent at `start` and its end; 9999, outside the table, if it is missing."""
    at = start
    negative = text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    first, value = at, np.int64(0)
    while 48 <= text[at] <= 57 and at - first < 9:
        value = value * 10 + (np.int64(text[at]) - 48)
        at += 1
    if at == first:
        return 9999, at
    return (-value if negative else value), at


@compiled_bare
def _leading_zeros(text: NDArray[np.uint8], start: int) -> int:
    """Return the number of zeros before the first significant digit."""
    at, zeros = start, 0
    while text[at] == 48 or text[at] == _DOT:
        if text[at] == 48:
            zeros += 1
        at += 1
    return zeros


@compiled_bare
def token_end(text: NDArray[np.uint8], start: int) -> int:
    """Return the end of the token at `start`: a blank, a line break, or a backslash before one."""
    at = start
    while True:
        char, after = text[at], text[at + 1]
        if char in (SPACE, NEWLINE, RETURN, TAB) or (char == BACKSLASH and after in (NEWLINE, RETURN)):
            return at
        at += 1
