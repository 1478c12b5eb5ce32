"""Answer what is kept straight on the connection, without the app: a document from memory, a file by the kernel.

A task, a scope and two messages through ASGI take longer than all else in such an answer: without them a document is
sent three times as fast, and a model of 2 MB as fast as nginx sends it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from server.asked import Asked
from server.bundle import Bundle
from server.by_kernel import Sender
from server.connections import STALL_S, Limited
from server.desk import Desk
from server.errors import RottenError
from server.held import Held
from server.stream import EXTENSION


class InFlight:
    """A file's answer on its way: what uvicorn asks of the request that a connection is busy with."""

    def __init__(self) -> None:
        """Begin."""
        self.response_complete, self.disconnected, self.keep_alive = False, False, True
        self.message_event = asyncio.Event()


class Connection(Limited):
    """A connection that answers itself what it can."""

    def __init__(self, *values: Any, **more: Any) -> None:
        """Begin like uvicorn does."""
        super().__init__(*values, **more)
        self._is_straight = False
        self._sender: Sender | None = None
        self._desk: Desk = self.config.app.state.desk  # type: ignore[union-attr]

    def connection_lost(self, exc: Exception | None) -> None:
        """Send nothing any more."""
        super().connection_lost(exc)
        if self._sender is not None:
            self._sender.close()

    def answer(self, is_refused: bool) -> None:
        """Answer, or have the app do it."""
        self._unset_keepalive_if_required()  # an answer before this one, of the same packet, has begun to wait
        self._is_straight = not is_refused and self._answer_straight()
        if not self._is_straight:
            # With requests behind each other the connection's cycle is the last one's, and not that of who sends.
            own: list[RequestResponseCycle] = []
            self.scope["extensions"] = {EXTENSION: partial(self._send_file, own)}  # type: ignore[dict-item]
            super().answer(is_refused)
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
        """Answer with what is kept; say whether there was something."""
        is_busy = self.cycle is not None and not self.cycle.response_complete
        waiting = self.transport.get_write_buffer_size()
        if is_busy or self.transport.is_closing() or waiting > HIGH_WATER_LIMIT:
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
        if kept is None:
            return False
        is_known = b"if-none-match" in asked.accepts and asked.knows(kept.tag)
        more = b"".join(name + b": " + value + b"\r\n" for name, value in self.server_state.default_headers)
        more += b"x-request-id: " + asked.id.encode("latin-1")
        status, head, body = kept.reply(more, asked.is_head, is_known)
        note = partial(self._note, asked, method.decode(), path.decode(), status, begun)
        if kept.file and not is_known and not asked.is_head:
            # What was written before must be gone, for the kernel sends at once.
            return not waiting and self._start_file(head, asked.bundle, *kept.file, note)
        self.transport.write(head + body)
        self.watch()
        note(len(body))
        self.server_state.total_requests += 1
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True

    def _note(self, asked: Asked, method: str, path: str, status: int, begun: float, size: int) -> None:
        client = self.client[0] if self.client else ""
        self._desk.note(asked, client, method, path, status, size, time.perf_counter() - begun)

    def _start_file(
        self, head: bytes, bundle: Bundle, held: Held, is_brotli: bool, note: Callable[[int], None]
    ) -> bool:
        """Have the kernel send a file behind its head; say whether it could be opened."""
        try:
            file = bundle.opened(held, is_brotli)
        except RottenError:
            return False  # the app says what is wrong
        cycle = InFlight()
        self.cycle = cycle  # type: ignore[assignment]

        def _done(sent: int, error: Exception | None) -> None:
            os.close(file)
            cycle.response_complete = True
            note(sent)
            if error:
                self.transport.abort()
            elif not cycle.keep_alive:
                self.transport.close()
            self.on_response_complete()

        self._kernel().start(head, file, 0, held.length(is_brotli), _done)
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
        try:
            await self._kernel().send(file, begin, behind)
        except TimeoutError:
            self.transport.abort()
            raise
        cycle.expected_content_length -= behind - begin

    def _kernel(self) -> Sender:
        if self._sender is None:
            self._sender = Sender(self.loop, self.transport.get_extra_info("socket"), STALL_S)
        return self._sender
