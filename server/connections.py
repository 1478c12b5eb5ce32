"""Hold a connection only as long as its client does its part: says what it wants at once, and takes what it gets."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server.by_kernel import Sender
from server.desk import Desk
from server.stream import EXTENSION

HEAD_S = 10.0
"""For the head of a request to arrive, from its first byte or from the connection on."""
STALL_S = 60.0
"""For a client to take some of what waits for it; a slow one empties its buffers in steps of many seconds."""
HEAD_BYTES = 16 * 1024
"""Of address and headers together."""

_TEXT = b"The address and headers are too long.\n"


class Connection(HttpToolsProtocol):
    """uvicorn's connection, which has no limits of its own for heads that never end and answers that nobody takes."""

    def __init__(self, *values: Any, **more: Any) -> None:
        """Begin like uvicorn does."""
        super().__init__(*values, **more)
        self._answering = self.app
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._head_bytes, self._unread_bytes, self._waiting = 0, 0, 0
        self._is_straight = False
        self._sender: Sender | None = None
        self._desk: Desk = self.config.app.state.desk  # type: ignore[union-attr]

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
        if self._sender is not None:
            self._sender.close()
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
        self._is_straight = not is_large and self._answer_straight()
        if not self._is_straight:
            self.app = _too_large if is_large else self._answering
            # With requests behind each other the connection's cycle is the last one's, and not that of who sends.
            own: list[RequestResponseCycle] = []
            self.scope["extensions"] = {EXTENSION: partial(self._send_file, own)}  # type: ignore[dict-item]
            super().on_headers_complete()
            own.append(self.cycle)

    def on_body(self, body: bytes) -> None:
        """Leave a body to the app; what is answered straight has none."""
        if not self._is_straight:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Tell the app, unless it was not asked."""
        if not self._is_straight:
            super().on_message_complete()

    def _answer_straight(self) -> bool:
        """Write an answer that is kept; say whether there was one.

        A task, a scope and two messages through ASGI take longer than everything else in such an answer: without them
        it is three times as fast.
        """
        is_busy = self.cycle is not None and not self.cycle.response_complete
        if is_busy or self.transport.is_closing() or self.transport.get_write_buffer_size() > HIGH_WATER_LIMIT:
            return False
        method = self.parser.get_method()
        if method not in (b"GET", b"HEAD") or not self.parser.should_keep_alive() or self.parser.should_upgrade():
            return False
        if self.parser.get_http_version() != "1.1" or len(self.connections) >= (self.limit_concurrency or 1 << 30):
            return False
        begun = time.perf_counter()
        path, _, query = self.url.partition(b"?")
        asked = self._desk.asked(method == b"HEAD", self.headers, query)
        key = self._desk.key(path, query, asked)
        kept = self._desk.kept(key, asked) if key else None
        if kept is None or kept.file:
            return False
        more = b"".join(name + b": " + value + b"\r\n" for name, value in self.server_state.default_headers)
        more += b"x-request-id: " + asked.id.encode("latin-1")
        is_known = b"if-none-match" in asked.accepts and asked.knows(kept.tag)
        status, head, body = kept.reply(more, asked.is_head, is_known)
        self.transport.write(head + body)
        seconds = time.perf_counter() - begun
        self._desk.note(
            asked, self.client[0] if self.client else "", method.decode(), path.decode(), status, len(body), seconds
        )
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True

    async def _send_file(self, own: list[RequestResponseCycle], file: int, begin: int, behind: int) -> None:
        """Send a file's bytes behind everything that was written before."""
        (cycle,) = own
        self.transport.set_write_buffer_limits(0)
        await asyncio.sleep(0)
        while self.transport.get_write_buffer_size() and not cycle.disconnected:
            await self.flow.drain()
        self.transport.set_write_buffer_limits(HIGH_WATER_LIMIT)
        if cycle.disconnected:
            raise ConnectionResetError("the client went away")
        if self._sender is None:
            self._sender = Sender(self.loop, self.transport.get_extra_info("socket"), STALL_S)
        try:
            await self._sender.send(file, begin, behind)
        except TimeoutError:
            self.transport.abort()
            raise
        cycle.expected_content_length -= behind - begin

    def pause_writing(self) -> None:
        """Watch whether the client takes anything."""
        super().pause_writing()
        self._waiting = self.transport.get_write_buffer_size()
        self._stall_timer = self.loop.call_later(STALL_S, self._look_again)

    def resume_writing(self) -> None:
        """Watch no longer."""
        super().resume_writing()
        _off(self._stall_timer)
        self._stall_timer = None

    def _look_again(self) -> None:
        size = self.transport.get_write_buffer_size()
        if size >= self._waiting:
            # Closing would wait for what nobody takes.
            self.transport.abort()
            return
        self._waiting = size
        self._stall_timer = self.loop.call_later(STALL_S, self._look_again)

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
