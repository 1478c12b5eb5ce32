"""Routes of the catalogue as a whole, and IIIF manifests."""

from __future__ import annotations

from fastapi import APIRouter, Response

from carreau.base.schema.lists import Terms
from carreau.base.schema.territory import Territory
from carreau_server import openapi
from carreau_server.http.context import IIIF_3, IIIF_4
from carreau_server.http.responses import stored_response
from carreau_server.openapi import content_response, json_response, problems
from carreau_server.query_params import ContextWithLang
from carreau_server.routes.sites import get_site_id

router = APIRouter(tags=["catalogue"])


@router.get(
    "/v1/catalogue.csv",
    response_class=Response,
    responses={**content_response({"text/csv": openapi.CSV}), **problems(404)},
)
async def get_catalogue_csv(context: ContextWithLang) -> Response:
    """Return the catalogue as a table."""
    return stored_response(context, "/v1/catalogue.csv")


@router.get("/v1/terms", response_class=Response, responses={**json_response(Terms, openapi.TERMS), **problems()})
async def get_terms(context: ContextWithLang) -> Response:
    """Return the controlled vocabularies with their labels."""
    return stored_response(context, "/v1/terms")


@router.get(
    "/v1/territory",
    response_class=Response,
    responses={**json_response(Territory, openapi.TERRITORY), **problems(404)},
)
async def get_territory(context: ContextWithLang) -> Response:
    """Return the table model of the territory, and where each site stands on it; 404 if it is not built."""
    return stored_response(context, "/v1/territory")


def _manifest(version: int) -> dict[str, str]:
    return {"@context": f"http://iiif.io/api/presentation/{version}/context.json", "type": "Manifest"}


@router.get(
    "/iiif/{slug}/manifest.json",
    response_class=Response,
    responses={**content_response({IIIF_4: _manifest(4)}), **problems(404)},
)
async def get_iiif_manifest(slug: str, context: ContextWithLang) -> Response:
    """Return a site as a manifest of the IIIF Presentation API 4 (a draft), with its models."""
    get_site_id(context, slug)
    return stored_response(context, f"/iiif/{slug}/manifest.json")


@router.get(
    "/iiif/3/{slug}/manifest.json",
    response_class=Response,
    responses={**content_response({IIIF_3: _manifest(3)}), **problems(404)},
)
async def get_iiif_3_manifest(slug: str, context: ContextWithLang) -> Response:
    """Return a site as a manifest of the IIIF Presentation API 3: its pictures, with the models as renderings."""
    get_site_id(context, slug)
    return stored_response(context, f"/iiif/3/{slug}/manifest.json")
