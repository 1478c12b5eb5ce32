"""Answer about the catalogue as a whole, and with IIIF manifests."""

from __future__ import annotations

from fastapi import APIRouter, Response

from pipeline.manifest.lists import Terms
from server import examples
from server.dependencies import PlainlyAsked
from server.described import json_answer, plain_answer, refusals
from server.forms import IIIF
from server.routes.sites import known_site
from server.sending import ready

router = APIRouter(tags=["catalogue"])


@router.get(
    "/v1/catalogue.csv",
    response_class=Response,
    responses={**plain_answer({"text/csv": examples.CSV}), **refusals(400, 404)},
)
async def catalogue(asked: PlainlyAsked) -> Response:
    """Return the catalogue as a table."""
    return ready(asked, "/v1/catalogue.csv")


@router.get("/v1/terms", response_class=Response, responses={**json_answer(Terms, examples.TERMS), **refusals(400)})
async def terms(asked: PlainlyAsked) -> Response:
    """Return the closed lists with their words."""
    return ready(asked, "/v1/terms")


@router.get(
    "/iiif/{slug}/manifest.json",
    response_class=Response,
    responses={
        **plain_answer({IIIF: {"@context": "http://iiif.io/api/presentation/4/context.json", "type": "Manifest"}}),
        **refusals(400, 404),
    },
)
async def iiif(slug: str, asked: PlainlyAsked) -> Response:
    """Return a site as a manifest of the IIIF Presentation API 4 (a draft)."""
    known_site(asked, slug)
    return ready(asked, f"/iiif/{slug}/manifest.json")
