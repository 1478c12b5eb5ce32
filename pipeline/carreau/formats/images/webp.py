"""Write images as WebP."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from carreau.base.model import ByteArray

MEDIA_TYPE = "image/webp"
LOSSLESS = 101
"""A quality above all lossy ones."""

TRIAL_EFFORT, FINAL_EFFORT = 2, 5
"""libwebp's `method`: 2 takes a third of the time of 5 and about 5 % more bytes, so it is for trying qualities."""


def encode(image: ByteArray, quality: float, effort: int = FINAL_EFFORT) -> bytes:
    """Return (h, w, 3) or (h, w) uint8, or (h, w, 4) with alpha, as WebP at a quality of 0 to 100, or `LOSSLESS`."""
    has_alpha = image.ndim == 3 and image.shape[2] == 4
    picture, stream = Image.fromarray(image).convert("RGBA" if has_alpha else "RGB"), io.BytesIO()
    if quality >= LOSSLESS:
        picture.save(stream, "WEBP", lossless=True, quality=60, method=effort, exact=has_alpha)
    else:
        # What lies under a transparent texel shows through the filter along its edge: `exact` keeps it.
        picture.save(stream, "WEBP", quality=quality, method=effort, exact=has_alpha)
    return stream.getvalue()


def decode(data: bytes) -> ByteArray:
    """Return (h, w, 3) uint8."""
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))
