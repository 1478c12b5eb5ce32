"""Trails: stories told in chapters, and their offline packs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from carreau.base.schema.lists import Pack, PackChange, TrailList
from carreau.base.schema.trail import Trail
from carreau_server import openapi
from carreau_server.errors import NotFoundError
from carreau_server.http.context import JSON, TRAIL, RequestContext, select_path
from carreau_server.http.responses import stored_response
from carreau_server.openapi import content_response, json_response, problems
from carreau_server.pack_responses import PackParams, pack_of_level_response, pack_response
from carreau_server.query_params import Context, ContextWithLang

router = APIRouter(prefix="/v1", tags=["trails"])

_EXPORTS = openapi.of_exports(TRAIL.values())
_ACCEPTED = {media_type: example for media_type, example in _EXPORTS.items() if media_type != JSON}


@router.get("/trails", response_class=Response, responses={**json_response(TrailList, openapi.TRAILS), **problems(404)})
async def list_trails(context: ContextWithLang) -> Response:
    """List all trails; 404 for a bundle that was published before there were any."""
    return stored_response(context, "/v1/trails")


@router.get(
    "/trails/{slug}.{ending}", response_class=Response, responses={**content_response(_EXPORTS), **problems(404)}
)
async def export_trail(slug: str, ending: str, context: ContextWithLang) -> Response:
    """Return a trail in another format, for instance geojson."""
    slug, _, ending = f"{slug}.{ending}".partition(".")
    _check_trail(context, slug)
    path = f"/v1/trails/{slug}.{ending}"
    if not context.bundle.responses(path):
        raise NotFoundError("export-not-found", {"slug": slug, "ending": ending})
    return stored_response(context, path)


@router.get(
    "/trails/{slug}",
    response_class=Response,
    responses={**json_response(Trail, openapi.TRAIL, _ACCEPTED), **problems(404, 406)},
)
async def get_trail(slug: str, context: ContextWithLang) -> Response:
    """Return a trail with its chapters, doubts, questions and sources; other formats by Accept, or by the suffix."""
    _check_trail(context, slug)
    document, path = f"/v1/trails/{slug}", select_path(context, "trails", slug, TRAIL)
    return stored_response(context, path, ("Accept",), path if path != document else "")


@router.get(
    "/trails/{slug}/pack",
    response_class=Response,
    responses={**json_response(Pack | PackChange, openapi.PACK), **problems(404)},
)
async def get_trail_pack(slug: str, params: Annotated[PackParams, Query()], context: Context) -> Response:
    """Return every file that a phone needs offline, or with `have` the changes since the pack it has."""
    _check_trail(context, slug)
    return pack_response(context, "trails", slug, params)


@router.get(
    "/trails/{slug}/pack/{level}",
    response_class=Response,
    responses={**json_response(Pack, openapi.PACK), **problems(404)},
)
async def get_trail_pack_of_level(slug: str, level: str, context: ContextWithLang) -> Response:
    """Return a pack by a URL without a query, as a static host has it."""
    _check_trail(context, slug)
    return pack_of_level_response(context, "trails", slug, level)


def _check_trail(context: RequestContext, slug: str) -> None:
    if not context.bundle.responses(f"/v1/trails/{slug}"):
        raise NotFoundError("trail-not-found", {"slug": slug[:100]})
