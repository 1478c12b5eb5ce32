"""A place: its form, which is checked as one types, and saved onto what is on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from pipeline.catalogue.diagnostics import Diagnostic
from pipeline.catalogue.scaffold import scaffold
from pipeline.catalogue.site import Site
from pipeline.catalogue.trail import Trail
from pipeline.desk.clash_state import laid_over
from pipeline.desk.commune_code import missing_code
from pipeline.desk.document_file import DocumentFile, RefusedError, document_file
from pipeline.desk.draft import checked, checked_draft
from pipeline.desk.form_layout import Said, fields_in, laid_out
from pipeline.desk.form_state import FormState, sent_state
from pipeline.desk.saving import ClashError, save
from pipeline.desk.versions import packed, unpacked
from pipeline.desk.web.desk import Desk
from pipeline.desk.web.guard import policy
from pipeline.desk.web.rendering import rendered, translator
from pipeline.desk.web.requests import DeskNow, EditorNow, FormNow
from pipeline.desk.web.sessions import Session
from pipeline.desk.writing import writing_in
from pipeline.errors import OptionError, ScanError
from pipeline.messages import Message, message

router = APIRouter(prefix="/places")

PAGES = ("media", "scene", "translate")
"""Other pages of a place, which its form is left for."""


@router.post("")
def begin(desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Create a place from the commented template, and go to its form."""
    with writing_in(desk.root):
        path = scaffold("site", fields.get("name", "").strip(), desk.root)
    missing = desk.history.record(path, lambda content: content, desk.editor, f"{path.parent.name}: new")
    session.said = (message("the place was created"), *((missing,) if missing else ()))
    return RedirectResponse(f"/places/{path.parent.name}", HTTPStatus.SEE_OTHER)


@router.get("/{slug}")
def place(slug: str, desk: DeskNow, session: EditorNow) -> Response:
    """Show the form of a place, filled from its file."""
    return show(document_file(desk.root, "site", slug), desk, session)


@router.post("/{slug}")
def save_place(slug: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Save the form, or do what one of its buttons says; where that is not possible, show it again with the reason."""
    return save_form(document_file(desk.root, "site", slug), desk, session, fields)


@router.post("/{slug}/check")
def check_place(slug: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Return what the check says of a form that is not saved, by field."""
    return check_form(document_file(desk.root, "site", slug), desk, session, fields)


def show(file: DocumentFile, desk: Desk, session: Session) -> Response:
    """Return the form of a place, route or trail, filled from its file."""
    content = file.read()
    document = file.parsed(content)
    state = FormState()
    state.fill(document.data, file.of)
    findings = checked(file, content, desk.around.now())
    said, session.said = session.said, ()
    return _page(session, file, state, document.data, findings, said)


def save_form(file: DocumentFile, desk: Desk, session: Session, fields: Mapping[str, str]) -> Response:
    """Save a form, or do what one of its buttons says; where that is not possible, return it with the reason."""
    read, state = unpacked(fields.get("read", "")), sent_state(fields)
    state.values |= _filled(desk, state)
    if state.act(fields.get("do", "")):
        return _page(session, file, state, read, _findings(desk, file, state, read))
    try:
        saved = save(file, state.edits(read, file.of), read, desk.history, desk.editor)
    except ClashError as error:
        return _clashed(desk, session, file, state, read, error)
    except (RefusedError, OptionError, ScanError) as error:
        said = (message("nothing was saved: %(error)s", error=error.message),)
        return _page(session, file, state, read, _findings(desk, file, state, read), said, is_error=True)
    told = [message("saved") if saved.is_changed else message("nothing was changed")]
    if saved.is_merged:
        told.append(message("others have changed something else meanwhile; both is there"))
    session.said = (*told, *((saved.not_recorded,) if saved.not_recorded else ()))
    following = fields.get("next", "")
    page = f"/{following}" if file.path.name == "site.toml" and following in PAGES else ""
    return RedirectResponse(f"{_address(file)}{page}", HTTPStatus.SEE_OTHER)


def check_form(file: DocumentFile, desk: Desk, session: Session, fields: Mapping[str, str]) -> Response:
    """Return what the check says of a form of a place, route or trail that is not saved, by field."""
    read, state = unpacked(fields.get("read", "")), sent_state(fields)
    form = laid_out(state, _findings(desk, file, state, read), file.of)
    say = translator(session.language).message

    def told(said: Sequence[Said]) -> list[dict[str, Any]]:
        return [{"error": each.is_error, "text": f"{say(each.cause)} – {say(each.cure)}"} for each in said]

    parts = {_anchor(part): told(part.said) for part in fields_in(form) if part.said}
    return JSONResponse({"fields": parts, "rest": told(form.said), "filled": _filled(desk, state)})


def _filled(desk: Desk, state: FormState) -> dict[str, str]:
    """Return values of fields that are empty, and that others tell."""
    code = missing_code(state.values, desk.around.communes())
    return {"insee": code} if code else {}


def _anchor(part: Any) -> str:
    """Return the name of a field, or of a row."""
    return f"{part.name}.{part.key}" if getattr(part, "key", "") else str(part.name)


def _findings(desk: Desk, file: DocumentFile, state: FormState, read: Mapping[str, Any]) -> list[Diagnostic]:
    """Return what the check says; nothing where the edits cannot be made, which saving tells."""
    try:
        return checked_draft(file, state, read, desk.around.now())
    except (RefusedError, OptionError, ScanError):
        return []


def _clashed(
    desk: Desk, session: Session, file: DocumentFile, state: FormState, read: Mapping[str, Any], error: ClashError
) -> Response:
    """Show the form over what is on disk now, with both values where two people changed the same."""
    now, said = laid_over(error, state, read, file.of)
    findings = _findings(desk, file, now, error.now)
    return _page(session, file, now, error.now, findings, said, is_error=True, status=HTTPStatus.CONFLICT)


def _page(
    session: Session, file: DocumentFile, state: FormState, read: Mapping[str, Any],
    findings: Sequence[Diagnostic], said: Sequence[Message] = (), is_error: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:  # fmt: skip
    address = _address(file)
    text = rendered(
        "place.html", session.language, session, form=laid_out(state, findings, file.of), address=address,
        name=state.values.get("name") or address.rpartition("/")[2], said=said, is_error=is_error, file=file.name,
        read=packed(read), anchor=_anchor,
    )  # fmt: skip
    return HTMLResponse(text, status, {"Content-Security-Policy": policy(frame_src="'self'")})


def _address(file: DocumentFile) -> str:
    """Return the address of a form."""
    if file.of is Trail:
        return f"/trails/{file.path.parent.name}"
    return f"/places/{file.path.parent.name}" if file.of is Site else f"/routes/{file.path.stem}"
