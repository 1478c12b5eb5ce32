"""Lead to the model that suits whoever asks."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from server.choice import HINTS, SCREEN, best, offers
from server.dependencies import AskedNow, Question
from server.described import redirect, refusals
from server.errors import NotThereError
from server.examples import SHA256
from server.routes.sites import known_site

router = APIRouter(prefix="/v1", tags=["sites"])


class ModelQuestion(Question):
    """What the model is for, and how large it may be."""

    use: Literal["preview", "phone", "desktop", "ar-android", "ar-ios"] = Field(
        "phone", alias="for", description="What it is for; hints of the device may make it smaller, never larger."
    )
    max_bytes: int | None = Field(None, ge=0, le=10**12, description="That go over the wire.")
    max_gpu_bytes: int | None = Field(None, ge=0, le=10**12, description="Of its textures on the graphics card.")


@router.get(
    "/sites/{slug}/states/{state}/model",
    response_class=Response,
    status_code=307,
    responses={**redirect(307, f"/a/{SHA256}.glb"), **refusals(400, 404)},
)
async def model(slug: str, state: str, question: Annotated[ModelQuestion, Query()], asked: AskedNow) -> Response:
    """Lead to the best file of a state for a use, within limits; Save-Data and device memory are respected."""
    site = known_site(asked, slug)
    if asked.bundle.one("SELECT 1 FROM state WHERE site = ? AND state = ?", site, state) is None:
        raise NotThereError("state", {"slug": slug, "state": state[:100]})
    offer = best(asked, offers(asked, site, state), question.use, question.max_bytes, question.max_gpu_bytes)
    by = [*(HINTS if question.use in SCREEN else ()), *(["Accept-Encoding"] if question.max_bytes is not None else [])]
    headers = {"Location": f"/a/{offer.sha256}.{offer.ext}", "Cache-Control": "public, max-age=60"}
    headers |= {"Vary": ", ".join(by)} if by else {}
    return Response(status_code=307, headers={**headers, "Accept-CH": ", ".join(HINTS[1:])})
