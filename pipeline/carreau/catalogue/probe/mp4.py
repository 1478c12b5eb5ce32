"""Tracks in the header of an MP4 file (ISO/IEC 14496-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from carreau.catalogue.probe.media_info import MediaInfo

_MOST_BYTES = 64 << 20
"""Of `moov`: an hour of film has about 2 MB there."""

_DEEPEST = 8
_INSIDE = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
Box = tuple[bytes, bytes]


def read_mp4(path: Path) -> MediaInfo:
    """Return size, duration and codecs of an MP4; raises ValueError or OSError where its header makes no sense."""
    with path.open("rb") as file:
        movie = _movie(file)
    duration_s, width, height, codecs = 0.0, 0, 0, []
    for kind, body in _boxes(movie):
        if kind == b"mvhd":
            duration_s = _duration(body)
        elif kind == b"tkhd":
            width, height = max((width, height), _size(body))
        elif kind == b"stsd":
            codecs += _codecs(body)
    if not codecs:
        raise ValueError("no track")
    return MediaInfo("video/mp4", width, height, duration_s, tuple(codecs))


def _movie(file: BinaryIO) -> bytes:
    """Return the box `moov`, which many cameras write last."""
    at, end = 0, file.seek(0, 2)
    while at + 8 <= end:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        if size == 1:
            size = struct.unpack(">Q", file.read(8))[0]
        size = size or end - at
        if size < 8 or at + size > end:
            break
        if kind == b"moov" and size <= _MOST_BYTES:
            file.seek(at)
            return file.read(size)
        at += size
    raise ValueError("no moov")


def _boxes(data: bytes, depth: int = 0) -> Iterator[Box]:
    """Yield the boxes in data, and those nested in container boxes."""
    at = 0
    while at + 8 <= len(data) and depth < _DEEPEST:
        size, kind = struct.unpack_from(">I4s", data, at)
        start = 8
        if size == 1 and at + 16 <= len(data):
            size, start = struct.unpack_from(">Q", data, at + 8)[0], 16
        if size < start or at + size > len(data):
            raise ValueError("a box is longer than what holds it")
        body = data[at + start : at + size]
        yield kind, body
        if kind in _INSIDE:
            yield from _boxes(body, depth + 1)
        at += size


def _duration(body: bytes) -> float:
    form = ">8xIQ" if body[:1] == b"\1" else ">8xII"
    scale, units = struct.unpack_from(form, body, 4 + (8 if body[:1] == b"\1" else 0))
    return float(units / scale) if scale else 0.0


def _size(body: bytes) -> tuple[int, int]:
    """Return the size a track is shown at: the last two numbers of `tkhd`, in 16.16, its matrix before them."""
    if len(body) < 44:
        raise ValueError("tkhd is cut short")
    a, b = struct.unpack_from(">ii", body, len(body) - 44)
    width, height = (number >> 16 for number in struct.unpack_from(">II", body, len(body) - 8))
    return (height, width) if a == 0 and b != 0 else (width, height)


def _codecs(body: bytes) -> list[str]:
    return [kind.decode("latin-1") for kind, _ in _boxes(body[8:])]
