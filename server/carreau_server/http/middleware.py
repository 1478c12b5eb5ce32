"""Outermost ASGI middleware: checks every request, and gives every response its id, security headers and log line."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Container

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carreau_server.http.access_log import visit_of
from carreau_server.http.app_state import AppState
from carreau_server.http.context import SCOPE_KEY, RequestContext, create_context, route_path
from carreau_server.http.problems import problem_response

_log = logging.getLogger("carreau")
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%-]*(:[0-9]*)?|\[[0-9A-Fa-f:.]+\](:[0-9]*)?")
_TRACKING = re.compile(rb"(?:^|(?<=&))(?:(?:utm_|mtm_|pk_|at_)[^=&]*|fbclid|gclid|msclkid)(?=[=&]|$)")
"""Parameters that newsletters and social networks append to every link; they are dropped."""
_NOT_IN_304 = frozenset((b"content-length", b"content-type", b"content-encoding", b"content-language"))
"""Headers of a body that is not sent (RFC 9110, 15.4.5)."""
_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, Accept-Language, If-None-Match, If-Range, Range, X-Request-ID"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, OPTIONS"),
]


class RequestMiddleware:
    """What every request passes."""

    def __init__(self, app: ASGIApp, state: AppState) -> None:
        """Wrap an app."""
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, state, method = time.perf_counter(), self._state, scope["method"]
        query = clean_query(scope["query_string"]) if len(scope["query_string"]) <= state.settings.query_chars else b""
        context = create_context(state.releases.bundle, method == "HEAD", scope["headers"], query)
        responder = _Responder(send, context, state, scope["path"])
        inner = {**scope, "query_string": query, SCOPE_KEY: context}
        inner["raw_path"] = scope.get("raw_path") or scope["path"].encode()
        inner["method"] = "GET" if context.is_head else method
        state.in_flight += 1
        try:
            await self._respond(inner, receive, responder, context, len(scope["query_string"]))
        finally:
            state.in_flight -= 1
            seconds = time.perf_counter() - started
            state.metrics.add(context.route, responder.status, responder.sent_bytes, seconds)
            if state.settings.access_log:
                fields = {"id": context.request_id, "route": context.route, "release": context.bundle.head.release}
                size, visit = responder.sent_bytes, visit_of(context, responder.language)
                state.log.add(method, scope["path"], responder.status, size, seconds, visit, **fields)

    async def _respond(
        self, scope: Scope, receive: Receive, responder: _Responder, context: RequestContext, query_chars: int
    ) -> None:
        """Run the app, unless the request is refused before."""
        if refusal := self._refusal(scope, context, query_chars):
            code, values, headers = refusal
            response = problem_response(context, self._state.messages, scope["path"], code, values, headers=headers)
            await response(scope, receive, responder)
            return
        if scope["method"] == "OPTIONS":
            await responder({"type": "http.response.start", "status": 204, "headers": list(_PREFLIGHT)})
            await responder({"type": "http.response.body", "body": b""})
            return
        try:
            await self._app(scope, receive, responder)
        except asyncio.CancelledError:
            # The server stops, and the request did not end in time; it is the last one on its connection.
            if not self._state.is_draining:
                raise
        except OSError as error:
            # The client disconnected or is too slow; this is not a server error.
            if not isinstance(error, ConnectionError | TimeoutError):
                await self._fail(scope, receive, responder, context)
        except Exception:
            await self._fail(scope, receive, responder, context)
        context.route = context.route or route_path(scope)

    def _refusal(
        self, scope: Scope, context: RequestContext, query_chars: int
    ) -> tuple[str, dict[str, object], dict[str, str]] | None:
        """Return problem code, values and headers for a request that is not even routed; None for all others."""
        settings = self._state.settings
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) > 1 or (not hosts and scope.get("http_version") != "1.0") or not all(map(_HOST.fullmatch, hosts)):
            return "invalid-host", {}, {"Connection": "close"}
        if context.header(b"content-length") not in ("", "0") or b"transfer-encoding" in context.headers:
            return "content-too-large", {}, {"Connection": "close"}  # the body may never end
        if query_chars > settings.query_chars:
            return "uri-too-long", {"limit": settings.query_chars}, {}
        client = client_address(scope, context, self._state.trusted_proxies)
        if wait_s := self._state.rate_limiter.retry_after_s(client):
            seconds = int(wait_s) + 1
            return "too-many-requests", {"seconds": seconds}, {"Retry-After": str(seconds)}
        return None

    async def _fail(self, scope: Scope, receive: Receive, responder: _Responder, context: RequestContext) -> None:
        """Log the exception that is being handled, and answer 500 where nothing was sent yet."""
        self._state.metrics.failures += 1
        _log.exception("request %s failed: %s", context.request_id, scope["path"])
        if not responder.status:
            values = {"id": context.request_id}
            response = problem_response(context, self._state.messages, scope["path"], "internal-error", values)
            await response(scope, receive, responder)


class _Responder:
    """Sends one response with security headers and request id; drops the body for HEAD and 304.

    status, sent_bytes : of the response, 0 before anything was sent
    language : of the response, also of one that the client has already
    """

    def __init__(self, send: Send, context: RequestContext, state: AppState, path: str) -> None:
        self._send, self._context, self._state, self._path = send, context, state, path
        self._has_no_body = context.is_head
        self.status, self.sent_bytes, self.language = 0, 0, ""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = self._start(message)
        elif message["type"] == "http.response.body":
            if self._has_no_body:
                message = {**message, "body": b""}
            self.sent_bytes += len(message.get("body", b""))
        await self._send(message)

    def _start(self, message: Message) -> Message:
        headers, status, context = message["headers"], message["status"], self._context
        etag = media_type = b""
        for name, value in headers:  # a Headers object takes longer than all the rest here
            if name == b"etag":
                etag = value
            elif name == b"content-type":
                media_type = value
            elif name == b"content-language":
                self.language = value.decode("latin-1")
        if status == 200 and b"if-none-match" in context.headers and context.matches(etag.decode("latin-1")):
            status, self._has_no_body = 304, True
            headers = [each for each in headers if each[0] not in _NOT_IN_304]
        guards = self._state.security_headers(context.bundle).select(self._path, media_type)
        headers = [*headers, *guards, (b"x-request-id", context.request_id.encode("latin-1"))]
        if self._state.is_draining:
            headers.append((b"connection", b"close"))
        self.status = status
        return {**message, "status": status, "headers": headers}


def clean_query(query: bytes) -> bytes:
    """Return a query without tracking parameters.

    >>> clean_query(b"utm_source=mail&q=fosse&fbclid=1")
    b'q=fosse'
    """
    if not _TRACKING.search(query):
        return query
    return b"&".join(part for part in query.split(b"&") if not _TRACKING.match(part))


def client_address(scope: Scope, context: RequestContext, trusted_proxies: Container[str]) -> str:
    """Return the client's address: from a trusted proxy's header, else the peer's."""
    peer = str(scope["client"][0]) if scope.get("client") else ""
    forwarded = context.header(b"x-forwarded-for") if peer in trusted_proxies else ""
    for address in reversed(forwarded.split(",") if forwarded else ()):
        peer = address.strip()
        if peer not in trusted_proxies:
            break
    return peer
