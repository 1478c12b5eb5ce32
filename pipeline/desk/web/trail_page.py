"""A trail: its form, as that of a place."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from pipeline.catalogue.scaffold import scaffold
from pipeline.desk.document_file import document_file
from pipeline.desk.web.place_page import check_form, save_form, show
from pipeline.desk.web.requests import DeskNow, EditorNow, FormNow
from pipeline.desk.writing import writing_in
from pipeline.messages import message

router = APIRouter(prefix="/trails")


@router.post("")
def begin(desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Create a trail from the commented template, and go to its form."""
    with writing_in(desk.root):
        path = scaffold("trail", fields.get("name", "").strip(), desk.root)
    slug = path.parent.name
    missing = desk.history.record(path, lambda content: content, desk.editor, f"{slug}: new")
    session.said = (message("the trail was created"), *((missing,) if missing else ()))
    return RedirectResponse(f"/trails/{slug}", HTTPStatus.SEE_OTHER)


@router.get("/{slug}")
def trail(slug: str, desk: DeskNow, session: EditorNow) -> Response:
    """Show the form of a trail, filled from its file."""
    return show(document_file(desk.root, "trail", slug), desk, session)


@router.post("/{slug}")
def save_trail(slug: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Save the form, or do what one of its buttons says; where that is not possible, show it again with the reason."""
    return save_form(document_file(desk.root, "trail", slug), desk, session, fields)


@router.post("/{slug}/check")
def check_trail_form(slug: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Return what the check says of a form that is not saved, by field."""
    return check_form(document_file(desk.root, "trail", slug), desk, session, fields)
