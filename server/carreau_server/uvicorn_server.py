"""Run the app under uvicorn, with limits that one process on one core can keep."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import socket
import sys
import time
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.config import HTTP_PROTOCOLS
from uvicorn.importer import import_from_string

from carreau.base.schema.requests import PROBLEMS, TYPE_PREFIX
from carreau_server.app_state import AppState

MAX_CONNECTIONS = 4000
"""Further ones are answered 503."""
GRACE_S = 20.0
"""For requests in flight to end after SIGTERM."""
_KEEP_ALIVE_S = 15
_MAX_OPEN_FILES = 65_536
_BACKLOG = 2048
_PORT_TRIES = 20
# Warnings that any client can cause a thousand times a second. The app logs its own failures.
_NOISE = (
    "Invalid HTTP request",
    "Exceeded concurrency",
    "Unsupported upgrade",
    "No supported WebSocket",
    "ASGI callable returned without",
)


class GracefulServer(uvicorn.Server):
    """uvicorn's server, which keeps listening after SIGTERM until requests in flight have ended.

    `/readyz` answers 503 meanwhile, so that a load balancer stops sending requests; a second Ctrl-C stops at once.
    """

    def __init__(self, config: uvicorn.Config, state: AppState, grace_s: float) -> None:
        """Keep the state of the app."""
        super().__init__(config)
        self._state, self._grace_s = state, grace_s
        self._deadline = 0.0

    async def on_tick(self, counter: int) -> bool:
        """Say whether to stop, ten times a second."""
        if not await super().on_tick(counter):
            return False
        if not self._state.is_draining:
            self._state.is_draining = True
            self._deadline = time.monotonic() + self._grace_s
        return self.force_exit or not self._is_busy() or time.monotonic() >= self._deadline

    def _is_busy(self) -> bool:
        """Say whether a request is being answered, or a response waits for its client to read it."""
        transports = (connection.transport for connection in self.server_state.connections)
        return bool(self._state.in_flight) or any(transport.get_write_buffer_size() for transport in transports)


def create_server(app: FastAPI, grace_s: float = GRACE_S) -> GracefulServer:
    """Return a server for an app that is not running yet."""
    config = uvicorn.Config(
        app,
        loop="auto",
        http=LimitedHttpProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,  # in-flight requests have had their time by then
    )
    return GracefulServer(config, app.state.app_state, grace_s)


def serve(app: FastAPI, listener: socket.socket, grace_s: float = GRACE_S) -> None:
    """Serve an app until a signal ends it."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_not_noise)
    _raise_file_limit()
    server = create_server(app, grace_s)
    listener.listen(_BACKLOG)  # before the address is printed, so that its reader can connect
    host, port = listener.getsockname()[:2]
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    print(f"Serving http://{address}/ — Ctrl-C stops it", file=sys.stderr, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def bind(host: str, port: int | None, default_port: int = 8000) -> socket.socket:
    """Return a socket bound to a port; without one, to the default port or the next free one.

    Exits with a message where the port is in use or not allowed.
    """
    candidates = [port] if port is not None else range(default_port, default_port + _PORT_TRIES)
    for candidate in candidates:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError as error:
            listener.close()
            reason = error.strerror
        else:
            limit_stalls(listener)
            return listener
    if port is not None:
        raise SystemExit(f"--port {port}: cannot listen on {host}: {reason}; choose another port, or leave --port out")
    raise SystemExit(
        f"no free port from {default_port} to {candidates[-1]} on {host}: {reason}; choose one with --port"
    )


def _is_not_noise(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_NOISE)


def _raise_file_limit() -> None:
    """Allow as many open files as the system lets us: a shell's usual 1,024 are too few for connections."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = _MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(_MAX_OPEN_FILES, hard)
        if soft < limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


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
