"""Make the portrait of a model small: it is the first that a phone shows, and a model is put in its place soon."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from carreau.site.media.renditions import EncodedFile

WIDTHS = (480, 800)
"""A phone, on which a model of more pixels follows in two seconds; a column of a wide page."""

_FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    # As in `pictures`: one thread and one encoder, so that the bytes are always the same.
    "image/avif": ("AVIF", {"quality": 55, "speed": 6, "max_threads": 1, "codec": "aom", "subsampling": "4:2:0"}),
    "image/webp": ("WEBP", {"quality": 72, "alpha_quality": 80, "method": 6}),
}
"""Best first, both with clear pixels: at 480 pixels the simulated scan takes 28 and 38 kB, of 226 kB whole."""


def smaller_posters(path: Path) -> tuple[EncodedFile, ...]:
    """Return the smaller forms of a poster, never larger than it; the smallest WebP is the last.

    Portrait images are scaled by their height. The same file gives the same bytes.
    """
    with Image.open(path) as image:
        original = image.convert("RGBA")
    sized = [_fitted(original, width) for width in reversed(WIDTHS) if width < max(original.size)]
    return tuple(
        _encoded(each, media_type, name, options) for media_type, (name, options) in _FORMATS.items() for each in sized
    )


def _fitted(image: Image.Image, edge: int) -> Image.Image:
    share = edge / max(image.size)
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encoded(image: Image.Image, media_type: str, name: str, options: dict[str, object]) -> EncodedFile:
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return EncodedFile(media_type, stream.getvalue(), image.width, image.height)
