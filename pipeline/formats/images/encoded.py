"""Texels of an encoded image, whatever its format."""

from __future__ import annotations

import io

from pipeline.formats.images import jpeg, webp
from pipeline.formats.images.ktx import texels
from pipeline.model import ByteArray, EncodedImage


def decoded(image: EncodedImage) -> ByteArray:
    """Return the texels (h, w, 3) uint8 of an image that is KTX2, JPEG or WebP."""
    if image.media_type == "image/ktx2":
        return texels(io.BytesIO(image.data))
    return jpeg.decode(image.data) if image.media_type == jpeg.MEDIA_TYPE else webp.decode(image.data)
