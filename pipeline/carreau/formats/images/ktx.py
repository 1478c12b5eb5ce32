"""Read KTX2 textures of Basis Universal: ETC1S or UASTC blocks, decoded as a GPU would."""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
import opengl_basisu

from carreau.base.messages import message
from carreau.base.model import ByteArray
from carreau.formats.images.raster import Unreadable

_IDENTIFIER = b"\xabKTX 20\xbb\r\n\x1a\n"
_UNDEFINED_FORMAT = 0


def recognises(head: bytes) -> bool:
    """Return whether bytes start with the signature of KTX2."""
    return head.startswith(_IDENTIFIER)


def size(head: bytes) -> tuple[int, int]:
    """Return (width, height) of the largest level, from the first 48 bytes. Raises Unreadable."""
    if len(head) < 48:
        raise Unreadable(message("the KTX2 header is truncated"))
    vk_format, _, width, height, depth, layers, faces = struct.unpack_from("<7I", head, len(_IDENTIFIER))
    if vk_format != _UNDEFINED_FORMAT:
        raise Unreadable(message("the KTX2 file contains a GPU format instead of Basis Universal"))
    if depth > 1 or layers > 1 or faces != 1:
        raise Unreadable(message("the KTX2 file is a volume, an array or a cube map instead of a single image"))
    return width, height


def texels(stream: BinaryIO) -> ByteArray:
    """Return the largest level as (h, w, 3) uint8, as stored. Raises Unreadable."""
    return np.ascontiguousarray(_rgba(stream)[:, :, :3])


def alpha(stream: BinaryIO) -> ByteArray:
    """Return the alpha of the largest level as (h, w) uint8, 255 where it has none. Raises Unreadable."""
    return np.ascontiguousarray(_rgba(stream)[:, :, 3])


def _rgba(stream: BinaryIO) -> ByteArray:
    data = stream.read()
    size(data[:48])
    try:
        image = opengl_basisu.open(data).transcode(opengl_basisu.Target.RGBA8)
    except (opengl_basisu.BasisuError, ValueError) as error:
        raise Unreadable(message("the Basis Universal data is corrupt (%(error)s)", error=str(error))) from error
    return np.asarray(image.data, dtype=np.uint8)
