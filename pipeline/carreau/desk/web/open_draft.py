"""Show a draft to phones in the same network, as long as the desk is asked to: on a port and a path of its own.

The path is a word that cannot be guessed; it sets a cookie, and without that every other path answers 404. Nothing can
be changed there.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

from carreau.base.languages import LANGUAGES, SOURCE
from carreau.base.package_folders import STATIC
from carreau.base.schema.bundle import FILES
from carreau.base.schema.parts import File
from carreau.site.publish.static_files import digest_styles
from carreau.site.releases import ReleaseAnswers

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
_ANYWHERE, _HERE = "0.0.0.0", "127.0.0.1"  # noqa: S104 - phones reach it only so, and only when somebody asks


@dataclass(frozen=True)
class OpenDoor:
    """Where a draft is shown.

    address : with the word
    is_for_phones : whether other machines reach it
    """

    release: str
    address: str
    is_for_phones: bool


class OpenDraft:
    """Shows one draft, or none."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self.door: OpenDoor | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def open(self, answers: ReleaseAnswers, is_for_phones: bool) -> OpenDoor:
        """Show a release, in place of the one before; raises OSError where no port can be had.

        is_for_phones : whether other machines of the network reach it, or this one alone
        """
        self.close()
        listener = socket.socket()
        try:
            listener.bind((_ANYWHERE if is_for_phones else _HERE, 0))
            listener.listen()
        except OSError:
            listener.close()
            raise
        port, word = listener.getsockname()[1], secrets.token_urlsafe(24)
        config = uvicorn.Config(
            draft_app(answers, word, f"carreau-draft-{port}"), log_config=None, access_log=False, server_header=False,
            proxy_headers=False, ws="none", lifespan="off", limit_concurrency=100, timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
        self._thread.start()
        host = own_address() if is_for_phones else _HERE
        self.door = OpenDoor(answers.manifest.release, f"http://{host}:{port}/{word}", is_for_phones)
        return self.door

    def close(self) -> None:
        """Stop showing it."""
        self.door = None
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(5)
        self._server = self._thread = None


def draft_app(answers: ReleaseAnswers, word: str, cookie: str) -> FastAPI:
    """Return an app that shows a release to those who have come by the word."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)

    @app.get("/{path:path}")
    def answer(request: Request) -> Response:
        path = request.url.path
        if hmac.compare_digest(path.encode(), f"/{word}".encode()):
            response: Response = RedirectResponse(f"/{_choose_language(request)}/", HTTPStatus.SEE_OTHER)
            response.set_cookie(cookie, word, httponly=True, samesite="lax", path="/")
        elif hmac.compare_digest(request.cookies.get(cookie, "").encode(), word.encode()):
            response = _answer(answers, path, language_in(path, request.query_params))
        else:
            response = _nothing()
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _answer(answers: ReleaseAnswers, path: str, language: str) -> Response:
    file = answers.find(path, language)
    if file is None or not answers.find_file(file).is_file():
        return _nothing()
    return reply(path, file, answers.find_file(file))


def _nothing() -> Response:
    return PlainTextResponse(HTTPStatus.NOT_FOUND.phrase, HTTPStatus.NOT_FOUND)


def _choose_language(request: Request) -> str:
    """Return the first language of a browser that we have."""
    wanted = (each.strip()[:2].lower() for each in request.headers.get("accept-language", "").split(","))
    return next((each for each in wanted if each in LANGUAGES), SOURCE)


def own_address() -> str:
    """Return the address of this machine in its network, as its routes say; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): an address that nobody has
            return str(probe.getsockname()[0])
        except OSError:
            return _HERE


_PAGE = (
    "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self' blob:",
    "connect-src 'self' blob: data:", "media-src 'self' blob:", "font-src 'self'", "img-src 'self' blob: data:",
    "manifest-src 'self'", "frame-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'",
)  # fmt: skip
"""As `server/carreau_server/responses.py` has it, without images of other hosts."""

_LOCKED = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""Policy of every answer that is not a page: opened in a window, it runs and loads nothing."""

_PDF = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"
"""Browsers do not open PDF in a sandbox."""

_MAY = "xr-spatial-tracking=(self), accelerometer=(self), gyroscope=(self), fullscreen=(self), camera=(), microphone=()"


def reply(path: str, file: File, content: bytes | Path) -> Response:
    """Return the answer of a path.

    content : of the file, or where it is
    """
    headers = _headers(path, file.media_type)
    if path.startswith(f"/{FILES}/"):
        headers["Cache-Control"] = "private, max-age=31536000, immutable"  # it is named by its content
    if isinstance(content, bytes):
        return Response(content, media_type=file.media_type, headers=headers)
    return FileResponse(content, media_type=file.media_type, headers=headers)


def language_in(path: str, query: Mapping[str, str]) -> str:
    """Return the language that a path or its query asks for, empty where neither names one.

    >>> language_in("/fr/sites/fosse", {}), language_in("/v1/sites/fosse", {"lang": "nl"}), language_in("/v1/terms", {})
    ('fr', 'nl', '')
    """
    first = path.removeprefix("/").partition("/")[0]
    wanted = query.get("lang", "")
    return first if first in LANGUAGES else wanted if wanted in LANGUAGES else ""


def _headers(path: str, media_type: str) -> dict[str, str]:
    if media_type.startswith("text/html") and not path.startswith(f"/{FILES}/"):
        return {"Content-Security-Policy": _page_policy(), "Permissions-Policy": _MAY}
    return {"Content-Security-Policy": _PDF if media_type == "application/pdf" else _LOCKED}


@cache
def _page_policy() -> str:
    """Return the policy of pages; the viewer's library brings styles of its own, which are named by their digests."""
    library = STATIC / "model-viewer.js"
    styles = json.loads(digest_styles(library.read_bytes())) if library.is_file() else []
    return "; ".join((*_PAGE, " ".join(("style-src 'self'", *(f"'{each}'" for each in styles)))))
