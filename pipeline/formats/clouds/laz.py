"""Check the table of packed pieces in a LAZ file, so that unpacking neither allocates nor reads past the file."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import lazrs

from pipeline.errors import FormatError
from pipeline.formats.clouds.las_header import LasHeader
from pipeline.formats.io.file_errors import DAMAGED, native_errors, too_few_points
from pipeline.messages import message, plural_message

_CHUNKED = (2, 3)
_LAYERS = {10: 9, 11: 1, 12: 2, 13: 1}
"""Layers a piece has for each kind of item of point formats 6 to 10; for kind 14, extra bytes, one a byte."""


@dataclass(frozen=True)
class _Item:
    """A part of a point: its kind, and its bytes before packing."""

    kind: int
    size: int

    @property
    def layers(self) -> int:
        return self.size if self.kind == 14 else _LAYERS.get(self.kind, 0)


def check_packing(path: Path, header: LasHeader) -> None:
    """Raise FormatError unless the pieces lie in the file and hold as many points as the header claims.

    Every piece begins with a point that is not packed, so a file has room for so many and no more. The unpacker
    allocates what the tables claim before it looks: a file of 40 kB had it take 4 GB.

    Source: LASzip 3.4, `laszip_dll.cpp`, `lasreadpoint.cpp` and the point14 readers, version 3.
    """
    record = next((data for user, number, data in header.records if (user, number) == ("laszip encoded", 22204)), None)
    if record is None or len(record) < 34:
        raise FormatError(
            path, message("header"), message("it has no LASzip record that describes its compression"), DAMAGED
        )
    compressor = struct.unpack_from("<H", record)[0]
    count = struct.unpack_from("<H", record, 32)[0]
    items = [_Item(*struct.unpack_from("<HH", record, at)) for at in range(34, min(34 + 6 * count, len(record) - 5), 6)]
    size = sum(item.size for item in items)
    if len(items) != count or size != header.point_bytes or not size:
        cause = message(
            "its compressed points have %(actual)s bytes each, but the header declares %(declared)s",
            actual=size,
            declared=header.point_bytes,
        )
        raise FormatError(path, message("header"), cause, DAMAGED)
    if compressor not in _CHUNKED:
        cause = message("LASzip compressor %(number)s is not supported", number=str(compressor))
        raise FormatError(path, message("header"), cause, message("export it as LAZ 1.2 or later"))
    if header.count:
        with path.open("rb") as file:
            sizes = _check_table(path, file, header, record)
            _check_layers(path, file, header, sum(item.layers for item in items), sizes)


def _check_table(path: Path, file: BinaryIO, header: LasHeader, record: bytes) -> list[int]:
    """Return how many bytes each piece takes."""
    place = message("chunk table")
    file.seek(header.start)
    at = int.from_bytes(file.read(8), "little", signed=True)
    if at < 0:  # a stream that could not go back wrote it at the end
        file.seek(max(header.size - 8, 0))
        at = int.from_bytes(file.read(8), "little", signed=True)
    if not header.start + 8 <= at <= header.size - 8:
        cause = message("it cannot start at byte %(start)s of %(size)s", start=at, size=header.size)
        raise FormatError(path, place, cause, DAMAGED)
    file.seek(at)
    version, count = struct.unpack("<II", file.read(8))
    if version or not 0 < count <= (at - header.start) // header.point_bytes + 1:
        cause = plural_message(
            "it declares %(count)s chunk, more than the file contains",
            "it declares %(count)s chunks, more than the file contains",
            count,
        )
        raise FormatError(path, place, cause, DAMAGED)
    file.seek(header.start)
    with native_errors(path, place, message("it cannot be decompressed"), DAMAGED):
        pieces = lazrs.read_chunk_table(file, lazrs.LazVlr(record))
    points, size = sum(piece[0] for piece in pieces), sum(piece[1] for piece in pieces)
    if size > at - header.start:
        cause = message("its chunks take %(size)s bytes, more than the file contains", size=size)
        raise FormatError(path, place, cause, DAMAGED)
    if points < header.count:
        raise too_few_points(path, place, header.count, points)
    return [int(piece[1]) for piece in pieces]


def _check_layers(path: Path, file: BinaryIO, header: LasHeader, layers: int, sizes: list[int]) -> None:
    """Check that the layers of each piece fit in it."""
    at, head = header.start + 8, header.point_bytes + 4
    for number, size in enumerate(sizes if layers else [], 1):
        file.seek(at + head)
        claimed = sum(struct.unpack(f"<{layers}I", file.read(4 * layers).ljust(4 * layers, b"\xff")))
        if claimed > size - head - 4 * layers:
            cause = message(
                "its layers declare %(declared)s bytes, but it has %(actual)s", declared=claimed, actual=size
            )
            place = message("chunk %(number)s of %(count)s", number=number, count=len(sizes))
            raise FormatError(path, place, cause, DAMAGED)
        at += size
