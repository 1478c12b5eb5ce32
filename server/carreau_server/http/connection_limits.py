"""Limits on connections: time and size of request headers, no bodies, and time that a client may stop reading.

uvicorn has no limits of its own for these where httptools parses. Behind nginx they never come into play, as nginx has
the same ones. URLs that are not percent-encoded, as curl sends them, are encoded here too: httptools refuses them.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from typing import Any, cast

from uvicorn.config import HTTP_PROTOCOLS
from uvicorn.importer import import_from_string

from carreau.base.schema.problems import PROBLEMS, TYPE_PREFIX

HEADER_TIMEOUT_S = 10.0
"""For the headers of a request to arrive, from its first byte or from the connection on."""
MAX_HEADER_BYTES = 16 * 1024
"""Of request line and headers together."""
STALL_TIMEOUT_S = 60.0
"""For a client to read some of what waits for it."""
LINGER_S = 5.0
"""For a client to end a body that was refused: if it still sends when the connection is closed, it gets no response."""

_END = b"\r\n\r\n"
_REQUEST_LINE = re.compile(rb"(?:\A|(?<=\r\n\r\n))[A-Z]+ [^\r\n]*")
_BODY = re.compile(rb"\r\n(?:content-length[ \t]*:(?![ \t]*0*[ \t]*\r\n)|transfer-encoding[ \t]*:)")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_CODE = "header-fields-too-large"


def _refusal() -> bytes:
    problem = PROBLEMS[_CODE]
    detail = problem.detail % {"limit": MAX_HEADER_BYTES}
    fields = {"type": TYPE_PREFIX + _CODE, "title": problem.title, "status": 431, "code": _CODE, "detail": detail}
    body = json.dumps(fields).encode()
    head = "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: application/problem+json\r\n"
    return f"{head}Cache-Control: no-store\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def limit_stalls(listener: socket.socket) -> None:
    """Let the kernel drop connections of a listening socket whose client stops reading, where it can (Linux).

    TCP_USER_TIMEOUT covers every byte that is not acknowledged, also of responses that are complete for the server; an
    accepted connection inherits it (tcp(7)).
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALL_TIMEOUT_S * 1000))


def _percent_encoded(line: re.Match[bytes]) -> bytes:
    return _NOT_ASCII.sub(lambda match: b"%%%02X" % match[0][0], line[0])


class _CheckedTransport:
    """A transport that reports writes after a disconnection as ConnectionResetError, and can close in two steps.

    uvicorn tells only the last one of several pipelined requests that the client is gone, and uvloop then raises a bare
    RuntimeError where another one writes.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None
        self.has_body = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self.is_closing():
            raise ConnectionResetError("the client disconnected")
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._timer is not None or self._transport.is_closing()

    def close(self) -> None:
        """Close; where a body is on its way, after the client has ended it, or `LINGER_S`."""
        if not self.has_body:
            self._transport.close()
        elif not self.is_closing():
            self._transport.write_eof()
            self._timer = asyncio.get_running_loop().call_later(LINGER_S, self._transport.abort)

    def stop(self) -> None:
        """Forget the timer of a connection that has ended."""
        if self._timer is not None:
            self._timer.cancel()


def _declares_body(head: bytes) -> bool:
    head = head.lower()
    return (b"\r\ncontent-l" in head or b"\r\ntransfer-e" in head) and _BODY.search(head) is not None


class LimitedHttpProtocol(asyncio.Protocol):
    """uvicorn's HTTP protocol behind limits for request headers; `uvicorn.Config(http=…)` takes it."""

    def __init__(self, **arguments: Any) -> None:
        """Create the protocol that it limits, as uvicorn would."""
        self._http: asyncio.Protocol = import_from_string(HTTP_PROTOCOLS["httptools"])(**arguments)
        self._transport: asyncio.Transport
        self._checked: _CheckedTransport
        self._timer: asyncio.TimerHandle | None = None
        self._unfinished = b""
        self._is_first = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for headers."""
        self._transport = cast(asyncio.Transport, transport)
        self._checked = _CheckedTransport(self._transport)
        self._http.connection_made(cast(asyncio.Transport, self._checked))
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Pass data on, as long as its headers are within the limits; a body is dropped, as its request is refused."""
        if self._transport.is_closing() or self._checked.has_body:
            return
        if not data.isascii() and not self._unfinished:
            data = _REQUEST_LINE.sub(_percent_encoded, data)
        former = len(self._unfinished)
        unfinished = self._unfinished + data if self._unfinished else data
        start = 0
        while (end := unfinished.find(_END, start)) >= 0:
            if end - start > MAX_HEADER_BYTES:
                break
            head, start = unfinished[start : end + 2], end + len(_END)
            if _declares_body(head):
                self._checked.has_body = True
                data, unfinished = data[: start - former], unfinished[:start]
                break
        self._unfinished = unfinished[start:] if start else unfinished
        if len(self._unfinished) >= MAX_HEADER_BYTES + len(_END):
            self._refuse()
            return
        if start:
            self._is_first = False
            self._stop_timer()
        if self._unfinished:
            self._start_timer()
        self._http.data_received(data)

    def _refuse(self) -> None:
        self._stop_timer()
        if self._is_first:
            self._transport.write(_refusal())
            self._transport.close()
        else:  # a response to an earlier request may be on its way, and nothing may be written into it
            self._transport.abort()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HEADER_TIMEOUT_S, self._time_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on."""
        self._stop_timer()
        self._checked.stop()
        self._http.connection_lost(exc)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._http.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self._http.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._http.resume_writing()
