"""Run the desk on this machine until Ctrl-C."""

from __future__ import annotations

import contextlib
import getpass
import logging
import socket
import sys
import webbrowser
from pathlib import Path

import uvicorn

from pipeline.cache.cache import default_root
from pipeline.catalogue.catalogue import require_catalogue
from pipeline.desk.history import History
from pipeline.desk.place_check import CatalogueAround
from pipeline.desk.summaries import Summaries, store_of
from pipeline.desk.web.app import create_app
from pipeline.desk.web.desk import MODELS, Desk
from pipeline.desk.web.sessions import Sessions
from pipeline.errors import OptionError
from pipeline.i18n.languages import locales_beside
from pipeline.messages import message

_HOST = "127.0.0.1"
_PORT, _TRIES = 8010, 20


def opened_desk(root: Path, port: int, language: str, models: Path = MODELS) -> Desk:
    """Return a desk over the catalogue of a folder; raises OptionError where there is none.

    models : folder of the built models
    """
    require_catalogue(root)
    history, locales = History(root), locales_beside(root)
    summaries = Summaries(root, locales, store_of(root, default_root()))
    editor = history.own_editor(_user())
    around, sessions = CatalogueAround(root), Sessions(language)
    return Desk(root, locales, port, history, editor, summaries, around, sessions, language, models)


def run(root: Path, port: int | None, has_browser: bool, language: str, models: Path = MODELS) -> None:
    """Serve the desk, and open it in the browser; raises OptionError where its port is in use.

    port : None for the first free one from 8010
    has_browser : whether the browser is opened; the address is printed in any case
    models : folder of the built models
    """
    listener = _bound(port)
    desk = opened_desk(root, listener.getsockname()[1], language, models)
    address = f"{desk.address}enter?token={desk.sessions.token}"
    listener.listen()
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    print(address, flush=True)
    if has_browser:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(address)
    config = uvicorn.Config(
        create_app(desk), log_config=None, access_log=False, server_header=False, proxy_headers=False, ws="none",
        lifespan="off", limit_concurrency=100, timeout_graceful_shutdown=5,
    )  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _bound(port: int | None) -> socket.socket:
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
