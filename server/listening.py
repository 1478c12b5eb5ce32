"""Take a port to listen on."""

from __future__ import annotations

import socket

_TRIES = 20


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to a port, or to the next free one; to any for port 0. Exits when there is none."""
    for candidate in range(port, port + _TRIES) if port else (0,):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError:
            listener.close()
        else:
            return listener
    raise SystemExit(f"no free port from {port} to {port + _TRIES - 1} on {host}; choose one with --port")
