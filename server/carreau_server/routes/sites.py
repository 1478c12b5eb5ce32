"""Sites: the list, and one in every format."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from carreau.base.schema.lists import SiteList
from carreau.base.schema.site import Site
from carreau_server import openapi
from carreau_server.errors import NotAcceptableError, NotFoundError
from carreau_server.http.context import GEOJSON, JSON, SITE, RequestContext, select_path
from carreau_server.http.negotiation import select_media_type
from carreau_server.http.responses import generated_response, stored_response
from carreau_server.json_bytes import FeaturePage, with_array
from carreau_server.openapi import content_response, json_response, problems
from carreau_server.query_params import Context, ContextWithLang, ListParams, run_in_thread
from carreau_server.site_query import card_bytes, feature_bytes, query_sites, valid_codes

router = APIRouter(prefix="/v1", tags=["sites"])


@router.get(
    "/sites",
    response_class=Response,
    responses={
        **json_response(SiteList, openapi.SITES, {GEOJSON: openapi.FEATURES}, is_paged=True),
        **problems(406),
    },
)
async def list_sites(params: Annotated[ListParams, Query()], context: Context, request: Request) -> Response:
    """List sites, page by page, as cards or as GeoJSON."""
    media_type = {"json": JSON, "geojson": GEOJSON}.get(params.f or "") or _accepted(context)
    stored = context.bundle.responses("/v1/sites")
    if media_type == JSON and stored and not params.model_dump(exclude={"lang", "f"}, exclude_unset=True):
        document = context.bundle.document(stored[context.language(tuple(stored))])
        response = stored_response(context, "/v1/sites", () if params.f else ("Accept",))
        return add_next_link(response, document.get("next"))
    languages = context.bundle.languages
    lang = context.language(languages)
    vary = (*(() if params.f else ("Accept",)), *context.language_vary(languages))
    content, next_url = await run_in_thread(lambda: _page(context, params, lang, media_type, request.url.query))
    return add_next_link(generated_response(context, content, media_type, lang, vary), next_url)


def _accepted(context: RequestContext) -> str:
    accept = context.header(b"accept")
    media_type = select_media_type(accept, (JSON, GEOJSON))
    if not media_type and not select_media_type(accept, ("text/html",)):
        raise NotAcceptableError(values={"media_types": f"{JSON}, {GEOJSON}"}, headers={"Vary": "Accept"})
    return media_type or JSON


def _page(
    context: RequestContext, params: ListParams, lang: str, media_type: str, query: str
) -> tuple[bytes, str | None]:
    """Return a page of the list, and the URL of the next one."""
    terms = valid_codes(context.bundle)
    with context.bundle.connection() as connection:
        page = query_sites(connection, params, terms)
        next_url = f"/v1/sites?{_with_cursor(params, page.cursor)}" if page.cursor else None
        if media_type == JSON:
            cards = card_bytes(connection, page, lang)
            return with_array({"lang": lang, "matched": page.matched, "next": next_url}, "sites", cards), next_url
        own_url = f"/v1/sites?{query}" if query else "/v1/sites?f=geojson"
        features = FeaturePage(context.bundle.base_url, own_url, next_url, page.matched)
        return features.to_json(feature_bytes(connection, page, lang)), next_url


def _with_cursor(params: ListParams, cursor: str) -> str:
    fields = params.model_dump(exclude={"cursor"}, exclude_unset=True, exclude_none=True)
    return urlencode({**fields, "cursor": cursor})


@router.get(
    "/sites.geojson",
    response_class=Response,
    responses={**content_response({GEOJSON: openapi.FEATURES}), **problems(404)},
)
async def get_sites_geojson(context: ContextWithLang) -> Response:
    """Return all sites as GeoJSON."""
    return stored_response(context, "/v1/sites.geojson")


_EXPORTS = openapi.of_exports(SITE.values())
_ACCEPTED = {media_type: example for media_type, example in _EXPORTS.items() if media_type != JSON}


@router.get(
    "/sites/{slug}.{ending}",
    description=f"Return a site in another format: {', '.join(SITE)}.",
    response_class=Response,
    responses={**content_response(_EXPORTS), **problems(404)},
)
async def export_site(slug: str, ending: str, context: ContextWithLang) -> Response:
    """Return a site in another format, by its suffix."""
    slug, _, ending = f"{slug}.{ending}".partition(".")
    get_site_id(context, slug)
    path = f"/v1/sites/{slug}.{ending}"
    if not context.bundle.responses(path):
        raise NotFoundError("export-not-found", {"slug": slug, "ending": ending})
    return stored_response(context, path)


@router.get(
    "/sites/{slug}",
    response_class=Response,
    responses={
        **json_response(Site, openapi.SITE, _ACCEPTED),
        **problems(404, 406),
    },
)
async def get_site(slug: str, context: ContextWithLang) -> Response:
    """Return everything about a site; other formats by Accept, or by the suffix of the URL."""
    get_site_id(context, slug)
    document, path = f"/v1/sites/{slug}", select_path(context, "sites", slug, SITE)
    return stored_response(context, path, ("Accept",), path if path != document else "")


def get_site_id(context: RequestContext, slug: str) -> int:
    """Return the id of a site; raises NotFoundError."""
    row = context.bundle.one("SELECT id FROM site WHERE slug = ?", slug)
    if row is None:
        raise NotFoundError("site-not-found", {"slug": slug[:100]})
    return int(row[0])


def add_next_link(response: Response, next_url: str | None) -> Response:
    """Return a response with a Link header to the next page, where there is one."""
    if next_url:
        response.headers["Link"] = f'<{next_url}>; rel="next"'
    return response
