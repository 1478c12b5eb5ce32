"""Let the kernel send a file on a connection, without a copy of it in our memory (sendfile)."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

_MOST_BYTES = 1 << 20
"""In one call, so that one reader does not hold up the others."""
_MORE = getattr(socket, "MSG_MORE", 0)
"""Says that the file comes behind the head, so that both travel in the same packets; Linux has it."""
_GONE = "the client went away"
Done = Callable[[int, Exception | None], None]


class Sender:
    """Sends on a copy of a socket's descriptor: the event loop waits for its own transport on the other.

    One callback, and no task, for each time that the client has room again: with a model of 2 MB there are several, and
    they are what the server does with its time.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: socket.socket, stall_s: float) -> None:
        """Open the copy.

        stall_s : how long the client may take nothing
        """
        self._loop, self._stall_s = loop, stall_s
        self._socket: socket.socket | None = socket.socket(fileno=os.dup(connection.fileno()))
        self._head, self._file, self._first, self._begin, self._behind = b"", -1, 0, 0, 0
        self._done: Done | None = None
        self._is_waiting = False
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Close the copy; whoever waits is told so."""
        self._finish(ConnectionResetError(_GONE))
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def start(self, head: bytes, file: int, begin: int, behind: int, done: Done) -> None:
        """Send a head and a file's bytes, and say when that is done.

        done : called with how many of the file's bytes went out and what went wrong: nothing, OSError when the client
            is gone, TimeoutError when it takes nothing
        """
        self._head, self._file, self._done = head, file, done
        self._first, self._begin, self._behind = begin, begin, behind
        self._go_on()

    async def send(self, file: int, begin: int, behind: int) -> None:
        """Send a file's bytes; raises OSError and TimeoutError as `start` says."""
        sent: asyncio.Future[None] = self._loop.create_future()

        def _done(_: int, error: Exception | None) -> None:
            if not sent.done():
                sent.set_exception(error) if error else sent.set_result(None)

        self.start(b"", file, begin, behind, _done)
        try:
            await sent
        finally:
            self._finish(None)  # when nobody waits for it any more

    def _go_on(self) -> None:
        """Send as much as there is room for, and come back for the rest."""
        if self._socket is None:
            self._finish(ConnectionResetError(_GONE))
            return
        try:
            if self._head:
                self._head = self._head[self._socket.send(self._head, _MORE) :]
            if not self._head and self._begin < self._behind:
                most = min(self._behind - self._begin, _MOST_BYTES)
                sent = os.sendfile(self._socket.fileno(), self._file, self._begin, most)
                self._begin += sent
                if not sent:
                    raise OSError("the file has become shorter")
        except BlockingIOError:
            pass
        except OSError as error:
            self._finish(error)
            return
        if not self._head and self._begin >= self._behind:
            self._finish(None)
        elif not self._is_waiting:
            self._is_waiting = True
            self._loop.add_writer(self._socket, self._go_on)
            self._watch()

    def _watch(self) -> None:
        self._timer = self._loop.call_later(self._stall_s, self._look_again, self._begin)

    def _look_again(self, before: int) -> None:
        """Give up on a client that took nothing since."""
        if self._begin > before:
            self._watch()
        else:
            self._finish(TimeoutError("the client takes nothing"))

    def _finish(self, error: Exception | None) -> None:
        if self._is_waiting and self._socket is not None:
            self._loop.remove_writer(self._socket)
        self._is_waiting = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        done, self._done = self._done, None
        if done is not None:
            done(self._begin - self._first, error)
