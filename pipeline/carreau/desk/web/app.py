"""Create the app of the desk."""

from __future__ import annotations

import contextlib
import getpass
import logging
import re
import signal
import socket
import sys
import webbrowser
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from carreau.base.errors import CarreauError, MissingError, OptionError
from carreau.base.languages import locales_beside
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import require_catalogue
from carreau.catalogue.i18n.text_exchange import translation_service
from carreau.desk.accounts import Accounts, Guard, Sessions
from carreau.desk.entry_checks import CatalogueAround
from carreau.desk.history import History
from carreau.desk.incoming import sweep
from carreau.desk.summaries import Summaries, summaries_file
from carreau.desk.text_lists import TextLists
from carreau.desk.web import (
    entrance,
    import_pages,
    media_page,
    overview_page,
    place_page,
    publish_page,
    rendering,
    scans_page,
    scene_page,
    translate_page,
)
from carreau.desk.web.desk import MODELS, Desk, Publishing, Team
from carreau.desk.web.entrance import is_of_script, request_path, session_or_language
from carreau.desk.web.rendering import render_page, translator
from carreau.desk.web.requests import RequestError, RoleError, StaleFormError, get_desk, paths_with_files
from carreau.runs.cache import default_root

ROUTERS: tuple[APIRouter, ...] = (
    entrance.router,
    rendering.static_router,
    overview_page.router,
    overview_page.begin_router,
    place_page.router,
    place_page.texts_router,
    scene_page.router,
    media_page.router,
    translate_page.router,
    translate_page.wording_router,
    import_pages.spreadsheets_router,
    import_pages.import_router,
    publish_page.router,
    scans_page.router,
    scans_page.jobs_router,
    publish_page.preview_router,
)
"""The routes; previews come last, because they answer many paths."""


def create_app(desk: Desk) -> FastAPI:
    """Return the app over a desk."""
    app = FastAPI(title="Carreau", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.desk = desk
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(RequestError, _refuse)
    app.add_exception_handler(CarreauError, _fail)
    app.add_exception_handler(RequestValidationError, lambda *_: _plain(HTTPStatus.BAD_REQUEST))
    app.add_exception_handler(HTTPException, lambda _, error: _plain(HTTPStatus(getattr(error, "status_code", 500))))
    with_files = paths_with_files(ROUTERS)
    app.add_middleware(Guard, port=desk.port, public=desk.public, with_files=with_files)
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, RequestError) else HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, RoleError):
        return _show_failure(request, message("your role does not allow this; ask a publisher of the team"), status)
    if status != HTTPStatus.FORBIDDEN:
        return _plain(status)
    if request.method == "GET":
        return entrance.refuse(get_desk(request), request_path(request))
    return await entrance.refused_form(request, error.fields if isinstance(error, StaleFormError) else None)


def _fail(request: Request, error: Exception) -> Response:
    """Tell what could not be read or written, in the words of the command."""
    status = HTTPStatus.NOT_FOUND if isinstance(error, MissingError) else HTTPStatus.CONFLICT
    return _show_failure(request, error.message if isinstance(error, CarreauError) else Message("", {}), status)


def _show_failure(request: Request, text: Message, status: HTTPStatus) -> Response:
    session, language = session_or_language(request)
    if is_of_script(request):
        return JSONResponse({"said": [translator(language).message(text)]}, status)
    return HTMLResponse(render_page("failed.html", language, session, said=text), status)


def _plain(status: HTTPStatus) -> Response:
    return PlainTextResponse(status.phrase, status)


_HOST = "127.0.0.1"
_PORT, _TRIES = 8010, 20
_ORIGIN = re.compile(r"https://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[1-9]\d{0,4})?/?")


@dataclass(frozen=True)
class TeamOptions:
    """How a team uses a desk.

    users : file of its people, None for the one person of this machine
    public : address that the desk has behind a server with HTTPS, empty on this machine alone
    translator : command line of a service for drafts of translations, empty for none
    """

    users: Path | None = None
    public: str = ""
    translator: str = ""


ALONE = TeamOptions()


def opened_desk(
    root: Path, port: int, language: str, options: TeamOptions = ALONE, publishing: Publishing | None = None
) -> Desk:
    """Return a desk over the catalogue of a folder; raises OptionError where there is none, or for wrong options.

    publishing : the bundle, None for a desk that only edits
    """
    require_catalogue(root)
    with contextlib.suppress(OSError):
        sweep(root)
    public, team = _public(options), _team(options)
    service = translation_service(options.translator) if options.translator else None
    history, locales = History(root), locales_beside(root)
    summaries = Summaries(root, locales, summaries_file(root, default_root()))
    editor = history.own_editor(_user())
    return Desk(
        root, locales, port, history, editor, summaries, CatalogueAround(root), Sessions(language), language,
        TextLists(root, locales), team, public, service, publishing,
        publishing.options.models if publishing else MODELS,
    )  # fmt: skip


def _public(options: TeamOptions) -> str:
    """Return the origin of an address; raises OptionError for another than one with HTTPS, without a path."""
    if not options.public:
        return ""
    if options.users is None:
        raise OptionError(message("--behind needs --users: whoever finds the address could edit"))
    if not _ORIGIN.fullmatch(options.public):
        cure = message("write it as https://desk.example, without a path")
        raise OptionError(message("--behind %(value)s: %(cure)s", value=options.public, cure=cure))
    return options.public.rstrip("/")


def _team(options: TeamOptions) -> Team | None:
    if options.users is None:
        return None
    accounts = Accounts(options.users)
    if not len(accounts):
        cure = message("add somebody with --add-user")
        raise OptionError(message("%(file)s has nobody in it; %(cure)s", file=str(options.users), cure=cure))
    return Team(accounts)


def run(
    root: Path, port: int | None, has_browser: bool, language: str, options: TeamOptions, publishing: Publishing
) -> None:
    """Serve the desk, and open it in the browser; raises OptionError where its port is in use.

    port : None for the first free one from 8010
    has_browser : whether the browser is opened; the address is printed in any case
    publishing : the bundle
    """
    listener = _bind(port)
    desk = opened_desk(root, listener.getsockname()[1], language, options, publishing)
    address = f"{desk.address}enter?token={desk.sessions.token}" if desk.team is None else f"{desk.address}sign-in"
    listener.listen()
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of every form that is cut off
    print(address, flush=True)
    if has_browser and not desk.public:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(address)
    config = uvicorn.Config(
        create_app(desk), log_config=None, access_log=False, server_header=False, proxy_headers=False, ws="none",
        lifespan="off", limit_concurrency=100, timeout_graceful_shutdown=5,
    )  # fmt: skip
    signal.signal(signal.SIGTERM, _end)  # which uvicorn raises again once it has ended
    try:
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        publishing.close()


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def _bind(port: int | None) -> socket.socket:
    candidates = [port] if port is not None else range(_PORT, _PORT + _TRIES)
    reason = ""
    for candidate in candidates:
        listener = socket.socket()
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, candidate))
        except (OSError, OverflowError) as error:
            listener.close()
            reason = str(error)
        else:
            return listener
    ports = str(candidates[0]) if len(candidates) == 1 else f"{candidates[0]}-{candidates[-1]}"
    raise OptionError(
        message("cannot listen on port %(port)s: %(error)s; choose another with --port", port=ports, error=reason)
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "desk"
