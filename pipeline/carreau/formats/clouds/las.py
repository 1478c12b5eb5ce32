"""LAS point clouds, compressed (LAZ, COPC) or not, whose headers and chunk tables are checked first.

laspy and lazrs read the points. They allocate what a file declares before they check it: a file of 40 kB made lazrs
take 4 GB.
"""

from __future__ import annotations

import logging
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import laspy
import lazrs
import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import Scan, ScanFacts
from carreau.formats.clouds.cloud import Batch, CloudBuilder, cloud_scan
from carreau.formats.clouds.laz_points import CompressedPoints, DecompressionTimeoutError, decompressing
from carreau.formats.clouds.thinning import MOST_POINTS
from carreau.formats.location.crs import CrsError, horizontal, parsed_crs
from carreau.formats.safe_paths import (
    DAMAGED,
    EXPORT_AGAIN,
    NO_DECOMPRESSION,
    native_errors,
    too_few_points,
    too_many_points,
)

BATCH_POINTS = 500_000
"""Points read at a time: 17 to 34 MB, and ten LAZ chunks of 50,000 points to decompress in parallel."""

_NOISE = (7, 18)
logging.getLogger("laspy").propagate = False
# Its warnings would appear on the terminal between the lines of the progress display.
logging.getLogger("laspy").addHandler(logging.NullHandler())

BoolArray = NDArray[np.bool_]


def read(path: Path, most: int = MOST_POINTS) -> Scan:
    """Read a LAS, LAZ or COPC file, thinned by voxel to at most `most` points.

    Points that are withheld or classified as noise (7 and 18) are skipped, and synthetic ones unless most are.
    Nothing outside the file is read.

    Raises FormatError for a file that is not LAS, declares more than it contains, or cannot be decompressed.
    """
    with las_points(path) as (header, source, batches):
        return _read(path, header, source, batches, most)


@contextmanager
def las_points(path: Path) -> Iterator[tuple[LasHeader, Any, Iterator[Any]]]:
    """Give the checked header of a LAS, LAZ or COPC file, laspy's reader, and its points, `BATCH_POINTS` at a time.

    Raises FormatError as `read` does, for the points in the iteration.
    """
    header = read_header(path)
    largest = check_compression(path, header) if header.is_compressed else 0
    with (
        native_errors(path, message("header"), message("the header cannot be read"), DAMAGED),
        path.open("rb") as file,
        laspy.open(file, closefd=False, read_evlrs=False) as source,
    ):
        if not header.is_compressed:
            yield header, source, _batches(path, header, source)
            return
        points = CompressedPoints(
            path.absolute(), header.start, header.compression, header.point_bytes, header.count, largest,
            is_parallel=largest <= MOST_CHUNK_BYTES,
        )  # fmt: skip
        with decompressing(points, BATCH_POINTS) as batches:
            yield header, source, _decompress(path, header, source, batches)


def _read(path: Path, header: LasHeader, source: Any, batches: Iterator[Any], most: int) -> Scan:
    names = set(source.header.point_format.dimension_names)
    colors = {"red", "green", "blue"} <= names
    builder = CloudBuilder(path, colors=colors, intensity="intensity" in names, most=most)
    scales, offsets = np.asarray(source.header.scales), np.asarray(source.header.offsets)
    selector = _PointSelector()
    for points in batches:
        selected = selector.select(points)
        raw = points.array if selected.all() else points.array[selected]
        with np.errstate(over="ignore", invalid="ignore"):
            positions = np.column_stack([raw[axis] for axis in "XYZ"]) * scales + offsets
        rgb = np.column_stack([raw[name] for name in ("red", "green", "blue")]) if colors else None
        builder.add(Batch(positions, rgb, raw["intensity"]), dropped=len(selected) - len(raw))
    system = read_system(header.records)
    cloud = builder.finish()
    kind = "COPC" if header.is_copc else "LAZ" if header.is_compressed else "LAS"
    detail = message("%(version)s, point format %(format)s", version=header.version, format=str(header.point_format))
    facts = ScanFacts(kind, detail, up="z", unit_m=system.unit_m, warnings=system.warnings, crs=system.crs)
    return cloud_scan(path, builder, cloud, facts, selector.warnings())


def _batches(path: Path, header: LasHeader, source: Any) -> Iterator[Any]:
    """Yield the points, half a million at a time."""
    done = 0
    while done < header.count:
        place = message("point %(number)s of %(count)s", number=done, count=header.count)
        with native_errors(path, place, NO_DECOMPRESSION, DAMAGED):
            points = source.read_points(BATCH_POINTS)
        if not len(points):
            raise FormatError(path, place, message("the point data ends here"), DAMAGED)
        done += len(points)
        yield points


def _decompress(path: Path, header: LasHeader, source: Any, batches: Iterator[bytes]) -> Iterator[Any]:
    """Yield the points of a LAZ file, half a million at a time."""
    done = 0
    while done < header.count:
        place = message("point %(number)s of %(count)s", number=done, count=header.count)
        with native_errors(path, place, NO_DECOMPRESSION, DAMAGED):
            points = laspy.PackedPointRecord.from_buffer(_next(path, place, batches), source.header.point_format)
        done += len(points)
        yield points


def _next(path: Path, place: Message, batches: Iterator[bytes]) -> bytes:
    try:
        return next(batches)
    except DecompressionTimeoutError as error:
        cause = message(
            "the decoder gave no points within %(seconds)s s, and was ended", seconds=Number(error.seconds, ".0f")
        )
        raise FormatError(path, place, cause, DAMAGED) from error


class _PointSelector:
    """Selects the points to keep, and counts the others by reason."""

    def __init__(self) -> None:
        self._counts = {"withheld": 0, "noise": 0, "synthetic": 0}
        self._keeps_synthetic: bool | None = None

    def select(self, points: Any) -> BoolArray:
        """Return the points to keep, (n,) bool."""
        withheld = np.asarray(points.withheld, bool)
        noise: BoolArray = np.isin(np.asarray(points.classification), _NOISE) & ~withheld
        synthetic = np.asarray(points.synthetic, bool) & ~withheld & ~noise
        if self._keeps_synthetic is None:  # photogrammetry may flag every point
            self._keeps_synthetic = bool(2 * np.count_nonzero(synthetic) > len(synthetic))
        if self._keeps_synthetic:
            synthetic[:] = False
        for name, flags in (("withheld", withheld), ("noise", noise), ("synthetic", synthetic)):
            self._counts[name] += int(np.count_nonzero(flags))
        selected: BoolArray = ~(withheld | noise | synthetic)
        return selected

    def warnings(self) -> list[Message]:
        """Return one message for each reason."""
        return [_describe_skipped(name, count) for name, count in self._counts.items() if count]


def _describe_skipped(reason: str, count: int) -> Message:
    if reason == "withheld":
        return plural_message(
            "%(count)s point marked as withheld was skipped", "%(count)s points marked as withheld were skipped", count
        )
    if reason == "noise":
        return plural_message(
            "%(count)s point classified as noise was skipped",
            "%(count)s points classified as noise were skipped",
            count,
        )
    return plural_message(
        "%(count)s point marked as synthetic was skipped", "%(count)s points marked as synthetic were skipped", count
    )


_LEAST_BYTES = 227
_MOST_FORMAT = 10
_VLR, _EVLR = struct.Struct("<2x16sHH32x"), struct.Struct("<2x16sHQ32x")
_AS_LAS = message("export it as LAS 1.2 or 1.4")
PROJECTION = "LASF_Projection"
_CHUNKED = (2, 3)
MOST_CHUNK_BYTES = 256 << 20
"""Most bytes of a chunk that is decompressed as one; LASzip makes chunks of 50,000 points, which have 2 MB."""
_LAYERS = {10: 9, 11: 1, 12: 2, 13: 1}
"""Layers of a chunk for each type of item of point formats 6 to 10; type 14 (extra bytes) has one per byte."""


@dataclass(frozen=True)
class LasHeader:
    """The header of a LAS file, checked against the size of the file.

    start : byte where the points start
    point_format : 0 to 10
    point_bytes : size of one point, decompressed
    count : points
    is_compressed : whether the file is LAZ
    records : (user, number, bytes) of those about the coordinate system and the compression
    is_copc : whether the first record is that of COPC
    """

    version: str
    start: int
    point_format: int
    point_bytes: int
    count: int
    is_compressed: bool
    records: tuple[tuple[str, int, bytes], ...]
    is_copc: bool
    size: int

    @property
    def compression(self) -> bytes:
        """Return the LASzip record; empty where there is none."""
        own = (data for user, number, data in self.records if (user, number) == ("laszip encoded", 22204))
        return next(own, b"")


def read_header(path: Path) -> LasHeader:
    """Return the header of a LAS, LAZ or COPC file. Raises FormatError for an impossible one.

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
    is_compressed = bool(kind & 0x80)
    if not is_compressed and count * point_bytes > size - start:
        raise too_many_points(path, count, point_bytes)
    relevant = tuple(record for record in records if record[0] in (PROJECTION, "laszip encoded"))
    is_copc = first == ("copc", 1)
    return LasHeader(
        f"{major}.{minor}", start, point_format, point_bytes, count, is_compressed, relevant, is_copc, size
    )


def _records(
    path: Path, file: BinaryIO, at: int, count: int, end: int, head: struct.Struct
) -> Iterator[tuple[str, int, bytes]]:
    """Yield the consecutive records from byte `at` on, with the content of the relevant ones only."""
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
        is_relevant = name in (PROJECTION, "laszip encoded")
        yield name, record, file.read(length) if is_relevant else b""
        at += head.size + length


@dataclass(frozen=True)
class _Item:
    """A part of a point: its type, and its size before compression."""

    kind: int
    size: int

    @property
    def layers(self) -> int:
        """Return the number of layers it has in a chunk."""
        return self.size if self.kind == 14 else _LAYERS.get(self.kind, 0)


def check_compression(path: Path, header: LasHeader) -> int:
    """Return the bytes of the largest chunk once it is decompressed.

    Raises FormatError unless the chunks lie inside the file and contain as many points as the header declares. Every
    chunk starts with an uncompressed point, which limits how many chunks a file can have. lazrs allocates the points of
    a chunk before it reads one, and ends the process where there is no memory: a chunk of more than `MOST_CHUNK_BYTES`
    must not declare more points than the header does.

    Source: LASzip 3.4, `laszip_dll.cpp`, `lasreadpoint.cpp` and the point14 readers, version 3.
    """
    record = header.compression
    if len(record) < 34:
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
    if not header.count:
        return 0
    with path.open("rb") as file:
        chunks = _check_table(path, file, header, record)
        _check_layers(path, file, header, sum(item.layers for item in items), [chunk[1] for chunk in chunks])
    return header.point_bytes * max(points for points, _ in chunks)


def _check_table(path: Path, file: BinaryIO, header: LasHeader, record: bytes) -> list[tuple[int, int]]:
    """Return the number of points and the bytes of each chunk."""
    place = message("chunk table")
    file.seek(header.start)
    at = int.from_bytes(file.read(8), "little", signed=True)
    if at < 0:  # written at the end by a stream that cannot seek back
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
        chunks = lazrs.read_chunk_table(file, lazrs.LazVlr(record))
    points, size = sum(chunk[0] for chunk in chunks), sum(chunk[1] for chunk in chunks)
    if size > at - header.start:
        cause = message("its chunks take %(size)s bytes, more than the file contains", size=size)
        raise FormatError(path, place, cause, DAMAGED)
    if points < header.count:
        raise too_few_points(path, place, header.count, points)
    for number, (declared, _) in enumerate(chunks, 1):
        if declared * header.point_bytes > MOST_CHUNK_BYTES and declared > header.count:
            place = message("chunk %(number)s of %(count)s", number=number, count=len(chunks))
            raise too_many_points(path, declared, header.point_bytes, place)
    return [(int(declared), int(taken)) for declared, taken in chunks]


def _check_layers(path: Path, file: BinaryIO, header: LasHeader, layers: int, sizes: list[int]) -> None:
    """Check that the layers of each chunk fit in it."""
    at, head = header.start + 8, header.point_bytes + 4
    for number, size in enumerate(sizes if layers else [], 1):
        file.seek(at + head)
        declared = sum(struct.unpack(f"<{layers}I", file.read(4 * layers).ljust(4 * layers, b"\xff")))
        if declared > size - head - 4 * layers:
            cause = message(
                "its layers declare %(declared)s bytes, but it has %(actual)s", declared=declared, actual=size
            )
            place = message("chunk %(number)s of %(count)s", number=number, count=len(sizes))
            raise FormatError(path, place, cause, DAMAGED)
        at += size


_KEYS, _WKT = 34735, 2112
_PROJECTED, _GEOGRAPHIC, _PROJECTION_CODE, _LINEAR_UNIT = 3072, 2048, 3074, 3076
_OWN = 32767
_UNITS_M = {9001: 1.0, 9002: 0.3048, 9003: 1200 / 3937}
_UTM = {
    4326: (32600, 32700),
    4322: (32200, 32300),
    4258: (25800, None),
    4269: (26900, None),
    4267: (26700, None),
}
"""EPSG codes of the UTM zones, north and south, of geographic systems that leave the zone to a projection code."""

_AUTHORITY = re.compile(r'(?:AUTHORITY|ID)\[\s*"EPSG"\s*,\s*"?(\d{1,7})"?\s*\]\s*\]\s*$', re.IGNORECASE)


@dataclass(frozen=True)
class CoordinateSystem:
    """The coordinate system of a file's positions.

    crs : "EPSG:nnnn" or WKT, empty if unknown
    unit_m : metres in one unit, None if unknown or an angle
    warnings : one sentence each
    """

    crs: str = ""
    unit_m: float | None = None
    warnings: tuple[Message, ...] = ()


def read_system(records: tuple[tuple[str, int, bytes], ...]) -> CoordinateSystem:
    """Return the coordinate system of the WKT record, else of the GeoTIFF keys.

    Source: LAS specification 1.4 R15, section 3 on coordinate reference systems; OGC GeoTIFF 1.1, annex B.
    """
    by_number = {number: data for user, number, data in reversed(records) if user == PROJECTION}
    if _WKT in by_number:
        wkt = by_number[_WKT].split(b"\0")[0].decode("utf-8", "replace").strip()
        if wkt:
            return system_of_text(wkt)
    return _of_keys(_keys(by_number.get(_KEYS, b"")))


def system_of_text(text: str) -> CoordinateSystem:
    """Return the coordinate system of WKT, or of a code such as "EPSG:2154"."""
    code = _AUTHORITY.search(text)
    crs = f"EPSG:{code.group(1)}" if code else " ".join(text.split())
    return _with_unit(crs, None)


def _keys(data: bytes) -> dict[int, int]:
    """Return the values that a GeoTIFF key directory stores inline."""
    words = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    count = min(words[3], len(words) // 4 - 1) if len(words) >= 4 else 0
    entries = (words[4 * entry : 4 * entry + 4] for entry in range(1, count + 1))
    return {key: value for key, tag, _, value in entries if tag == 0}


def _of_keys(keys: dict[int, int]) -> CoordinateSystem:
    unit_m = _UNITS_M.get(keys.get(_LINEAR_UNIT, 0))
    code = keys.get(_PROJECTED, 0)
    if code in (0, _OWN):
        code = _utm(keys.get(_GEOGRAPHIC, 0), keys.get(_PROJECTION_CODE, 0))
    if not code and keys.get(1024) == 2 and keys.get(_GEOGRAPHIC, _OWN) != _OWN:
        code = keys[_GEOGRAPHIC]
    return _with_unit(f"EPSG:{code}", unit_m) if code else CoordinateSystem(unit_m=unit_m)


def _utm(geographic: int, projection: int) -> int:
    """Return the EPSG code of a UTM zone given as a projection (16001 to 16060 north, 16101 to 16160 south)."""
    north, south = _UTM.get(geographic, (None, None))
    if north and 16001 <= projection <= 16060:
        return north + projection - 16000
    return south + projection - 16100 if south and 16101 <= projection <= 16160 else 0


def _with_unit(crs: str, unit_m: float | None) -> CoordinateSystem:
    """Add the unit of the coordinate system, unless the file states one."""
    try:
        system = horizontal(parsed_crs(crs))
    except CrsError as error:
        ignored = message("its coordinate system is ignored: %(reason)s", reason=error.reason)
        return CoordinateSystem(crs, unit_m, (ignored,))
    if system.is_geographic:
        return CoordinateSystem(crs, None)
    axes = system.axis_info
    return CoordinateSystem(crs, unit_m or (axes[0].unit_conversion_factor if axes else None))
