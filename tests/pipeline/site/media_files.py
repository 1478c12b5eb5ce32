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


@cache
def mp3() -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, tone(), 48_000, format="MP3")
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


def ogg_packets(content: bytes) -> list[bytes]:
    """The packets of an Ogg: of Opus, a header, its tags, and frames of 20 ms."""
    at, packets, part = 0, list[bytes](), b""
    while at < len(content):
        sizes = content[at + 27 : at + 27 + content[at + 26]]
        at += 27 + len(sizes)
        for size in sizes:
            part += content[at : at + size]
            at += size
            if size < 255:
                packets.append(part)
                part = b""
    return packets


@cache
def playable_webm(seconds: int = 20, frames_a_second: int = 5) -> bytes:
    """A film that browsers play: VP8, every picture a key frame, which is what a WebP is, and a tone in Opus."""
    stream = io.BytesIO()
    soundfile.write(stream, tone(seconds), 48_000, format="OGG", subtype="OPUS")
    head, _, *heard = ogg_packets(stream.getvalue())
    blocks = [(at * 20, 2, packet) for at, packet in enumerate(heard)]
    for at in range(seconds * frames_a_second):
        stream = io.BytesIO()
        grey = 40 + 180 * at // (seconds * frames_a_second)
        Image.new("RGB", (160, 120), (grey, 90, 255 - grey)).save(stream, "WEBP", quality=20, method=0)
        webp = stream.getvalue()
        blocks.append((at * 1000 // frames_a_second, 1, webp[20 : 20 + int.from_bytes(webp[16:20], "little")]))

    def number(name: int, value: int) -> bytes:
        return element(name, value.to_bytes(4))

    def cluster(second: int) -> bytes:
        own = sorted(block for block in blocks if block[0] // 1000 == second)
        data = [
            element(0xA3, (0x80 | track).to_bytes(1) + struct.pack(">hB", at - second * 1000, 0x80) + packet)
            for at, track, packet in own
        ]
        return element(0x1F43B675, number(0xE7, second * 1000) + b"".join(data))

    def cues(begin: int) -> bytes:
        places = [begin + sum(map(len, clusters[:second])) for second in range(len(clusters))]
        points = [
            element(0xBB, number(0xB3, second * 1000) + element(0xB7, number(0xF7, 1) + number(0xF1, place)))
            for second, place in enumerate(places)
        ]
        return element(0x1C53BB6B, b"".join(points))

    clusters = [cluster(second) for second in range(seconds)]
    ebml = element(0x1A45DFA3, b"".join(number(*each) for each in (
        (0x4286, 1), (0x42F7, 1), (0x42F2, 4), (0x42F3, 8))) + element(0x4282, b"webm") + number(0x4287, 4)
        + number(0x4285, 2))  # fmt: skip
    info = element(0x1549A966, number(0x2AD7B1, 1_000_000) + element(0x4489, struct.pack(">d", seconds * 1000.0))
                   + element(0x4D80, b"tests") + element(0x5741, b"tests"))  # fmt: skip
    seen = element(0xAE, number(0xD7, 1) + number(0x73C5, 1) + number(0x83, 1) + element(0x86, b"V_VP8")
                   + element(0xE0, number(0xB0, 160) + number(0xBA, 120)))  # fmt: skip
    skipped_ns = int.from_bytes(head[10:12], "little") * 1_000_000_000 // 48_000
    sound = element(0xAE, number(0xD7, 2) + number(0x73C5, 2) + number(0x83, 2) + element(0x86, b"A_OPUS")
                    + element(0x63A2, head) + number(0x56AA, skipped_ns) + number(0x56BB, 80_000_000)
                    + element(0xE1, element(0xB5, struct.pack(">d", 48_000.0)) + number(0x9F, 1)))  # fmt: skip
    before = info + element(0x1654AE6B, seen + sound)
    begin = len(before) + len(cues(0))
    return ebml + element(0x18538067, before + cues(begin) + b"".join(clusters))


def pdf(inside: bytes = b"", packed: bytes = b"<<>>") -> bytes:
    """A PDF without pages: what stands in its catalog, and an object in an object stream."""
    stream, parts, places = zlib.compress(b"5 0 " + packed), [b"%PDF-1.7\n"], [0]
    objects = [
        b"<</Type /Catalog /Pages 2 0 R " + inside + b">>",
        b"<</Type /Pages /Kids [] /Count 0>>",
        b"<</Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream"
        % (len(stream), stream),
    ]
    for number, each in enumerate([*objects, b""], 1):
        places.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, each) if each else b"")
    rows = zlib.compress(b"".join(struct.pack(">BIB", 1 if at else 0, at, 0) for at in places) + b"\2\0\0\0\3\0")
    head = b"/Type /XRef /Size 6 /W [1 4 1] /Root 1 0 R /Filter /FlateDecode /Length %d" % len(rows)
    parts.append(b"4 0 obj\n<<%s>>\nstream\n%s\nendstream\nendobj\n" % (head, rows))
    return b"".join([*parts, b"startxref\n%d\n%%%%EOF\n" % places[-1]])


def inside(content: bytes, *path: bytes) -> bytes:
    """What is in a box of an MP4, by the names of the boxes it is in."""
    at = 0
    while at < len(content):
        size, kind, head = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16]), 16
        if kind == path[0]:
            body = content[at + head : at + size]
            return inside(body, *path[1:]) if path[1:] else body
        at += size
    raise ValueError(path)


def sound_frames(m4a: bytes) -> list[bytes]:
    """The packets of a sound whose chunks follow each other."""
    table, data = inside(m4a, b"moov", b"trak", b"mdia", b"minf", b"stbl"), inside(m4a, b"mdat")
    count = int.from_bytes(inside(table, b"stsz")[8:12])
    sizes = struct.unpack(f">{count}I", inside(table, b"stsz")[12 : 12 + 4 * count])
    ends = np.cumsum(sizes)
    return [data[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def second_track(m4a: bytes, at: int) -> bytes:
    """The track of a sound as the second one of a film in which its data begins at a place."""
    track = bytearray(inside(m4a, b"moov", b"trak"))
    head = track.index(b"tkhd") + 8
    number = head + (16 if track[head - 4] else 8)
    track[number : number + 4] = (2).to_bytes(4)
    chunks, begin = track.index(b"stco") + 8, m4a.index(inside(m4a, b"mdat"))
    for place in range(chunks + 4, chunks + 4 + 4 * int.from_bytes(track[chunks : chunks + 4]), 4):
        track[place : place + 4] = (int.from_bytes(track[place : place + 4]) - begin + at).to_bytes(4)
    return box(b"trak", bytes(track))


def film(
    brand: bytes = b"qt  ", codec: bytes = b"avc1", place: bytes = b"+50.3812+003.4512/", sound: bytes = b""
) -> bytes:
    """A film of ten pictures of one key frame each, as an iPhone lays it out, with the place where it was taken.

    Its pictures are no pictures: only their headers are.

    sound : an M4A whose track it has, too
    """
    picture = b"\x00\x00\x00\x06\x65\x88\x84\x00\x10\xff"  # a slice of a key frame, behind its length
    count, size = 10, len(picture)
    settings = b"\x67\x42\xc0\x1e\xda\x02\x80\xbf\xe5\x84\x00\x00\x03\x00\x04\x00\x00\x03\x00\xf0\x3c\x60\xca\x80"
    avcc = b"\x01\x42\xc0\x1e\xff\xe1" + struct.pack(">H", len(settings)) + settings + b"\x01\x00\x04\x68\xce\x3c\x80"
    shape = struct.pack(">HH", 640, 480) + struct.pack(">II", 72 << 16, 72 << 16) + bytes(4) + struct.pack(">H", 1)
    entry = box(codec, bytes(6), struct.pack(">H", 1), bytes(16), shape, bytes(32), struct.pack(">Hh", 24, -1),
                box(b"avcC" if codec == b"avc1" else b"hvcC", avcc))  # fmt: skip
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">4xI", 1), entry),
        box(b"stts", struct.pack(">4xIII", 1, count, 60)),
        box(b"stsc", struct.pack(">4xIIII", 1, 1, count, 1)),
        box(b"stsz", struct.pack(">4xII", size, count)),
        box(b"stco", struct.pack(">4xII", 1, 24)),
    )
    matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    head = struct.pack(">IIIIII8x4H", 3, 0, 0, 1, 0, 600, 0, 0, 0, 0)
    track = box(
        b"trak",
        box(b"tkhd", head, matrix, struct.pack(">II", 640 << 16, 480 << 16)),
        box(
            b"mdia",
            box(b"mdhd", struct.pack(">4xIIIIHH", 0, 0, 600, 600, 0x55C4, 0)),
            box(b"hdlr", bytes(8), b"vide", bytes(12), b"\0"),
            box(b"minf", box(b"vmhd", bytes(12)), table),
        ),
    )
    movie = box(b"mvhd", struct.pack(">4xIIIIIH10x", 0, 0, 600, 600, 1 << 16, 1 << 8), matrix, bytes(24),
                struct.pack(">I", 3 if sound else 2))  # fmt: skip
    said = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(place), 0x15C7), place))
    heard = second_track(sound, 24 + size * count) if sound else b""
    data = box(b"mdat", picture * count, inside(sound, b"mdat") if sound else b"")
    return box(b"ftyp", brand, bytes(4)) + data + box(b"moov", movie, track, heard, said)
