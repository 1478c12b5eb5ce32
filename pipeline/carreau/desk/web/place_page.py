"""A place: its form, which is checked as one types, and saved onto what is on disk; so for routes, trails and shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from carreau.base.diagnostics import Diagnostic
from carreau.base.document import open_document
from carreau.base.errors import OptionError, ScanError
from carreau.base.messages import Message, message
from carreau.desk.attached import ATTACHED, LARGEST_BYTES, attach
from carreau.desk.document_file import DocumentFile, Edit, RefusedError, packed, played_beside, unpacked
from carreau.desk.entry_checks import checked, checked_draft
from carreau.desk.form_layout import Said, fields_in, laid_out
from carreau.desk.form_state import FormState, laid_over, sent_state
from carreau.desk.history import Editor, History
from carreau.desk.saving import ClashError, Saved, save
from carreau.desk.web.desk import Desk
from carreau.desk.web.form_files import Limits, SentForm, Upload
from carreau.desk.web.rendering import rendered, translator
from carreau.desk.web.requests import (
    MOST_FIELDS,
    OF_ANY,
    PAGES,
    DeskNow,
    EditorNow,
    FileNow,
    FormNow,
    RequestError,
    form_address,
)
from carreau.desk.web.sessions import LARGEST_BYTES as LARGEST_FORM_BYTES
from carreau.desk.web.sessions import Session, policy
from carreau.formats.geodata import Commune

router = APIRouter(prefix=OF_ANY)

_WITH_FOLDER = ("site", "trail")
"""Kinds in whose folder a show and maps may lie."""

_UPLOAD = Upload(Limits(LARGEST_BYTES, 2 * LARGEST_FORM_BYTES + LARGEST_BYTES, fields=MOST_FIELDS))
SentFiles = Annotated[SentForm, Depends(_UPLOAD.received)]


class _Saving(Protocol):
    """Saves the edits of a form, as `carreau.desk.saving.save` does."""

    def __call__(
        self, file: DocumentFile, edits: Sequence[Edit], read: Mapping[str, Any], history: History, editor: Editor
    ) -> Saved: ...


@router.get("")
def show(desk: DeskNow, session: EditorNow, file: FileNow) -> Response:
    """Show a form, filled from its file."""
    content = file.read()
    document = file.parsed(content)
    state = FormState()
    state.fill(document.data, file.of)
    findings = checked(file, content, desk.around.now())
    said, session.said = session.said, ()
    return _page(session, file, state, document.data, findings, said)


@router.post("")
def save_form(desk: DeskNow, session: EditorNow, fields: FormNow, file: FileNow) -> Response:
    """Save the form, or do what one of its buttons says; where that is not possible, show it again with the reason."""
    return _saved(desk, session, fields, file, save)


@router.post("/attach/{key}")
def attach_file(key: str, desk: DeskNow, session: EditorNow, form: SentFiles, file: FileNow) -> Response:
    """Save the form with a file that one of its fields names from then on."""
    if key not in ATTACHED.get(file.kind, {}):
        raise RequestError(HTTPStatus.NOT_FOUND)
    sent = next(iter(form.files.get(f"file.{key}", [])), None)
    return _saved(desk, session, form.fields, file, partial(attach, key=key, sent=sent, folder=form.folder))


@router.post("/check")
def check_form(desk: DeskNow, session: EditorNow, fields: FormNow, file: FileNow) -> Response:
    """Return what the check says of a form that is not saved, by field."""
    read, state = unpacked(fields.get("read", "")), sent_state(fields)
    form = laid_out(state, _findings(desk, file, state, read), file.of)
    say = translator(session.language).message

    def told(said: Sequence[Said]) -> list[dict[str, Any]]:
        return [{"error": each.is_error, "text": f"{say(each.cause)} – {say(each.cure)}"} for each in said]

    parts = {_anchor(part): told(part.said) for part in fields_in(form) if part.said}
    return JSONResponse({"fields": parts, "rest": told(form.said), "filled": _filled(desk, state)})


def _saved(desk: Desk, session: Session, fields: Mapping[str, str], file: DocumentFile, saving: _Saving) -> Response:
    read, state = unpacked(fields.get("read", "")), sent_state(fields)
    state.values |= _filled(desk, state)
    if state.act(fields.get("do", "")):
        return _page(session, file, state, read, _findings(desk, file, state, read))
    try:
        saved = saving(file, state.edits(read, file.of), read, desk.history, desk.editor)
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
    page = f"/{following}" if following and following in PAGES[file.kind] else ""
    return RedirectResponse(f"{form_address(file.kind, file.slug)}{page}", HTTPStatus.SEE_OTHER)


def _filled(desk: Desk, state: FormState) -> dict[str, str]:
    """Return values of fields that are empty, and that others tell."""
    code = missing_code(state.values, desk.around.communes())
    return {"insee": code} if code else {}


def _played(file: DocumentFile) -> list[dict[str, str]]:
    """Return the show and the maps in the folder of a site or trail, as links."""
    found = []
    for each in played_beside(file):
        name = open_document(each.path, each.name).data.get("name")
        found.append({"kind": each.kind, "address": form_address(each.kind, each.slug), "name": str(name or each.slug)})
    return found


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
    text = rendered(
        "place.html", session.language, session, form=laid_out(state, findings, file.of),
        address=form_address(file.kind, file.slug), pages=PAGES[file.kind], slug=file.slug,
        name=state.values.get("name") or file.slug, said=said, is_error=is_error, file=file.name, read=packed(read),
        anchor=_anchor, attached={key: each.accepts for key, each in ATTACHED.get(file.kind, {}).items()},
        played=_played(file) if file.kind in _WITH_FOLDER else None,
    )  # fmt: skip
    return HTMLResponse(text, status, {"Content-Security-Policy": policy(frame_src="'self'")})


def missing_code(values: Mapping[str, str], communes: Mapping[str, Commune]) -> str:
    """Return the code that a form lacks: of the one commune with the name in it; empty where none is lacking or known.

    values : texts of a form by name
    communes : by INSEE code
    """
    name = _folded(values.get("commune", ""))
    if not name or values.get("insee", "x").strip():
        return ""
    codes = [each.insee for each in communes.values() if _folded(each.name) == name]
    return codes[0] if len(codes) == 1 else ""


def _folded(name: str) -> str:
    return " ".join(name.replace("’", "'").casefold().split())
