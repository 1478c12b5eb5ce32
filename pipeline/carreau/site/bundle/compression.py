"""Content codings: compressed copies of files, and the digests of what they contain."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import brotli

from carreau.exports.formats import FORMATS


@dataclass(frozen=True)
class Coding:
    """A content coding.

    name : value of `Content-Encoding`
    unpack : raises ValueError for invalid or truncated data
    """

    name: str
    unpack: Callable[[bytes], bytes]


def unbrotli(packed: bytes) -> bytes:
    """Return decompressed Brotli data; raises ValueError for invalid data.

    >>> unbrotli(brotli.compress(b"coal"))
    b'coal'
    """
    try:
        return bytes(brotli.decompress(packed))
    except brotli.error as error:
        raise ValueError(str(error)) from error


def gunzip(packed: bytes) -> bytes:
    """Return the content of a gzip file with one member; raises ValueError for invalid data.

    >>> gunzip(gzip(b"coal"))
    b'coal'
    """
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = stream.decompress(packed)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not stream.eof or stream.unused_data:
        raise ValueError("it is cut, or something follows it")
    return content


def gzip(content: bytes) -> bytes:
    """Return a gzip file at level 9, without name and time: the same content gives the same bytes."""
    stream = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return stream.compress(content) + stream.flush()


CODINGS: Mapping[str, Coding] = MappingProxyType({"br": Coding("br", unbrotli), "gz": Coding("gzip", gunzip)})
"""By the suffix of the copy."""


def digest_of(path: Path, coding: str = "") -> str:
    """Return the SHA-256 of a file or of the content of a compressed copy, empty for an invalid copy; raises OSError.

    coding : suffix of the copy
    """
    if coding:
        try:
            return hashlib.sha256(CODINGS[coding].unpack(path.read_bytes())).hexdigest()
        except ValueError:
            return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


QUALITY, PAGE_QUALITY, DOCUMENT_QUALITY, LARGE_QUALITY = 11, 10, 7, 5
"""Of Brotli: a file is compressed once and sent many times. Pages and documents change with the texts in them: at 10 a
page takes a third of the time of 11, and 1 % more bytes; at 7 a document takes a tenth of that, and 10 % more. Large
ones cover the whole catalogue and change with every caption: at 5 the map of the 53 takes 8 ms and has 35 kB, at 9 it
takes 54 ms (34 kB), at 11 530 ms (29 kB)."""

_LARGE_BYTES = 100_000
_BROTLI_ONLY = frozenset(("glb",))
"""Meshopt and WebP leave little: of the 11.6 MB of models in the real bundle Brotli saves 9.8 % and gzip 7.5 %, and
every viewer of them supports Brotli."""
_DOCUMENTS = frozenset(("csv", "geojson", "gpx", "html", "json", "jsonld", "xml"))


def codings_of(ext: str) -> tuple[str, ...]:
    """Return the suffixes of the copies that files with a suffix may have."""
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
    """Return whether a copy is small enough to be worth decompressing."""
    return len(packed) <= len(content) * (1 - LEAST_GAIN)


def _quality(ext: str, size: int) -> int:
    if ext not in _DOCUMENTS:
        return QUALITY
    if size > _LARGE_BYTES:
        return LARGE_QUALITY
    return PAGE_QUALITY if ext == "html" else DOCUMENT_QUALITY


MEDIA_TYPES = {each.ending: each.media_type for each in FORMATS if "." not in each.ending} | {
    "avif": "image/avif",
    "css": "text/css; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "glb": "model/gltf-binary",
    "html": "text/html; charset=utf-8",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "opus": "audio/ogg; codecs=opus",
    "pdf": "application/pdf",
    "png": "image/png",
    "sqlite": "application/vnd.sqlite3",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "usdz": "model/vnd.usdz+zip",
    "vtt": "text/vtt; charset=utf-8",
    "wasm": "application/wasm",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml",
    "zip": "application/zip",
}
"""From the IANA registry; other suffixes are not published."""

COMPRESSED = frozenset(
    [
        *(each.ending for each in FORMATS if each.media_type.endswith(("json", "xml")) and "." not in each.ending),
        "css",
        "csv",
        "glb",
        "html",
        "js",
        "json",
        "svg",
        "txt",
        "vtt",
        "wasm",
        "webmanifest",
        "xml",
    ]
)
"""Suffixes that Brotli makes smaller; others are compressed already, or are not sent to browsers."""

LEAST_GAIN = 0.05
"""Of a file's bytes: a copy that saves less is not worth the decoding on a phone."""
