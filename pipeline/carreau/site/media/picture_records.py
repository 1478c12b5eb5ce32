"""Take out of a picture what it says about people and places; its pixel data stay identical.

Position, time, camera, serial numbers, captions and previews are in blocks of their own: JPEG (ITU T.81, B.1.1), PNG
(ISO 15948) and WebP (RFC 9649, 2.7). The colour profile stays, and the orientation, without which the picture would lie
on its side. What stands behind the end of a picture, such as the film of a "live" photograph, goes too.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator

from PIL import Image

ORIENTATION = 0x0112
_EXIF = b"Exif\0\0"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The end of the data of a scan: no escaped byte, no restart, no filling."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"})
_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ICCP", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04


def without_record(content: bytes, media_type: str) -> bytes:
    """Return a JPEG, PNG or WebP without its record; raises ValueError where it is cut short or damaged."""
    return _BY_TYPE[media_type](content)


def orientation_of(exif: bytes) -> int:
    """Return the orientation that EXIF has, 1 to 8; 1 where it has none, or cannot be read."""
    record = Image.Exif()
    try:
        record.load(exif)
        value = record.get(ORIENTATION)
    except Exception:  # a broken record raises whatever its reader met first
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _record(orientation: int) -> bytes:
    """Return EXIF with the orientation alone."""
    record = Image.Exif()
    record[ORIENTATION] = orientation
    return record.tobytes()


def _number(content: bytes, at: int, size: int, order: str = "big") -> int:
    if at + size > len(content):
        raise ValueError("it is cut short")
    return int.from_bytes(content[at : at + size], "little" if order == "little" else "big")


def _jpeg(content: bytes) -> bytes:
    kept, orientation = list[bytes](), 1
    place = 2
    while True:
        if _number(content, place, 1) != 0xFF:
            raise ValueError("no marker where one should be")
        kind = _number(content, place + 1, 1)
        if kind == 0xFF:  # filling
            place += 1
            continue
        if kind == 0xD9:
            break
        end = place + 2 + _number(content, place + 2, 2)
        if end > len(content):
            raise ValueError("a segment is cut short")
        body = content[place + 4 : end]
        if kind == 0xE1 and body.startswith(_EXIF):
            orientation = orientation_of(body)
        if kind == 0xDA:
            found = _MARKER.search(content, end)
            if found is None:
                raise ValueError("the last scan has no end")
            end = found.start()
        if _is_kept(kind, body):
            kept.append(content[place:end])
        place = end
    head = b""
    if orientation > 1:
        record = _record(orientation)
        head = b"\xff\xe1" + (len(record) + 2).to_bytes(2, "big") + record
    # JFIF asks to be the first segment.
    first = 1 if kept and kept[0][1] == 0xE0 else 0
    return b"".join((content[:2], *kept[:first], head, *kept[first:], b"\xff\xd9"))


def _is_kept(kind: int, body: bytes) -> bool:
    if 0xE0 <= kind <= 0xEF:
        return body.startswith({0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}.get(kind, b"\0no such\0"))
    return kind != 0xFE  # a comment


def _png(content: bytes) -> bytes:
    kept, record = [_PNG], b""
    for name, body in _png_chunks(content):
        if name == b"eXIf" and (orientation := orientation_of(body)) > 1:
            record = _png_chunk(b"eXIf", _record(orientation).removeprefix(_EXIF))
        if name == b"IDAT" and record:
            kept.append(record)
            record = b""
        if name[:1].isupper() or name in _PNG_KEPT:
            kept.append(_png_chunk(name, body))
    return b"".join(kept)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG)
    name = b""
    while name != b"IEND":
        size, name = _number(content, place, 4), content[place + 4 : place + 8]
        if place + 12 + size > len(content) or not name.isalpha():
            raise ValueError("a chunk is cut short")
        yield name, content[place + 8 : place + 8 + size]
        place += 12 + size


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def _webp(content: bytes) -> bytes:
    kept, orientation = list[tuple[bytes, bytes]](), 1
    place, behind = 12, min(len(content), 8 + _number(content, 4, 4, "little"))
    while place + 8 <= behind:
        name, size = content[place : place + 4], _number(content, place + 4, 4, "little")
        if place + 8 + size > behind:
            raise ValueError("a chunk is cut short")
        body = content[place + 8 : place + 8 + size]
        if name == b"EXIF":
            orientation = orientation_of(body)
        elif name in _WEBP_KEPT:
            kept.append((name, body))
        place += 8 + size + size % 2
    if kept and kept[0][0] == b"VP8X":
        flags = kept[0][1][0] & ~(_WEBP_EXIF | _WEBP_XMP)
        if orientation > 1:
            flags |= _WEBP_EXIF
            kept.append((b"EXIF", _record(orientation).removeprefix(_EXIF)))
        kept[0] = b"VP8X", bytes([flags]) + kept[0][1][1:]
    chunks = b"".join(name + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2) for name, body in kept)
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + chunks


_BY_TYPE: dict[str, Callable[[bytes], bytes]] = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
