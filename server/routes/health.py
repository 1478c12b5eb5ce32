"""Tell the people in charge how the server is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from server import examples
from server.dependencies import CurrentNow
from server.described import passing_answer, refusals
from server.documents import dumped
from server.forms import JSON

router = APIRouter(tags=["health"])

_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def _answer(content: bytes, media_type: str) -> Response:
    return Response(content, headers={"Cache-Control": "no-store", "Content-Type": media_type})


@router.get(
    "/healthz", response_class=Response, responses={**passing_answer({JSON: {"status": "alive"}}), **refusals()}
)
async def healthz() -> Response:
    """Say that the process answers."""
    return _answer(dumped({"status": "alive"}), JSON)


@router.get("/readyz", response_class=Response, responses={**passing_answer({JSON: examples.READY}), **refusals()})
async def readyz(current: CurrentNow) -> Response:
    """Say which release is answered from, and why a newer one was refused, if one was."""
    text = {"status": "ready", "release": current.bundle.head.release, "refused": current.refused or None}
    return _answer(dumped(text), JSON)


@router.get(
    "/metrics",
    response_class=Response,
    responses={**passing_answer({"text/plain": "carreau_sites 53\n"}), **refusals()},
)
async def metrics(request: Request, current: CurrentNow) -> Response:
    """Return the counters, as Prometheus reads them."""
    return _answer(request.app.state.desk.counters.text(current).encode(), _METRICS)
