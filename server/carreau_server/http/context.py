"""The context of one request, from its headers to its line in the access log."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from urllib.parse import parse_qsl

from starlette.types import Scope

from carreau.exports.formats import FORMATS
from carreau_server.bundle.bundle import Bundle
from carreau_server.errors import NotAcceptableError
from carreau_server.http.negotiation import (
    CODINGS,
    MAX_HEADER_CHARS,
    lookup_language,
    select_coding,
    select_language,
    select_media_type,
)
from carreau_server.http.ranges import etag_matches

SCOPE_KEY = "carreau.context"

_HEADERS = frozenset(
    (
        *(b"accept", b"accept-language", b"accept-encoding", b"if-none-match", b"if-range", b"range", b"x-request-id"),
        *(b"save-data", b"sec-ch-device-memory", b"device-memory", b"content-length", b"transfer-encoding"),
        *(b"x-forwarded-for", b"user-agent", b"sec-purpose", b"purpose", b"x-moz", b"sec-fetch-dest"),
    )
)
_NEGOTIATION = frozenset((b"accept", b"accept-language", b"accept-encoding"))
_LANG = re.compile(rb"(?:^|&)lang=([A-Za-z0-9_-]{1,35})(?:&|$)")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,35}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_process, _numbers = os.urandom(4).hex(), count(1)


@dataclass(slots=True)
class RequestContext:
    """One request.

    bundle : the release that answers it, to its end
    headers : those that responses and the access log depend on, by name in lower case
    lang : the value of `?lang=`, empty without one
    route : path with its placeholders, for the metrics
    is_cacheable : set by the response: whether the cache may store it
    """

    bundle: Bundle
    request_id: str
    is_head: bool
    headers: Mapping[bytes, str]
    lang: str
    route: str = ""
    is_cacheable: bool = False

    def header(self, name: bytes) -> str:
        """Return a header; empty when there is none."""
        return self.headers.get(name, "")

    def coding(self, available: tuple[str, ...] = CODINGS) -> str:
        """Return the content coding to answer in, empty for identity."""
        return select_coding(self.header(b"accept-encoding"), available)

    def matches(self, etag: str) -> bool:
        """Say whether the client has this version already."""
        return bool(etag) and etag_matches(self.header(b"if-none-match"), etag)

    def language(self, available: tuple[str, ...]) -> str:
        """Return the language to answer in: that of the query, else by the header."""
        by_query = lookup_language(self.lang, available) if self.lang else ""
        return by_query or select_language(self.header(b"accept-language"), available)

    def language_vary(self, available: tuple[str, ...]) -> tuple[str, ...]:
        """Return the headers that the language was selected by: none where the query decides."""
        return () if self.lang and lookup_language(self.lang, available) else ("Accept-Language",)


def create_context(
    bundle: Bundle, is_head: bool, raw_headers: Iterable[tuple[bytes, bytes]], query: bytes
) -> RequestContext:
    """Return the context of a request."""
    headers: dict[bytes, str] = {}
    for name, value in raw_headers:
        if name in _HEADERS:
            text = (value[:MAX_HEADER_CHARS] if name in _NEGOTIATION else value).decode("latin-1")
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
    proposed = headers.get(b"x-request-id", "")
    request_id = proposed if _REQUEST_ID.fullmatch(proposed) else f"{_process}-{next(_numbers)}"
    return RequestContext(bundle, request_id, is_head, headers, _lang(query) if query else "")


def _lang(query: bytes) -> str:
    """Return the language of a query; only one with percent-encoding is parsed, which is slow."""
    if match := _LANG.search(query):
        return match[1].decode()
    if b"%" not in query and b"+" not in query:
        return ""
    value = next((value for name, value in parse_qsl(query.decode("latin-1")) if name == "lang"), "")
    return value if _TAG.fullmatch(value) else ""


def get_context(scope: Scope) -> RequestContext:
    """Return the context in a scope; raises KeyError outside of our app."""
    context: RequestContext = scope[SCOPE_KEY]
    return context


def route_path(scope: Scope) -> str:
    """Return the path of the route that answered, with its placeholders; empty when none did."""
    return str(getattr(scope.get("route"), "path", ""))


JSON = "application/json"
GEOJSON = "application/geo+json"
_BY_NAME = {each.name: each for each in FORMATS}
IIIF_3, IIIF_4 = _BY_NAME["iiif-3"].media_type, _BY_NAME["iiif"].media_type
SITE_PATHS: Mapping[str, str] = {each.media_type: each.path for each in reversed(FORMATS) if each.path}
"""Path of a site's document by media type, for formats that have one of their own: IIIF 3 before the draft of 4."""

SITE: Mapping[str, str] = {each.ending: each.media_type for each in FORMATS if each.site and not each.path}
"""Of a site, by suffix; of two with the same media type Accept selects the first."""

ROUTE: Mapping[str, str] = {each.ending: each.media_type for each in FORMATS if each.route}
"""Of a route, by suffix."""

TRAIL: Mapping[str, str] = {each.ending: each.media_type for each in FORMATS if each.trail}
"""Of a trail, by suffix."""


def select_path(context: RequestContext, kind: str, slug: str, suffixes: Mapping[str, str]) -> str:
    """Return the path of the representation that Accept selects; raises NotAcceptableError when there is none.

    The JSON document is the first choice, and what clients get that accept anything.
    """
    document = f"/v1/{kind}/{slug}"
    accept = context.header(b"accept")
    if accept in ("", "*/*", JSON):
        return document
    available = {JSON: document}
    for suffix, media_type in suffixes.items():
        path = f"{document}.{suffix}"
        if media_type not in available and context.bundle.responses(path):
            available[media_type] = path
    # A plain application/ld+json is schema.org's, which comes first; with its profile it is IIIF's.
    for media_type, template in SITE_PATHS.items() if kind == "sites" else ():
        if context.bundle.responses(path := template.format(slug=slug)):
            available[media_type] = path
    selected = select_media_type(accept, tuple(available))
    if not selected and select_media_type(accept, ("text/html",)):
        return document  # a person in a browser, which shows JSON well
    if not selected:
        raise NotAcceptableError(values={"media_types": ", ".join(available)}, headers={"Vary": "Accept"})
    return available[selected]
