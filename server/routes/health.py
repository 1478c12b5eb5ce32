"""Health and metrics, for the team's monitoring."""

from __future__ import annotations

from fastapi import APIRouter, Response

from server import examples
from server.errors import ServerError
from server.http.content_types import JSON
from server.json_bytes import to_json
from server.openapi import problems, volatile_response
from server.query_params import State

router = APIRouter(tags=["health"])

_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def _response(content: bytes, media_type: str) -> Response:
    return Response(content, headers={"Cache-Control": "no-store", "Content-Type": media_type})


@router.get(
    "/healthz", response_class=Response, responses={**volatile_response({JSON: {"status": "alive"}}), **problems()}
)
async def get_health() -> Response:
    """Return that the process is alive."""
    return _response(to_json({"status": "alive"}), JSON)


@router.get("/readyz", response_class=Response, responses={**volatile_response({JSON: examples.READY}), **problems()})
async def get_readiness(state: State) -> Response:
    """Return the release in use, and why a newer one was refused, if one was; 503 when requests should go elsewhere."""
    if state.is_draining:
        raise ServerError("shutting-down")
    await state.releases.check_health()
    fields = {
        "status": "ready",
        "release": state.releases.bundle.head.release,
        "refused": state.releases.refused or None,
    }
    return _response(to_json(fields), JSON)


@router.get(
    "/metrics",
    response_class=Response,
    responses={**volatile_response({"text/plain": "carreau_sites 53\n"}), **problems()},
)
async def get_metrics(state: State) -> Response:
    """Return the metrics, in the text format of Prometheus."""
    return _response(state.metrics.text(state.releases).encode(), _METRICS)
