"""A file of the bundle, named by its content, with its compressed copies."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import brotli

from carreau.base.schema.bundle import FILES

SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""Suffix of the compressed copy, by content coding."""
COLUMNS = "sha256, ext, media_type, bytes, brotli_bytes, gzip_bytes"
"""Of the tables `file` and `answer`, in the order of the fields of `StoredFile`."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the bundle.

    brotli_bytes, gzip_bytes : size of its compressed copy, None where there is none
    """

    sha256: str
    ext: str
    media_type: str
    bytes: int
    brotli_bytes: int | None
    gzip_bytes: int | None = None

    @property
    def url(self) -> str:
        """Return its URL, relative to the origin."""
        return f"/{FILES}/{self.sha256}.{self.ext}"

    @property
    def codings(self) -> tuple[str, ...]:
        """Return the content codings it is stored in, best first."""
        sizes = {"br": self.brotli_bytes, "gzip": self.gzip_bytes}
        return tuple(coding for coding, size in sizes.items() if size is not None)

    def name(self, coding: str = "") -> str:
        """Return the name of the file, or of its copy in a content coding."""
        return f"{self.sha256}.{self.ext}{SUFFIXES.get(coding, '')}"

    def size(self, coding: str = "") -> int:
        """Return the size in bytes of the file, or of its copy in a content coding."""
        size = {"br": self.brotli_bytes, "gzip": self.gzip_bytes}.get(coding)
        return self.bytes if size is None else size

    def etag(self, coding: str = "") -> str:
        """Return the strong entity tag of the file, or of its copy in a content coding."""
        return f'"{self.sha256[:32]}-{coding}"' if coding else f'"{self.sha256[:32]}"'


_CHUNK_BYTES = 1 << 16


def digest_of(stream: BinaryIO, coding: str = "") -> str:
    """Return the SHA-256 of a stream's content as hex, empty where it is not in its content coding; raises OSError."""
    digest = hashlib.sha256()
    try:
        for chunk in _DECODERS[coding](stream):
            digest.update(chunk)
    except (brotli.error, zlib.error, EOFError, gzip.BadGzipFile):
        return ""
    return digest.hexdigest()


def _plain(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk


def _unbrotli(stream: BinaryIO) -> Iterator[bytes]:
    decompressor = brotli.Decompressor()
    for chunk in _plain(stream):
        yield decompressor.process(chunk)
    if not decompressor.is_finished():
        raise EOFError


def _gunzip(stream: BinaryIO) -> Iterator[bytes]:
    with gzip.open(stream) as unpacked:
        yield from _plain(unpacked)  # type: ignore[arg-type] # typeshed's GzipFile is a BufferedIOBase


_DECODERS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {"": _plain, "br": _unbrotli, "gzip": _gunzip}
