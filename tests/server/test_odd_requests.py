"""Odd requests and a full disk cost nothing that lasts."""

from __future__ import annotations

import asyncio
import errno
import io
import weakref
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from carreau_server import app_state
from carreau_server.app import CachedResponse, CacheMiddleware, ResponseCache, clean_query
from carreau_server.app_state import AccessLog, RateLimiter, Visit, open_bundle
from carreau_server.context import MAX_HEADER_CHARS, SCOPE_KEY, RequestContext, create_context


class FullDisk(io.StringIO):
    """A disk without room."""

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_keeps_no_response_back() -> None:
    log = AccessLog(FullDisk())
    for _ in range(1000):
        log.add("GET", "/", 200, 1, 0.001, Visit("fr", False, False, False))
    log.flush()
    assert not log._lines


def test_long_headers_are_cut(bundle: Path) -> None:
    opened = open_bundle(bundle)
    long = b"text/html" + b"x" * 9000
    names = (b"accept", b"accept-language", b"accept-encoding")
    context = create_context(opened, False, [*((name, long) for name in names), (b"if-none-match", long)], b"")
    assert {len(context.header(name)) for name in names} == {MAX_HEADER_CHARS}
    assert context.header(b"if-none-match") == long.decode()
    twice = create_context(opened, False, [(b"accept", b"image/png"), (b"accept", b"text/html")], b"")
    assert twice.header(b"accept") == "image/png, text/html"


@pytest.mark.parametrize(
    ("query", "lang"), [(b"lang=de", "de"), (b"xlang=de", ""), (b"q=lang=de", ""), (b"lang=d!", "")]
)
def test_the_language_is_a_parameter_of_that_name(bundle: Path, query: bytes, lang: str) -> None:
    assert create_context(open_bundle(bundle), False, [], query).lang == lang


def test_long_paths_are_not_cached(bundle: Path) -> None:
    opened = open_bundle(bundle)
    assert opened.responses("/" + "x" * 600) == {}
    assert not opened._responses
    for number in range(5000):
        assert opened.responses(f"/none/{number}") == {}
    assert len(opened._responses) == 4096


def test_a_release_that_no_request_uses_is_closed_at_once(bundle: Path) -> None:
    opened = open_bundle(bundle)
    opened.responses("/v1/terms")
    reference = weakref.ref(opened)
    del opened
    assert reference() is None


class Cache:
    """A response cache with a request each."""

    def __init__(self, bundle: Path, max_bytes: int) -> None:
        self.bundle, self.cache = open_bundle(bundle), ResponseCache(max_bytes)

    def put(self, path: bytes, size: int = 0, vary: bytes = b"", **headers: str) -> None:
        raw = [(b"vary", vary)] if vary else []
        self.cache.put((path, b""), self._context(headers), CachedResponse(raw, path + b" " * size, "/"))

    def has(self, path: bytes, **headers: str) -> bool:
        return self.cache.get((path, b""), self._context(headers)) is not None

    def _context(self, headers: dict[str, str]) -> RequestContext:
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return create_context(self.bundle, False, raw, b"")


def test_the_least_recently_used_responses_are_evicted(bundle: Path) -> None:
    cache = Cache(bundle, 30_000)
    for path in (b"/a", b"/b", b"/c", b"/d", b"/e", b"/f", b"/g", b"/h", b"/i"):
        cache.put(path, 1200)
    assert cache.has(b"/a")  # used now, so /b is the oldest
    cache.put(b"/j", 1200)
    assert (cache.has(b"/a"), cache.has(b"/b"), cache.has(b"/c"), cache.has(b"/j")) == (True, False, True, True)


def test_the_cache_keeps_within_its_size_and_says_how_large_it_is(bundle: Path) -> None:
    cache = Cache(bundle, 100_000)
    for number in range(200):
        cache.put(b"/%d" % number, 1000)
        assert cache.cache.size <= 100_000
    assert cache.cache.size > 90_000
    assert cache.cache.size == len(cache.cache) * (2000 + 1000 + 4 + 4)
    large = Cache(bundle, 100_000)
    large.put(b"/large", 100_000 // 8 - 2000 - 6)
    large.put(b"/larger", 100_000 // 8 - 2000 - 6)
    assert (large.has(b"/large"), large.has(b"/larger")) == (True, False)
    full = Cache(bundle, 10 * (2000 + 1000 + 2 + 2))
    for path in (b"/a", b"/b", b"/c", b"/d", b"/e", b"/f", b"/g", b"/h", b"/i", b"/j", b"/j"):
        full.put(path, 1000)
    assert (len(full.cache), full.cache.size) == (10, 10 * (2000 + 1000 + 2 + 2))


def test_long_paths_count_as_cached(bundle: Path) -> None:
    cache = Cache(bundle, 100_000)
    for number in range(100):
        cache.put(b"/%d" % number + b"x" * 4000)
    assert 5 < len(cache.cache) < 12


def test_a_response_is_cached_for_what_its_vary_names(bundle: Path) -> None:
    cache = Cache(bundle, 1_000_000)
    cache.put(b"/", vary=b"Accept-Language, Accept-Encoding", accept_language="de", accept_encoding="gzip, br")
    assert cache.has(b"/", accept_language="de-CH, xx;q=0.9", accept_encoding="br", save_data="on")
    assert not cache.has(b"/", accept_language="nl", accept_encoding="br")
    assert not cache.has(b"/", accept_language="fr;q=0, de", accept_encoding="br")
    assert not cache.has(b"/", accept_language="de", accept_encoding="gzip")
    cache.put(b"/", vary=b"Accept-Encoding, Accept-Language", accept_language="nl", accept_encoding="br")
    assert cache.has(b"/", accept_language="nl", accept_encoding="br")
    cache.put(b"/", vary=b"Accept", accept="text/html")
    assert not cache.has(b"/", accept="text/html", accept_language="pl")
    cache.put(b"/other", vary=b"Accept", accept="text/html")
    cache.put(b"/other", vary=b"Save-Data", save_data="on")
    assert (cache.has(b"/other", accept="text/html"), cache.has(b"/other", accept="on")) == (True, False)


def test_headers_count_as_cached(bundle: Path) -> None:
    cache = Cache(bundle, 1_000_000)
    for number in range(10):
        cache.put(b"/", vary=b"Accept", accept=f"text/{number}".ljust(900, "x"))
    assert cache.cache.size == 1 + 10 * (2000 + 900 + 1)


@pytest.mark.parametrize(
    ("status", "parts", "is_cacheable", "method", "calls"),
    [
        (200, 1, True, "GET", 1),
        (200, 2, True, "GET", 2),
        (200, 1, False, "GET", 2),
        (404, 1, True, "GET", 2),
        (200, 1, True, "OPTIONS", 2),
    ],
    ids=["whole", "in parts", "not cacheable", "not found", "another method"],
)
def test_only_whole_successes_are_cached(
    bundle: Path, status: int, parts: int, is_cacheable: bool, method: str, calls: int
) -> None:
    context, count, sent = create_context(open_bundle(bundle), False, [], b""), [0], list[Message]()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        count[0] += 1
        context.is_cacheable = is_cacheable
        await send({"type": "http.response.start", "status": status, "headers": []})
        for part in range(parts):
            await send({"type": "http.response.body", "body": b"x", "more_body": part < parts - 1})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    cache = CacheMiddleware(app, 1_000_000)
    scope = {"type": "http", "method": method, "raw_path": b"/", "query_string": b"", SCOPE_KEY: context}
    for _ in range(2):
        sent.clear()
        asyncio.run(cache(scope, receive, send))
        assert sent[0]["status"] == status
        assert b"".join(message.get("body", b"") for message in sent) == b"x" * parts
    assert count == [calls]


def test_a_bucket_fills_to_its_burst_and_no_further() -> None:
    limiter = RateLimiter(1.0, 3)
    assert [limiter.retry_after_s("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    assert [limiter.retry_after_s("a", 1000.0) for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    assert limiter.retry_after_s("b", 1000.0) == 0.0
    assert limiter.retry_after_s("a", 1000.5) == 0.5


def test_the_least_recent_addresses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = RateLimiter(1.0, 1)
    assert {limiter.retry_after_s(str(number), 0.0) for number in range(5000)} == {0.0}
    assert limiter.retry_after_s("0", 0.0) == 1.0
    monkeypatch.setattr(app_state, "_MAX_CLIENTS", 2)
    limiter = RateLimiter(1.0, 1)
    for client, wait_s in (("a", 0.0), ("b", 0.0), ("c", 0.0), ("b", 1.0), ("d", 0.0), ("d", 1.0), ("c", 0.0)):
        assert limiter.retry_after_s(client, 0.0) == wait_s
    assert [RateLimiter(0.0, 0).retry_after_s("a", 0.0) for _ in range(2)] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("query", "cleaned"),
    [
        (b"", b""),
        (b"q=utm_source", b"q=utm_source"),
        (b"utm_source=a&utm_medium=b", b""),
        (b"q=a&fbclid=x&lang=de&mtm_campaign=c", b"q=a&lang=de"),
        (b"utm_source=%C3%A9&q=%C3%A9", b"q=%C3%A9"),
        (b"utm_source&q=a&gclid", b"q=a"),
        (b"q=a&gclids=b", b"q=a&gclids=b"),
        (b"q=%C3%A9+a%26b", b"q=%C3%A9+a%26b"),
        (b"near=3,50", b"near=3,50"),
    ],
)
def test_queries_are_cleaned(query: bytes, cleaned: bytes) -> None:
    assert clean_query(query) == cleaned
