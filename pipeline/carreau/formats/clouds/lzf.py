"""LZF decompression, for PCD files.

PyPI has no wheel of liblzf, and Open3D decompresses only inside its own PCD reader (see `pcd`).
"""

from __future__ import annotations

import numpy as np

from carreau.base.jit import compiled_bare
from carreau.base.model import ByteArray

LARGEST_RATIO = 88
"""Three bytes of a run stand for 264 bytes at most."""


def decompress(compressed: ByteArray, size: int) -> ByteArray | None:
    """Return `size` bytes, or None if the data is damaged or has another size.

    Source: the format of Marc Lehmann's liblzf 3.6, `lzf_d.c`.
    """
    if size > LARGEST_RATIO * len(compressed):
        return None
    out = np.empty(size, np.uint8)
    return out if _decompress(compressed, out) == size else None


@compiled_bare
def _decompress(compressed: ByteArray, out: ByteArray) -> int:
    """Fill `out`; return the number of bytes written, or -1 for a run that points outside."""
    at, to = 0, 0
    while at < len(compressed):
        control = np.int64(compressed[at])
        at += 1
        if control < 32:
            length = control + 1
            if at + length > len(compressed) or to + length > len(out):
                return -1
            for _ in range(length):
                out[to] = compressed[at]
                at += 1
                to += 1
            continue
        length = control >> 5
        if length == 7:
            if at >= len(compressed):
                return -1
            length += np.int64(compressed[at])
            at += 1
        if at >= len(compressed):
            return -1
        source = to - ((control & 31) << 8) - 1 - np.int64(compressed[at])
        at += 1
        length += 2
        if source < 0 or to + length > len(out):
            return -1
        for _ in range(length):
            out[to] = out[source]
            to += 1
            source += 1
    return to
