"""Let an answer out: guarded and numbered, without its body where nobody wants it, and caught whole to be kept."""

from __future__ import annotations

from starlette.types import Message, Send

from server.asked import Asked
from server.kept import NOT_IN_304, Whole
from server.security import Guards


class Outlet:
    """The way out of one answer.

    status, sent : what went out, and how many bytes of body
    whole : the answer, when it may be kept
    """

    def __init__(self, send: Send, asked: Asked, guards: Guards, path: str) -> None:
        """Begin before anything was sent."""
        self._send, self._asked, self._guards, self._path = send, asked, guards, path
        self.status, self.sent = 0, 0
        self.whole: Whole | None = None
        self._is_silent = asked.is_head
        self._start: tuple[list[tuple[bytes, bytes]], str] | None = None

    async def __call__(self, message: Message) -> None:
        """Let a part of the answer out."""
        if message["type"] == "http.response.start":
            await self._begin(message["status"], list(message.get("headers", ())))
        elif message["type"] == "http.response.body":
            await self._go_on(message)
        else:
            await self._send(message)

    async def again(self, whole: Whole) -> None:
        """Send an answer that was kept."""
        if self._asked.accepts.get(b"if-none-match") and self._asked.knows(whole.tag):
            self._is_silent = True
            await self._head(304, [each for each in whole.headers if each[0] not in NOT_IN_304])
        else:
            await self._head(200, whole.headers)
        await self._body(whole.body, False)

    async def bare(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send an answer that has no body."""
        await self._head(status, headers)
        await self._body(b"", False)

    async def _begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        found = dict(headers)
        tag = found.get(b"etag", b"").decode("latin-1")
        headers += self._guards.of(self._path, found.get(b"content-type", b""))
        if status == 200 and self._asked.keep:
            self._start = headers, tag
        if status == 200 and self._asked.file:
            self.whole = Whole(headers, b"", tag, file=self._asked.file)
        if status == 200 and self._asked.knows(tag):
            status, self._is_silent = 304, True
            headers = [each for each in headers if each[0] not in NOT_IN_304]
        await self._head(status, headers)

    async def _go_on(self, message: Message) -> None:
        body, is_more = message.get("body", b""), message.get("more_body", False)
        if self._start and not is_more and not self.sent:
            headers, tag = self._start
            self.whole = Whole(headers, body, tag)
        self._start = None
        await self._body(body, is_more)

    async def _head(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        number = (b"x-request-id", self._asked.id.encode("latin-1"))
        await self._send({"type": "http.response.start", "status": status, "headers": [*headers, number]})

    async def _body(self, body: bytes, is_more: bool) -> None:
        if self._is_silent:
            body = b""
        self.sent += len(body)
        await self._send({"type": "http.response.body", "body": body, "more_body": is_more})
