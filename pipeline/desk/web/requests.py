"""Read what a page of the desk sends: the session of its cookie, and the fields of its form."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from pipeline.desk.web.desk import Desk
from pipeline.desk.web.guard import LARGEST_BYTES
from pipeline.desk.web.publishing import Publishing
from pipeline.desk.web.sessions import Session

MOST_FIELDS = 20_000


class RequestError(Exception):
    """A request that is refused, with the status of the answer."""

    def __init__(self, status: HTTPStatus) -> None:
        """Set the status."""
        super().__init__(status.phrase)
        self.status = status


def desk_of(request: Request) -> Desk:
    """Return the desk that is asked."""
    desk: Desk = request.app.state.desk
    return desk


def session_of(request: Request) -> Session:
    """Return the session of a request; raises RequestError where it has none."""
    desk = desk_of(request)
    session = desk.sessions.of(request.cookies.get(desk.cookie, ""))
    if session is None:
        raise RequestError(HTTPStatus.FORBIDDEN)
    return session


def publishing_of(request: Request) -> Publishing:
    """Return the bundle of the desk; raises RequestError where it only edits."""
    publishing = desk_of(request).publishing
    if publishing is None:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return publishing


DeskNow = Annotated[Desk, Depends(desk_of)]
SessionNow = Annotated[Session, Depends(session_of)]
PublishingNow = Annotated[Publishing, Depends(publishing_of)]


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form; raises RequestError where it is too large or not one of ours."""
    session = session_of(request)
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > LARGEST_BYTES:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        fields = dict(parse_qsl(content.decode("ascii"), True, max_num_fields=MOST_FIELDS, errors="strict"))
    except ValueError as error:
        raise RequestError(HTTPStatus.BAD_REQUEST) from error
    if not hmac.compare_digest(fields.pop("csrf", "").encode(), session.csrf.encode()):
        raise RequestError(HTTPStatus.FORBIDDEN)
    return fields


FormNow = Annotated[dict[str, str], Depends(form_of)]
