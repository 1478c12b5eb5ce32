"""Run the app on a socket, with limits that one process of one core can keep."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys

import uvicorn

from server.app import create_app
from server.settings import Settings
from server.straight import Connection

CONNECTIONS = 4000
"""Most at a time; whoever comes then is asked to come back."""
_GRACE_S = 20
_KEEP_ALIVE_S = 15
_FILES = 65_536
_BACKLOG = 2048
# The last one is of clients that go away in the middle of an answer; our own failures have a line of their own.
_NOISE = (
    "Invalid HTTP request",
    "Exceeded concurrency",
    "Unsupported upgrade",
    "No supported WebSocket",
    "ASGI callable returned without",
)


def server_of(settings: Settings) -> uvicorn.Server:
    """Return a server of a bundle that is not running yet; raises RottenError when there is no sound bundle."""
    config = uvicorn.Config(
        create_app(settings),
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    return uvicorn.Server(config)


def serve(settings: Settings, listener: socket.socket) -> None:
    """Serve a bundle until a signal ends it; answers in flight are finished first. Raises RottenError at once."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_of_ours)
    _allow_files()
    server = server_of(settings)
    listener.listen(_BACKLOG)
    host, port = listener.getsockname()[:2]
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    print(f"Look at http://{where}/ — Ctrl-C ends it", file=sys.stderr, flush=True)
    server.run(sockets=[listener])


def _is_of_ours(record: logging.LogRecord) -> bool:
    """Leave out what anybody on the internet can cause a thousand times a second."""
    return not str(record.msg).startswith(_NOISE)


def _allow_files() -> None:
    """Let the process have as many connections as it may: a shell's usual 1,024 open files are too few."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
