"""Run the app under uvicorn, with limits that one process on one core can keep."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import time

import uvicorn
from fastapi import FastAPI

from carreau_server.http.app_state import AppState
from carreau_server.http.connection_limits import LimitedHttpProtocol, limit_stalls

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
