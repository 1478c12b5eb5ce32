"""OGC API Features, Part 1: Core with GeoJSON, so that a GIS opens the catalogue as a layer."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, StringConstraints

from carreau_server import openapi
from carreau_server.context import GEOJSON, JSON, RequestContext, get_context
from carreau_server.errors import invalid
from carreau_server.openapi import (
    CURSOR_DESCRIPTION,
    Context,
    ListParams,
    QueryParams,
    Short,
    State,
    content_response,
    describe,
    problems,
    redirect,
    run_in_thread,
)
from carreau_server.responses import FeaturePage, generated_response, link, to_json
from carreau_server.sites import add_next_link, feature_bytes, get_site_id, query_sites

router = APIRouter(tags=["OGC API Features"])

ROOT = "/ogc"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
# Not oas30: our description is of OpenAPI 3.1.
_CONFORMANCE = [f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson")]
_COLLECTION = f"{ROOT}/collections/sites"
_ITEMS = f"{_COLLECTION}/items"
_MAX_LIMIT = 1000
# RFC 9745 and RFC 8594: deprecated on 2026-11-27, and kept for a year at least.
_DEPRECATED = {"Deprecation": "@1795737600", "Sunset": "Sat, 27 Nov 2027 00:00:00 GMT"}
_INSTANT = r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})"
_DATETIME = re.compile(rf"{_INSTANT}|(?:{_INSTANT}|\.\.)?/(?:{_INSTANT}|\.\.)?")


class FormatParams(QueryParams):
    """The format of the response, of which there is one."""

    f: Literal["json"] | None = Field(None, description="Format: always JSON.")


async def context_with_format(request: Request, params: Annotated[FormatParams, Query()]) -> RequestContext:  # noqa: ARG001
    """Return the context of a request that may have no parameters but language and format; `params` only validates."""
    return get_context(request.scope)


ContextWithFormat = Annotated[RequestContext, Depends(context_with_format)]


class ItemsParams(FormatParams):
    """Filters of the features."""

    bbox: Short | None = Field(None, description="Four numbers, or six with heights.", examples=["3.2,50.2,3.6,50.5"])
    datetime: Short | None = Field(
        None, description="RFC 3339; sites have no time of their own, so all of them match any."
    )
    limit: Annotated[int, Field(ge=1)] = Field(10, description="Features per page; at most 1000 are returned.")
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = Field(None, description=CURSOR_DESCRIPTION)


def landing_page(context: RequestContext, state: State) -> Response:
    """Return the landing page."""
    base, languages = context.bundle.base_url, context.bundle.languages
    lang = context.language(languages)
    documentation = f"/{lang}/api"
    links = [
        link(f"{base}{ROOT}/", "self", JSON),
        link(f"{base}/openapi.json", "service-desc", OPENAPI),
        *([link(base + documentation, "service-doc", "text/html")] if context.bundle.responses(documentation) else []),
        link(f"{base}{ROOT}/conformance", "conformance", JSON),
        link(f"{base}{ROOT}/collections", "data", JSON),
        link(f"{base}/", "alternate", "text/html"),
    ]
    fields = {"title": "Carreau", "description": state.messages.text("catalogue", lang), "links": links}
    return generated_response(context, to_json(fields), JSON, lang, context.language_vary(languages))


_LINKS = [{"href": "https://carreau.example/ogc/collections", "rel": "data", "type": JSON}]
_COLLECTION_EXAMPLE = {"id": "sites", "title": "Sites", "itemType": "feature", "crs": [CRS84], "links": _LINKS}


@router.get(ROOT, response_class=Response, include_in_schema=False)
@router.get(
    f"{ROOT}/",
    response_class=Response,
    responses={**content_response({JSON: {"title": "Carreau", "links": _LINKS}}), **problems()},
)
async def get_landing_page(context: ContextWithFormat, state: State) -> Response:
    """Return the landing page, which `/` is too for clients that accept JSON only."""
    return landing_page(context, state)


@router.get(
    "/openapi.json",
    response_class=Response,
    responses={**content_response({OPENAPI: {"openapi": "3.1.0"}}), **problems()},
)
async def get_api_description(request: Request, context: Context) -> Response:
    """Return the OpenAPI description."""
    return generated_response(context, to_json(describe(request.app, context.bundle.base_url)), OPENAPI)


@router.get(
    f"{ROOT}/conformance",
    response_class=Response,
    responses={**content_response({JSON: {"conformsTo": _CONFORMANCE}}), **problems()},
)
async def get_conformance(context: ContextWithFormat) -> Response:
    """Return the conformance classes."""
    return generated_response(context, to_json({"conformsTo": _CONFORMANCE}), JSON)


@router.get(
    f"{ROOT}/collections",
    response_class=Response,
    responses={**content_response({JSON: {"links": _LINKS, "collections": [_COLLECTION_EXAMPLE]}}), **problems()},
)
async def get_collections(context: ContextWithFormat, state: State) -> Response:
    """Return the collections, of which there is one."""
    languages = context.bundle.languages
    lang = context.language(languages)
    links = [link(f"{context.bundle.base_url}{ROOT}/collections", "self", JSON)]
    fields = {"links": links, "collections": [_collection(context, state, lang)]}
    return generated_response(context, to_json(fields), JSON, lang, context.language_vary(languages))


@router.get(
    _COLLECTION, response_class=Response, responses={**content_response({JSON: _COLLECTION_EXAMPLE}), **problems()}
)
async def get_collection(context: ContextWithFormat, state: State) -> Response:
    """Return the collection of sites."""
    languages = context.bundle.languages
    lang = context.language(languages)
    content = to_json(_collection(context, state, lang))
    return generated_response(context, content, JSON, lang, context.language_vary(languages))


def _collection(context: RequestContext, state: State, lang: str) -> dict[str, Any]:
    base, messages = context.bundle.base_url, state.messages
    bbox = context.bundle.one("SELECT min(lon), min(lat), max(lon), max(lat) FROM site") or (None,)
    fields: dict[str, Any] = {"id": "sites", "title": messages.text("sites", lang), "itemType": "feature"}
    fields |= {"description": messages.text("sites-description", lang), "crs": [CRS84]}
    fields |= {"extent": {"spatial": {"bbox": [list(bbox)], "crs": CRS84}}} if bbox[0] is not None else {}
    links = [link(base + _COLLECTION, "self", JSON), link(base + _ITEMS, "items", GEOJSON)]
    return fields | {"links": links}


@router.get(
    _ITEMS,
    response_class=Response,
    responses={**content_response({GEOJSON: openapi.FEATURES}), **problems()},
)
async def get_features(params: Annotated[ItemsParams, Query()], context: Context, request: Request) -> Response:
    """Return a page of features."""
    if params.datetime is not None and (params.datetime == "/" or not _DATETIME.fullmatch(params.datetime)):
        raise invalid("datetime", "datetime")
    languages = context.bundle.languages
    lang = context.language(languages)
    content, next_url = await run_in_thread(lambda: _items(context, params, lang, request.url.query))
    response = generated_response(context, content, GEOJSON, lang, context.language_vary(languages))
    return add_next_link(response, next_url)


def _items(context: RequestContext, params: ItemsParams, lang: str, query: str) -> tuple[bytes, str | None]:
    """Return a page of features, and the URL of the next one."""
    list_params = ListParams.model_construct(
        bbox=params.bbox, limit=min(params.limit, _MAX_LIMIT), cursor=params.cursor
    )
    with context.bundle.connection() as connection:
        page = query_sites(connection, list_params, {})
        slugs = [
            connection.execute("SELECT slug FROM site WHERE id = ?", (site,)).fetchone()[0] for site, _ in page.rows
        ]
        features = list(map(partial(_with_links, context), slugs, feature_bytes(connection, page, lang)))
    fields = params.model_dump(exclude={"cursor"}, exclude_unset=True, exclude_none=True)
    next_url = f"{_ITEMS}?{urlencode({**fields, 'cursor': page.cursor})}" if page.cursor else None
    own_url = f"{_ITEMS}?{query}" if query else _ITEMS
    base = context.bundle.base_url
    collection_link = link(base + _COLLECTION, "collection", JSON)
    return FeaturePage(base, own_url, next_url, page.matched).to_json(features, collection_link), next_url


def _with_links(context: RequestContext, slug: str, feature: bytes) -> bytes:
    fields = json.loads(feature)
    base = context.bundle.base_url
    links = [
        link(f"{base}{_ITEMS}/{slug}", "self", GEOJSON),
        link(f"{base}/v1/sites/{slug}", "alternate", JSON),
        link(base + _COLLECTION, "collection", JSON),
    ]
    return to_json({**fields, "id": slug, "links": [*links, *fields.get("links", ())]})


@router.get(
    _ITEMS + "/{slug}",
    response_class=Response,
    responses={**content_response({GEOJSON: openapi.FEATURE}), **problems(404)},
)
async def get_feature(slug: str, context: ContextWithFormat) -> Response:
    """Return one feature."""
    site, languages = get_site_id(context, slug), context.bundle.languages
    lang = context.language(languages)
    row = context.bundle.one("SELECT feature FROM card WHERE site = ? AND lang = ?", site, lang)
    content = _with_links(context, slug, bytes(row[0]) if row else b"{}")
    return generated_response(context, content, GEOJSON, lang, context.language_vary(languages))


@router.get(
    "/conformance",
    name="redirect_conformance",
    response_class=Response,
    status_code=308,
    deprecated=True,
    responses=redirect(308, f"{ROOT}/conformance"),
)
@router.get(
    "/collections",
    name="redirect_collections",
    response_class=Response,
    status_code=308,
    deprecated=True,
    responses=redirect(308, f"{ROOT}/collections"),
)
@router.get("/collections/{path:path}", response_class=Response, include_in_schema=False)
async def redirect_moved(request: Request) -> Response:
    """Redirect from the addresses that OGC API Features had before it moved to `/ogc/`."""
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.scope["raw_path"].decode("ascii")
    headers = {"Location": f"{ROOT}{path}{query}", "Cache-Control": "public, max-age=86400", **_DEPRECATED}
    return Response(status_code=308, headers=headers)
