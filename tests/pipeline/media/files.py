"""Make small media files to look at and to make ready."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image


def picture(width: int = 800, height: int = 600) -> Image.Image:
    """A smooth picture with some texture, so that encoders have something to do."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    waves = 0.5 + 0.4 * np.sin(40 * x) * np.cos(30 * y)
    return Image.fromarray(np.uint8(255 * np.stack([x, waves, y], axis=-1)))


@cache
def jpeg(width: int = 800, height: int = 600) -> bytes:
    stream = io.BytesIO()
    picture(width, height).save(stream, "JPEG")
    return stream.getvalue()


def tone(seconds: float = 1.0, rate_hz: int = 48_000, level: float = 0.1) -> np.ndarray:
    """A sine of 997 Hz."""
    return (level * np.sin(2 * np.pi * 997 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


@cache
def opus() -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, tone(), 48_000, format="OGG", subtype="OPUS")
    return stream.getvalue()


def flac(path: Path, samples: np.ndarray, rate_hz: int = 48_000) -> Path:
    soundfile.write(path, samples, rate_hz, format="FLAC")
    return path


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def mp4(codec: bytes = b"avc1", width: int = 1280, height: int = 720, brand: bytes = b"isom") -> bytes:
    """The header of an MP4 of ten seconds, behind its data as many cameras write it."""
    head = struct.pack(">4x8xII", 1000, 10_000) + bytes(80)
    matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    shown = bytes(40) + matrix + struct.pack(">II", width << 16, height << 16)
    entry = box(codec, bytes(78))
    table = box(b"stbl", box(b"stsd", struct.pack(">4xI", 1), entry))
    track = box(b"trak", box(b"tkhd", shown), box(b"mdia", box(b"minf", table)))
    return box(b"ftyp", brand, bytes(4), brand) + box(b"mdat", bytes(500)) + box(b"moov", box(b"mvhd", head), track)


def element(name: int, body: bytes) -> bytes:
    """An element of a WebM."""
    size = len(body) | 1 << 28
    return name.to_bytes((name.bit_length() + 7) // 8) + size.to_bytes(4) + body


def webm(codec: bytes = b"V_VP9", doctype: bytes = b"webm") -> bytes:
    head = element(0x1A45DFA3, element(0x4282, doctype))
    video = element(0xE0, element(0xB0, (640).to_bytes(2)) + element(0xBA, (360).to_bytes(2)))
    tracks = element(0x1654AE6B, element(0xAE, element(0x86, codec) + video))
    info = element(0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3)) + element(0x4489, struct.pack(">d", 2500.0)))
    return head + element(0x18538067, info + tracks + element(0x1F43B675, bytes(100)))


def pdf(inside: bytes = b"", packed: bytes = b"") -> bytes:
    stream = zlib.compress(packed)
    kept = b"2 0 obj <</Type /ObjStm /Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream\n" % (len(stream), stream)
    return b"%PDF-1.7\n1 0 obj <</Type /Catalog " + inside + b">> endobj\n" + kept + b"trailer <<>>\n%%EOF\n"
