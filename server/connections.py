"""Hold a connection only as long as its client does its part: says what it wants at once, and takes what it gets."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 10.0
"""For the head of a request to arrive, from its first byte or from the connection on."""
STALL_S = 60.0
"""For a client to take some of what waits for it; a slow one empties its buffers in steps of many seconds."""
HEAD_BYTES = 16 * 1024
"""Of address and headers together."""

_TEXT = b"The address and headers are too long.\n"


class Limited(HttpToolsProtocol):
    """uvicorn's connection, which has no limits of its own for heads that never end and answers that nobody takes."""

    def __init__(self, *values: Any, **more: Any) -> None:
        """Begin like uvicorn does."""
        super().__init__(*values, **more)
        self._answering = self.app
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._head_bytes, self._unread_bytes = 0, 0
        self._waiting, self._answers, self._watched = 0, 0, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        _off(self._head_timer)
        self._head_timer = None
        _off(self._stall_timer)
        self._stall_timer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the head does not grow for ever."""
        if self.cycle is None or self.cycle.response_complete:
            self._unread_bytes += len(data)
            if self._unread_bytes > 16 * HEAD_BYTES:
                self._refuse()
                return
        super().data_received(data)
        if self._unread_bytes and not self.transport.is_closing():
            self._await_head()

    def on_message_begin(self) -> None:
        """Count from nothing."""
        self._head_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count the address."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header, and keep it unless there are too many."""
        self._head_bytes += len(name) + len(value) + 4
        if self._head_bytes <= HEAD_BYTES:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Have the request answered, or refused when its head was too large."""
        self._unread_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        is_large = self._head_bytes > HEAD_BYTES
        self.app = _too_large if is_large else self._answering
        self.answer(is_large)

    def answer(self, is_refused: bool) -> None:  # noqa: ARG002 - for who answers otherwise
        """Have `app` answer the request that has just been read.

        is_refused : whether that only says that the request's head is too large
        """
        super().on_headers_complete()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Finish what was asked when the client has nothing more to ask, and close then."""
        if self.cycle is None or self.cycle.response_complete:
            return None
        self.cycle.keep_alive = False
        return True

    def pause_writing(self) -> None:
        """Watch whether the client takes anything."""
        super().pause_writing()
        self.watch()

    def on_response_complete(self) -> None:
        """Watch whether the client takes the rest."""
        super().on_response_complete()
        self.watch()

    def watch(self) -> None:
        """See to it that what waits to be sent is taken; called with every answer."""
        self._answers += 1
        size = self.transport.get_write_buffer_size()
        if size and self._stall_timer is None:
            self._waiting, self._watched = size, self._answers
            self._stall_timer = self.loop.call_later(STALL_S, self._look_again)

    def _look_again(self) -> None:
        self._stall_timer = None
        # With answers since then, what waits now may be another's.
        if self.transport.get_write_buffer_size() >= self._waiting and self._answers == self._watched:
            # Closing would wait for what nobody takes.
            self.transport.abort()
        else:
            self.watch()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_S, self._give_up)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()

    def _refuse(self) -> None:
        head = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-type: text/plain\r\n"
        self.transport.write(head + b"content-length: %d\r\n\r\n" % len(_TEXT) + _TEXT)
        self.transport.close()


def _off(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


async def _too_large(_scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(_TEXT)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 431, "headers": headers})
    await send({"type": "http.response.body", "body": _TEXT, "more_body": False})
