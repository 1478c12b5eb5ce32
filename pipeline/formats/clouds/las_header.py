"""Check what the header of a LAS file claims against the bytes that are there, before anything is made of it."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import FormatError
from pipeline.formats.io.file_errors import DAMAGED, EXPORT_AGAIN, too_many_points
from pipeline.messages import message

_LEAST_BYTES = 227
_MOST_FORMAT = 10
_VLR, _EVLR = struct.Struct("<2x16sHH32x"), struct.Struct("<2x16sHQ32x")
_AS_LAS = message("export it as LAS 1.2 or 1.4")
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
            raise FormatError(path, message("header"), message("it is not a LAS file"), DAMAGED)
        major, minor = head[24], head[25]
        if major != 1 or minor > 4:
            cause = message("LAS version %(version)s is not supported", version=f"{major}.{minor}")
            raise FormatError(path, message("header"), cause, _AS_LAS)
        head_bytes, start, record_count, kind, point_bytes, count = struct.unpack_from("<HIIBHI", head, 94)
        point_format = kind & 0x3F
        if point_format > _MOST_FORMAT:
            cause = message("point format %(format)s is not supported", format=str(point_format))
            raise FormatError(path, message("header"), cause, _AS_LAS)
        if not _LEAST_BYTES <= head_bytes <= start <= size:
            cause = message("the point data cannot start at byte %(start)s of %(size)s", start=start, size=size)
            raise FormatError(path, message("header"), cause, DAMAGED)
        if minor >= 4 and len(head) == 375 and head_bytes >= 375:
            count = struct.unpack_from("<Q", head, 247)[0] or count
        elif minor >= 4:
            raise FormatError(path, message("header"), message("it is too short for LAS 1.4"), EXPORT_AGAIN)
        records = list(_records(path, file, head_bytes, record_count, start, _VLR))
        first = records[0][:2] if records else ()
        if minor >= 4:
            far, far_count = struct.unpack_from("<QI", head, 235)
            records += _records(path, file, far, far_count, size, _EVLR) if far_count else []
    packed = bool(kind & 0x80)
    if not packed and count * point_bytes > size - start:
        raise too_many_points(path, count, point_bytes)
    kept = tuple(record for record in records if record[0] in (PROJECTION, "laszip encoded"))
    is_copc = first == ("copc", 1)
    return LasHeader(f"{major}.{minor}", start, point_format, point_bytes, count, packed, kept, is_copc, size)


def _records(
    path: Path, file: BinaryIO, at: int, count: int, end: int, head: struct.Struct
) -> Iterator[tuple[str, int, bytes]]:
    """Yield the records that stand one after the other from byte `at`; the content of our own alone."""
    for number in range(1, count + 1):
        place = message("record %(number)s of %(count)s", number=number, count=count)
        if at + head.size > end:
            raise FormatError(path, place, message("it starts after the end of the records"), DAMAGED)
        file.seek(at)
        user, record, length = head.unpack(file.read(head.size))
        if length > end - at - head.size:
            cause = message("it declares a length of %(length)s bytes, more than the file contains", length=length)
            raise FormatError(path, place, cause, DAMAGED)
        name = user.split(b"\0")[0].decode("ascii", "replace")
        is_ours = name in (PROJECTION, "laszip encoded")
        yield name, record, file.read(length) if is_ours else b""
        at += head.size + length
