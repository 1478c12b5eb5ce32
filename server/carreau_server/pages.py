"""Pages and other documents stored under their own path, search in all of them, and oEmbed for other pages."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit
from xml.sax.saxutils import escape

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field, StringConstraints

from carreau.base.schema.lists import Hits, make_cursor, place
from carreau.base.schema.parts import SHARES
from carreau_server import openapi
from carreau_server.bundle import Bundle
from carreau_server.context import JSON, RequestContext, lookup_language, select_media_type
from carreau_server.errors import NotFoundError, UnsupportedFormatError, invalid
from carreau_server.ogc import landing_page
from carreau_server.openapi import (
    CURSOR_DESCRIPTION,
    HTML,
    Context,
    Cursor,
    QueryParams,
    State,
    content_response,
    json_response,
    problems,
    run_in_thread,
)
from carreau_server.responses import FRESH, WORKER, generated_response, stored_response, to_json
from carreau_server.search import fill_page, highlight, is_search_page, parse_query, rank
from carreau_server.sites import add_next_link

pages_router = APIRouter(tags=["pages"])

_HTML = "text/html"


@pages_router.get(
    "/",
    response_class=Response,
    responses={**content_response({_HTML: HTML, JSON: {"title": "Carreau", "links": []}}), **problems(404)},
)
async def get_home(context: Context, state: State, request: Request) -> Response:
    """Return the home page; to a client that accepts JSON only, the landing page of OGC API Features."""
    accepted = select_media_type(context.header(b"accept"), (_HTML, JSON))
    is_json = request.query_params.get("f") == "json" or accepted == JSON
    response = landing_page(context, state) if is_json else stored_response(context, "/")
    response.headers.add_vary_header("Accept")
    return response


@pages_router.get(
    "/embed/{slug}", response_class=Response, responses={**content_response({_HTML: HTML}), **problems(404)}
)
async def get_embed(slug: str, context: Context) -> Response:
    """Return a page with a site's models only, for frames of other sites."""
    return stored_response(context, f"/embed/{slug}")


@pages_router.get("/q/{slug}/{number}", include_in_schema=False)
async def qr_plate(slug: str, number: str, context: Context) -> Response:
    """Redirect from the QR code of a stop or chapter to its route or trail, in the visitor's language."""
    for kind, counted in (("routes", "stops"), ("trails", "chapters")):
        files = context.bundle.responses(f"/v1/{kind}")
        lang = context.language(tuple(files)) if files else ""
        cards = context.bundle.document(files[lang])[kind] if files else []
        card = next((each for each in cards if each["slug"] == slug), None)
        if card and number in map(str, range(1, card[counted] + 1)):
            headers = {"Location": f"{quote(card['page'])}#stop={number}", "Cache-Control": FRESH}
            if vary := context.language_vary(tuple(files)):
                headers["Vary"] = ", ".join(vary)
            return Response(status_code=303, headers=headers)
    raise NotFoundError


@pages_router.get("/{path:path}", include_in_schema=False)
async def page(path: str, context: Context, request: Request) -> Response:
    """Return the document of a path; redirect a path that differs only by its final slash."""
    if not context.bundle.responses(f"/{path}"):
        return _other_slash(context, path, request.url.query)
    query = next(iter(request.query_params.getlist("q")), "").strip()
    response = await _search_page(context, f"/{path}", query) if query else None
    response = response or stored_response(context, f"/{path}")
    if f"/{path}" == WORKER:
        response.headers["Cache-Control"] = "no-cache"
    return response


async def _search_page(context: RequestContext, path: str, query: str) -> Response | None:
    """Return the search page with results, None for any other page; raises InvalidParameterError for a long query."""
    (lang, file), *others = context.bundle.responses(path).items()
    if others or file.media_type != _HTML:
        return None
    template = context.bundle.read(file).decode()
    if not is_search_page(template):
        return None
    if len(query) > MAX_QUERY_CHARS:
        raise invalid("q", "too-long", maximum=MAX_QUERY_CHARS)
    params = SearchParams.model_validate({"q": query})
    content = await run_in_thread(lambda: fill_page(template, search_all(context, params, lang)).encode())
    return generated_response(context, content, _HTML, lang)


def _other_slash(context: RequestContext, path: str, query: str) -> Response:
    other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    if path in ("", "/") or other.startswith("/") or not context.bundle.responses(f"/{other}"):
        raise NotFoundError
    location = f"/{quote(other)}" + (f"?{query}" if query else "")
    return Response(status_code=308, headers={"Location": location, "Cache-Control": "public, max-age=60"})


search_router = APIRouter(prefix="/v1", tags=["search"])

_DEFAULT_LIMIT, _MAX_LIMIT = 20, 50
MAX_QUERY_CHARS = 200


class SearchParams(QueryParams):
    """A search."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=MAX_QUERY_CHARS)] = Field(
        description="Words; the first 8 count. Accents and capitals do not matter.", examples=["mathilde"]
    )
    limit: int = Field(_DEFAULT_LIMIT, ge=1, le=_MAX_LIMIT, description="Hits per page.")
    cursor: Cursor | None = Field(None, description=CURSOR_DESCRIPTION)


@search_router.get(
    "/search",
    response_class=Response,
    responses={**json_response(Hits, openapi.HITS, is_paged=True), **problems()},
)
async def search(params: Annotated[SearchParams, Query()], context: Context) -> Response:
    """Find sites and routes, best first; matches in the client's language rank higher."""
    languages = context.bundle.languages
    lang = context.language(languages)
    results = await run_in_thread(lambda: search_all(context, params, lang))
    content = results.model_dump_json().encode()
    response = generated_response(context, content, JSON, lang, context.language_vary(languages))
    return add_next_link(response, results.next)


def search_all(context: RequestContext, params: SearchParams, lang: str) -> Hits:
    """Return the results, in one language where possible; raises InvalidParameterError for a wrong cursor."""
    start = _parse_cursor(params.cursor)
    with context.bundle.connection() as connection:
        query = parse_query(connection, params.q)
        if query is None:
            return Hits(lang=lang, q=params.q, matched=0)
        ranked, is_partial = rank(connection, query, lang)
        end = start + params.limit
        page = highlight(connection, query, is_partial, ranked[start:end])
    fields = {"q": params.q, "limit": params.limit, **({"lang": params.lang} if params.lang else {})}
    next_url = f"/v1/search?{urlencode({**fields, 'cursor': make_cursor(end)})}" if end < len(ranked) else None
    return Hits(
        lang=lang,
        q=params.q,
        read_as=query.read_as,
        is_partial=is_partial,
        matched=len(ranked),
        next=next_url,
        hits=tuple(page),
    )


def _parse_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        (start,) = place(cursor)
    except ValueError:
        start = -1
    if not isinstance(start, int) or not 0 <= start < 1_000_000:
        raise invalid("cursor", "cursor")
    return start


oembed_router = APIRouter(tags=["pages"])

_WIDTH, _HEIGHT = 800, 600
_PERMISSIONS = "fullscreen; autoplay; xr-spatial-tracking; accelerometer; gyroscope; magnetometer"
_PERMISSIONS_SITE = f"{_PERMISSIONS}; geolocation"
"""The viewer of a place tells visitors how far they are from where its model stood."""
_XML = "text/xml"


class OEmbedParams(QueryParams):
    """Which page, and its largest size; consumers may add parameters of their own."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    url: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(
        description="URL of a page of a site, of one of its states, of a route, or of a trail or one of its chapters.",
        examples=["https://carreau.example/en/sites/fosse-mathilde"],
    )
    maxwidth: int | None = Field(None, ge=1, le=100_000, description="Pixels.")
    maxheight: int | None = Field(None, ge=1, le=100_000, description="Pixels.")
    format: Annotated[str, StringConstraints(max_length=20)] = Field("json", description="json or xml.")


@oembed_router.get(
    "/oembed",
    response_class=Response,
    responses={**content_response({JSON: openapi.OEMBED, _XML: openapi.OEMBED_XML}), **problems(404, 501)},
)
async def get_oembed(params: Annotated[OEmbedParams, Query()], context: Context) -> Response:
    """Return how to embed a page."""
    if params.format not in ("json", "xml"):
        raise UnsupportedFormatError(values={"choices": "json, xml"})
    page = parse_page_url(context.bundle, params.url)
    fields = _fields(context, page, params)
    if params.format == "json":
        return generated_response(context, to_json(fields), JSON, page.lang)
    elements = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
    text = f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{elements}</oembed>\n'
    return generated_response(context, text.encode(), _XML, page.lang)


def _fields(context: RequestContext, page: EntryPage, params: OEmbedParams) -> dict[str, Any]:
    base = context.bundle.base_url
    share = _share(context, page)
    width, height = min(_WIDTH, params.maxwidth or _WIDTH), min(_HEIGHT, params.maxheight or _HEIGHT)
    fields = {"version": "1.0", "type": "rich", "title": _title(page, share), "provider_name": "Carreau"}
    more = {"provider_url": f"{base}/", "cache_age": 86400, "width": width, "height": height}
    more["html"] = _iframe(context, page, width, height)
    return fields | more | _thumbnail(base, page, share, params)


def _iframe(context: RequestContext, page: EntryPage, width: int, height: int) -> str:
    path = f"/embed/{page.slug}" if page.kind == "site" else f"/embed/{page.kind}s/{page.slug}"
    title = html.escape(page.title)
    if not context.bundle.responses(path):
        return f'<blockquote><a href="{html.escape(context.bundle.base_url + page.path)}">{title}</a></blockquote>'
    fields = {"lang": page.lang} | ({"state": page.state} if page.state else {}) | dict(page.embed_options)
    url = html.escape(f"{context.bundle.base_url}{path}?{urlencode(fields, safe=',')}")
    size = f'width="{width}" height="{height}"'
    allow = _PERMISSIONS_SITE if page.kind == "site" else _PERMISSIONS
    more = f'allow="{allow}" loading="lazy" referrerpolicy="strict-origin-when-cross-origin"'
    return f'<iframe src="{url}" title="{title}" {size} {more} style="border:0;max-width:100%"></iframe>'


def _share(context: RequestContext, page: EntryPage) -> Mapping[str, Any]:
    """Return a `Share` as JSON has it; empty in a bundle that an older Carreau published."""
    file = context.bundle.responses(SHARES).get(page.lang)
    shares = context.bundle.document(file) if file else {}
    share: Mapping[str, Any] = shares.get(f"{page.kind}s", {}).get(page.slug, {})
    return share


def _title(page: EntryPage, share: Mapping[str, Any]) -> str:
    """Return the name with what a visitor gets there."""
    return f"{page.title} – {share['invitation']}" if share.get("invitation") else page.title


def _thumbnail(base: str, page: EntryPage, share: Mapping[str, Any], params: OEmbedParams) -> dict[str, Any]:
    """Return the largest picture within the limits, nothing where even the smallest is larger.

    A page without pictures of its own has that of link previews: its corner of the table, or the emblem of its kind.
    """
    width, height = params.maxwidth or 10**9, params.maxheight or 10**9
    pictures: Sequence[Mapping[str, Any]] = page.pictures
    if not pictures and share.get("picture"):
        pictures = ({"url": share["picture"], "width": share["width"], "height": share["height"]},)
    within = [each for each in pictures if each["width"] <= width and each["height"] <= height]
    if not within:
        return {}
    picture = max(within, key=lambda each: each["width"] * each["height"])
    size = {"thumbnail_width": picture["width"], "thumbnail_height": picture["height"]}
    return {"thumbnail_url": base + picture["url"], **size}


_EMBED_OPTIONS: Mapping[str, re.Pattern[str]] = {
    "chapter": re.compile("[a-z0-9]+(?:-[a-z0-9]+)*"),
    "colours": re.compile("light|dark|[0-9A-Fa-f]{6},[0-9A-Fa-f]{6}"),
    "display": re.compile("pyramid"),
}
"""What `server/viewer/src/embed/options.ts` reads besides language and state."""


@dataclass(frozen=True)
class EntryPage:
    """A page of a site, route or trail.

    state : that it shows; empty for the first one
    pictures : of its card, the smallest first
    embed_options : of `/embed/…`: chapter, colours and display
    """

    kind: str
    slug: str
    lang: str
    path: str
    state: str
    title: str
    pictures: tuple[Mapping[str, Any], ...] = ()
    embed_options: Mapping[str, str] = field(default_factory=dict)


def parse_page_url(bundle: Bundle, url: str) -> EntryPage:
    """Return the page at a URL; raises NotFoundError when it is not one of a site, state, route or trail here.

    A state is named by `?state=`, by `#state=`, or by a last segment of the path.
    """
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        query = {**_parse_query(parts.fragment), **_parse_query(parts.query)}
    except ValueError:
        raise NotFoundError("page-not-found") from None
    if url.startswith("/") and not url.startswith("//"):
        origin = bundle.base_url
    if origin.lower() != bundle.base_url.lower():
        raise NotFoundError("page-not-found")
    path, state = unquote(parts.path), query.get("state", "")
    page = _find_page(bundle, path, query.get("lang", ""))
    if page is None and not state:
        path, _, state = path.rstrip("/").rpartition("/")
        page = _find_page(bundle, path, query.get("lang", ""))
    if page is None or not _has_state(bundle, page, state):
        raise NotFoundError("page-not-found")
    options = {name: query[name] for name, pattern in _EMBED_OPTIONS.items() if pattern.fullmatch(query.get(name, ""))}
    return replace(page, state=state, embed_options=options)


def _parse_query(query: str) -> dict[str, str]:
    """Return the parameters of a query; raises ValueError when there are more than any page has."""
    return {name: values[0] for name, values in parse_qs(query, max_num_fields=20).items()} if query else {}


def _find_page(bundle: Bundle, path: str, lang: str) -> EntryPage | None:
    """Return the page at a path, or the page that an embedded one belongs to."""
    segments = path.split("/")[1:]
    if len(segments) > 1 and segments[0] == "embed":
        kind = {"routes": "route", "trails": "trail"}.get(segments[1], "") if len(segments) == 3 else "site"
        lang = (lookup_language(lang, bundle.languages) if lang else "") or bundle.languages[0]
        return _from_card(bundle, kind, segments[-1], lang) if kind else None
    if len(segments) != 3 or segments[0] not in bundle.languages:
        return None
    pages = (_from_card(bundle, kind, segments[2], segments[0]) for kind in ("site", "route", "trail"))
    return next((page for page in pages if page and page.path == path), None)


def _from_card(bundle: Bundle, kind: str, slug: str, lang: str) -> EntryPage | None:
    """Return the page of a site, route or trail as its card describes it."""
    if kind == "site":
        query = "SELECT json FROM card JOIN site ON site.id = card.site WHERE slug = ? AND lang = ?"
        row = bundle.one(query, slug, lang)
        cards = [json.loads(row[0])] if row else []
    else:
        file = bundle.responses(f"/v1/{kind}s").get(lang)
        cards = bundle.document(file)[f"{kind}s"] if file else []
    card = next((each for each in cards if each["slug"] == slug), None)
    if card is None:
        return None
    pictures = tuple(card.get("pictures") or ([card["picture"]] if card.get("picture") else ()))
    return EntryPage(kind, slug, lang, card["page"], "", card["name"]["text"], pictures)


def _has_state(bundle: Bundle, page: EntryPage, state: str) -> bool:
    query = "SELECT 1 FROM state JOIN site ON site.id = state.site WHERE slug = ? AND state = ?"
    return not state or (page.kind == "site" and bundle.one(query, page.slug, state) is not None)
