"""Identifiers: each leads to the page about it or to the document, by what the client accepts (303, Cool URIs)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from carreau.base.languages import path_words
from carreau.base.schema.parts import ANNOTATIONS, NAMELESS, PUBLISHER, STATES, TOURS, fragment
from carreau_server.errors import NotFoundError
from carreau_server.http.context import JSON, ROUTE, SITE, TRAIL, RequestContext
from carreau_server.http.negotiation import lookup_language, select_media_type
from carreau_server.http.responses import FRESH
from carreau_server.query_params import Context

router = APIRouter(include_in_schema=False)

_HTML = "text/html"
_DATA = {"sites": (JSON, *SITE.values()), "routes": (JSON, *ROUTE.values()), "trails": (JSON, *TRAIL.values())}
_MISSING = {"sites": "site-not-found", "routes": "route-not-found", "trails": "trail-not-found"}


@router.get(PUBLISHER)
async def publisher(context: Context) -> Response:
    """Redirect to the page that names who publishes."""
    languages = context.bundle.languages
    lang = context.language(languages)
    page = f"/{lang}/{path_words('legal')[lang]}"
    if not context.bundle.responses(page):
        raise NotFoundError
    return _see(page, context.language_vary(languages))


@router.get("/id/{kind}/{slug}")
async def entry(kind: str, slug: str, context: Context) -> Response:
    """Redirect from the identifier of a site, route or trail."""
    return _see_entry(context, kind, slug)


@router.get("/id/{kind}/{slug}/{part:path}")
async def part(kind: str, slug: str, part: str, context: Context) -> Response:
    """Redirect from the identifier of a part: to it on the page of its site, or to the site's document."""
    return _see_entry(context, kind, slug, part)


def _see_entry(context: RequestContext, kind: str, slug: str, part: str = "") -> Response:
    files = context.bundle.responses(f"/v1/{kind}/{slug}") if kind in _DATA else {}
    if not files:
        raise NotFoundError(_MISSING[kind], {"slug": slug[:100]}) if kind in _MISSING else NotFoundError
    languages = tuple(files)
    lang = context.language(languages)
    document = context.bundle.document(files[lang])
    shown = _fragment(document, part) if part else ""
    vary = ("Accept", *context.language_vary(languages))
    page = document.get("pages", {}).get(lang)
    if page and select_media_type(context.header(b"accept"), (_HTML, *_DATA[kind])) == _HTML:
        return _see(f"{quote(page)}{shown}", vary)
    chosen = lookup_language(context.lang, languages) if context.lang else ""
    return _see(f"/v1/{kind}/{quote(slug)}" + (f"?lang={chosen}" if chosen else ""), vary)


def _fragment(document: Any, part: str) -> str:
    """Return the fragment that shows a part of a site, empty for one without a name; raises NotFoundError."""
    kind, _, name = part.partition("/")
    if kind in NAMELESS:
        return ""
    named = document.get(kind, ()) if kind in (STATES, ANNOTATIONS, TOURS) else ()
    found = next((each for each in named if each["id"] == name), None)
    if found is None:
        raise NotFoundError
    return fragment(kind, name, found["id"] if kind == STATES else found["state"])


def _see(location: str, vary: tuple[str, ...]) -> Response:
    headers = {"Location": location, "Cache-Control": FRESH}
    return Response(status_code=303, headers=headers | ({"Vary": ", ".join(vary)} if vary else {}))
