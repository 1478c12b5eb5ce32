"""Seeded changes to small files: bytes, numbers, blocks, words, lines, and pieces of other files.

Why our own: atheris needs a Clang build of each native library for its coverage, and without coverage it only changes
bytes; Hypothesis keeps a tree of what it drew, which is slower than most of the readers. A campaign needs no more than
the same change for the same number, on every machine.
"""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Sequence

MOST_CHANGES = 5
_GROWTH = 1 << 16
_WHOLE = (0, 1, 2, 3, 4, 7, 8, 16, 255, 256, 1000, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 1 << 20, 1 << 24, 1 << 28, 1 << 30)
_WIDE = (0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 32, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
_REAL = (float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1e-320, 1e30, -1e30, 3.4e38, 1e308, 1e9, -1.0, 0.5)
_NUMBERS = (
    *(b"0", b"-1", b"1", b"2", b"3", b"255", b"65536", b"2147483647", b"2147483648", b"4294967295", b"-2147483648"),
    *(b"9223372036854775807", b"18446744073709551616", b"1e999", b"-1e999", b"nan", b"inf", b"1e-400", b"0.5", b"1e30"),
    *(b"9" * 400, b"1e5", b"0x10", b"1_000", b"-0", b"+1", b"00", b"1.", b".", b""),
)
_PIECES = (
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b" ", b'"', b"'", b"\\", b"<", b">", b"&", b"[", b"]"),
    *(b"{", b"}", b"=", b"#", b"/", b"../", b"%", b"&#0;", b"\xed\xa0\x80", b"<!DOCTYPE a>", b"true", b"null", b"-"),
    *(b"[[", b"]]", b"[" * 2000, b"<a>" * 300, b"http://127.0.0.1/a", b"file:///etc/passwd", b"x" * 3000),
)
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_][\w:.-]*")


def mutated(content: bytes, number: random.Random, others: Sequence[bytes], is_text: bool) -> bytes:
    """Return the content after one to five changes, the same ones for the same generator.

    others : files of the same kind, for splices and words
    is_text : whether most changes are those of a text
    """
    for _ in range(1 + min(number.randrange(MOST_CHANGES), number.randrange(MOST_CHANGES))):
        changes = _OF_TEXT if number.random() < (0.8 if is_text else 0.08) else _OF_BYTES
        content = number.choice(changes)(content, number, others)
    return content


def _place(content: bytes, number: random.Random) -> int:
    """Return an offset: in the header or at the end more often than elsewhere, since counts and tables are there."""
    size, share = len(content), number.random()
    if share < 0.35:
        return number.randrange(min(size, 512) + 1)
    if share < 0.45:
        return max(0, size - number.randrange(65))
    return number.randrange(size + 1)


def _flip(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    changed = bytearray(content or b"\0")
    for _each in range(number.choice((1, 1, 1, 2, 4))):
        changed[min(_place(content, number), len(changed) - 1)] ^= 1 << number.randrange(8)
    return bytes(changed)


def _byte(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    changed = bytearray(content or b"\0")
    for _each in range(number.choice((1, 1, 2, 4))):
        at = min(_place(content, number), len(changed) - 1)
        changed[at] = number.choice((0, 1, 127, 128, 255, number.randrange(256)))
    return bytes(changed)


def _integer(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    """Write an integer of 2, 4 or 8 bytes over others; or add a little to the one that is there."""
    size, order = number.choice((2, 4, 4, 8)), number.choice(("little", "little", "little", "big"))
    at = _place(content, number)
    if number.random() < 0.7:
        at -= at % number.choice((2, 4))
    if number.random() < 0.3:
        value = int.from_bytes(content[at : at + size], order) + number.choice((-1, 1, -2, 2, 16, -16, 256))  # type: ignore[arg-type]
    elif number.random() < 0.3:
        value = len(content) + number.randrange(-16, 17)
    else:
        value = number.choice((*_WHOLE, *_WIDE))
    return content[:at] + (value % (1 << 8 * size)).to_bytes(size, order) + content[at + size :]  # type: ignore[arg-type]


def _float(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    at, kind = _place(content, number), number.choice("fd")
    value = number.choice(_REAL)
    piece = struct.pack(f"<{kind}", max(min(value, 3.4e38), -3.4e38) if abs(value) < float("inf") else value)
    return content[:at] + piece + content[at + len(piece) :]


def _cut(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    return content[: _place(content, number)]


def _delete(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    at = _place(content, number)
    return content[:at] + content[at + number.choice((1, 1, 2, 4, 8, 16, 64, 512)) :]


def _repeat(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    at, size = _place(content, number), number.choice((1, 2, 4, 8, 32, 256))
    piece = content[at : at + size] * number.choice((1, 1, 2, 16, 64))
    return content[:at] + piece[:_GROWTH] + content[at:]


def _move(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    """Write a block of the file over another of its blocks."""
    source, target, size = _place(content, number), _place(content, number), number.choice((1, 2, 4, 8, 24, 64))
    return content[:target] + content[source : source + size] + content[target + size :]


def _noise(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    at, size = _place(content, number), number.choice((1, 2, 4, 8, 64))
    replaced = size if number.random() < 0.7 else 0
    return content[:at] + number.randbytes(size) + content[at + replaced :]


def _splice(content: bytes, number: random.Random, others: Sequence[bytes]) -> bytes:
    """Join the start of the file and the end of another, or put a block of the other into it."""
    other = number.choice(others) if others else content
    at, there = _place(content, number), _place(other, number)
    if number.random() < 0.4:
        return content[:at] + other[there:][:_GROWTH]
    size = number.choice((4, 16, 64, 256))
    return content[:at] + other[there : there + size] + content[at + number.choice((0, size)) :]


def _number(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    """Write another number in the place of one."""
    places = [match.span() for match in _NUMBER.finditer(content[:_GROWTH])]
    if not places:
        return _piece(content, number, ())
    low, high = number.choice(places[:40] if number.random() < 0.3 else places)
    text = content[low:high]
    if number.random() < 0.3 and text.lstrip(b"+-").isdigit() and len(text) < 20:
        return content[:low] + b"%d" % (int(text) + number.choice((-1, 1, 2, -2, 10, 1000))) + content[high:]
    return content[:low] + number.choice(_NUMBERS) + content[high:]


def _word(content: bytes, number: random.Random, others: Sequence[bytes]) -> bytes:
    """Write a word of this file or another in the place of one, or delete it."""
    places = [match.span() for match in _WORD.finditer(content[:_GROWTH])]
    if not places:
        return _piece(content, number, ())
    words = _WORD.findall((number.choice(others) if others else content)[:_GROWTH]) or [b"x"]
    low, high = number.choice(places)
    return content[:low] + (b"" if number.random() < 0.2 else number.choice(words)) + content[high:]


def _line(content: bytes, number: random.Random, others: Sequence[bytes]) -> bytes:
    """Delete, repeat, swap or take over lines."""
    lines = content.split(b"\n")
    at, what = number.randrange(len(lines)), number.randrange(5)
    if what == 0:
        del lines[at : at + number.choice((1, 1, 2, 5))]
    elif what == 1:
        lines[at:at] = lines[at : at + number.choice((1, 1, 3))] * number.choice((1, 2, 20))
    elif what == 2:
        other = number.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif what == 3:
        theirs = (number.choice(others) if others else content).split(b"\n")
        first = number.randrange(len(theirs))
        lines[at:at] = theirs[first : first + number.choice((1, 2, 6))]
    else:
        lines[at] = lines[at][: number.randrange(len(lines[at]) + 1)]
    return b"\n".join(lines)[: len(content) + _GROWTH]


def _piece(content: bytes, number: random.Random, _: Sequence[bytes]) -> bytes:
    at, piece = number.randrange(len(content) + 1), number.choice(_PIECES)
    return content[:at] + piece + content[at + number.choice((0, 0, 1, len(piece))) :]


_OF_BYTES = (
    _flip,
    _flip,
    _byte,
    _byte,
    _integer,
    _integer,
    _integer,
    _float,
    _cut,
    _delete,
    _repeat,
    _move,
    _noise,
    _splice,
)
_OF_TEXT = (_number, _number, _number, _word, _word, _line, _line, _piece, _flip, _cut, _splice)
