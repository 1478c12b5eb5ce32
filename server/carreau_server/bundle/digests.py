"""Digests of files and of what their compressed copies contain, in chunks, as some are large."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

import brotli

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
