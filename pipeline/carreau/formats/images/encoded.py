"""Texels of an encoded image, whatever its format."""

from __future__ import annotations

import io

from carreau.base.model import ByteArray, EncodedImage
from carreau.formats.images import avif, jpeg, webp
from carreau.formats.images.ktx import texels


def decoded(image: EncodedImage) -> ByteArray:
    """Return the texels (h, w, 3) uint8 of an image that is KTX2, JPEG, WebP or AVIF."""
    if image.media_type == "image/ktx2":
        return texels(io.BytesIO(image.data))
    decoders = {jpeg.MEDIA_TYPE: jpeg.decode, avif.MEDIA_TYPE: avif.decode}
    return decoders.get(image.media_type, webp.decode)(image.data)
