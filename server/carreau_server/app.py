"""Create the app that answers from a bundle, with its middleware: checks of every request, response cache.

A document takes 107 µs of CPU from its route, and 8 µs from here, besides uvicorn's share; most requests were answered
before. Behind nginx, `proxy_cache` does the same and this cache sees little.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Container
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from fastapi import APIRouter, FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carreau_server import files, itineraries, ogc, pages, service, sites
from carreau_server.app_state import AppState, describe_visit
from carreau_server.bundle import Bundle
from carreau_server.context import (
    SCOPE_KEY,
    RequestContext,
    create_context,
    get_context,
    language_preferences,
    route_path,
)
from carreau_server.openapi import operation_id
from carreau_server.responses import add_exception_handlers, problem_response
from carreau_server.settings import Settings

ROUTERS: tuple[APIRouter, ...] = (
    files.files_router,
    files.models_router,
    sites.sites_router,
    itineraries.routes_router,
    itineraries.trails_router,
    sites.catalogue_router,
    pages.search_router,
    pages.oembed_router,
    ogc.router,
    service.problems_router,
    service.identifiers_router,
    service.health_router,
    pages.pages_router,
)
"""The routes, in the order in which the API describes them; the pages come last, because they answer any path."""

_SUMMARY = "Mining heritage sites: models, texts and routes in five languages. Read-only."


def create_app(settings: Settings) -> FastAPI:
    """Return an app over a bundle; raises CorruptBundleError if it is damaged or missing."""
    state = AppState(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tasks = asyncio.create_task(state.releases.watch()), asyncio.create_task(state.log.keep_flushing())
        yield
        for task in tasks:
            task.cancel()
        state.log.flush()

    app = FastAPI(
        title="Carreau",
        version="1",
        summary=_SUMMARY,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        # Searches and positions are nobody's but the visitor's; to ask for each request took a quarter of its time.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.app_state = state
    for router in ROUTERS:
        app.include_router(router)
    add_exception_handlers(app, state.messages)
    # The last one added is the outermost.
    app.add_middleware(CacheMiddleware, max_bytes=settings.cache_bytes)
    app.add_middleware(RequestMiddleware, state=state)
    return app


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
                size, visit = responder.sent_bytes, describe_visit(context, responder.language)
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


Key = tuple[bytes, bytes]
"""Path and query string."""
_Variant = tuple[object, ...]
_MAX_SHARE = 8
"""A response that takes more than this part of the cache is not stored."""
_OVERHEAD_BYTES = 2000
"""Memory of an entry beyond its body, path and query."""
# By what matters in the header, so that a thousand spellings do not fill the cache with the same response.
_NORMALIZERS: dict[str, Callable[[RequestContext], object]] = {
    "accept-language": lambda context: language_preferences(
        context.header(b"accept-language"), context.bundle.languages
    ),
    "accept-encoding": lambda context: context.coding(),
}


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A complete response of status 200."""

    headers: list[tuple[bytes, bytes]]
    body: bytes
    route: str


@dataclass(slots=True)
class _Resource:
    """The cached responses of one URL, one for each combination of the headers that Vary names."""

    vary: tuple[str, ...]
    size: int
    variants: dict[_Variant, CachedResponse] = field(default_factory=dict)


class ResponseCache:
    """The cache of one release.

    max_bytes : of all bodies and keys; the least recently used resources are evicted
    """

    def __init__(self, max_bytes: int) -> None:
        """Start empty."""
        self._max_bytes, self.size = max_bytes, 0
        self._resources: OrderedDict[Key, _Resource] = OrderedDict()

    def __len__(self) -> int:
        """Return how many URLs are cached."""
        return len(self._resources)

    def get(self, key: Key, context: RequestContext) -> CachedResponse | None:
        """Return the cached response to a request, None when there is none."""
        resource = self._resources.get(key)
        if resource is None:
            return None
        self._resources.move_to_end(key)
        return resource.variants.get(_variant(resource.vary, context))

    def put(self, key: Key, context: RequestContext, response: CachedResponse) -> None:
        """Store a response, unless it is too large or its Vary contradicts that of the URL's other responses."""
        vary = tuple(sorted(Headers(raw=response.headers).get("vary", "").lower().replace(" ", "").split(",")))
        resource = self._resources.get(key) or _Resource(vary, sum(map(len, key)))
        variant = _variant(vary, context)
        size = len(response.body) + sum(len(str(each)) for each in variant) + _OVERHEAD_BYTES
        if resource.vary != vary or variant in resource.variants or size > self._max_bytes // _MAX_SHARE:
            return
        self.size += size if key in self._resources else size + resource.size
        resource.size += size
        resource.variants[variant] = response
        self._resources[key] = resource
        self._resources.move_to_end(key)
        while self.size > self._max_bytes:
            self.size -= self._resources.popitem(last=False)[1].size


def _variant(vary: tuple[str, ...], context: RequestContext) -> _Variant:
    return tuple(
        _NORMALIZERS[name](context) if name in _NORMALIZERS else context.header(name.encode()) for name in vary if name
    )


class CacheMiddleware:
    """Answers GET from the cache of the request's release."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        """Wrap an app."""
        self._app, self._max_bytes = app, max_bytes
        self._caches: WeakKeyDictionary[Bundle, ResponseCache] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        context, key = get_context(scope), (scope["raw_path"], scope["query_string"])
        cache = self._caches.get(context.bundle)
        if cache is None:
            cache = self._caches[context.bundle] = ResponseCache(self._max_bytes)
        # Ranges are of files, which the kernel caches.
        cached = None if b"range" in context.headers else cache.get(key, context)
        if cached is not None:
            context.route = cached.route
            await send({"type": "http.response.start", "status": 200, "headers": cached.headers})
            await send({"type": "http.response.body", "body": cached.body})
            return
        recorder = _Recorder(send)
        await self._app(scope, receive, recorder)
        if recorder.body is not None and context.is_cacheable:
            cache.put(key, context, CachedResponse(recorder.headers, recorder.body, route_path(scope)))


class _Recorder:
    """Passes a response on, and records it where it has status 200 and is complete in one message."""

    def __init__(self, send: Send) -> None:
        self._send, self._is_recording = send, False
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: bytes | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._is_recording = message["status"] == 200
            self.headers = list(message["headers"])
        elif self._is_recording and message["type"] == "http.response.body":
            self.body = None if message.get("more_body") else message.get("body", b"")
            self._is_recording = False
        await self._send(message)
