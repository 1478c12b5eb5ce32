"""A small picture of a base colour, which viewers on a slow line show while the full one arrives."""

from __future__ import annotations

import numpy as np
from PIL import Image

from carreau.base.model import EncodedImage, Skin
from carreau.formats.images import webp

SMALL_PX, SMALL_BYTES = 512, 24_000
"""Most texels of its longest edge, and most bytes: an eighth of a second at 1.6 Mbit/s."""

_QUALITIES = (75, 60, 45, 30, 15, 5)


def small_base(skin: Skin) -> EncodedImage:
    """Return a base colour at a lower size, as WebP of at most `SMALL_PX` and `SMALL_BYTES`.

    Where the lowest quality has too many bytes, the edges are halved.
    """
    height, width, _ = skin.base.shape
    share = min(SMALL_PX / max(height, width), 1.0)
    while True:
        size = max(round(width * share), 1), max(round(height * share), 1)
        picture = np.asarray(Image.fromarray(skin.base).resize(size, Image.Resampling.BOX))
        for quality in _QUALITIES:
            data = webp.encode(picture, quality)
            if len(data) <= SMALL_BYTES:
                return EncodedImage(data, webp.MEDIA_TYPE)
        share /= 2
