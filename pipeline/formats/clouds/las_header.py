"""Check what the header of a LAS file claims against the bytes that are there, before anything is made of it."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import FormatError

_LEAST_BYTES = 227
_MOST_FORMAT = 10
_VLR, _EVLR = struct.Struct("<2x16sHH32x"), struct.Struct("<2x16sHQ32x")
_CURE = "export or copy it again"
_CUT_SHORT = "the file may be cut short; copy it again"
PROJECTION = "LASF_Projection"


@dataclass(frozen=True)
class LasHeader:
    """What a LAS file announces, found to fit in it.

    start : the byte where points begin
    point_format : 0 to 10
    point_bytes : of one point, unpacked
    count : points
    records : (user, number, bytes) of those that may say the coordinate system
    is_copc : whether the first record says so
    """

    version: str
    start: int
    point_format: int
    point_bytes: int
    count: int
    packed: bool
    records: tuple[tuple[str, int, bytes], ...]
    is_copc: bool
    size: int


def read_header(path: Path) -> LasHeader:
    """Return the header of a LAS, LAZ or COPC file; FormatError when it claims what cannot be.

    Source: LAS specification 1.4 R15, tables 3 to 6, 9 and 10.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(375)
        if len(head) < _LEAST_BYTES or head[:4] != b"LASF":
            raise FormatError(path, "header", "it is no LAS header", _CUT_SHORT)
        major, minor = head[24], head[25]
        if major != 1 or minor > 4:
            cause = f"LAS version {major}.{minor} is unknown"
            raise FormatError(path, "header", cause, "export it as LAS 1.2 or 1.4")
        head_bytes, start, record_count, kind, point_bytes, count = struct.unpack_from("<HIIBHI", head, 94)
        point_format = kind & 0x3F
        if point_format > _MOST_FORMAT:
            raise FormatError(path, "header", f"point format {point_format} is unknown", "export it as LAS 1.2 or 1.4")
        if not _LEAST_BYTES <= head_bytes <= start <= size:
            cause = f"its points begin at byte {start:,} of {size:,}"
            raise FormatError(path, "header", cause, _CUT_SHORT)
        if minor >= 4 and len(head) == 375 and head_bytes >= 375:
            count = struct.unpack_from("<Q", head, 247)[0] or count
        elif minor >= 4:
            raise FormatError(path, "header", "it is too short for LAS 1.4", _CURE)
        records = list(_records(path, file, head_bytes, record_count, start, _VLR))
        first = records[0][:2] if records else ()
        if minor >= 4:
            far, far_count = struct.unpack_from("<QI", head, 235)
            records += _records(path, file, far, far_count, size, _EVLR) if far_count else []
    packed = bool(kind & 0x80)
    if not packed and count * point_bytes > size - start:
        cause = f"its header claims {count:,} points of {point_bytes} bytes, more than the file holds"
        raise FormatError(path, "header", cause, _CUT_SHORT)
    kept = tuple(record for record in records if record[0] in (PROJECTION, "laszip encoded"))
    is_copc = first == ("copc", 1)
    return LasHeader(f"{major}.{minor}", start, point_format, point_bytes, count, packed, kept, is_copc, size)


def _records(
    path: Path, file: BinaryIO, at: int, count: int, end: int, head: struct.Struct
) -> Iterator[tuple[str, int, bytes]]:
    """Yield the records that stand one after the other from byte `at`; the content of our own alone."""
    for number in range(1, count + 1):
        place = f"record {number} of {count:,}"
        if at + head.size > end:
            raise FormatError(path, place, "it lies past the records", _CUT_SHORT)
        file.seek(at)
        user, record, length = head.unpack(file.read(head.size))
        if length > end - at - head.size:
            raise FormatError(path, place, f"it claims {length:,} bytes, more than there are", _CUT_SHORT)
        name = user.split(b"\0")[0].decode("ascii", "replace")
        is_ours = name in (PROJECTION, "laszip encoded")
        yield name, record, file.read(length) if is_ours else b""
        at += head.size + length
