"""Sign in with the token of the address or with a password, and out."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from carreau.base.languages import LANGUAGES
from carreau.base.messages import Message, message
from carreau.desk.accounts import Session
from carreau.desk.web.desk import Desk, Team
from carreau.desk.web.rendering import render_page, translator
from carreau.desk.web.requests import (
    DeskNow,
    FormNow,
    RequestError,
    SentNow,
    SessionNow,
    client_address,
    has_word,
    sent_fields,
)

router = APIRouter()


@router.get("/enter")
def enter(desk: DeskNow, token: str = "") -> Response:
    """Open a session, and go on to the overview from a page of our own.

    A redirect would not do where a page elsewhere has the link: a strict cookie would not be sent.
    """
    cookie = desk.sessions.sign_in(token) if desk.team is None else ""
    if not cookie:
        return refuse(desk, "")
    response = HTMLResponse(render_page("entered.html", desk.language))
    _set(response, desk, desk.cookie, cookie)
    return response


@router.get("/session")
def session_now(request: Request, desk: DeskNow) -> Response:
    """Return the session's CSRF token, for scripts of pages that were loaded before the session began."""
    session = desk.find_session(request.cookies.get(desk.cookie, ""))
    if session is None:
        return JSONResponse({}, HTTPStatus.FORBIDDEN)
    return JSONResponse({"csrf": session.csrf})


@router.get("/sign-in")
def sign_in_page(request: Request, desk: DeskNow, lang: str = "", to: str = "") -> Response:
    """Ask for name and password.

    to : path of the page that was asked for
    """
    _require_team(desk)
    return _ask(request, desk, lang if lang in LANGUAGES else desk.language, _Form(back=page_asked(to)))


@router.post("/sign-in")
def sign_in(request: Request, desk: DeskNow, fields: SentNow) -> Response:
    """Open a session of a person, whatever cookies there are; or ask again."""
    team = _require_team(desk)
    visit = desk.sessions.name_in(request.cookies.get(_visit_cookie(desk), ""))
    language = fields["lang"] if fields.get("lang") in LANGUAGES else desk.language
    form = _Form(fields.get("login", ""), kept_in(fields), page_asked(fields.get("to", "")))
    if not has_word(fields, _form_word(desk, visit)) or not visit:  # a form of elsewhere, or of before a new start
        text = message("the form is incomplete; open the page again")
        return _ask(request, desk, language, form, text, HTTPStatus.FORBIDDEN)
    account, wait = team.sign_in(form.login, fields.get("password", ""), client_address(request, desk))
    if wait > 0:
        text = message("too many attempts; try again in %(count)s s", count=math.ceil(wait))
        answer = _ask(request, desk, language, form, text, HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["Retry-After"] = str(math.ceil(wait))
        return answer
    if account is None:
        text = team.accounts.problem or message("the name or the password is wrong")
        return _ask(request, desk, language, form, text, HTTPStatus.FORBIDDEN)
    before = desk.sessions.of(request.cookies.get(desk.cookie, ""))
    if before is not None:
        desk.sessions.end(before)
    cookie = desk.sessions.open_for(account, language)
    response: Response = RedirectResponse(form.back or "/", HTTPStatus.SEE_OTHER)
    if form.expired[0]:
        response = HTMLResponse(page(desk, desk.find_session(cookie), language, *form.expired))
    _set(response, desk, desk.cookie, cookie)
    response.delete_cookie(_visit_cookie(desk), path="/", secure=bool(desk.public), httponly=True, samesite="strict")
    return response


@router.post("/leave")
def leave(desk: DeskNow, session: SessionNow, _: FormNow) -> Response:
    """End the session."""
    desk.sessions.end(session)
    response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    response.delete_cookie(desk.cookie, path="/", secure=bool(desk.public), httponly=True, samesite="strict")
    return response


def refuse(desk: Desk, address: str) -> Response:
    """Return the page for a browser that is not signed in.

    address : path of the page that it asked for
    """
    if desk.team is not None:
        to = page_asked(address)
        return RedirectResponse(f"/sign-in?{urlencode({'to': to})}" if to else "/sign-in", HTTPStatus.SEE_OTHER)
    return HTMLResponse(render_page("refused.html", desk.language), HTTPStatus.FORBIDDEN)


async def refused_form(request: Request, typed: dict[str, str] | None) -> Response:
    """Return the page for a form whose session has ended, with what was typed; for a script, what it tells.

    typed : fields, None where nobody has read them yet
    """
    desk: Desk = request.app.state.desk
    session, language = session_or_language(request)
    if session is None and request.url.path == "/leave":
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    if is_of_script(request):
        text = translator(language).message(describe_session(desk, session))
        return JSONResponse({"said": [text]}, HTTPStatus.FORBIDDEN)
    fields, has_files = await typed_in(request) if typed is None else (typed, False)
    to = request_path(request)
    if session is None and desk.team is not None and not has_files:
        return _ask(
            request, desk, language, _Form(expired=(to, fields)), describe_session(desk, None), HTTPStatus.FORBIDDEN
        )
    return HTMLResponse(page(desk, session, language, to, fields, has_files), HTTPStatus.FORBIDDEN)


def _require_team(desk: Desk) -> Team:
    if desk.team is None:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return desk.team


class _Form(NamedTuple):
    """The values of the sign-in form.

    login : the name that was typed
    expired : the path of a form whose session had ended, empty for none, and what was typed there
    back : the path of the page that was asked for, empty for the first
    """

    login: str = ""
    expired: tuple[str, Mapping[str, str]] = ("", MappingProxyType({}))
    back: str = ""


def _ask(
    request: Request, desk: Desk, language: str, form: _Form, problem: Message | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:  # fmt: skip
    """Return the page that asks, with a word that its form brings back, for which the browser has a cookie."""
    known = request.cookies.get(_visit_cookie(desk), "")
    visit = desk.sessions.name_in(known) or secrets.token_urlsafe(32)
    text = render_page(
        "sign_in.html", language, said=problem, login=form.login, word=_form_word(desk, visit), to=form.expired[0],
        kept=carry_fields(form.expired[1]), back=form.back,
    )  # fmt: skip
    response = HTMLResponse(text, status)
    _set(response, desk, _visit_cookie(desk), desk.sessions.sign(visit))
    return response


def _visit_cookie(desk: Desk) -> str:
    return f"{desk.cookie}-visit"


def _form_word(desk: Desk, visit: str) -> str:
    return desk.sessions.sign(f"form {visit}").rpartition(".")[2]


def _set(response: Response, desk: Desk, name: str, value: str) -> None:
    response.set_cookie(name, value, httponly=True, samesite="strict", path="/", secure=bool(desk.public))


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
    return render_page(
        "signed_out.html", language, session, to=to, kept=carry_fields(fields), has_files=has_files,
        is_team=desk.team is not None, said=describe_session(desk, session),
    )  # fmt: skip


def carry_fields(fields: Mapping[str, str]) -> list[tuple[str, str]]:
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


def request_path(request: Request) -> str:
    """Return the path of a request with its query."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def is_of_script(request: Request) -> bool:
    """Return whether a script of a page asks, and not its form."""
    return request.headers.get("sec-fetch-dest") == "empty"


def session_or_language(request: Request) -> tuple[Session | None, str]:
    """Return the session of a request, if it has one, and the language of its answer."""
    desk: Desk = request.app.state.desk
    cookie = request.cookies.get(desk.cookie, "")
    session = desk.find_session(cookie)
    if session is not None:
        return session, session.language
    return None, desk.sessions.find_language(cookie) or _choose_language(request) or desk.language


def _choose_language(request: Request) -> str:
    wanted = (each.strip()[:2].lower() for each in request.headers.get("accept-language", "").split(","))
    return next((each for each in wanted if each in LANGUAGES), "")


def describe_session(desk: Desk, session: Session | None) -> Message:
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
    """Return the fields of a form that has not been read yet; no fields for a form with files."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        return {}, True
    try:
        return await sent_fields(request), False
    except RequestError:
        return {}, False
