"""Answer with what a bundle has, or with a draft of it, under the policy that its pages are published with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fastapi.responses import FileResponse, Response

from carreau.base.i18n.languages import LANGUAGES
from carreau.base.package_folders import STATIC
from carreau.base.schema.bundle import FILES
from carreau.base.schema.file_links import File
from carreau.site.publish.static_files import styles_of

_PAGE = (
    "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self' blob:",
    "connect-src 'self' blob: data:", "media-src 'self' blob:", "font-src 'self'", "img-src 'self' blob: data:",
    "manifest-src 'self'", "frame-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'",
)  # fmt: skip
"""As `server/carreau_server/http/security_headers.py` has it, without images of other hosts."""

_LOCKED = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""Of all that is no page: opened in a window, it runs nothing and loads nothing."""

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


def language_of(path: str, query: Mapping[str, str]) -> str:
    """Return the language that a path or its query asks for, empty where neither names one.

    >>> language_of("/fr/sites/fosse", {}), language_of("/v1/sites/fosse", {"lang": "nl"}), language_of("/v1/terms", {})
    ('fr', 'nl', '')
    """
    first = path.removeprefix("/").partition("/")[0]
    asked = query.get("lang", "")
    return first if first in LANGUAGES else asked if asked in LANGUAGES else ""


def _headers(path: str, media_type: str) -> dict[str, str]:
    if media_type.startswith("text/html") and not path.startswith(f"/{FILES}/"):
        return {"Content-Security-Policy": _page_policy(), "Permissions-Policy": _MAY}
    return {"Content-Security-Policy": _PDF if media_type == "application/pdf" else _LOCKED}


@cache
def _page_policy() -> str:
    """Return the policy of pages; the viewer's library brings styles of its own, which are named by their digests."""
    library = STATIC / "model-viewer.js"
    styles = json.loads(styles_of(library.read_bytes())) if library.is_file() else []
    return "; ".join((*_PAGE, " ".join(("style-src 'self'", *(f"'{each}'" for each in styles)))))
