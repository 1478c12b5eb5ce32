"""Trails: stories told in chapters."""

from __future__ import annotations

from fastapi import APIRouter, Response

from pipeline.schema.lists import TrailList
from pipeline.schema.trail import Trail
from server import examples
from server.errors import NotFoundError
from server.http.responses import stored_response
from server.openapi import json_response, problems
from server.query_params import ContextWithLang

router = APIRouter(prefix="/v1", tags=["trails"])


@router.get(
    "/trails", response_class=Response, responses={**json_response(TrailList, examples.TRAILS), **problems(404)}
)
async def list_trails(context: ContextWithLang) -> Response:
    """List all trails; 404 for a bundle that was published before there were any."""
    return stored_response(context, "/v1/trails")


@router.get(
    "/trails/{slug}", response_class=Response, responses={**json_response(Trail, examples.TRAIL), **problems(404)}
)
async def get_trail(slug: str, context: ContextWithLang) -> Response:
    """Return a trail with all its chapters, doubts, questions and sources."""
    path = f"/v1/trails/{slug}"
    if not context.bundle.responses(path):
        raise NotFoundError("trail-not-found", {"slug": slug[:100]})
    return stored_response(context, path)
