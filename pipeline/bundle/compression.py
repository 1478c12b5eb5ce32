"""Compress a file once for each coding, as well as its kind deserves, where that pays."""

from __future__ import annotations

import brotli

from pipeline.bundle.codings import gzip
from pipeline.bundle.media_types import COMPRESSED, LEAST_GAIN

QUALITY, PAGE_QUALITY, DOCUMENT_QUALITY, LARGE_QUALITY = 11, 10, 7, 5
"""Of Brotli: a file is compressed once and sent many times. Pages and documents change with the texts in them: at 10 a
page takes a third of the time of 11, and 1 % more bytes; at 7 a document takes a tenth of that, and 10 % more. Large
ones tell of the whole catalogue and change with every caption: at 5 the map of the 53 takes 8 ms and has 35 kB, at 9 it
takes 54 ms (34 kB), at 11 530 ms (29 kB)."""

_LARGE_BYTES = 100_000
_BROTLI_ONLY = frozenset(("glb",))
"""Meshopt and WebP leave little: of the 11.6 MB of models in the real bundle Brotli saves 9.8 % and gzip 7.5 %, and
whatever shows them takes Brotli."""
_DOCUMENTS = frozenset(("csv", "geojson", "gpx", "html", "json", "jsonld", "xml"))


def codings_of(ext: str) -> tuple[str, ...]:
    """Return the endings of the copies that files of a kind may have."""
    if ext not in COMPRESSED:
        return ()
    return ("br",) if ext in _BROTLI_ONLY else ("br", "gz")


def compress(content: bytes, ext: str, coding: str) -> bytes:
    """Return a compressed copy; the same content gives the same bytes.

    coding : one of those of its kind
    """
    if coding == "gz":
        return gzip(content)
    return bytes(brotli.compress(content, quality=_quality(ext, len(content))))


def pays(packed: bytes, content: bytes) -> bool:
    """Say whether a copy is worth the decoding."""
    return len(packed) <= len(content) * (1 - LEAST_GAIN)


def _quality(ext: str, size: int) -> int:
    if ext not in _DOCUMENTS:
        return QUALITY
    if size > _LARGE_BYTES:
        return LARGE_QUALITY
    return PAGE_QUALITY if ext == "html" else DOCUMENT_QUALITY
