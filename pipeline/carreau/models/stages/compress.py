"""Brotli compression of files for HTTP; what cannot shrink, such as textures at the end of a GLB, is stored in it."""

from __future__ import annotations

from collections.abc import Iterator

import brotli

LARGE = 2_000_000
"""From here on Brotli 10 takes three seconds for 3 % less than 9, which does not dwell on textures."""

SMALL = 150_000
"""Of what is not stored: up to here Brotli 11 takes a fifth of a second, and a level of so few bytes needs all of them.
Of 600 kB it takes 0.6 s, for 0.3 % less than 10."""

BLOCK_BITS = 16
"""Geometry is a row of short streams: with blocks of 64 kB it takes 0.1 % less than with those that Brotli chooses."""

TRIAL_BYTES, TRIAL_SHARE = 1 << 14, 0.001
"""What is tried at a time, and the share that may be lost by storing it."""

LONGEST_BLOCK = 1 << 24
"""Most bytes of a meta-block."""

_LAST_EMPTY_BLOCK = b"\x03"


def compress(data: bytes) -> bytes:
    """Return a file as Brotli (RFC 7932).

    Brotli 11 spends a third of its time on WebP, JPEG and UASTC, to find nothing. These lie at the end of a GLB, and
    become uncompressed meta-blocks (section 9.2) behind what was compressed. The levels for phones of 15 aerial surveys
    take 9 s instead of 19 s, and the same bytes; none takes more than 0.6 % more.
    """
    if len(data) > LARGE:
        return _large(data)
    start = _start_of_stored(data)
    stream = brotli.Compressor(quality=11 if start <= SMALL else 10, lgwin=24, lgblock=BLOCK_BITS)
    head = stream.process(data[:start])
    if start == len(data):
        return bytes(head + stream.finish())
    # After a flush the next meta-block begins at a whole byte.
    return b"".join((head, stream.flush(), *stored(data[start:]), _LAST_EMPTY_BLOCK))


def estimate(data: bytes) -> int:
    """Return about how many bytes it will have, in a tenth of the time and never too few; exact for a small file."""
    return len(compress(data) if len(data) <= SMALL else _large(data))


def _large(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=9, lgwin=24))


def _start_of_stored(data: bytes) -> int:
    """Return where the longest end of a file begins that does not shrink, or the file's length.

    Brotli 5 finds it at 6 ms a megabyte, but not that WebP of old grey photographs shrinks by a hundredth at 11.
    """
    start, gained, found = len(data), 0, len(data)
    while start >= TRIAL_BYTES and gained <= TRIAL_SHARE * len(data):
        start -= TRIAL_BYTES
        packed = brotli.compress(data[start : start + TRIAL_BYTES], quality=5)
        gained += max(TRIAL_BYTES - len(packed), 0)
        if gained <= TRIAL_SHARE * (len(data) - start):
            found = start
    return found


def stored(data: bytes) -> Iterator[bytes]:
    """Yield uncompressed meta-blocks: ISLAST, MNIBBLES, MLEN - 1 and ISUNCOMPRESSED from the lowest bit, and the bytes.

    >>> [block.hex() for block in stored(b"coal")]
    ['180008636f616c']
    """
    for start in range(0, len(data), LONGEST_BLOCK):
        part = data[start : start + LONGEST_BLOCK]
        longest = len(part) - 1
        nibbles = max(4, -(-longest.bit_length() // 4))
        header = (nibbles - 4) << 1 | longest << 3 | 1 << (3 + 4 * nibbles)
        yield header.to_bytes(-(-(4 + 4 * nibbles) // 8), "little") + part
