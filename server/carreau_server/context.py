"""The context of one request: what its headers ask for, by negotiation, ranges and conditions (RFC 9110).

Starlette's FileResponse parses ranges as well, but answers 400 where the RFC says to ignore a malformed Range, and 416
where only one of several ranges is outside the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from urllib.parse import parse_qsl

from starlette.types import Scope

from carreau.exports.formats import FORMATS
from carreau_server.bundle import Bundle
from carreau_server.errors import NotAcceptableError, RangeNotSatisfiableError

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

CODINGS = ("br", "gzip")
"""Content codings that responses come in, best first."""


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


MAX_HEADER_CHARS = 1000
"""Of a header that is read; no browser sends longer ones, and they would fill the caches here."""
_MAX_PARTS = 32


@lru_cache(maxsize=1024)
def parse_weights(header: str) -> tuple[tuple[str, float], ...]:
    """Return the accepted values of a header with their weights, highest first, else in its order (RFC 9110, 12.4.2).

    >>> parse_weights("fr;q=0.5, en-GB, *;q=0")
    (('en-gb', 1.0), ('fr', 0.5), ('*', 0.0))
    """
    ranges = []
    for part in header.lower().split(",")[:_MAX_PARTS]:
        name, *parameters = (each.strip() for each in part.split(";"))
        weights = [each.partition("=")[2] for each in parameters if each.partition("=")[0].strip() == "q"]
        others = [each.replace(" ", "") for each in parameters if each.partition("=")[0].strip() != "q"]
        if name:
            ranges.append((";".join((name, *others)), _weight(weights[0]) if weights else 1.0))
    return tuple(sorted(ranges, key=lambda item: -item[1]))


def _weight(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0


@lru_cache(maxsize=1024)
def select_language(header: str, available: tuple[str, ...]) -> str:
    """Return the best available language (lookup of RFC 4647, 3.4); the first that is not excluded where none fits.

    >>> select_language("fr-BE, en;q=0.5", ("de", "en", "fr")), select_language("it, *", ("fr", "en"))
    ('fr', 'fr')
    >>> select_language("fr;q=0", ("fr", "en"))
    'en'
    """
    accepted, excluded = language_preferences(header, available)
    return next((each for each in (*accepted, *available) if each not in excluded), available[0])


@lru_cache(maxsize=1024)
def language_preferences(header: str, available: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the available languages that a header accepts by name, best first, and those that it excludes.

    >>> language_preferences("fr-BE, it, en;q=0.5, nl;q=0", ("de", "en", "fr", "nl"))
    (('fr', 'en'), ('nl',))
    """
    matches = [(lookup_language(name, available), weight) for name, weight in parse_weights(header)]
    accepted = dict.fromkeys(lang for lang, weight in matches if lang and weight > 0)
    excluded = dict.fromkeys(lang for lang, weight in matches if lang and not weight)
    return tuple(accepted), tuple(lang for lang in excluded if lang not in accepted)


def lookup_language(language_range: str, available: Sequence[str]) -> str:
    """Return the available language for a range, its subtags cut off from the end; empty when there is none.

    >>> lookup_language("de-CH-1996", ("fr", "de")), lookup_language("zh-x-private", ("zh",))
    ('de', 'zh')
    >>> lookup_language("*", ("fr",))
    ''
    """
    subtags = language_range.lower().replace("_", "-").split("-")
    by_tag = {each.lower(): each for each in available}
    while subtags:
        if "-".join(subtags) in by_tag:
            return by_tag["-".join(subtags)]
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return ""


@lru_cache(maxsize=1024)
def select_coding(header: str, available: tuple[str, ...] = CODINGS) -> str:
    """Return the best available content coding, empty for identity (RFC 9110, 12.5.3).

    Of codings with the same weight the first available one is chosen, and any of them rather than identity.

    >>> select_coding("gzip, br"), select_coding("gzip, br;q=0.5"), select_coding("*"), select_coding("br;q=0")
    ('br', 'gzip', 'br', '')
    >>> select_coding("br;q=0.5, identity"), select_coding("gzip, br", ("gzip",))
    ('', 'gzip')
    """
    weights = dict(parse_weights(header))
    best, best_weight = "", weights.get("identity", 0.0)
    for coding in reversed(available):
        weight = weights.get(coding, weights.get("*", 0.0))
        if weight > 0 and weight >= best_weight:
            best, best_weight = coding, weight
    return best


@lru_cache(maxsize=1024)
def select_media_type(header: str, available: tuple[str, ...]) -> str:
    """Return the best of the available media types, the best one first; empty when none is accepted (12.5.1).

    >>> select_media_type("text/html, */*;q=0.1", ("application/json", "application/geo+json"))
    'application/json'
    >>> select_media_type("application/json; charset=utf-8", ("application/json",))
    'application/json'
    """
    ranges = parse_weights(header or "*/*")
    weights = {each: _media_type_weight(each, ranges) for each in available}
    best = max(available, key=lambda each: weights[each])
    return best if weights[best] > 0 else ""


def _media_type_weight(offered: str, ranges: tuple[tuple[str, float], ...]) -> float:
    """Return the weight of the most specific range that a media type is in; `charset` does not restrict it."""
    kind, *parameters = (each.strip() for each in offered.lower().split(";"))
    specificity, best = -1, 0.0
    for media_range, weight in ranges:
        name, *required = media_range.split(";")
        required = [each for each in required if not each.startswith("charset=")]
        level = {kind: 2, f"{kind.partition('/')[0]}/*": 1, "*/*": 0}.get(name)
        if level is not None and set(required) <= set(parameters) and level + len(required) > specificity:
            specificity, best = level + len(required), weight
    return best


MAX_RANGES = 16
"""In one request; with more, the whole file is sent."""


def parse_ranges(header: str, length: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of a file as (first, behind the last), none where the header is to be ignored.

    Overlapping ones are joined, so that no request is answered with more bytes than the file has. Raises
    RangeNotSatisfiableError when none of them lies in the file.

    >>> parse_ranges("bytes=0-1, -2", 10), parse_ranges("bytes=2-", 10)
    (((0, 2), (8, 10)), ((2, 10),))
    >>> parse_ranges("lines=1-2", 10), parse_ranges("bytes=4-2", 10)
    ((), ())
    """
    unit, _, specifiers = header.partition("=")
    parts = specifiers.split(",")
    if unit.strip().lower() != "bytes" or len(parts) > MAX_RANGES:
        return ()
    ranges = []
    for part in parts:
        first, dash, last = (each.strip() for each in part.partition("-"))
        if not dash or not (first or last) or not all(_is_number(each) for each in (first, last) if each):
            return ()
        if first and last and int(first) > int(last):
            return ()
        ranges.append(_within(first, last, length))
    satisfiable = tuple(each for each in ranges if each)
    if not satisfiable:
        raise RangeNotSatisfiableError(values={"size": length}, headers={"Content-Range": f"bytes */{length}"})
    return _merge(satisfiable)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _within(first: str, last: str, length: int) -> tuple[int, int] | None:
    if not first:
        begin, behind = max(0, length - int(last)), length
    else:
        begin, behind = int(first), min(int(last) + 1, length) if last else length
    return (begin, behind) if begin < behind else None


def _merge(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Join those that overlap or touch, if any do; else keep the order they were asked in."""
    ordered = sorted(ranges)
    joined = [ordered[0]]
    for begin, behind in ordered[1:]:
        if begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], behind))
        else:
            joined.append((begin, behind))
    return ranges if len(joined) == len(ranges) else tuple(joined)


def etag_matches(if_none_match: str, etag: str) -> bool:
    """Say whether If-None-Match names an entity tag, by weak comparison (RFC 9110, 13.1.2).

    >>> etag_matches('W/"a", "b"', '"a"'), etag_matches("*", '"a"'), etag_matches('"c"', '"a"')
    (True, True, False)
    """
    tags = if_none_match.strip()
    return tags == "*" or etag in [each.strip().removeprefix("W/") for each in tags.split(",")]


def if_range_matches(if_range: str, etag: str) -> bool:
    """Say whether a range may be sent: no If-Range, or this very tag; we send no dates (13.1.5)."""
    return not if_range or if_range.strip() == etag
