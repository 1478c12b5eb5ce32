"""Routes (itineraries) and trails (stories told in chapters), and their offline packs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from carreau.base.levels import OFFERED, PHONE
from carreau.base.schema.itineraries import Route, Trail
from carreau.base.schema.lists import Pack, PackChange, RouteList, TrailList
from carreau_server import openapi
from carreau_server.bundle import Bundle
from carreau_server.context import JSON, ROUTE, TRAIL, RequestContext, select_path
from carreau_server.errors import CorruptBundleError, NotFoundError
from carreau_server.openapi import Context, ContextWithLang, QueryParams, content_response, json_response, problems
from carreau_server.responses import generated_response, stored_response, to_json

if TYPE_CHECKING:
    _Level = str
else:
    _Level = Literal[OFFERED]


class PackParams(QueryParams):
    """Which pack, and which one the phone has already."""

    level: _Level = Field(PHONE.name, description="Level of its models.")
    have: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None, description="`id` of the pack that the phone has: the response lists the changes since."
    )


def pack_response(context: RequestContext, kind: str, slug: str, params: PackParams) -> Response:
    """Return a pack, or the changes since the one that the phone has.

    kind : "routes" or "trails"
    """
    path = _pack_path(context, kind, slug, params.level)
    if params.have is None:
        return stored_response(context, path)
    files = context.bundle.responses(path)
    languages = tuple(files)
    lang = context.language(languages)
    change: dict[str, Any] = pack_change(context.bundle, context.bundle.document(files[lang]), params.have)
    return generated_response(context, to_json(change), JSON, lang, context.language_vary(languages))


def pack_of_level_response(context: RequestContext, kind: str, slug: str, level: str) -> Response:
    """Return a pack by a URL without a query, as a static host has it."""
    return stored_response(context, _pack_path(context, kind, slug, level))


def _pack_path(context: RequestContext, kind: str, slug: str, level: str) -> str:
    path = f"/v1/{kind}/{slug}/pack/{level}"
    if not context.bundle.responses(path):
        raise NotFoundError("pack-not-found", {"slug": slug})
    return path


def pack_change(bundle: Bundle, pack: dict[str, Any], have: str) -> dict[str, Any]:
    """Return a `PackChange` as JSON has it; with an unknown `have`, everything is to be fetched.

    Packs of kept releases are known, of the same route only.
    """
    former = _former_files(bundle, pack, have)
    digests = {file["url"]: file["sha256"] for file in former or ()}
    current = {file["url"]: file for file in pack["files"]}
    fetch = [file for url, file in current.items() if digests.get(url) != file["sha256"]]
    return {
        **{"have": have, "pack": pack, "fetch": fetch, "drop": sorted(set(digests) - set(current))},
        "bytes": sum(download_bytes(file) for file in fetch),
        "is_complete": former is not None,
    }


def download_bytes(file: dict[str, Any]) -> int:
    """Return how many bytes of a file a phone downloads."""
    brotli_bytes = file.get("brotli_bytes")
    return int(file["bytes"] if brotli_bytes is None else brotli_bytes)


def _former_files(bundle: Bundle, pack: dict[str, Any], have: str) -> list[dict[str, Any]] | None:
    if have == pack["id"]:
        return list(pack["files"])
    row = bundle.one("SELECT sha256 FROM pack WHERE id = ? AND route = ?", have, pack["route"])
    try:
        return list(bundle.former_document(row[0])["files"]) if row else None
    except CorruptBundleError:  # the release of that pack is no longer kept
        return None


routes_router = APIRouter(prefix="/v1", tags=["routes"])

_ROUTE_EXPORTS = openapi.of_exports(ROUTE.values())


@routes_router.get(
    "/routes", response_class=Response, responses={**json_response(RouteList, openapi.ROUTES), **problems()}
)
async def list_routes(context: ContextWithLang) -> Response:
    """List all routes."""
    return stored_response(context, "/v1/routes")


@routes_router.get(
    "/routes/{slug}.{ending}", response_class=Response, responses={**content_response(_ROUTE_EXPORTS), **problems(404)}
)
async def export_route(slug: str, ending: str, context: ContextWithLang) -> Response:
    """Return a route in another format, for instance gpx."""
    slug, _, ending = f"{slug}.{ending}".partition(".")
    _check_route(context, slug)
    path = f"/v1/routes/{slug}.{ending}"
    if not context.bundle.responses(path):
        raise NotFoundError("export-not-found", {"slug": slug, "ending": ending})
    return stored_response(context, path)


@routes_router.get(
    "/routes/{slug}",
    response_class=Response,
    responses={**json_response(Route, openapi.ROUTE, _ROUTE_EXPORTS), **problems(404, 406)},
)
async def get_route(slug: str, context: ContextWithLang) -> Response:
    """Return everything about a route; other formats by Accept, or by the suffix of the URL."""
    _check_route(context, slug)
    document, path = f"/v1/routes/{slug}", select_path(context, "routes", slug, ROUTE)
    return stored_response(context, path, ("Accept",), path if path != document else "")


@routes_router.get(
    "/routes/{slug}/pack",
    response_class=Response,
    responses={**json_response(Pack | PackChange, openapi.PACK), **problems(404)},
)
async def get_pack(slug: str, params: Annotated[PackParams, Query()], context: Context) -> Response:
    """Return every file that a phone needs offline, or with `have` the changes since the pack it has."""
    _check_route(context, slug)
    return pack_response(context, "routes", slug, params)


@routes_router.get(
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


trails_router = APIRouter(prefix="/v1", tags=["trails"])

_TRAIL_EXPORTS = openapi.of_exports(TRAIL.values())
_ACCEPTED = {media_type: example for media_type, example in _TRAIL_EXPORTS.items() if media_type != JSON}


@trails_router.get(
    "/trails", response_class=Response, responses={**json_response(TrailList, openapi.TRAILS), **problems(404)}
)
async def list_trails(context: ContextWithLang) -> Response:
    """List all trails; 404 for a bundle that was published before there were any."""
    return stored_response(context, "/v1/trails")


@trails_router.get(
    "/trails/{slug}.{ending}", response_class=Response, responses={**content_response(_TRAIL_EXPORTS), **problems(404)}
)
async def export_trail(slug: str, ending: str, context: ContextWithLang) -> Response:
    """Return a trail in another format, for instance geojson."""
    slug, _, ending = f"{slug}.{ending}".partition(".")
    _check_trail(context, slug)
    path = f"/v1/trails/{slug}.{ending}"
    if not context.bundle.responses(path):
        raise NotFoundError("export-not-found", {"slug": slug, "ending": ending})
    return stored_response(context, path)


@trails_router.get(
    "/trails/{slug}",
    response_class=Response,
    responses={**json_response(Trail, openapi.TRAIL, _ACCEPTED), **problems(404, 406)},
)
async def get_trail(slug: str, context: ContextWithLang) -> Response:
    """Return a trail with its chapters, doubts, questions and sources; other formats by Accept, or by the suffix."""
    _check_trail(context, slug)
    document, path = f"/v1/trails/{slug}", select_path(context, "trails", slug, TRAIL)
    return stored_response(context, path, ("Accept",), path if path != document else "")


@trails_router.get(
    "/trails/{slug}/pack",
    response_class=Response,
    responses={**json_response(Pack | PackChange, openapi.PACK), **problems(404)},
)
async def get_trail_pack(slug: str, params: Annotated[PackParams, Query()], context: Context) -> Response:
    """Return every file that a phone needs offline, or with `have` the changes since the pack it has."""
    _check_trail(context, slug)
    return pack_response(context, "trails", slug, params)


@trails_router.get(
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
