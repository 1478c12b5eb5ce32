"""Let the kernel send a file on a connection, without a copy of it in our memory (sendfile)."""

from __future__ import annotations

import asyncio
import os
import socket

_MOST_BYTES = 1 << 20
"""In one call, so that one reader does not hold up the others."""


class Sender:
    """Sends on a copy of a socket's descriptor: the event loop waits for its own transport on the other."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: socket.socket, stall_s: float) -> None:
        """Open the copy.

        stall_s : how long the client may take nothing
        """
        self._loop, self._stall_s = loop, stall_s
        self._descriptor = os.dup(connection.fileno())
        self._waiting: asyncio.Future[None] | None = None

    def close(self) -> None:
        """Close the copy; whoever waits on it is told so."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("the client went away"))

    async def send(self, file: int, begin: int, behind: int) -> None:
        """Send a file's bytes; raises OSError when the client is gone, TimeoutError when it takes nothing."""
        while begin < behind:
            if self._descriptor < 0:
                raise ConnectionResetError("the client went away")
            try:
                sent = os.sendfile(self._descriptor, file, begin, min(behind - begin, _MOST_BYTES))
            except BlockingIOError:
                await self._room()
                continue
            if not sent:
                raise OSError("the file has become shorter")
            begin += sent
            if begin < behind:
                await asyncio.sleep(0)

    async def _room(self) -> None:
        waiting = self._waiting = self._loop.create_future()
        descriptor = self._descriptor
        self._loop.add_writer(descriptor, _wake, waiting)
        try:
            async with asyncio.timeout(self._stall_s):
                await waiting
        finally:
            self._loop.remove_writer(descriptor)
            self._waiting = None


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
