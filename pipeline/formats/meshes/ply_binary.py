"""Read the elements of a binary PLY file into columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.formats.meshes.ply_columns import Columns, Lists, Numbers, cut_short
from pipeline.formats.meshes.ply_header import Element, Header
from pipeline.jit import compiled_bare
from pipeline.model import ByteArray


def read_elements(header: Header) -> Iterator[tuple[Element, Columns]]:
    """Yield the elements in file order; FormatError when one claims more rows than there are bytes for."""
    body = np.fromfile(header.path, np.uint8, offset=header.start)
    at = 0
    for element in header.elements:
        if element.count * element.least_bytes > len(body) - at:
            raise cut_short(header, element.name, element.count)
        if element.count == 0 or not element.properties:
            continue
        widths = _widths(header, element, body, at)
        columns, size = _read_even(header, element, body[at:], widths) or _read_uneven(header, element, body[at:])
        at += size
        yield element, columns


def _widths(header: Header, element: Element, body: ByteArray, at: int) -> list[int]:
    """Return how many items each property has in the first row: 1, or a list's length."""
    widths = []
    for entry in element.properties:
        width = 1
        if entry.count_kind is not None:
            count = np.dtype(header.order + entry.count_kind)
            if at + count.itemsize > len(body):
                raise cut_short(header, element.name, element.count)
            width = int(body[at : at + count.itemsize].view(count)[0])
            at += count.itemsize
        size = width * np.dtype(entry.kind).itemsize
        if size < 0 or at + size > len(body):
            raise cut_short(header, element.name, element.count)
        widths.append(width)
        at += size
    return widths


def _read_even(header: Header, element: Element, body: ByteArray, widths: list[int]) -> tuple[Columns, int] | None:
    """Read rows that are all as long as the first, at the speed of the disk; None when they are not."""
    fields: list[tuple[str, str] | tuple[str, str, tuple[int, ...]]] = []
    for number, (entry, width) in enumerate(zip(element.properties, widths, strict=True)):
        kind = header.order + entry.kind
        if entry.count_kind is None:
            fields.append((f"v{number}", kind))
        else:
            fields += [(f"n{number}", header.order + entry.count_kind), (f"v{number}", kind, (width,))]
    row_bytes = element.least_bytes + sum(
        width * np.dtype(entry.kind).itemsize
        for entry, width in zip(element.properties, widths, strict=True)
        if entry.count_kind
    )
    if row_bytes >= 1 << 30 or row_bytes * element.count > len(body):
        return None
    rows = body[: row_bytes * element.count].view(np.dtype(fields))
    columns = Columns(element.count)
    for number, (entry, width) in enumerate(zip(element.properties, widths, strict=True)):
        values = rows[f"v{number}"]
        if entry.count_kind is None:
            columns.numbers.setdefault(entry.name, values)
        elif bool((rows[f"n{number}"] == width).all()):
            counts = np.full(element.count, width, np.int64)
            columns.lists.setdefault(entry.name, Lists(counts, _native(values).reshape(-1)))
        else:
            return None
    return columns, row_bytes * element.count


def _native(values: Numbers) -> Numbers:
    return np.ascontiguousarray(values, values.dtype.newbyteorder("="))


def _read_uneven(header: Header, element: Element, body: ByteArray) -> tuple[Columns, int]:
    """Read rows of different lengths by walking over them once."""
    item_sizes = np.array([np.dtype(entry.kind).itemsize for entry in element.properties])
    count_kinds = [entry.count_kind for entry in element.properties]
    count_sizes = np.array([np.dtype(kind).itemsize if kind else 0 for kind in count_kinds])
    signed = np.array([kind is not None and kind.startswith("i") for kind in count_kinds])
    places = np.empty((element.count, len(item_sizes)), np.int64)
    lengths = np.empty((element.count, len(item_sizes)), np.int64)
    end = _walk(body, header.order == ">", item_sizes, count_sizes, signed, places, lengths)
    if end < 0:
        raise cut_short(header, element.name, element.count)
    columns = Columns(element.count)
    for number, entry in enumerate(element.properties):
        kind = np.dtype(header.order + entry.kind)
        values = _gather(body, places[:, number], lengths[:, number], kind)
        if entry.count_kind is None:
            columns.numbers.setdefault(entry.name, values)
        else:
            columns.lists.setdefault(entry.name, Lists(lengths[:, number], values))
    return columns, end


def _gather(body: ByteArray, places: NDArray[np.int64], lengths: NDArray[np.int64], kind: np.dtype[Any]) -> Numbers:
    """Return the items of all lists, native, from where each list begins in the bytes."""
    firsts = np.cumsum(lengths) - lengths
    items = np.repeat(places - firsts * kind.itemsize, lengths) + np.arange(int(lengths.sum())) * kind.itemsize
    bytes_ = np.empty((len(items), kind.itemsize), np.uint8)
    for byte in range(kind.itemsize):
        bytes_[:, byte] = body[items + byte]
    return _native(bytes_.reshape(-1).view(kind))


@compiled_bare
def _walk(
    body: ByteArray,
    big_endian: bool,
    item_sizes: NDArray[np.int64],
    count_sizes: NDArray[np.int64],
    signed: NDArray[np.bool_],
    places: NDArray[np.int64],
    lengths: NDArray[np.int64],
) -> int:
    """Write where each property of each row begins and how many items it has; return the end, or -1 past the bytes."""
    at = 0
    for row in range(places.shape[0]):
        for entry in range(places.shape[1]):
            length, size = np.int64(1), count_sizes[entry]
            if size:
                if at + size > len(body):
                    return -1
                length = _integer(body, at, size, big_endian, signed[entry])
                at += size
            if length < 0 or length > (len(body) - at) // item_sizes[entry]:
                return -1
            places[row, entry], lengths[row, entry] = at, length
            at += length * item_sizes[entry]
    return at


@compiled_bare
def _integer(body: ByteArray, at: int, size: int, big_endian: bool, signed: bool) -> np.int64:
    """Return the integer of `size` bytes at a place; eight unsigned bytes past 2**63 come out negative."""
    value = np.int64(0)
    for byte in range(size):
        value = (value << 8) | np.int64(body[at + byte if big_endian else at + size - 1 - byte])
    if signed and size < 8 and value >> (8 * size - 1):
        value -= np.int64(1) << (8 * size)
    return value
