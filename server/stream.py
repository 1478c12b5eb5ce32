"""Send a file, whole or in parts: by the kernel where the connection can, else in pieces."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.asked import asked_in

EXTENSION = "carreau.file"
"""In a scope's extensions: what sends an open file from one byte up to another."""
SendFile = Callable[[int, int, int], Awaitable[None]]

_PIECE_BYTES = 128 * 1024


class Stream(Response):
    """A file's answer. It closes the descriptor.

    A whole file in memory would be nearly as fast, and a thousand slow readers of 2 MB would hold 2 GB: in pieces they
    hold 128 MB at most, and nothing where the kernel sends.

    parts : of the answer's body, bytes as they are or (first, behind the last) of the file
    """

    def __init__(
        self, descriptor: int, parts: Sequence[bytes | tuple[int, int]], status: int, headers: Mapping[str, str]
    ) -> None:
        """Say what to send."""
        length = sum(len(part) if isinstance(part, bytes) else part[1] - part[0] for part in parts)
        super().__init__(None, status, {**headers, "Content-Length": str(length)})
        self._descriptor, self._parts = descriptor, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as in ASGI
        """Send it."""
        by_kernel = cast("SendFile | None", (scope.get("extensions") or {}).get(EXTENSION))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            for part in self._parts:
                if isinstance(part, bytes):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                elif by_kernel:
                    await by_kernel(self._descriptor, *part)
                    asked_in(scope).sent_by_kernel += part[1] - part[0]
                else:
                    await self._pieces(*part, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            os.close(self._descriptor)

    async def _pieces(self, place: int, behind: int, send: Send) -> None:
        while place < behind:
            piece = os.pread(self._descriptor, min(_PIECE_BYTES, behind - place), place)
            if not piece:
                raise OSError("the file has become shorter")
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            place += len(piece)
