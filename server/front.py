"""Stand before the app: send again what is kept, and give every answer its number, guards, conditions and count.

A route of FastAPI costs 0.3 ms. Nearly every question has been asked before, and its answer is bytes that lie ready:
those are sent from here, or by `straight` even before, so that the routes are as plain as routes should be.
"""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from server.asked import KEY, Asked
from server.desk import Desk
from server.outlet import Outlet
from server.problems import answer
from server.said import Said

_log = logging.getLogger("carreau")
_PREFLIGHT = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, Accept-Language, If-None-Match, If-Range, Range, X-Request-ID"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, OPTIONS"),
    (b"x-content-type-options", b"nosniff"),
]


class Front:
    """What every request passes."""

    def __init__(self, app: ASGIApp, desk: Desk, said: Said) -> None:
        """Stand before an app."""
        self._app, self._desk, self._said = app, desk, said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        method, query, desk = scope["method"], scope["query_string"], self._desk
        asked = desk.asked(method == "HEAD", scope["headers"], query)
        outlet = Outlet(send, asked, desk.guards(asked.bundle), scope["path"])
        path = scope.get("raw_path") or scope["path"].encode()
        key = desk.key(path, query, asked) if method in ("GET", "HEAD") else None
        kept = desk.kept(key, asked) if key else None
        if kept and (not kept.file or asked.is_head or asked.knows(kept.tag)):
            await outlet.again(kept)
        else:
            await self._answer(scope, receive, outlet, asked)
            if key and outlet.whole:
                outlet.whole.route = asked.route
                asked.bundle.kept.put(key, outlet.whole)
        seconds, sent = time.perf_counter() - begun, outlet.sent + asked.sent_by_kernel
        desk.note(asked, _peer(scope), method, scope["path"], outlet.status, sent, seconds)

    async def _answer(self, scope: Scope, receive: Receive, outlet: Outlet, asked: Asked) -> None:
        """Let the app answer, unless the question is none."""
        if scope["method"] == "OPTIONS":
            await outlet.bare(204, _PREFLIGHT)
            return
        inner = {**scope, "method": "GET" if asked.is_head else scope["method"], KEY: asked}
        status, key, values = self._refusal(scope, asked)
        if status:
            headers = {"Retry-After": str(values["seconds"])} if status == 429 else {}
            headers |= {"Connection": "close"} if status == 413 else {}  # its body may never end
            refusal = answer(asked, self._said, scope["path"], status, key, values, (), headers)
            await refusal(inner, receive, outlet)
            return
        try:
            await self._app(inner, receive, outlet)
        except (ConnectionError, TimeoutError):
            return  # whoever asked is gone
        except Exception:
            self._desk.counters.failures += 1
            _log.exception("request %s failed: %s", asked.id, scope["path"])
            if outlet.status:
                raise
            failure = answer(asked, self._said, scope["path"], 500, "failure", {"id": asked.id})
            await failure(inner, receive, outlet)
        asked.route = str(getattr(inner.get("route"), "path", ""))

    def _refusal(self, scope: Scope, asked: Asked) -> tuple[int, str, dict[str, object]]:
        """Return status and sentence for what is not even looked at; status 0 for all others."""
        if len(scope["query_string"]) > self._desk.settings.query_chars:
            return 414, "long", {"most": self._desk.settings.query_chars}
        if asked.header(b"content-length") not in ("", "0") or b"transfer-encoding" in asked.accepts:
            return 413, "body", {}
        wait_s = self._desk.buckets.wait_s(self._desk.client(_peer(scope), asked))
        return (429, "many", {"seconds": int(wait_s) + 1}) if wait_s else (0, "", {})


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
