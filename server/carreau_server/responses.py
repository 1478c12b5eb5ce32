"""Responses: stored and generated ones in the best coding, JSON, problem details (RFC 9457), security headers."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import brotli
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from carreau.base.languages import path_words
from carreau.base.schema.lists import Fault, Problem
from carreau.base.schema.requests import PROBLEMS, TYPE_PREFIX
from carreau_server.bundle import StoredFile
from carreau_server.context import GEOJSON, RequestContext, get_context, select_media_type
from carreau_server.errors import (
    CorruptBundleError,
    InvalidParameterError,
    Messages,
    NotFoundError,
    ParameterError,
    ServerError,
)
from carreau_server.settings import Settings

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


def to_json(value: object) -> bytes:
    """Return a value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def with_array(members: Mapping[str, object], name: str, items: Sequence[bytes]) -> bytes:
    """Return an object of some members and an array of items.

    >>> with_array({"matched": 2}, "sites", [b"{}", b"{}"])
    b'{"matched":2,"sites":[{},{}]}'
    """
    return to_json(members)[:-1] + b"," + to_json(name) + b":[" + b",".join(items) + b"]}"


def link(href: str, rel: str, media_type: str, **more: str) -> dict[str, str]:
    """Return a link as OGC API Features has it."""
    return {"href": href, "rel": rel, "type": media_type, **more}


@dataclass(frozen=True)
class FeaturePage:
    """A page of GeoJSON features, as OGC API Features wants it.

    base_url : of the links
    own_url, next_url : of this page and of the next, relative to the origin
    matched : features on all pages
    """

    base_url: str
    own_url: str
    next_url: str | None
    matched: int

    def to_json(self, features: Sequence[bytes], *links: Mapping[str, str]) -> bytes:
        """Return the page with its features; `links` are further ones."""
        every = [link(self.base_url + self.own_url, "self", GEOJSON), *links]
        every += [link(self.base_url + self.next_url, "next", GEOJSON)] if self.next_url else []
        members = {"type": "FeatureCollection", "links": every, "numberMatched": self.matched}
        return with_array({**members, "numberReturned": len(features)}, "features", features)


_log = logging.getLogger("carreau")
PROBLEM_TYPE = "application/problem+json"
_OF_FORM = frozenset((405, 413, 414, 416))
"""Statuses of a wrong form of a request, and not of its address, by which a cache stores a response."""
_CODES_BY_STATUS = {404: "not-found", 405: "method-not-allowed"}
"""Problems that Starlette's router raises."""
# Keys of `messages.PARAMETER_ERRORS` by error type of pydantic, and placeholders by name in pydantic's context.
_PARAMETER_ERRORS = {
    "extra_forbidden": "unknown",
    "missing": "missing",
    "float_parsing": "number",
    "finite_number": "number",
    "int_parsing": "integer",
    "int_parsing_size": "integer",
    "int_from_float": "integer",
    "greater_than_equal": "minimum",
    "less_than_equal": "maximum",
    "string_too_short": "too-short",
    "string_too_long": "too-long",
    "literal_error": "choice",
    "enum": "choice",
}
_LIMITS = {"ge": "minimum", "le": "maximum", "min_length": "minimum", "max_length": "maximum", "expected": "choices"}


def add_exception_handlers(app: FastAPI, messages: Messages) -> None:
    """Let an app answer every exception with problem details."""

    async def server_error(request: Request, exception: Exception) -> Response:
        error, context = cast(ServerError, exception), get_context(request.scope)
        if isinstance(error, CorruptBundleError):
            # The client only learns that something is damaged; what it is stands in the log.
            _log.error("request %s: %s", context.request_id, error.reason)
        headers = dict(error.headers)
        if error.code == "not-found":
            if page := _not_found_page(request, context):
                return page
            headers |= {"Vary": "Accept"}  # see `_not_found_page`
        errors = error.errors if isinstance(error, InvalidParameterError) else ()
        errors = tuple(_with_known_names(request, each) for each in errors)
        return problem_response(context, messages, request.url.path, error.code, error.values, errors, headers)

    async def validation_error(request: Request, exception: Exception) -> Response:
        errors = cast(RequestValidationError, exception).errors()
        return await server_error(request, InvalidParameterError(*map(_parameter_error, errors)))

    async def http_exception(request: Request, exception: Exception) -> Response:
        error, context = cast(HTTPException, exception), get_context(request.scope)
        code = _CODES_BY_STATUS.get(error.status_code, "internal-error")
        headers = dict(error.headers or {}) | ({"Allow": "GET, HEAD, OPTIONS"} if error.status_code == 405 else {})
        return problem_response(context, messages, request.url.path, code, {"id": context.request_id}, (), headers)

    app.add_exception_handler(ServerError, server_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_exception)


def problem_response(
    context: RequestContext,
    messages: Messages,
    path: str,
    code: str,
    values: Mapping[str, object],
    errors: Sequence[ParameterError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response for a problem; it varies by language besides what `headers` say."""
    status = PROBLEMS[code].status
    available = tuple(each for each in context.bundle.languages if each in messages.languages) or ("en",)
    lang = context.language(available)
    problem = Problem(
        type=TYPE_PREFIX + code,
        title=messages.problem_title(code, lang),
        status=status,
        code=code,
        detail=messages.problem_detail(code, lang, values),
        instance=path[:500],
        errors=tuple(
            Fault(parameter=each.parameter, message=messages.parameter_error(each.message, lang, each.values))
            for each in errors
        ),
    )
    content = problem.model_dump_json(exclude_defaults=True).encode()
    is_kept = status < 429 and status not in _OF_FORM and code != "invalid-host"
    fields = {"Content-Language": lang, "Cache-Control": "max-age=10" if is_kept else "no-store"}
    response = Response(content, status, {**fields, **(headers or {})}, PROBLEM_TYPE)
    for name in context.language_vary(available):
        response.headers.add_vary_header(name)
    return response


def _parameter_error(error: Mapping[str, Any]) -> ParameterError:
    """Return an error of pydantic in our terms."""
    values = {_LIMITS[name]: value for name, value in error.get("ctx", {}).items() if name in _LIMITS}
    if "choices" in values:
        values["choices"] = str(values["choices"]).replace("'", "").replace(" or ", ", ")
    path = [str(each) for each in error["loc"][1:]]
    return ParameterError(
        path[0] if path else str(error["loc"][0]), _PARAMETER_ERRORS.get(error["type"], "invalid"), values
    )


def _with_known_names(request: Request, error: ParameterError) -> ParameterError:
    """Return the error for an unknown parameter with the names of the known ones."""
    if error.message != "unknown":
        return error
    dependant = getattr(request.scope.get("route"), "dependant", None)
    dependants = [dependant, *dependant.dependencies] if dependant else []
    models = [field.field_info.annotation for each in dependants for field in each.query_params]
    fields = [item for model in models for item in getattr(model, "model_fields", {}).items()]
    names = ", ".join(field.alias or name for name, field in fields)
    return ParameterError(error.parameter, error.message, {**error.values, "names": names})


def _not_found_page(request: Request, context: RequestContext) -> Response | None:
    """Return the bundle's page for an unknown address, to a browser."""
    if select_media_type(context.header(b"accept"), (PROBLEM_TYPE, "text/html")) != "text/html":
        return None
    pages = context.bundle.responses("/404")
    if not pages:
        return None
    first = request.url.path.split("/")[1]
    lang = first if first in pages else context.language(tuple(pages))
    vary = () if first in pages else context.language_vary(tuple(pages))
    response = document_response(context, pages[lang], lang, ("Accept", *vary))
    response.status_code, context.is_cacheable = 404, False
    for name in ("etag", "cache-control"):
        del response.headers[name]
    return response


_NONE = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=(), display-capture=()"
# Pages show models (AR, motion sensors) and the visitor's position on a route.
_PAGE = (
    "xr-spatial-tracking=(self), accelerometer=(self), gyroscope=(self), magnetometer=(self), geolocation=(self), "
    "fullscreen=(self), screen-wake-lock=(self), camera=(), microphone=(), payment=(), usb=(), serial=(), midi=(), "
    "display-capture=()"
)
_PAGE_POLICY = (
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "connect-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
)
WORKER = "/service-worker.js"
"""The service worker, which answers pages offline."""
_IMAGES = "img-src 'self' blob: data:"
_IGN = "https://data.geopf.fr"
"""Origin of IGN's map images, which visitors may switch on under a map."""
_LISTS = frozenset(f"/{code}/{word}" for code, word in path_words("places").items())
"""Pages with the list of places, and its map."""
_EXPOSED = (
    "Content-Language, Content-Location, Content-Range, Deprecation, ETag, Link, Retry-After, Sunset, X-Request-ID"
)

Headers = list[tuple[bytes, bytes]]


class SecurityHeaders:
    """The security headers of one release."""

    def __init__(self, settings: Settings, is_https: bool, styles: Sequence[str] = ()) -> None:
        """Build them once.

        is_https : whether the site is served over HTTPS, for Strict-Transport-Security
        styles : digests of styles that our scripts insert
        """
        always = {"X-Content-Type-Options": "nosniff"}
        always |= {"Strict-Transport-Security": "max-age=31536000"} if is_https else {}
        page = {"Referrer-Policy": "strict-origin-when-cross-origin", "Permissions-Policy": _PAGE}
        page |= {"Accept-CH": "Sec-CH-Device-Memory, Device-Memory"}
        data = {
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": _NONE,
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": _EXPOSED,
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        style = " ".join(("style-src 'self'", *(f"'{each}'" for each in styles)))
        own = "; ".join((*_PAGE_POLICY, _IMAGES, style, "frame-ancestors 'self'"))
        mapped = "; ".join((*_PAGE_POLICY, f"{_IMAGES} {_IGN}", style, "frame-ancestors 'self'"))
        ancestors = " ".join(settings.frame_ancestors) or "'none'"
        framed = "; ".join((*_PAGE_POLICY, _IMAGES, style, f"frame-ancestors {ancestors}"))
        opener = {"Cross-Origin-Opener-Policy": "same-origin"}
        self._page = _raw({**always, **page, **opener, "Content-Security-Policy": own})
        self._mapped = _raw({**always, **page, **opener, "Content-Security-Policy": mapped})
        self._embed = _raw({**always, **page, "Content-Security-Policy": framed})
        # Anything but a page runs nothing and loads nothing, even when it is opened in a window.
        locked = "default-src 'none'; frame-ancestors 'none'; sandbox"
        self._data = _raw({**always, **data, "Content-Security-Policy": locked})
        # Browsers do not open PDF in a sandbox.
        self._pdf = _raw({**always, **data, "Content-Security-Policy": "default-src 'none'; object-src 'self'"})
        # The service worker fetches for pages what they may fetch themselves.
        self._worker = _raw({**always, **data, "Content-Security-Policy": "default-src 'none'; connect-src 'self'"})

    def select(self, path: str, media_type: bytes) -> Headers:
        """Return the headers for a response."""
        if path == WORKER:
            return self._worker
        if media_type.startswith(b"text/html") and not path.startswith("/a/"):
            if path.startswith("/embed/"):
                return self._embed
            return self._mapped if has_map(path) else self._page
        return self._pdf if media_type == b"application/pdf" else self._data


def has_map(path: str) -> bool:
    """Say whether a page may have a map: the list of places in any language, and those of sites and routes.

    >>> [has_map(path) for path in ("/fr/", "/fr/lieux", "/fr/sites/a", "/fr/recherche", "/fr/parcours/a/plaques")]
    [False, True, True, False, False]
    """
    first, *rest = path.removeprefix("/").split("/")
    return path in _LISTS or (len(first) == 2 and len(rest) == 2)


def _raw(headers: dict[str, str]) -> Headers:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
