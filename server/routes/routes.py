"""Routes (itineraries), and their offline packs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from pipeline.levels import OFFERED, PHONE
from pipeline.schema.lists import RouteList
from pipeline.schema.offline_pack import Pack, PackChange
from pipeline.schema.route import Route
from server import examples
from server.errors import NotFoundError
from server.http.content_types import JSON, ROUTE, select_path
from server.http.context import RequestContext
from server.http.responses import generated_response, stored_response
from server.json_bytes import to_json
from server.openapi import content_response, json_response, problems
from server.pack_changes import pack_change
from server.query_params import Context, ContextWithLang, QueryParams

router = APIRouter(prefix="/v1", tags=["routes"])

_EXPORTS = examples.of_exports(ROUTE.values())
if TYPE_CHECKING:
    _Level = str
else:
    _Level = Literal[OFFERED]


@router.get("/routes", response_class=Response, responses={**json_response(RouteList, examples.ROUTES), **problems()})
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
    responses={**json_response(Route, examples.ROUTE, _EXPORTS), **problems(404, 406)},
)
async def get_route(slug: str, context: ContextWithLang) -> Response:
    """Return everything about a route; other formats by Accept, or by the suffix of the URL."""
    _check_route(context, slug)
    document, path = f"/v1/routes/{slug}", select_path(context, "routes", slug, ROUTE)
    return stored_response(context, path, ("Accept",), path if path != document else "")


class PackParams(QueryParams):
    """Which pack, and which one the phone has already."""

    level: _Level = Field(PHONE.name, description="Level of its models.")
    have: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None, description="`id` of the pack that the phone has: the response lists the changes since."
    )


@router.get(
    "/routes/{slug}/pack",
    response_class=Response,
    responses={**json_response(Pack | PackChange, examples.PACK), **problems(404)},
)
async def get_pack(slug: str, params: Annotated[PackParams, Query()], context: Context) -> Response:
    """Return every file that a phone needs offline, or with `have` the changes since the pack it has."""
    _check_route(context, slug)
    path = _pack_path(context, slug, params.level)
    if params.have is None:
        return stored_response(context, path)
    files = context.bundle.responses(path)
    languages = tuple(files)
    lang = context.language(languages)
    change: dict[str, Any] = pack_change(context.bundle, context.bundle.document(files[lang]), params.have)
    return generated_response(context, to_json(change), JSON, lang, context.language_vary(languages))


@router.get(
    "/routes/{slug}/pack/{level}",
    response_class=Response,
    responses={**json_response(Pack, examples.PACK), **problems(404)},
)
async def get_pack_of_level(slug: str, level: str, context: ContextWithLang) -> Response:
    """Return a pack by a URL without a query, as a static host has it."""
    _check_route(context, slug)
    return stored_response(context, _pack_path(context, slug, level))


def _pack_path(context: RequestContext, slug: str, level: str) -> str:
    path = f"/v1/routes/{slug}/pack/{level}"
    if not context.bundle.responses(path):
        raise NotFoundError("pack-not-found", {"slug": slug})
    return path


def _check_route(context: RequestContext, slug: str) -> None:
    if context.bundle.one("SELECT 1 FROM route WHERE slug = ?", slug) is None:
        raise NotFoundError("route-not-found", {"slug": slug[:100]})
