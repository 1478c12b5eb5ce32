"""Answer about itineraries, and what a phone needs to walk one without a network."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from pipeline.manifest.lists import RouteList
from pipeline.manifest.pack import Pack, PackChange
from pipeline.manifest.route import Route
from server import examples
from server.asked import Asked
from server.dependencies import AskedNow, PlainlyAsked, Question
from server.described import json_answer, plain_answer, refusals
from server.documents import dumped
from server.errors import NotThereError
from server.forms import GEOJSON, JSON, ROUTE, chosen
from server.packs import change
from server.sending import made, ready

router = APIRouter(prefix="/v1", tags=["routes"])

_FORMS: dict[str, object] = {
    "application/gpx+xml": examples.GPX,
    "application/ld+json": examples.JSONLD,
    GEOJSON: examples.FEATURE,
    "application/xml": examples.XML,
}
_Level = Literal["preview", "phone", "desktop"]


@router.get("/routes", response_class=Response, responses={**json_answer(RouteList, examples.ROUTES), **refusals(400)})
async def routes(asked: PlainlyAsked) -> Response:
    """List all routes."""
    return ready(asked, "/v1/routes")


@router.get(
    "/routes/{slug}.{ending}", response_class=Response, responses={**plain_answer(_FORMS), **refusals(400, 404)}
)
async def route_as(slug: str, ending: str, asked: PlainlyAsked) -> Response:
    """Return a route in another form: for instance gpx."""
    slug, _, ending = f"{slug}.{ending}".partition(".")
    _known(asked, slug)
    path = f"/v1/routes/{slug}.{ending}"
    if not asked.bundle.answers(path):
        raise NotThereError("export", {"slug": slug, "ending": ending})
    return ready(asked, path)


@router.get(
    "/routes/{slug}",
    response_class=Response,
    responses={**json_answer(Route, examples.ROUTE, _FORMS), **refusals(400, 404, 406)},
)
async def route(slug: str, asked: PlainlyAsked) -> Response:
    """Return everything of one route; other forms by Accept, or by the ending of the address."""
    _known(asked, slug)
    own, path = f"/v1/routes/{slug}", chosen(asked, "routes", slug, ROUTE)
    return ready(asked, path, ("Accept",), path if path != own else "")


class PackQuestion(Question):
    """Which pack, and which one the phone has already."""

    level: _Level = Field("phone", description="Size of the models in it.")
    have: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None, description="`id` of the pack that the phone holds: what changed since is said."
    )


@router.get(
    "/routes/{slug}/pack",
    response_class=Response,
    responses={**json_answer(Pack | PackChange, examples.PACK), **refusals(400, 404)},
)
async def pack(slug: str, question: Annotated[PackQuestion, Query()], asked: AskedNow) -> Response:
    """Return every file that a phone needs for a walk, or with `have` what changed since the pack it holds."""
    _known(asked, slug)
    path = _pack_path(asked, slug, question.level)
    if question.have is None:
        return ready(asked, path)
    there = asked.bundle.answers(path)
    lang = asked.language(tuple(there))
    found: dict[str, Any] = change(asked.bundle, asked.bundle.document(there[lang]), question.have)
    return made(asked, dumped(found), JSON, lang, () if asked.lang else ("Accept-Language",))


@router.get(
    "/routes/{slug}/pack/{level}",
    response_class=Response,
    responses={**json_answer(Pack, examples.PACK), **refusals(400, 404)},
)
async def pack_of(slug: str, level: str, asked: PlainlyAsked) -> Response:
    """Return a pack by an address without a question, as a static host has it."""
    _known(asked, slug)
    return ready(asked, _pack_path(asked, slug, level))


def _pack_path(asked: Asked, slug: str, level: str) -> str:
    path = f"/v1/routes/{slug}/pack/{level}"
    if not asked.bundle.answers(path):
        raise NotThereError("pack", {"slug": slug})
    return path


def _known(asked: Asked, slug: str) -> None:
    if asked.bundle.one("SELECT 1 FROM route WHERE slug = ?", slug) is None:
        raise NotThereError("route", {"slug": slug[:100]})
