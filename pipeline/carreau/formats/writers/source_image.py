"""Textures of a scan for a plain glTF: byte for byte where glTF allows their type."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from carreau.base.messages import Message, message
from carreau.base.model import EncodedImage, Texture
from carreau.formats.images import png
from carreau.formats.images.image import decode

_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


@dataclass(frozen=True)
class SourceImage:
    """A texture in a type that plain glTF allows.

    note : how it was converted; None when its bytes are those of the scan
    """

    image: EncodedImage
    note: Message | None = None


def source_image(texture: Texture) -> SourceImage:
    """Return a JPEG or PNG untouched, and anything else as PNG of 8 bits a channel.

    Raises TextureError when an image that has to be decoded is broken.
    """
    data = texture.data if isinstance(texture.data, bytes) else texture.data.read_bytes()
    media_type = next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), "")
    if media_type and not _is_for_print(data):
        return SourceImage(EncodedImage(data, media_type))
    note = message(
        "the texture '%(name)s' is stored as PNG with 8 bits per channel, because glTF does not support its type",
        name=texture.name,
    )
    return SourceImage(EncodedImage(png.encode(decode(texture)), png.MEDIA_TYPE), note)


def _is_for_print(data: bytes) -> bool:
    """Return whether an image is CMYK, which browsers and engines show in wrong colours."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.mode == "CMYK"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
