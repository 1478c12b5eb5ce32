"""What is let through to the desk: requests of its own pages, and answers that load nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BYTES = 4_000_000
"""Of a request without files; a file of the catalogue has at most 1 MB, and a form carries what it was filled from."""

_FORM, _FORM_WITH_FILES = "application/x-www-form-urlencoded", "multipart/form-data"

_SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(**more: str) -> str:
    """Return the Content-Security-Policy of a page that may use more than others, by directive.

    >>> policy(media_src="'self'").rpartition("; ")[2], "script-src 'self' 'x';" in policy(script_src="'x'")
    ("media-src 'self'", True)
    """
    sources = dict(_SOURCES)
    for name, also in more.items():
        directive = name.replace("_", "-")
        sources[directive] = f"{sources[directive]} {also}" if directive in sources else also
    return "; ".join(f"{directive} {each}" for directive, each in sources.items())


MODELS = {
    # The decoder of the geometry is WebAssembly, and works in threads; pictures come from inside the model.
    "script_src": "'wasm-unsafe-eval'",
    "worker_src": "'self' blob:",
    "connect_src": "blob: data:",
    "img_src": "blob: data:",
}
"""What a page may use that shows models, for `policy`."""


_HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    # Without a referrer, browsers send forms with the origin "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=()",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses foreign hosts and origins, other methods, and requests that are too large."""

    def __init__(self, app: ASGIApp, port: int, public: str = "", with_files: Sequence[re.Pattern[str]] = ()) -> None:
        """Set the names that the desk has on this machine, or its public origin behind a server with HTTPS.

        with_files : paths whose forms may send files; they limit them themselves
        """
        self._app, self._with_files = app, tuple(with_files)
        local = {each: f"http://{each}" for each in (f"127.0.0.1:{port}", f"localhost:{port}")}
        self._origins = {public.removeprefix("https://"): public} if public else local
        self._headers = {**_HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if public else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def told(answer: Message) -> None:
            if answer["type"] == "http.response.start":
                headers = MutableHeaders(scope=answer)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(answer)

        status = self._refusal(scope)
        if status is not None:
            await PlainTextResponse(status.phrase, status)(scope, receive, told)
            return
        await self._app(scope, receive, told)

    def _refusal(self, scope: Scope) -> HTTPStatus | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self._origins:
            return HTTPStatus.MISDIRECTED_REQUEST  # another name for this address: DNS rebinding
        if scope["method"] in ("GET", "HEAD"):
            return None
        if scope["method"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        if headers.getlist("origin") != [self._origins[hosts[0]]]:
            return HTTPStatus.FORBIDDEN
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        has_files = kind == _FORM_WITH_FILES and any(each.match(scope["path"]) for each in self._with_files)
        if kind != _FORM and not has_files:
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal()):
            return HTTPStatus.LENGTH_REQUIRED
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if int(length[:20]) > LARGEST_BYTES and not has_files else None
