"""Unpack LZF, the compression of PCD files."""

from __future__ import annotations

import numpy as np

from pipeline.jit import compiled_bare
from pipeline.model import ByteArray

MOST_TIMES = 88
"""A run of three bytes stands for 264 at most."""


def unpack(packed: ByteArray, size: int) -> ByteArray | None:
    """Return `size` bytes, or None when the packed bytes are damaged or make another number of them.

    Source: the format of Marc Lehmann's liblzf 3.6, `lzf_d.c`.
    """
    if size > MOST_TIMES * len(packed):
        return None
    out = np.empty(size, np.uint8)
    return out if _unpack(packed, out) == size else None


@compiled_bare
def _unpack(packed: ByteArray, out: ByteArray) -> int:
    """Fill `out`; return how far, or -1 when a run points outside."""
    at, to = 0, 0
    while at < len(packed):
        control = np.int64(packed[at])
        at += 1
        if control < 32:
            length = control + 1
            if at + length > len(packed) or to + length > len(out):
                return -1
            for _ in range(length):
                out[to] = packed[at]
                at += 1
                to += 1
            continue
        length = control >> 5
        if length == 7:
            if at >= len(packed):
                return -1
            length += np.int64(packed[at])
            at += 1
        if at >= len(packed):
            return -1
        source = to - ((control & 31) << 8) - 1 - np.int64(packed[at])
        at += 1
        length += 2
        if source < 0 or to + length > len(out):
            return -1
        for _ in range(length):
            out[to] = out[source]
            to += 1
            source += 1
    return to
