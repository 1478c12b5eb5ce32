"""The page of a place, route, trail, show or map as it will be published, from what stands in its form."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import ValidationError as SchemaError

from carreau.base.errors import CarreauError
from carreau.base.languages import LANGUAGES, SOURCE
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import Entry
from carreau.desk.document_file import RefusedError, unpacked
from carreau.desk.entry_checks import drafted, entry_of
from carreau.desk.form_state import sent_state
from carreau.desk.web.desk import Desk
from carreau.desk.web.open_draft import language_of, reply
from carreau.desk.web.publishing import Publishing
from carreau.desk.web.rendering import translator
from carreau.desk.web.requests import (
    OF_ANY,
    DeskNow,
    EditorNow,
    FileNow,
    FormNow,
    PublishingNow,
    RequestError,
    editor_of,
    publishing_of,
)
from carreau.desk.web.sessions import Session

router = APIRouter()


@router.get(f"{OF_ANY}/preview")
def saved(desk: DeskNow, session: EditorNow, publishing: PublishingNow, file: FileNow, lang: str = SOURCE) -> Response:
    """Show an entry as it is saved: for browsers without scripts, and in a tab of its own."""
    entry = entry_of(file, file.read(), desk.around.now())
    if not entry.document.is_read:
        raise RefusedError(entry.document.findings)
    return RedirectResponse(_shown(desk, session, publishing, entry, _known(lang)), HTTPStatus.SEE_OTHER)


@router.post(f"{OF_ANY}/preview")
def typed(desk: DeskNow, session: EditorNow, publishing: PublishingNow, fields: FormNow, file: FileNow) -> Response:
    """Render an entry from a form that is not saved, and return the address of its page, or why there is none."""

    def address() -> str:
        entry = drafted(file, sent_state(fields), unpacked(fields.get("read", "")), desk.around.now())
        return _shown(desk, session, publishing, entry, _known(fields.get("lang", "")))

    return _told(address, session)


def _told(address: Callable[[], str], session: Session) -> Response:
    """Return the address of a page, or why there is none."""
    try:
        return JSONResponse({"address": address()})
    except CarreauError as error:
        said: Message = error.message
    except SchemaError:
        said = message("what stands in the form makes no page yet")
    return JSONResponse({"said": translator(session.language).message(said)})


@router.get("/a/{name}")
@router.get("/viewer/{name:path}")
@router.get("/v1/{name:path}")
@router.get("/{language}/{name:path}")
def answered(request: Request) -> Response:
    """Return what the page in the frame loads, or another page: of the preview, of the draft, of the served release."""
    path = request.url.path
    first = path.split("/")[1]
    if first not in ("a", "viewer", "v1", *LANGUAGES):
        raise RequestError(HTTPStatus.NOT_FOUND)
    session, publishing = editor_of(request), publishing_of(request)
    language = language_of(path, request.query_params)
    preview = publishing.shown(session.name)
    if preview is not None and (found := preview.find(path, language)) is not None:
        return reply(path, *found)
    drafted = publishing.drafted() if session.draft else None
    draft = drafted.answers if drafted and drafted.release == session.draft else None
    for release in (draft, publishing.previews.release()):
        file = release.find(path, language) if release else None
        if release and file and release.place_of(file).is_file():
            return reply(path, file, release.place_of(file))
    raise RequestError(HTTPStatus.NOT_FOUND)


def _shown(desk: Desk, session: Session, publishing: Publishing, entry: Entry[Any], language: str) -> str:
    """Render an entry for a session; return the address of its page."""
    preview = publishing.previews.render(entry, desk.summaries.translations(), language)
    publishing.show(session.name, preview)
    return preview.address


def _known(language: str) -> str:
    return language if language in LANGUAGES else SOURCE
