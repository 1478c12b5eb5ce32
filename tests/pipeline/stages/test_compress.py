"""The Brotli copy is the same file, smaller."""

from __future__ import annotations

import brotli

from pipeline.stages.compress import LARGE, compress, estimate


def test_it_comes_back_as_it_was() -> None:
    data = b"carreau " * 1000
    packed = compress(data)
    assert brotli.decompress(packed) == data
    assert len(packed) < len(data) // 10
    assert compress(data) == packed


def test_large_files_come_back_too() -> None:
    data = bytes(range(256)) * (LARGE // 256 + 1)
    assert brotli.decompress(compress(data)) == data


def test_the_estimate_is_not_too_low() -> None:
    data = b"".join(number.to_bytes(4, "little") for number in range(5000))
    assert estimate(data) >= len(compress(data))
