"""The best model of a state for a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from carreau.base.levels import AR_FILES, LEVELS, PHONE
from carreau_server.errors import NotFoundError
from carreau_server.examples import SHA256
from carreau_server.model_selection import CLIENT_HINTS, candidates, select_level
from carreau_server.openapi import problems, redirect
from carreau_server.query_params import Context, QueryParams
from carreau_server.routes.sites import get_site_id

if TYPE_CHECKING:
    Use = str
else:
    Use = Literal[(*LEVELS, *AR_FILES)]
router = APIRouter(prefix="/v1", tags=["sites"])


class ModelParams(QueryParams):
    """Purpose and limits of the model."""

    use: Use = Field(
        PHONE.name, alias="for", description="Use of the model; client hints can make it smaller, never larger."
    )
    max_bytes: int | None = Field(
        None,
        ge=0,
        le=10**12,
        description="Bytes to download; a file with AVIF textures only for a client with image/avif in Accept.",
    )
    max_gpu_bytes: int | None = Field(None, ge=0, le=10**12, description="Bytes of textures in graphics memory.")


@router.get(
    "/sites/{slug}/states/{state}/model",
    response_class=Response,
    status_code=307,
    responses={**redirect(307, f"/a/{SHA256}.glb"), **problems(404)},
)
async def get_model(slug: str, state: str, params: Annotated[ModelParams, Query()], context: Context) -> Response:
    """Redirect to the best file of a state for a use, within limits; Save-Data and device memory are respected."""
    site = get_site_id(context, slug)
    if context.bundle.one("SELECT 1 FROM state WHERE site = ? AND state = ?", site, state) is None:
        raise NotFoundError("state-not-found", {"slug": slug, "state": state[:100]})
    levels = candidates(context, site, state)
    level = select_level(context, levels, params.use, params.max_bytes, params.max_gpu_bytes)
    vary = [*(CLIENT_HINTS if params.use in LEVELS else ())]
    vary += ["Accept"] if params.use in LEVELS and (params.max_bytes, params.max_gpu_bytes) != (None, None) else []
    vary += ["Accept-Encoding"] if params.max_bytes is not None else []
    headers = {"Location": f"/a/{level.sha256}.{level.ext}", "Cache-Control": "public, max-age=60"}
    headers |= {"Vary": ", ".join(vary)} if vary else {}
    return Response(status_code=307, headers={**headers, "Accept-CH": ", ".join(CLIENT_HINTS[1:])})
