"""Write images as JPEG with every channel at full resolution."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFile

from pipeline.model import ByteArray

MEDIA_TYPE = "image/jpeg"

BUFFER_BYTES_A_TEXEL = 5
"""Noise takes 3.4 bytes a texel at a quality of 100."""


def encode(image: ByteArray, quality: int) -> bytes:
    """Return (h, w, 3) or (h, w) uint8 as JPEG, 4:4:4, at a quality of 0 to 100."""
    stream, (height, width) = io.BytesIO(), image.shape[:2]
    # An optimised JPEG must fit one buffer; Pillow's estimate is too small for noise.
    ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, BUFFER_BYTES_A_TEXEL * width * height)
    Image.fromarray(image).convert("RGB").save(stream, "JPEG", quality=quality, subsampling=0, optimize=True)
    return stream.getvalue()


def decode(data: bytes) -> ByteArray:
    """Return (h, w, 3) uint8."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))
