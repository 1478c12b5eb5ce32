"""Create the preview app."""

from __future__ import annotations

import argparse
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from socket import socket

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from carreau_server.preview import pages
from carreau_server.preview.pages import STATUSES, PreviewError, PreviewSettings, UnknownModelError, all_models
from carreau_server.uvicorn_server import bind

# model-viewer has one style in its shadow, allowed by its digest; three's KTX2 transcoder compiles no text
# (`server/viewer/tools/transcoder.py`).
_STYLE = "'sha256-PXtZZkJMMyc18o/DN1ZEFOJ2qEGq95IQbVaJFMOXOb0='"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self' blob:",
        "connect-src 'self' blob: data:",
        "img-src 'self' blob: data:",
        f"style-src 'self' {_STYLE}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(settings: PreviewSettings) -> FastAPI:
    """Return an app over the models of a folder; it reads them anew at every request and writes nothing."""
    app = FastAPI(title="Carreau", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings = settings
    app.include_router(pages.pages_router)
    app.include_router(pages.files_router)
    app.add_exception_handler(PreviewError, _refuse)
    app.middleware("http")(_guard)
    return app


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _refuse(request: Request, error: Exception) -> Response:
    """Answer a page where a person looks, and JSON where a program does."""
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
    if isinstance(error, UnknownModelError) and "text/html" in request.headers.get("accept", ""):
        return pages.not_found(str(error), status)
    return JSONResponse({"detail": str(error)}, status)


_START_S = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C, or with --check ask for everything once; return the exit code."""
    parser = argparse.ArgumentParser(
        "python -m carreau_server", description="Serve a folder of models on this machine."
    )
    parser.add_argument("models", type=Path, help="output folder of `carreau model`, or a folder of them")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 8000, or the next free one)")
    parser.add_argument("--check", action="store_true", help="see that every page and file is answered, then end")
    chosen = parser.parse_args(arguments)
    settings = PreviewSettings(chosen.models)
    listener = bind(chosen.host, 0 if chosen.check else chosen.port)
    address = f"http://{chosen.host}:{listener.getsockname()[1]}/"
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning"))
    if chosen.check:
        return _check(server, listener, address, settings)
    print(f"Look at {address} — Ctrl-C ends it", flush=True)
    server.run(sockets=[listener])
    return 0


def _check(server: uvicorn.Server, listener: socket, address: str, settings: PreviewSettings) -> int:
    if not all_models(settings.models):
        print(f"{settings.models} holds no finished model", file=sys.stderr)
        return 1
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        ended = time.monotonic() + _START_S
        while not server.started and time.monotonic() < ended:
            time.sleep(0.05)
        bad = [f"{path}: {answer}" for path in _paths(settings) if (answer := _ask(address + path)) != 200]
    finally:
        server.should_exit = True
        thread.join()
    for line in bad:
        print(line, file=sys.stderr)
    print(f"{len(bad)} of {len(_paths(settings))} addresses failed" if bad else "The server answers for all of it.")
    return 1 if bad else 0


def _paths(settings: PreviewSettings) -> list[str]:
    models = all_models(settings.models)
    pages = ["", *(f"models/{urllib.parse.quote(model.slug)}" for model in models)]
    files = [
        f"files/{urllib.parse.quote(model.slug)}/{path.name}"
        for model in models
        for path in sorted(model.folder.iterdir())
        if model.has(path.name)
    ]
    return [*pages, *files, "viewer/model-viewer.js", "viewer/basis/basis_transcoder.wasm", "viewer/viewer.js"]


def _ask(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - our own address
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
