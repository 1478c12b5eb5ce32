"""Forms that come after the end of their session: what was typed is kept until somebody has signed in again.

A page asks to sign in, or to send again what was typed, and carries it meanwhile. It is no way round the word of the
session: requests of other origins do not come this far (see `carreau.desk.web.guard`), and a person presses a button.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import Request

from carreau.base.i18n.languages import LANGUAGES
from carreau.base.messages import Message, message
from carreau.desk.web.desk import Desk
from carreau.desk.web.rendering import rendered
from carreau.desk.web.requests import RequestError, sent_fields
from carreau.desk.web.sessions import Session

KEPT, TO = "kept.", "kept-for"
"""What the names of kept fields begin with, and the field with the path that they are for."""

_PATH = re.compile(r"/(?:[^/\\\s][^\\\s]*)?")
_NOT_KEPT = ("csrf", "password", TO)
_ENTRANCE = re.compile(r"/(?:(?:enter|leave|session|sign-in)(?:\?.*)?)?")


def page(
    desk: Desk, session: Session | None, language: str, to: str, fields: Mapping[str, str], has_files: bool = False
) -> str:
    """Return the page that carries what was typed.

    session : of somebody who has signed in again, None before that
    to : path that it is sent to
    has_files : whether there were files with it, which have to be chosen again
    """
    return rendered(
        "signed_out.html", language, session, to=to, kept=kept_of(fields), has_files=has_files,
        is_team=desk.team is not None, said=told(desk, session),
    )  # fmt: skip


def kept_of(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what is kept of a form."""
    return [(name, value) for name, value in fields.items() if name not in _NOT_KEPT]


def kept_in(fields: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return what a form for signing in carries: the path that it is for, empty for none, and the fields.

    >>> kept_in({"kept-for": "/places/une", "kept.v.name": "Une", "login": "anne"})
    ('/places/une', {'v.name': 'Une'})
    >>> kept_in({"kept-for": "//elsewhere.example/"})
    ('', {})
    """
    to = fields.get(TO, "")
    if not _PATH.fullmatch(to):
        return "", {}
    return to, {name.removeprefix(KEPT): value for name, value in fields.items() if name.startswith(KEPT)}


def page_asked(path: str) -> str:
    r"""Return a path of this desk that one comes back to after signing in; empty for the first page, and for others.

    >>> page_asked("/translate?to=de"), page_asked("/"), page_asked("/enter?token=x")
    ('/translate?to=de', '', '')
    >>> [page_asked(each) for each in ("//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example")]
    ['', '', '']
    """
    return path if _PATH.fullmatch(path) and not _ENTRANCE.fullmatch(path) else ""


def path_of(request: Request) -> str:
    """Return the path of a request with its query."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def is_of_script(request: Request) -> bool:
    """Return whether a script of a page asks, and not its form."""
    return request.headers.get("sec-fetch-dest") == "empty"


def session_or_language(request: Request) -> tuple[Session | None, str]:
    """Return the session of a request, if it has one, and the language of its answer."""
    desk: Desk = request.app.state.desk
    cookie = request.cookies.get(desk.cookie, "")
    session = desk.session_of(cookie)
    if session is not None:
        return session, session.language
    return None, desk.sessions.language_of(cookie) or _preferred(request) or desk.language


def _preferred(request: Request) -> str:
    wanted = (each.strip()[:2].lower() for each in request.headers.get("accept-language", "").split(","))
    return next((each for each in wanted if each in LANGUAGES), "")


def told(desk: Desk, session: Session | None) -> Message:
    """Return what happened, and what to do."""
    if session is not None:
        return message("this page is from before you signed in; nothing was saved yet, and nothing is lost")
    if desk.team is not None:
        return message(
            "your session has ended; nothing was saved yet, and nothing is lost: sign in again, here or in another "
            "tab, then save again"
        )
    return message(
        "the desk was started again, or left; nothing was saved yet, and nothing is lost: open the address that it "
        "prints in another tab, then save here again"
    )


async def typed_in(request: Request) -> tuple[dict[str, str], bool]:
    """Return the fields of a form that nobody has read; of one with files, nothing."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        return {}, True
    try:
        return await sent_fields(request), False
    except RequestError:
        return {}, False
