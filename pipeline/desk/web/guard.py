"""What is let through to the desk: requests of its own pages, and answers that load nothing from elsewhere."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BYTES = 4_000_000
"""Of a request; a file of the catalogue has at most 1 MB, and a form carries what it was filled from."""

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

    def __init__(self, app: ASGIApp, port: int) -> None:
        """Set the names that the desk has on this machine."""
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def told(answer: Message) -> None:
            if answer["type"] == "http.response.start":
                headers = MutableHeaders(scope=answer)
                for name, value in _HEADERS.items():
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
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return HTTPStatus.MISDIRECTED_REQUEST  # another name for this address: DNS rebinding
        if scope["method"] in ("GET", "HEAD"):
            return None
        if scope["method"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        if headers.getlist("origin") != [f"http://{hosts[0]}"]:
            return HTTPStatus.FORBIDDEN
        if headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal()):
            return HTTPStatus.LENGTH_REQUIRED
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if int(length[:20]) > LARGEST_BYTES else None
