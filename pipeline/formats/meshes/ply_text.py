"""Read the elements of an ASCII PLY file into columns."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.formats.io.chunks import Chunk, cut, scan_each
from pipeline.formats.io.decimals import Integer, decimal, separates, word_end
from pipeline.formats.meshes.ply_columns import Columns, Lists, Numbers, cut_short
from pipeline.formats.meshes.ply_header import Element, Header
from pipeline.jit import compiled_bare
from pipeline.model import ByteArray, DoubleArray

_kept = threading.local()


def read_elements(header: Header) -> Iterator[tuple[Element, Columns]]:
    """Yield the elements in file order; line breaks count as blanks, as some writers wrap long rows.

    Raises FormatError for a word that is no number, and for more rows than there are numbers for.
    """
    pieces = list(scan_each(cut(header.path, header.start), _scan))
    words = np.concatenate(pieces)
    del pieces
    at = 0
    for element in header.elements:
        width = len(element.properties)
        if element.count * width > len(words) - at:
            raise cut_short(header, element.name, element.count)
        if element.count == 0 or width == 0:
            continue
        columns, size = _read_element(header, element, words[at:])
        at += size
        yield element, columns


def _scan(chunk: Chunk) -> DoubleArray:
    """Return the numbers of a chunk."""
    text, size = chunk.load(), chunk.end - chunk.start
    if size > getattr(_kept, "size", 0):
        _kept.size = size * 5 // 4
        _kept.values, _kept.odd = np.empty(_kept.size // 2 + 2), np.empty((_kept.size // 2 + 2, 3), np.int64)
    count, odd_count = scan_numbers(text, size, _kept.values, _kept.odd)
    for first, last, place in _kept.odd[:odd_count].tolist():
        _kept.values[place] = chunk.number(text, first, last)
    values: DoubleArray = _kept.values[:count].copy()
    return values


@compiled_bare
def scan_numbers(text: ByteArray, end: int, values: DoubleArray, odd: NDArray[np.int64]) -> tuple[int, int]:
    """Fill `values` with the numbers of text[:end], and `odd` with first byte, last byte, place of those for Python."""
    at, count, odd_count = 0, 0, 0
    while at < end:
        if separates(text[at]):
            at += 1
            continue
        value, stop, whole = decimal(text, at)
        if not whole or not separates(text[stop]):
            stop = word_end(text, at)
            odd[odd_count, 0], odd[odd_count, 1], odd[odd_count, 2] = at, stop, count
            odd_count += 1
        values[count] = value
        count += 1
        at = stop
    return count, odd_count


def _read_element(header: Header, element: Element, words: DoubleArray) -> tuple[Columns, int]:
    even = _read_even(element, words)
    if even is not None:
        return even
    is_list = np.array([entry.count_kind is not None for entry in element.properties])
    places = np.empty((element.count, len(is_list)), np.int64)
    lengths = np.empty((element.count, len(is_list)), np.int64)
    end = _walk(words, is_list, places, lengths)
    if end < 0:
        raise cut_short(header, element.name, element.count)
    columns = Columns(element.count)
    for column, entry in enumerate(element.properties):
        counts, firsts = lengths[:, column], places[:, column]
        if entry.count_kind is None:
            columns.numbers.setdefault(entry.name, _typed(words[firsts], entry.kind))
        else:
            items = np.repeat(firsts - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
            columns.lists.setdefault(entry.name, Lists(counts, _typed(words[items], entry.kind)))
    return columns, int(end)


def _read_even(element: Element, words: DoubleArray) -> tuple[Columns, int] | None:
    """Read rows that all have as many words as the first, as one table; None when they have not."""
    firsts, at = [], 0
    for entry in element.properties:
        length = float(words[at]) if entry.count_kind and at < len(words) else 1.0
        at += entry.count_kind is not None
        if not 0 <= length <= len(words) - at:
            return None
        firsts.append((at, int(length)))
        at += int(length)
    if at * element.count > len(words):
        return None
    table = words[: at * element.count].reshape(element.count, at)
    columns = Columns(element.count)
    for entry, (first, length) in zip(element.properties, firsts, strict=True):
        if entry.count_kind is None:
            columns.numbers.setdefault(entry.name, _typed(table[:, first], entry.kind))
        elif bool((np.trunc(table[:, first - 1]) == length).all()):
            values = _typed(table[:, first : first + length].reshape(-1), entry.kind)
            columns.lists.setdefault(entry.name, Lists(np.full(element.count, length, np.int64), values))
        else:
            return None
    return columns, at * element.count


def _typed(values: DoubleArray, kind: str) -> Numbers:
    """Return integers where the header says so; what is no number there is -1, an index nothing has."""
    if kind.startswith("f"):
        return values
    return np.clip(np.nan_to_num(values, nan=-1.0), -(2.0**53), 2.0**53).astype(np.int64)


@compiled_bare
def _walk(
    words: DoubleArray, is_list: NDArray[np.bool_], places: NDArray[np.int64], lengths: NDArray[np.int64]
) -> Integer:
    """Write where each property of each row begins and how many items it has; return the end, or -1 past the words."""
    at: Integer = 0
    for row in range(places.shape[0]):
        for entry in range(places.shape[1]):
            length = np.int64(1)
            if is_list[entry]:
                if at >= len(words) or not 0 <= words[at] <= len(words):
                    return -1
                length = np.int64(words[at])
                at += 1
            if length > len(words) - at:
                return -1
            places[row, entry], lengths[row, entry] = at, length
            at += length
    return at
