"""The outermost middleware: what it refuses, what it adds, and what it does where an app fails."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carreau_server.app import RequestMiddleware, client_address, create_app
from carreau_server.app_state import AccessLog, AppState
from carreau_server.context import create_context
from carreau_server.settings import Settings, TrustedProxies, parse_proxies
from tests.server.asking import Ask, of_app


@pytest.fixture
def state(bundle: Path) -> AppState:
    return AppState(Settings(bundle))


def messages(app: ASGIApp, state: AppState, *hosts: str, http_version: str = "1.1", **headers: str) -> list[Message]:
    """Send a request for / through the middleware to an app; return what is sent back."""
    pairs = [*(("host", host) for host in hosts), *headers.items()]
    scope: dict[str, Any] = {
        **{"type": "http", "http_version": http_version, "method": "GET", "path": "/", "query_string": b""},
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in pairs],
    }
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    asyncio.run(RequestMiddleware(app, state)(scope, receive, send))
    return sent


def failing(error: Exception, *before: Message) -> ASGIApp:
    """Return an app that fails, after some messages."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in before:
            await send(message)
        raise error

    return app


START: Message = {"type": "http.response.start", "status": 200, "headers": []}


@pytest.mark.parametrize(
    ("error", "before", "statuses", "failures"),
    [
        (ValueError("damaged"), (), [500], 1),
        (OSError(5, "Input/output error"), (), [500], 1),
        (ValueError("damaged"), (START,), [200], 1),
        (ConnectionResetError("gone"), (), [], 0),
        (TimeoutError("too slow"), (), [], 0),
    ],
)
def test_a_failure_is_answered_where_somebody_is_left_and_nothing_was_sent(
    state: AppState, error: Exception, before: tuple[Message, ...], statuses: list[int], failures: int
) -> None:
    sent = messages(failing(error, *before), state, "x")
    assert [message["status"] for message in sent if message["type"] == "http.response.start"] == statuses
    assert (state.metrics.failures, state.in_flight) == (failures, 0)


@pytest.mark.parametrize(
    ("http_version", "hosts", "status"),
    [("1.0", [], 200), ("1.1", [], 400), ("1.1", ["x"], 200), ("1.1", ["x", "x"], 400), ("1.0", ["a b"], 400)],
)
def test_only_http_1_0_needs_no_host(state: AppState, http_version: str, hosts: list[str], status: int) -> None:
    assert messages(Response(), state, *hosts, http_version=http_version)[0]["status"] == status


def test_only_a_success_is_not_sent_again(state: AppState) -> None:
    for status, expected in ((200, 304), (404, 404)):
        app = Response(b"x", status, {"ETag": '"a"'})
        assert messages(app, state, "x", if_none_match='"a"')[0]["status"] == expected


@pytest.mark.parametrize("headers", [{"content_length": "5"}, {"transfer_encoding": "chunked"}, {"host": "y"}])
def test_a_connection_is_closed_where_what_follows_is_unknown(state: AppState, headers: dict[str, str]) -> None:
    start = messages(Response(), state, "x", **headers)[0]
    assert start["status"] in (400, 413)
    assert (b"connection", b"close") in start["headers"]


def test_a_client_that_waits_as_long_as_it_is_told_is_answered(
    state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state.rate_limiter, "retry_after_s", lambda _: 1.25)
    start = messages(Response(), state, "x")[0]
    assert (start["status"], dict(start["headers"])[b"retry-after"]) == (429, b"2")


@pytest.mark.parametrize("is_draining", [False, True])
def test_connections_are_closed_while_the_server_drains(state: AppState, is_draining: bool) -> None:
    state.is_draining = is_draining
    start = messages(Response(b"abc"), state, "x")[0]
    assert ((b"connection", b"close") in start["headers"]) is is_draining
    assert state.metrics.bytes == 3


def test_requests_without_a_body_and_with_the_longest_query_are_answered(ask: Ask) -> None:
    assert ask("/healthz", content_length="0").status == 200
    query = "lang=de&utm_source="
    for length, expected in ((2000, (200, "de")), (2001, (414, "en"))):
        reply = ask(f"/v1/terms?{query.ljust(length, 'a')}", accept_language="en")
        assert (reply.status, reply.headers["content-language"]) == expected


def test_nothing_is_logged_where_it_is_switched_off(bundle: Path) -> None:
    app = create_app(Settings(bundle))
    log = app.state.app_state.log = AccessLog(stream := io.StringIO())
    assert of_app(app)("/healthz").status == 200
    log.flush()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, ::1", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        (None, "198.51.100.1", "198.51.100.1"),
        (None, "", ""),
        ("10.9.8.7", "203.0.113.9, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        ("::ffff:10.9.8.7", "198.51.100.1", "198.51.100.1"),
        ("11.9.8.7", "198.51.100.1", "11.9.8.7"),
    ],
)
def test_only_trusted_proxies_say_who_the_client_is(
    state: AppState, peer: str | None, forwarded: str, address: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    context = create_context(state.releases.bundle, False, headers, b"")
    scope = {"client": (peer, 1) if peer else None}
    trusted = TrustedProxies((*state.settings.trusted_proxies, *parse_proxies("10.0.0.0/8")))
    assert client_address(scope, context, trusted) == address
