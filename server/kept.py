"""Keep answers ready to send, the last used ones, up to so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from server.held import Held

Key = tuple[bytes, bytes, str, tuple[str, ...], bool]
"""Path, query, accepted media types, languages by the header, whether Brotli is taken."""

NOT_IN_304 = frozenset((b"content-length", b"content-type", b"content-encoding", b"content-language"))
"""Headers of a body that is not sent."""
_END = b"\r\n\r\n"
_LARGEST_SHARE = 8
_ENTRY_BYTES = 2000
"""What an entry takes besides its body and what was asked: headers, objects."""


@dataclass(slots=True)
class Whole:
    """A whole answer.

    tag : its entity tag; empty without one
    route : for the counters; known only once it was sent
    file : that is the body, and whether its compressed copy is; None where the body is kept
    """

    headers: list[tuple[bytes, bytes]]
    body: bytes
    tag: str
    route: str = ""
    file: tuple[Held, bool] | None = None
    _head: bytes = b""

    def reply(self, more: bytes, is_head: bool, is_known: bool) -> tuple[int, bytes, bytes]:
        """Return status, head and body as HTTP/1.1 has them.

        more : further lines of the head, without the last one's end
        is_known : whether who asks has this version already
        """
        if is_known:
            kept = [each for each in self.headers if each[0] not in NOT_IN_304]
            return 304, b"HTTP/1.1 304 Not Modified\r\n" + _lines(kept) + more + _END, b""
        if not self._head:
            self._head = b"HTTP/1.1 200 OK\r\n" + _lines(self.headers)
        return 200, self._head + more + _END, b"" if is_head else self.body


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


class Kept:
    """Answers of one release, by what was asked.

    limit : most bytes of their bodies
    """

    def __init__(self, limit: int) -> None:
        """Begin with none."""
        self._limit, self._bytes = limit, 0
        self._all: OrderedDict[Key, Whole] = OrderedDict()

    def get(self, key: Key) -> Whole | None:
        """Return the answer, None when it is not kept."""
        found = self._all.get(key)
        if found is not None:
            self._all.move_to_end(key)
        return found

    def put(self, key: Key, answer: Whole) -> None:
        """Keep an answer, and let go of those that nobody asked for the longest."""
        size = _size(key, answer)
        if size > self._limit // _LARGEST_SHARE or key in self._all:
            return
        self._all[key] = answer
        self._bytes += size
        while self._bytes > self._limit:
            self._bytes -= _size(*self._all.popitem(last=False))


def _size(key: Key, answer: Whole) -> int:
    path, query, accepted, *_ = key
    return len(answer.body) + len(path) + len(query) + len(accepted) + _ENTRY_BYTES
