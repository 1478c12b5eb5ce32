"""Health and metrics, for the team's monitoring, and whom to tell of a vulnerability."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from fastapi import APIRouter, Response

from carreau.base.schema.bundle import CONTACT
from carreau_server import openapi
from carreau_server.errors import NotFoundError, ServerError
from carreau_server.http.context import JSON
from carreau_server.json_bytes import to_json
from carreau_server.openapi import problems, volatile_response
from carreau_server.query_params import Context, State

router = APIRouter(tags=["health"])

SECURITY = "/.well-known/security.txt"
_CONTACT = re.compile(r"(?:mailto:|https://)[!-~]+")
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def _response(content: bytes, media_type: str) -> Response:
    return Response(content, headers={"Cache-Control": "no-store", "Content-Type": media_type})


@router.get(
    "/healthz", response_class=Response, responses={**volatile_response({JSON: {"status": "alive"}}), **problems()}
)
async def get_health() -> Response:
    """Return that the process is alive."""
    return _response(to_json({"status": "alive"}), JSON)


@router.get("/readyz", response_class=Response, responses={**volatile_response({JSON: openapi.READY}), **problems()})
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


@router.get(SECURITY, include_in_schema=False)
async def get_security_contact(context: Context) -> Response:
    """Return whom to tell of a vulnerability (RFC 9116): the contact that the publisher gave, if one was given."""
    row = context.bundle.one("SELECT value FROM about WHERE key = ?", CONTACT)
    if row is None or not _CONTACT.fullmatch(row[0]):
        raise NotFoundError
    lines = {
        "Contact": row[0],
        "Expires": _expiry(datetime.now(UTC)),
        "Preferred-Languages": ", ".join(context.bundle.languages),
        "Canonical": f"{context.bundle.base_url}{SECURITY}",
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    # It depends on the day, which no key of a cache names.
    return _response(text.encode(), "text/plain; charset=utf-8")


def _expiry(now: datetime) -> str:
    """Return the first day of a month, half a year from now or a little more: RFC 9116 asks for less than a year.

    >>> _expiry(datetime(2026, 7, 31, tzinfo=UTC))
    '2027-02-01T00:00:00Z'
    """
    year, month = divmod(now.year * 12 + now.month - 1 + 7, 12)
    return f"{year}-{month + 1:02d}-01T00:00:00Z"
