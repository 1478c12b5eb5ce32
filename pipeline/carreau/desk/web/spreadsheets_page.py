"""Spreadsheets of the catalogue: sent out, and taken in once one has seen what they change."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carreau.base.errors import OptionError, ScanError
from carreau.base.messages import Message, message
from carreau.desk.spreadsheets.plan import planned
from carreau.desk.spreadsheets.saving import (
    LARGEST_BYTES,
    as_json,
    csv_of,
    from_json,
    ods_of,
    prepared,
    read_sheets,
    saved,
    zip_of,
)
from carreau.desk.spreadsheets.sheet import Plan
from carreau.desk.web.form_files import Limits, SentForm, Upload
from carreau.desk.web.rendering import rendered
from carreau.desk.web.requests import DeskNow, EditorNow, FormNow, RequestError
from carreau.desk.web.sessions import Session

router = APIRouter(prefix="/spreadsheets")

LIMITS = Limits(file_bytes=LARGEST_BYTES, all_bytes=2 * LARGEST_BYTES, files=10, fields=5)
_UPLOAD = Upload(LIMITS)
SentFiles = Annotated[SentForm, Depends(_UPLOAD.received)]

_MOST_SHOWN = 500
_LARGEST_PLAN = 1_500_000
"""Characters; the form that brings it back may have 4 MB, and some characters take three bytes there."""


@router.get("")
def spreadsheets(_: DeskNow, session: EditorNow) -> Response:
    """Show the page."""
    said, session.said = session.said, ()
    return _page(session, said)


@router.get("/catalogue.ods")
def ods(desk: DeskNow, _: EditorNow) -> Response:
    """Return all sheets as an OpenDocument spreadsheet."""
    return _file(ods_of(desk.root), "catalogue.ods", "application/vnd.oasis.opendocument.spreadsheet")


@router.get("/catalogue.zip")
def csv(desk: DeskNow, _: EditorNow) -> Response:
    """Return all sheets as CSV files in a ZIP."""
    return _file(zip_of(csv_of(desk.root)), "catalogue.zip", "application/zip")


@router.post("")
def preview(desk: DeskNow, session: EditorNow, form: SentFiles) -> Response:
    """Show what sheets change; nothing is written."""
    try:
        sheets = [
            sheet for sent in form.files.get("sheets", []) for sheet in read_sheets(sent.name, sent.path.read_bytes())
        ]
        if not sheets:
            raise OptionError(message("choose a file"))
        plan = planned(desk.root, sheets)
        text = as_json(prepared(plan))
        if len(text) > _LARGEST_PLAN:
            raise OptionError(
                message("this changes too much at once; import fewer sheets, or use `carreau sheets import`")
            )
    except (OptionError, ScanError) as error:
        return _page(session, (error.message,), is_error=True)
    return _page(session, (), plan, text)


@router.post("/apply")
def apply(desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Write what was shown."""
    text = fields.get("plan", "")
    if not hmac.compare_digest(fields.get("signature", "").encode(), _signature(session, text).encode()):
        raise RequestError(HTTPStatus.BAD_REQUEST)
    outcome = saved(desk.root, from_json(text), desk.history, desk.editor)
    session.said = tuple(outcome.lines())
    return RedirectResponse("/spreadsheets", HTTPStatus.SEE_OTHER)


def _signature(session: Session, text: str) -> str:
    """Return what shows that a plan is one that we made."""
    return hmac.new(session.csrf.encode(), text.encode(), hashlib.sha256).hexdigest()


def _file(content: bytes, name: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _page(
    session: Session, said: Sequence[Message], plan: Plan | None = None, text: str = "", is_error: bool = False
) -> Response:
    changes = plan.changes if plan else []
    page = rendered(
        "spreadsheets.html", session.language, session, said=said, is_error=is_error, has_plan=plan is not None,
        changes=changes[:_MOST_SHOWN], change_count=len(changes), notes=plan.notes[:_MOST_SHOWN] if plan else [],
        plan=text, note_count=len(plan.notes) if plan else 0, signature=_signature(session, text) if plan else "",
    )  # fmt: skip
    return HTMLResponse(page, HTTPStatus.CONFLICT if is_error else HTTPStatus.OK)
