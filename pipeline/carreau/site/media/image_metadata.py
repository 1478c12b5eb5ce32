"""Replace the metadata of an encoded image; its pixel data stay identical.

Metadata is a block of its own. A new block has another length, which the container stores: JPEG (ITU T.81, B.1.1.4)
before each segment, WebP (RFC 9649, 2.3) before each chunk and in its header, and AVIF (ISO 14496-12) in the offsets of
the table `iloc` (8.11.3) and before `mdat`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator


def with_metadata(content: bytes, media_type: str, old: bytes, new: bytes) -> bytes:
    """Return a picture in which one block of bytes is another.

    Raises ValueError where it is not there exactly once, or the picture is not laid out as our encoders do.
    """
    if content.count(old) != 1:
        raise ValueError("the words to be replaced are not there once")
    return _BY_TYPE[media_type](content, content.index(old), old, new)


def _spliced(content: bytes | bytearray, at: int, old: bytes, new: bytes) -> bytes:
    return bytes(content[:at]) + new + bytes(content[at + len(old) :])


def _number(content: bytes | bytearray, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "big")


def _add(content: bytearray, at: int, size: int, more: int) -> None:
    content[at : at + size] = (_number(content, at, size) + more).to_bytes(size, "big")


def _jpeg(content: bytes, at: int, old: bytes, new: bytes) -> bytes:
    result, place = bytearray(content), 2
    while place + 4 <= at:
        behind = place + 2 + _number(content, place + 2, 2)
        if at < behind:
            _add(result, place + 2, 2, len(new) - len(old))
            return _spliced(result, at, old, new)
        place = behind
    raise ValueError("no segment holds the words")


def _webp(content: bytes, at: int, old: bytes, new: bytes) -> bytes:
    place = 12
    while place + 8 <= at:
        size = int.from_bytes(content[place + 4 : place + 8], "little")
        behind = place + 8 + size
        if at < behind:
            chunk = _spliced(content[place + 8 : behind], at - place - 8, old, new)
            block = content[place : place + 4] + len(chunk).to_bytes(4, "little") + chunk + bytes(len(chunk) % 2)
            body = content[8:place] + block + content[behind + size % 2 :]
            return content[:4] + len(body).to_bytes(4, "little") + body
        place = behind + size % 2
    raise ValueError("no chunk holds the words")


def _avif(content: bytes, at: int, old: bytes, new: bytes) -> bytes:
    result, more = bytearray(content), len(new) - len(old)
    for name, start, _ in _boxes(content, 0, len(content)):
        if name == b"mdat":
            _add(result, start, 4, more)
    for place in _extents(content):
        offset, length = _number(content, place, 4), _number(content, place + 4, 4)
        if offset > at:
            _add(result, place, 4, more)
        elif at < offset + length:
            _add(result, place + 4, 4, more)
    return _spliced(result, at, old, new)


def _boxes(content: bytes, place: int, behind: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, start and end of each box."""
    while place + 8 <= behind:
        size = _number(content, place, 4)
        if size < 8:
            raise ValueError("a box without its length")
        yield content[place + 4 : place + 8], place, place + size
        place += size


def _extents(content: bytes) -> Iterator[int]:
    """Yield the positions of the offset and length fields of each extent, four bytes each."""
    [(_, meta, meta_end)] = [each for each in _boxes(content, 0, len(content)) if each[0] == b"meta"]
    [(_, iloc, _)] = [each for each in _boxes(content, meta + 12, meta_end) if each[0] == b"iloc"]
    version, sizes, items = content[iloc + 8], content[iloc + 12 : iloc + 14], _number(content, iloc + 14, 2)
    if version or sizes != b"\x44\x00":
        raise ValueError("a table of another kind")
    place = iloc + 16
    for _ in range(items):
        extents = _number(content, place + 4, 2)
        place += 6
        for _ in range(extents):
            yield place
            place += 8


_BY_TYPE: dict[str, Callable[[bytes, int, bytes, bytes], bytes]] = {
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/avif": _avif,
}
