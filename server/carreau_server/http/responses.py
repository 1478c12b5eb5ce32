"""Responses from stored files, and generated ones, in the best content coding."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable

import brotli
from fastapi import Response

from carreau_server.bundle.stored_file import StoredFile
from carreau_server.errors import NotFoundError
from carreau_server.http.context import RequestContext

FRESH = "public, max-age=60, s-maxage=1, stale-while-revalidate=86400"
"""Cache-Control of documents: a minute after a publication every client that asks again gets the new version."""
_MIN_COMPRESSED_BYTES = 1000
_BROTLI_QUALITY, _GZIP_LEVEL = 4, 6


def file_content_response(
    context: RequestContext, file: StoredFile, lang: str, vary: Iterable[str], location: str = ""
) -> Response:
    """Return the content of a small stored file.

    vary : request headers that it was selected by, besides Accept-Encoding
    location : URL of this very representation, where the requested one stands for several
    """
    coding = context.coding(file.codings)
    content = context.bundle.read(file, coding)
    headers = _headers(file.etag(coding), coding, lang, (*vary, *(["Accept-Encoding"] if file.codings else [])))
    headers |= {"Content-Location": location} if location else {}
    context.is_cacheable = True
    return Response(content, headers=headers, media_type=file.media_type)


def document_response(
    context: RequestContext, file: StoredFile, lang: str, vary: Iterable[str], location: str = ""
) -> Response:
    """Return the stored document of an address, with absolute URLs of the origin that it is served at.

    vary, location : see `file_content_response`
    """
    if not context.bundle.is_moved(file.media_type):
        return file_content_response(context, file, lang, vary, location)
    response = generated_response(context, context.bundle.read(file), file.media_type, lang, vary)
    response.headers.update({"Content-Location": location} if location else {})
    return response


def stored_response(context: RequestContext, path: str, vary: Iterable[str] = (), location: str = "") -> Response:
    """Return the stored response of a path, in the best language; raises NotFoundError."""
    files = context.bundle.responses(path)
    if not files:
        raise NotFoundError
    if len(files) == 1:
        ((lang, file),) = files.items()
        return document_response(context, file, lang, vary, location)
    lang = context.language(tuple(files))
    return document_response(context, files[lang], lang, (*vary, *context.language_vary(tuple(files))), location)


def generated_response(
    context: RequestContext, content: bytes, media_type: str, lang: str = "", vary: Iterable[str] = ()
) -> Response:
    """Return content that was generated for this request, and may be cached."""
    content = context.bundle.moved(content, media_type)
    coding = context.coding() if len(content) >= _MIN_COMPRESSED_BYTES else ""
    digest = hashlib.sha256(content).hexdigest()[:32]
    etag = f'"{digest}-{coding}-generated"' if coding else f'"{digest}"'
    is_negotiated = len(content) >= _MIN_COMPRESSED_BYTES
    headers = _headers(etag, coding, lang, (*vary, *(["Accept-Encoding"] if is_negotiated else [])))
    if coding == "br":
        content = brotli.compress(content, quality=_BROTLI_QUALITY)
    elif coding == "gzip":
        content = gzip.compress(content, _GZIP_LEVEL, mtime=0)
    context.is_cacheable = True
    return Response(content, headers=headers, media_type=media_type)


def _headers(etag: str, coding: str, lang: str, vary: Iterable[str]) -> dict[str, str]:
    fields = {"ETag": etag, "Cache-Control": FRESH, "Vary": ", ".join(vary)}
    fields |= {"Content-Encoding": coding, "Content-Language": lang}
    return {name: value for name, value in fields.items() if value}
