"""The content codings of compressed copies, by the ending that a copy has beside its file."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import brotli


@dataclass(frozen=True)
class Coding:
    """A content coding.

    name : as `Content-Encoding` has it
    unpack : raises ValueError for bytes that are not whole in this coding
    """

    name: str
    unpack: Callable[[bytes], bytes]


def unbrotli(packed: bytes) -> bytes:
    """Return what Brotli unpacks to; raises ValueError.

    >>> unbrotli(brotli.compress(b"coal"))
    b'coal'
    """
    try:
        return bytes(brotli.decompress(packed))
    except brotli.error as error:
        raise ValueError(str(error)) from error


def gunzip(packed: bytes) -> bytes:
    """Return what a gzip file of one member unpacks to; raises ValueError.

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
    """Return a gzip file at level 9 without a name or a time, so that the same content gives the same bytes."""
    stream = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return stream.compress(content) + stream.flush()


CODINGS: Mapping[str, Coding] = MappingProxyType({"br": Coding("br", unbrotli), "gz": Coding("gzip", gunzip)})
"""By the ending of the copy."""
