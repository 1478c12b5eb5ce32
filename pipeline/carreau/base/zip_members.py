"""How much a file in a ZIP may unpack to."""

from __future__ import annotations

from zipfile import ZipInfo

MOST_RATIO = 200
"""Unpacked bytes for one packed byte; meshes as text and XML have 3 to 20, and DEFLATE makes up to 1,032 of zeros."""
ALWAYS_UNPACKED_BYTES = 1 << 24
"""What is not larger is unpacked, whatever it was packed to: an empty texture, for example."""


def most_unpacked_bytes(packed_bytes: int) -> int:
    """Return how many bytes an archive, or a file in it, may unpack to."""
    return max(MOST_RATIO * packed_bytes, ALWAYS_UNPACKED_BYTES)


def member_limit(entry: ZipInfo, archive_bytes: int) -> int:
    """Return how many bytes a file may unpack to.

    archive_bytes : size of the whole archive, beyond which the entry may not go where it lies about its packed size
    """
    return most_unpacked_bytes(min(entry.compress_size, archive_bytes))
