"""The page of a place or trail as it will be published, from what stands in its form."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import ValidationError as SchemaError

from pipeline.catalogue.catalogue import Entry
from pipeline.catalogue.site import Site
from pipeline.catalogue.trail import Trail
from pipeline.desk.document_file import RefusedError, document_file
from pipeline.desk.draft import drafted, drafted_trail
from pipeline.desk.form_state import sent_state
from pipeline.desk.place_check import checked_site
from pipeline.desk.trail_check import checked_trail
from pipeline.desk.versions import unpacked
from pipeline.desk.web.bundle_replies import language_of, reply
from pipeline.desk.web.desk import Desk
from pipeline.desk.web.publishing import Publishing
from pipeline.desk.web.rendering import translator
from pipeline.desk.web.requests import (
    DeskNow,
    EditorNow,
    FormNow,
    PublishingNow,
    RequestError,
    editor_of,
    publishing_of,
)
from pipeline.desk.web.sessions import Session
from pipeline.errors import CarreauError
from pipeline.i18n.languages import LANGUAGES, SOURCE
from pipeline.messages import Message, message

router = APIRouter()


@router.get("/places/{slug}/preview")
def saved(slug: str, desk: DeskNow, session: EditorNow, publishing: PublishingNow, lang: str = SOURCE) -> Response:
    """Show a place as it is saved: for browsers without scripts, and in a tab of its own."""
    file = document_file(desk.root, "site", slug)
    entry = checked_site(file.path, file.name, file.read(), desk.around.now())
    if not entry.document.is_read:
        raise RefusedError(entry.document.findings)
    return RedirectResponse(_shown(desk, session, publishing, entry, _known(lang)), HTTPStatus.SEE_OTHER)


@router.get("/trails/{slug}/preview")
def saved_trail(
    slug: str, desk: DeskNow, session: EditorNow, publishing: PublishingNow, lang: str = SOURCE
) -> Response:
    """Show a trail as it is saved."""
    file = document_file(desk.root, "trail", slug)
    entry = checked_trail(file.root, file.name, file.read(), desk.around.now())
    if not entry.document.is_read:
        raise RefusedError(entry.document.findings)
    return RedirectResponse(_shown_trail(desk, session, publishing, entry, _known(lang)), HTTPStatus.SEE_OTHER)


@router.post("/places/{slug}/preview")
def typed(slug: str, desk: DeskNow, session: EditorNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """Render a place from a form that is not saved, and return the address of its page, or why there is none."""

    def address() -> str:
        file, read = document_file(desk.root, "site", slug), unpacked(fields.get("read", ""))
        entry = drafted(file, sent_state(fields), read, desk.around.now())
        return _shown(desk, session, publishing, entry, _known(fields.get("lang", "")))

    return _told(address, session)


@router.post("/trails/{slug}/preview")
def typed_trail(slug: str, desk: DeskNow, session: EditorNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """Render a trail from a form that is not saved, and return the address of its page, or why there is none."""

    def address() -> str:
        file, read = document_file(desk.root, "trail", slug), unpacked(fields.get("read", ""))
        entry = drafted_trail(file, sent_state(fields), read, desk.around.now())
        return _shown_trail(desk, session, publishing, entry, _known(fields.get("lang", "")))

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


def _shown(desk: Desk, session: Session, publishing: Publishing, entry: Entry[Site], language: str) -> str:
    """Render a place for a session; return the address of its page."""
    preview = publishing.previews.render(entry, desk.summaries.translations(), language)
    publishing.show(session.name, preview)
    return preview.address


def _shown_trail(desk: Desk, session: Session, publishing: Publishing, entry: Entry[Trail], language: str) -> str:
    """Render a trail for a session; return the address of its page."""
    preview = publishing.previews.render_trail(entry, desk.summaries.translations(), language)
    publishing.show(session.name, preview)
    return preview.address


def _known(language: str) -> str:
    return language if language in LANGUAGES else SOURCE
