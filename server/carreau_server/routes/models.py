"""The best model of a state for a client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from carreau.base.levels import AR_FILES, DESKTOP, FEWER_BYTES, LESS_MEMORY, LEVELS, PHONE, PREVIEW
from carreau_server.errors import NotFoundError
from carreau_server.http.context import RequestContext
from carreau_server.http.negotiation import parse_weights
from carreau_server.openapi import SHA256, problems, redirect
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


SCREEN_LEVELS = tuple(name for name in reversed(LEVELS) if name not in FEWER_BYTES)
"""Levels for a screen, best first; of two encodings, the one that takes less graphics memory is behind the other."""
CLIENT_HINTS = ("Save-Data", "Sec-CH-Device-Memory", "Device-Memory")

# Textures of 64 MB in graphics memory are little for a device of 8 GB and much for one of 4 GB: phones crash on memory
# before bytes.
_MAX_LEVEL_BY_MEMORY_GB = tuple((LEVELS[name].device_gb, name) for name in reversed(SCREEN_LEVELS))


@dataclass(frozen=True)
class Candidate:
    """A level that was built.

    bytes : that this client would download
    """

    level: str
    sha256: str
    ext: str
    bytes: int
    gpu_bytes: int


def candidates(context: RequestContext, site: int, state: str) -> list[Candidate]:
    """Return the levels of a state."""
    query = "SELECT level, sha256, ext, bytes, brotli_bytes, gpu_bytes FROM level WHERE site = ? AND state = ?"
    takes_brotli = context.coding(("br",)) == "br"
    return [
        Candidate(level, sha256, ext, brotli_size if brotli_size is not None and takes_brotli else size, gpu_bytes)
        for level, sha256, ext, size, brotli_size, gpu_bytes in context.bundle.all(query, site, state)
    ]


def device_limit(context: RequestContext) -> str:
    """Return the best level for the client's device, by its client hints; with Save-Data it is the preview."""
    if context.header(b"save-data").strip().lower() == "on":
        return PREVIEW.name
    hint = context.header(b"sec-ch-device-memory") or context.header(b"device-memory")
    try:
        memory_gb = float(hint)
    except ValueError:
        return DESKTOP.name
    return next((level for limit, level in _MAX_LEVEL_BY_MEMORY_GB if memory_gb <= limit), DESKTOP.name)


def select_level(
    context: RequestContext, levels: list[Candidate], use: str, max_bytes: int | None, max_gpu_bytes: int | None
) -> Candidate:
    """Return the best level; raises NotFoundError when none is for this use, or all are over the limits."""
    order = _screen_order(context, use) if use in LEVELS else (use,)
    built = {each.level: each for each in levels}
    suitable = [each for level in order if (each := _built_as(level, built)) is not None]
    if not suitable:
        raise NotFoundError("model-not-found")
    for each in suitable:
        if (max_bytes is None or each.bytes <= max_bytes) and (
            max_gpu_bytes is None or each.gpu_bytes <= max_gpu_bytes
        ):
            return each
    smallest = min(suitable, key=lambda each: (each.bytes, each.gpu_bytes))
    values = {"bytes": smallest.bytes, "gpu_bytes": smallest.gpu_bytes}
    raise NotFoundError("no-model-fits", values, headers={"Vary": "Accept-Encoding"})


def _built_as(name: str, built: Mapping[str, Candidate]) -> Candidate | None:
    """Return a level; for one that was left out, the level of which it would be another encoding, if that is as small.

    An encoding for devices with little memory is left out where the usual one takes little too.
    """
    if name in built or name not in LESS_MEMORY:
        return built.get(name)
    other = built.get(LESS_MEMORY[name])
    return other if other is not None and other.gpu_bytes <= LEVELS[name].gpu_bytes else None


def _screen_order(context: RequestContext, use: str) -> tuple[str, ...]:
    """Return the levels for a use on a screen, best first.

    An encoding with fewer bytes comes before its level where it is asked for by its name, and after it, for limits that
    only it is within, where the client names the type of its images in Accept: `*/*` says nothing of what a program
    decodes.
    """
    best = FEWER_BYTES.get(use, use)
    order = SCREEN_LEVELS[max(SCREEN_LEVELS.index(best), SCREEN_LEVELS.index(device_limit(context))) :]
    # A scan smaller than a preview has only larger levels: better one of these than none.
    order = (*order, *(level for level in reversed(SCREEN_LEVELS) if level not in order))
    accepted = {name for name, weight in parse_weights(context.header(b"accept")) if weight > 0}
    others = [name for name in FEWER_BYTES if name == use or f"image/{LEVELS[name].texture_format}" in accepted]
    return tuple(
        name
        for level in order
        for name in sorted(
            (level, *(each for each in others if FEWER_BYTES[each] == level)), key=lambda each: each != use
        )
    )
