"""Create the app of the desk."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from carreau.base.errors import CarreauError, MissingError
from carreau.base.messages import Message, message
from carreau.desk.web import (
    begin_page,
    entrance,
    import_page,
    interface_page,
    job_page,
    media_page,
    overview_page,
    place_page,
    place_texts_page,
    preview_page,
    publish_page,
    scans_page,
    scene_page,
    spreadsheets_page,
    static_files,
    translate_page,
)
from carreau.desk.web.desk import Desk
from carreau.desk.web.form_files import paths_with_files
from carreau.desk.web.guard import Guard
from carreau.desk.web.rendering import rendered, translator
from carreau.desk.web.requests import RequestError, RoleError, StaleFormError, desk_of
from carreau.desk.web.signed_out import is_of_script, path_of, session_or_language

_GROUPS = (
    entrance, static_files, overview_page, begin_page, place_page, place_texts_page, scene_page, media_page,
    translate_page, interface_page, spreadsheets_page, import_page, publish_page, scans_page, job_page, preview_page,
)  # fmt: skip
"""Modules with a `router`; previews come last, because they answer many paths."""


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
    with_files = paths_with_files(module.router for module in _GROUPS)
    app.add_middleware(Guard, port=desk.port, public=desk.public, with_files=with_files)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, RequestError) else HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, RoleError):
        return _told(request, message("your role does not allow this; ask a publisher of the team"), status)
    if status != HTTPStatus.FORBIDDEN:
        return _plain(status)
    if request.method == "GET":
        return entrance.refused(desk_of(request), path_of(request))
    return await entrance.refused_form(request, error.fields if isinstance(error, StaleFormError) else None)


def _failed(request: Request, error: Exception) -> Response:
    """Tell what could not be read or written, in the words of the command."""
    status = HTTPStatus.NOT_FOUND if isinstance(error, MissingError) else HTTPStatus.CONFLICT
    return _told(request, error.message if isinstance(error, CarreauError) else Message("", {}), status)


def _told(request: Request, said: Message, status: HTTPStatus) -> Response:
    session, language = session_or_language(request)
    if is_of_script(request):
        return JSONResponse({"said": [translator(language).message(said)]}, status)
    return HTMLResponse(rendered("failed.html", language, session, said=said), status)


def _plain(status: HTTPStatus) -> Response:
    return PlainTextResponse(status.phrase, status)
