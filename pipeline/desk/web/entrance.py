"""Sign in with the token of the address, and out."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pipeline.desk.web.rendering import rendered
from pipeline.desk.web.requests import DeskNow, FormNow, SessionNow

router = APIRouter()


@router.get("/enter")
def enter(desk: DeskNow, token: str = "") -> Response:
    """Open a session, and go on to the overview from a page of our own.

    A redirect would not do where a page elsewhere has the link: a strict cookie would not be sent.
    """
    cookie = desk.sessions.sign_in(token)
    if not cookie:
        return refused(desk)
    response = HTMLResponse(rendered("entered.html", desk.language))
    response.set_cookie(desk.cookie, cookie, httponly=True, samesite="strict", path="/")
    return response


@router.post("/leave")
def leave(desk: DeskNow, session: SessionNow, _: FormNow) -> Response:
    """End the session."""
    desk.sessions.end(session)
    response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    response.delete_cookie(desk.cookie, path="/")
    return response


def refused(desk: DeskNow) -> Response:
    """Return the page for a browser that is not signed in."""
    return HTMLResponse(rendered("refused.html", desk.language), HTTPStatus.FORBIDDEN)
