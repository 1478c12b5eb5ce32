"""Routes (itineraries), and their offline packs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from carreau.base.schema.lists import Pack, PackChange, RouteList
from carreau.base.schema.route import Route
from carreau_server import openapi
from carreau_server.errors import NotFoundError
from carreau_server.http.context import ROUTE, RequestContext, select_path
from carreau_server.http.responses import stored_response
from carreau_server.openapi import content_response, json_response, problems
from carreau_server.pack_responses import PackParams, pack_of_level_response, pack_response
from carreau_server.query_params import Context, ContextWithLang

router = APIRouter(prefix="/v1", tags=["routes"])

_EXPORTS = openapi.of_exports(ROUTE.values())


@router.get("/routes", response_class=Response, responses={**json_response(RouteList, openapi.ROUTES), **problems()})
async def list_routes(context: ContextWithLang) -> Response:
    """List all routes."""
    return stored_response(context, "/v1/routes")


@router.get(
    "/routes/{slug}.{ending}", response_class=Response, responses={**content_response(_EXPORTS), **problems(404)}
)
async def export_route(slug: str, ending: str, context: ContextWithLang) -> Response:
    """Return a route in another format, for instance gpx."""
    slug, _, ending = f"{slug}.{ending}".partition(".")
    _check_route(context, slug)
    path = f"/v1/routes/{slug}.{ending}"
    if not context.bundle.responses(path):
        raise NotFoundError("export-not-found", {"slug": slug, "ending": ending})
    return stored_response(context, path)


@router.get(
    "/routes/{slug}",
    response_class=Response,
    responses={**json_response(Route, openapi.ROUTE, _EXPORTS), **problems(404, 406)},
)
async def get_route(slug: str, context: ContextWithLang) -> Response:
    """Return everything about a route; other formats by Accept, or by the suffix of the URL."""
    _check_route(context, slug)
    document, path = f"/v1/routes/{slug}", select_path(context, "routes", slug, ROUTE)
    return stored_response(context, path, ("Accept",), path if path != document else "")


@router.get(
    "/routes/{slug}/pack",
    response_class=Response,
    responses={**json_response(Pack | PackChange, openapi.PACK), **problems(404)},
)
async def get_pack(slug: str, params: Annotated[PackParams, Query()], context: Context) -> Response:
    """Return every file that a phone needs offline, or with `have` the changes since the pack it has."""
    _check_route(context, slug)
    return pack_response(context, "routes", slug, params)


@router.get(
    "/routes/{slug}/pack/{level}",
    response_class=Response,
    responses={**json_response(Pack, openapi.PACK), **problems(404)},
)
async def get_pack_of_level(slug: str, level: str, context: ContextWithLang) -> Response:
    """Return a pack by a URL without a query, as a static host has it."""
    _check_route(context, slug)
    return pack_of_level_response(context, "routes", slug, level)


def _check_route(context: RequestContext, slug: str) -> None:
    if context.bundle.one("SELECT 1 FROM route WHERE slug = ?", slug) is None:
        raise NotFoundError("route-not-found", {"slug": slug[:100]})
