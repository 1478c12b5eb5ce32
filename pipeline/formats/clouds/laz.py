"""Check the table of packed pieces in a LAZ file, so that unpacking neither allocates nor reads past the file."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import lazrs

from pipeline.errors import FormatError
from pipeline.formats.clouds.las_header import LasHeader
from pipeline.formats.io.native import native_errors

_CURE = "the file may be damaged or cut short; copy it again"
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
        raise FormatError(path, "header", "it does not say how its points are packed", _CURE)
    compressor = struct.unpack_from("<H", record)[0]
    count = struct.unpack_from("<H", record, 32)[0]
    items = [_Item(*struct.unpack_from("<HH", record, at)) for at in range(34, min(34 + 6 * count, len(record) - 5), 6)]
    size = sum(item.size for item in items)
    if len(items) != count or size != header.point_bytes or not size:
        cause = f"its packed points have {size} bytes where its header says {header.point_bytes}"
        raise FormatError(path, "header", cause, _CURE)
    if compressor not in _CHUNKED:
        raise FormatError(path, "header", f"packing {compressor} is not read", "export it as LAZ 1.2 or later")
    if header.count:
        with path.open("rb") as file:
            sizes = _check_table(path, file, header, record)
            _check_layers(path, file, header, sum(item.layers for item in items), sizes)


def _check_table(path: Path, file: BinaryIO, header: LasHeader, record: bytes) -> list[int]:
    """Return how many bytes each piece takes."""
    place = "table of packed pieces"
    file.seek(header.start)
    at = int.from_bytes(file.read(8), "little", signed=True)
    if at < 0:  # a stream that could not go back wrote it at the end
        file.seek(max(header.size - 8, 0))
        at = int.from_bytes(file.read(8), "little", signed=True)
    if not header.start + 8 <= at <= header.size - 8:
        raise FormatError(path, place, f"it is said to be at byte {at:,} of {header.size:,}", _CURE)
    file.seek(at)
    version, count = struct.unpack("<II", file.read(8))
    if version or not 0 < count <= (at - header.start) // header.point_bytes + 1:
        raise FormatError(path, place, f"it claims {count:,} pieces, more than the file holds", _CURE)
    file.seek(header.start)
    with native_errors(path, place, "it cannot be unpacked", _CURE):
        pieces = lazrs.read_chunk_table(file, lazrs.LazVlr(record))
    points, size = sum(piece[0] for piece in pieces), sum(piece[1] for piece in pieces)
    if size > at - header.start:
        raise FormatError(path, place, f"its pieces take {size:,} bytes, more than there are", _CURE)
    if points < header.count:
        cause = f"its pieces hold {points:,} points, and the header claims {header.count:,}"
        raise FormatError(path, place, cause, _CURE)
    return [int(piece[1]) for piece in pieces]


def _check_layers(path: Path, file: BinaryIO, header: LasHeader, layers: int, sizes: list[int]) -> None:
    """Check that the layers of each piece fit in it."""
    at, head = header.start + 8, header.point_bytes + 4
    for number, size in enumerate(sizes if layers else [], 1):
        file.seek(at + head)
        claimed = sum(struct.unpack(f"<{layers}I", file.read(4 * layers).ljust(4 * layers, b"\xff")))
        if claimed > size - head - 4 * layers:
            cause = f"its layers claim {claimed:,} bytes, and it has {size:,}"
            raise FormatError(path, f"packed piece {number:,} of {len(sizes):,}", cause, _CURE)
        at += size
