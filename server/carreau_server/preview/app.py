"""Create the preview app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from carreau_server.preview import files, pages
from carreau_server.preview.errors import STATUSES, PreviewError, UnknownModelError
from carreau_server.preview.settings import PreviewSettings

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
    app.include_router(pages.router)
    app.include_router(files.router)
    app.add_exception_handler(PreviewError, _refused)
    app.middleware("http")(_guarded)
    return app


async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _refused(request: Request, error: Exception) -> Response:
    """Answer a page where a person looks, and JSON where a program does."""
    status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 500)
    if isinstance(error, UnknownModelError) and "text/html" in request.headers.get("accept", ""):
        return pages.not_found(str(error), status)
    return JSONResponse({"detail": str(error)}, status)
