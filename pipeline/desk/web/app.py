"""Create the app of the desk."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from pipeline.desk.web import entrance, overview_page, place_page, scene_page, static_files
from pipeline.desk.web.desk import Desk
from pipeline.desk.web.guard import Guard
from pipeline.desk.web.rendering import rendered
from pipeline.desk.web.requests import RequestError, desk_of
from pipeline.errors import CarreauError

_GROUPS = (entrance, static_files, overview_page, place_page, scene_page)
"""Modules with a `router`."""


def create_app(desk: Desk) -> FastAPI:
    """Return the app over a desk."""
    app = FastAPI(title="Carreau", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.desk = desk
    for module in _GROUPS:
        app.include_router(module.router)
    app.add_exception_handler(RequestError, _refused)
    app.add_exception_handler(CarreauError, _failed)
    app.add_exception_handler(RequestValidationError, lambda *_: _plain(HTTPStatus.BAD_REQUEST))
    app.add_exception_handler(HTTPException, lambda _, error: _plain(HTTPStatus(getattr(error, "status_code", 500))))
    app.add_middleware(Guard, port=desk.port)
    return app


def _refused(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, RequestError) else HTTPStatus.INTERNAL_SERVER_ERROR
    if status == HTTPStatus.FORBIDDEN and request.method == "GET":
        return entrance.refused(desk_of(request))
    return _plain(status)


def _failed(request: Request, error: Exception) -> Response:
    """Tell what could not be read or written, in the words of the command."""
    desk = desk_of(request)
    session = desk.sessions.of(request.cookies.get(desk.cookie, ""))
    language = session.language if session else desk.language
    said = error.message if isinstance(error, CarreauError) else ""
    return HTMLResponse(rendered("failed.html", language, session, said=said), HTTPStatus.CONFLICT)


def _plain(status: HTTPStatus) -> Response:
    return PlainTextResponse(status.phrase, status)
