"""Tracks in the header of a WebM or Matroska file (EBML, RFC 8794; Matroska, RFC 9559)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from carreau.catalogue.probe.media_info import MediaInfo

_HEADER_BYTES = 4 << 20
"""Info and Tracks come before the first Cluster."""

SEGMENT, INFO, TRACKS, ENTRY, VIDEO, CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0x1F43B675
SCALE, DURATION, CODEC, WIDTH, HEIGHT = 0x2AD7B1, 0x4489, 0x86, 0xB0, 0xBA
_INSIDE = {SEGMENT, INFO, TRACKS, ENTRY, VIDEO}
_DEEPEST = 6


def read_matroska(path: Path) -> MediaInfo:
    """Return size, duration and codecs of a WebM; raises ValueError or IndexError where its header is invalid."""
    with path.open("rb") as file:
        data = file.read(_HEADER_BYTES)
    scale, length, width, height = 1_000_000, 0.0, 0, 0
    codecs = []
    for name, body in _elements(data):
        if name == SCALE:
            scale = int.from_bytes(body)
        elif name == DURATION:
            length = struct.unpack(">f" if len(body) == 4 else ">d", body[:8].rjust(4 if len(body) == 4 else 8, b"\0"))[
                0
            ]
        elif name == CODEC:
            codecs.append(" ".join(body.rstrip(b"\0").decode("latin-1").split()))
        elif name == WIDTH:
            width = max(width, int.from_bytes(body))
        elif name == HEIGHT:
            height = max(height, int.from_bytes(body))
    if not codecs:
        raise ValueError("no track")
    return MediaInfo("video/webm", width, height, length * scale / 1e9, tuple(codecs))


def _elements(data: bytes, depth: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield id and body of elements, and of the elements nested in them, up to the first cluster."""
    at = 0
    while at < len(data) and depth < _DEEPEST:
        name, at = _number(data, at, keep_marker=True)
        size, at = _number(data, at)
        if name == CLUSTER:
            return
        body = data[at : at + size]
        yield name, body
        if name in _INSIDE:
            yield from _elements(body, depth + 1)
        at += size


def _number(data: bytes, at: int, keep_marker: bool = False) -> tuple[int, int]:
    """Return a variable-length number, and the position after it."""
    first = data[at]
    count = 9 - first.bit_length()
    if count > 8:
        raise ValueError("no number")
    value = int.from_bytes(data[at : at + count])
    if not keep_marker:
        value &= (1 << 7 * count) - 1
        if value == (1 << 7 * count) - 1:  # of unknown length, as live recordings are: up to the end
            value = len(data)
    return value, at + count
