"""Write images as PNG, whose bytes follow from the image alone."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

from carreau.base.model import ByteArray

MEDIA_TYPE = "image/png"

_SIGNATURE_BYTES, _HEAD, _CRC = 8, struct.Struct(">I4s"), struct.Struct(">I")


def encode(image: ByteArray, level: int = 6, is_optimised: bool = False) -> bytes:
    """Return (h, w), (h, w, 3) or (h, w, 4) uint8 as PNG.

    level : of zlib, 1 to 9
    is_optimised : whether more time is spent on fewer bytes, whatever the level
    """
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=level, optimize=is_optimised)
    return _in_one_chunk(stream.getvalue())


def _in_one_chunk(data: bytes) -> bytes:
    """Return a PNG with all of its pixels in one chunk.

    Pillow divides them by a buffer of the whole process, which grows with the JPEG files that it has written before.
    """
    before, pixels, after = [data[:_SIGNATURE_BYTES]], list[bytes](), list[bytes]()
    at = _SIGNATURE_BYTES
    while at < len(data):
        length, kind = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length + _CRC.size
        if kind == b"IDAT":
            pixels.append(data[at + _HEAD.size : end - _CRC.size])
        else:
            (after if pixels else before).append(data[at:end])
        at = end
    body = b"IDAT" + b"".join(pixels)
    chunk = struct.pack(">I", len(body) - 4) + body + _CRC.pack(zlib.crc32(body))
    return b"".join([*before, chunk, *after])
