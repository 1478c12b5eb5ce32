"""Write COPC 1.0 files for tests (https://copc.io/copc-specification-1.0.pdf).

laspy reads COPC and does not write it. A file is laid out without its points in memory: each node holds compressed
bytes that other nodes and other files may share.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import laspy
import lazrs
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

POINT_BYTES = 30
FAR_BYTES = {6: 0, 7: 6}
"""Of a point format beyond those of format 6: colours."""
SCALE = 0.01
_HEADER, _VLR, _EVLR = 375, 54, 60
_FIRST_Y = struct.Struct("<ii")


@dataclass(frozen=True)
class Chunk:
    """Compressed points, which may lie anywhere: only the first point is stored with its place, others by difference.

    low, high : (x, y, z) in units of 1 cm
    """

    count: int
    body: bytes
    low: tuple[int, int, int]
    high: tuple[int, int, int]

    def moved(self, east: int, north: int) -> bytes:
        """Return it moved by centimetres; x and y of the first point are its first eight bytes."""
        x, y = _FIRST_Y.unpack_from(self.body)
        return _FIRST_Y.pack(x + east, y + north) + self.body[_FIRST_Y.size :]


@dataclass(frozen=True)
class PointLayout:
    """What a record of a point has beyond the 30 bytes of format 6.

    kind : point format, 6 or 7
    extra : bytes behind it, as lots of 2026 have
    described : whether a record says what these are
    """

    kind: int = 6
    extra: int = 0
    described: bool = True

    @property
    def size(self) -> int:
        """Return the bytes of a point."""
        return POINT_BYTES + FAR_BYTES[self.kind] + self.extra


PLAIN = PointLayout()


@dataclass(frozen=True)
class Node:
    """A node of the octree: level, x, y and z of its cube, and its points, moved by centimetres."""

    key: tuple[int, int, int, int]
    chunk: Chunk | None = None
    east: int = 0
    north: int = 0


def packed(positions: NDArray[np.float64], classes: NDArray[np.uint8], returns: NDArray[np.uint8],
           counts: NDArray[np.uint8]) -> NDArray[np.uint8]:  # fmt: skip
    """Return points in format 6 as bytes."""
    record = laspy.ScaleAwarePointRecord.zeros(
        len(positions), point_format=laspy.PointFormat(6), scales=np.full(3, SCALE), offsets=np.zeros(3)
    )
    record.x, record.y, record.z = positions.T
    record.classification, record.return_number, record.number_of_returns = classes, returns, counts
    return np.frombuffer(record.memoryview(), np.uint8)


def compressed(points: NDArray[np.uint8], layout: PointLayout = PLAIN) -> Chunk:
    """Return points in format 6 as a chunk; what a layout has beyond it counts up from point to point."""
    stream, record = io.BytesIO(), _laszip_record(layout)
    rows = points.reshape(-1, POINT_BYTES)
    beyond = np.arange(len(rows) * (layout.size - POINT_BYTES)).reshape(len(rows), -1) % 251
    compressor = lazrs.LasZipCompressor(stream, record)
    compressor.compress_many(np.hstack([rows, beyond.astype(np.uint8)]).ravel())
    compressor.done()
    body = stream.getvalue()
    (end,) = struct.unpack_from("<q", body)
    xyz = points.reshape(-1, POINT_BYTES)[:, :12].copy().view("<i4")
    low, high = xyz.min(axis=0).tolist(), xyz.max(axis=0).tolist()
    return Chunk(len(xyz), body[8:end], tuple(low), tuple(high))


def _laszip_record(layout: PointLayout) -> lazrs.LazVlr:
    return lazrs.LazVlr.new_for_compression(layout.kind, layout.extra, True)


class CopcFile:
    """A COPC file of which any part can be read, without it lying anywhere."""

    def __init__(
        self, nodes: Sequence[Node], corner: tuple[float, float, float], side: float, epsg: int = 2154,
        gps: tuple[float, float] = (0.0, 0.0), system_in: str = "vlr", layout: PointLayout = PLAIN,
    ) -> None:  # fmt: skip
        """Lay out a file.

        corner : the lowest of the root's cube
        side : of the root's cube, metres
        gps : first and last adjusted GPS time, seconds
        system_in : where the coordinate system stands: "vlr", or behind the points as WKT in "evlr", as GeoTIFF "keys",
            or as a "long" record that claims terabytes; else "none"
        """
        records = [_vlr("laszip encoded", 22204, _laszip_record(layout).record_data()), *_descriptions(layout)]
        records += [_vlr(PROJECTION, WKT, _wkt(epsg))] if system_in == "vlr" else []
        far = _far_system(system_in, epsg)
        begin = _HEADER + sum(map(len, records)) + _VLR + 160 + 8
        self._pieces: list[tuple[int, int, Node]] = []
        place, entries = begin, list[bytes]()
        for node in nodes:
            size = len(node.chunk.body) if node.chunk else 0
            entries.append(struct.pack("<iiiiQii", *node.key, place if size else 0, size, _count(node)))
            if size:
                self._pieces.append((place, place + size, node))
            place += size
        filled = [node for node in nodes if node.chunk]
        table = io.BytesIO()
        lazrs.write_chunk_table(
            table, [(_count(node), len(node.chunk.body)) for node in filled if node.chunk], _laszip_record(layout)
        )
        hierarchy = b"".join(entries)
        root = place + len(table.getvalue()) + _EVLR
        self._tail_start = place
        self._tail = table.getvalue() + _evlr("copc", 1000, len(hierarchy)) + hierarchy + far
        info = struct.pack(
            "<5d2Q2d11Q", *(each + side / 2 for each in corner), side / 2, side / 128, root, len(hierarchy),
            *gps, *[0] * 11,
        )  # fmt: skip
        header = _header(filled, begin - 8, 1 + len(records), (root - _EVLR, 1 + bool(far)), layout)
        self._head = header + _vlr("copc", 1, info) + b"".join(records) + struct.pack("<q", place)
        assert len(self._head) == begin
        self.size = self._tail_start + len(self._tail)
        self.count = sum(map(_count, filled))

    def read(self, start: int, end: int) -> bytes:
        """Return a part of the file."""
        parts = [self._head[start:end]]
        parts += [
            node.chunk.moved(node.east, node.north)[max(start - first, 0) : end - first]
            for first, last, node in self._pieces
            if node.chunk and first < end and last > start
        ]
        if end > self._tail_start:
            parts.append(self._tail[max(start - self._tail_start, 0) : end - self._tail_start])
        return b"".join(parts)


def _count(node: Node) -> int:
    return node.chunk.count if node.chunk else 0


PROJECTION, WKT, KEYS = "LASF_Projection", 2112, 34735


def _wkt(epsg: int) -> bytes:
    return CRS.from_user_input(f"EPSG:{epsg}+5720" if epsg == 2154 else epsg).to_wkt("WKT1_GDAL").encode() + b"\0"


def _far_system(system_in: str, epsg: int) -> bytes:
    """Return the record behind the points that states the coordinate system."""
    keys = struct.pack("<16H", 1, 1, 0, 3, 1024, 0, 1, 1, 3072, 0, 1, epsg, 3076, 0, 1, 9001)
    number, data = {"evlr": (WKT, _wkt(epsg)), "keys": (KEYS, keys), "long": (WKT, b"PROJCS")}.get(system_in, (0, b""))
    return _evlr(PROJECTION, number, 1 << 42 if system_in == "long" else len(data)) + data if number else b""


def _descriptions(layout: PointLayout) -> list[bytes]:
    """Return the record that says what extra bytes are: 32-bit numbers."""
    if not layout.extra or not layout.described:
        return []
    each = [
        struct.pack("<2xBB32s4x24x24x24x24x24x32s", 9, 0, f"extra {number}".encode(), b"")
        for number in range(layout.extra // 4)
    ]
    return [_vlr("LASF_Spec", 4, b"".join(each))]


def _vlr(user: str, number: int, data: bytes) -> bytes:
    return struct.pack("<H16sHH32s", 0, user.encode(), number, len(data), b"") + data


def _evlr(user: str, number: int, length: int) -> bytes:
    return struct.pack("<H16sHQ32s", 0, user.encode(), number, length, b"")


def _header(nodes: Sequence[Node], offset: int, records: int, far: tuple[int, int], layout: PointLayout) -> bytes:
    shifts = [(node.east, node.north, 0) for node in nodes]
    chunks = [node.chunk for node in nodes if node.chunk]
    low = [min(c.low[axis] + s[axis] for c, s in zip(chunks, shifts, strict=True)) * SCALE for axis in range(3)]
    high = [max(c.high[axis] + s[axis] for c, s in zip(chunks, shifts, strict=True)) * SCALE for axis in range(3)]
    box = [each for axis in range(3) for each in (high[axis], low[axis])]
    count = sum(chunk.count for chunk in chunks)
    return struct.pack(
        "<4sHH16sBB32s32sHHHIIBHI5I3d3d6dQQIQ15Q", b"LASF", 0, 17, b"", 1, 4, b"stand-in", b"Carreau tests", 1, 2026,
        _HEADER, offset, records, layout.kind | 128, layout.size, 0, *[0] * 5, *[SCALE] * 3, *[0.0] * 3, *box,
        0, *far, count, count, *[0] * 14,
    )  # fmt: skip
