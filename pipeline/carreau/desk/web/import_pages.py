"""Pages that take in what others wrote: places from other programs, and spreadsheets, out and in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carreau.base.errors import CarreauError, OptionError, ScanError, StorageError, cannot_write
from carreau.base.languages import TRANSLATED, content_file
from carreau.base.messages import Message, message
from carreau.base.unzip import is_safe_path, unpack_zip
from carreau.desk.accounts import Session
from carreau.desk.document_file import writing_in
from carreau.desk.incoming import SentFile
from carreau.desk.spreadsheet import Plan
from carreau.desk.spreadsheet_files import (
    LARGEST_BYTES,
    plan_as_json,
    plan_from_json,
    prepare,
    read_sheets,
    save_places,
    write_csv,
    write_ods,
    write_zip,
)
from carreau.desk.spreadsheet_plan import plan_changes
from carreau.desk.web.desk import Desk
from carreau.desk.web.rendering import render_page
from carreau.desk.web.requests import DeskNow, EditorNow, FormNow, Limits, RequestError, SentForm, Upload
from carreau.exports.importing.move_in import ImportedPlace, import_place

import_router = APIRouter(prefix="/import")

MOST_FILES, MOST_BYTES = 2000, 2_000_000_000
IMPORT_LIMITS = Limits(file_bytes=1_000_000_000, all_bytes=1_000_000_000, files=200, fields=5)
_IMPORT_UPLOAD = Upload(IMPORT_LIMITS)
SentSources = Annotated[SentForm, Depends(_IMPORT_UPLOAD.received)]

_ENDINGS = (".svx.json", "manifest.json", ".json", ".html", ".htm")
"""Endings of files that describe a place, the surest first."""

_MOST_NAMED = 8


@import_router.get("")
def begin_import(_: DeskNow, session: EditorNow) -> Response:
    """Show the form."""
    return _import_page(session)


@import_router.post("")
def move_in(desk: DeskNow, session: EditorNow, form: SentSources) -> Response:
    """Import a place, and show what was kept and what was lost."""
    slug, main = (form.fields.get(each, "").strip() for each in ("slug", "main"))
    try:
        source = _source(form.files.get("files", []), form.folder, main)
        with writing_in(desk.root):
            clean = [path for path in _translations(desk) if desk.history.is_as_committed(path)]
            place = import_place(source, desk.root, desk.locales, slug)
            missing = _record(desk, place, clean)
    except CarreauError as error:
        return _import_page(session, error.message, {"slug": slug, "main": main})
    messages = (message("the place was created"), *((missing,) if missing else ()))
    taken, lost = ([each for each in place.outcomes if each.is_kept is is_kept] for is_kept in (True, False))
    page = render_page(
        "imported.html", session.language, session, slug=place.file.parent.name, said=messages,
        kept=taken, lost=lost,
    )  # fmt: skip
    return HTMLResponse(page)


def _translations(desk: Desk) -> list[Path]:
    return [content_file(desk.locales, language) for language in TRANSLATED]


def _record(desk: Desk, place: ImportedPlace, clean: list[Path]) -> Message | None:
    """Commit the new place; translations with it, unless they have changes that are not committed."""
    files = [path for path in sorted(place.file.parent.rglob("*")) if path.is_file() and path != place.file]
    files += [path for path in place.translations if path in clean]
    subject = f"{place.file.parent.name}: import"
    return desk.history.record(place.file, lambda content: content, desk.editor, subject, files)


def _source(sent: list[SentFile], folder: Path, main: str) -> Path:
    """Return the file that describes the place, with all that it names beside it; raises OptionError or ScanError."""
    if not sent:
        raise OptionError(message("choose a file"))
    into = folder / "source"
    try:
        into.mkdir()
        if len(sent) == 1 and _is_zip(sent[0].path):
            names = unpack_zip(sent[0].path, sent[0].name, into, MOST_FILES, MOST_BYTES)
        else:
            names = [_put(each, into) for each in sent]
    except OSError as error:
        raise StorageError(cannot_write(into, error)) from error
    return into / _main(names, main)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _put(sent: SentFile, into: Path) -> str:
    """Put a file where the source looks for it: under its own name, once that was found to be one."""
    if not is_safe_path(sent.name) or "/" in sent.name or (into / sent.name).exists():
        raise OptionError(message("'%(file)s' is no name for a file, or comes twice", file=sent.name))
    sent.path.rename(into / sent.name)
    return sent.name


def _main(names: list[str], wanted: str) -> str:
    """Return the file that describes the place: the one that is wanted, or the surest."""
    if wanted:
        if wanted not in names:
            raise OptionError(message("there is no file '%(name)s' among them", name=wanted[:200]))
        return wanted
    for ending in _ENDINGS:
        matches = [name for name in names if name.lower().endswith(ending)]
        depth = min((len(PurePosixPath(name).parts) for name in matches), default=0)
        top = [name for name in matches if len(PurePosixPath(name).parts) == depth]
        if len(top) > 1:
            raise OptionError(message("several files may describe the place: %(names)s; name one of them",
                                      names=tuple(top[:_MOST_NAMED])))  # fmt: skip
        if top:
            return top[0]
    raise OptionError(message("there is no scene.svx.json, IIIF manifest or HTML page among them"))


def _import_page(session: Session, problem: Message | None = None, fields: Mapping[str, str] | None = None) -> Response:
    text = render_page("import.html", session.language, session, said=problem, fields=dict(fields or {}))
    return HTMLResponse(text, HTTPStatus.CONFLICT if problem else HTTPStatus.OK)


spreadsheets_router = APIRouter(prefix="/spreadsheets")

SHEET_LIMITS = Limits(file_bytes=LARGEST_BYTES, all_bytes=2 * LARGEST_BYTES, files=10, fields=5)
_SHEET_UPLOAD = Upload(SHEET_LIMITS)
SentSheets = Annotated[SentForm, Depends(_SHEET_UPLOAD.received)]

_MOST_SHOWN = 500
_LARGEST_PLAN = 1_500_000
"""Characters; the form that brings it back may have 4 MB, and some characters take three bytes there."""


@spreadsheets_router.get("")
def spreadsheets(_: DeskNow, session: EditorNow) -> Response:
    """Show the page."""
    messages, session.said = session.said, ()
    return _spreadsheets_page(session, messages)


@spreadsheets_router.get("/catalogue.ods")
def ods_sheets(desk: DeskNow, _: EditorNow) -> Response:
    """Return all sheets as an OpenDocument spreadsheet."""
    return _sheet_file(write_ods(desk.root), "catalogue.ods", "application/vnd.oasis.opendocument.spreadsheet")


@spreadsheets_router.get("/catalogue.zip")
def csv_sheets(desk: DeskNow, _: EditorNow) -> Response:
    """Return all sheets as CSV files in a ZIP."""
    return _sheet_file(write_zip(write_csv(desk.root)), "catalogue.zip", "application/zip")


@spreadsheets_router.post("")
def preview_sheets(desk: DeskNow, session: EditorNow, form: SentSheets) -> Response:
    """Show what sheets change; nothing is written."""
    try:
        sheets = [
            sheet for sent in form.files.get("sheets", []) for sheet in read_sheets(sent.name, sent.path.read_bytes())
        ]
        if not sheets:
            raise OptionError(message("choose a file"))
        plan = plan_changes(desk.root, sheets)
        text = plan_as_json(prepare(plan))
        if len(text) > _LARGEST_PLAN:
            raise OptionError(
                message("this changes too much at once; import fewer sheets, or use `carreau sheets import`")
            )
    except (OptionError, ScanError) as error:
        return _spreadsheets_page(session, (error.message,), is_error=True)
    return _spreadsheets_page(session, (), plan, text)


@spreadsheets_router.post("/apply")
def apply_sheets(desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Write what was shown."""
    text = fields.get("plan", "")
    if not hmac.compare_digest(fields.get("signature", "").encode(), _plan_signature(session, text).encode()):
        raise RequestError(HTTPStatus.BAD_REQUEST)
    outcome = save_places(desk.root, plan_from_json(text), desk.history, desk.editor)
    session.said = tuple(outcome.lines())
    return RedirectResponse("/spreadsheets", HTTPStatus.SEE_OTHER)


def _plan_signature(session: Session, text: str) -> str:
    """Return what shows that a plan is one that we made."""
    return hmac.new(session.csrf.encode(), text.encode(), hashlib.sha256).hexdigest()


def _sheet_file(content: bytes, name: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _spreadsheets_page(
    session: Session, messages: Sequence[Message], plan: Plan | None = None, text: str = "", is_error: bool = False
) -> Response:
    changes = plan.changes if plan else []
    page = render_page(
        "spreadsheets.html", session.language, session, said=messages, is_error=is_error, has_plan=plan is not None,
        changes=changes[:_MOST_SHOWN], change_count=len(changes), notes=plan.notes[:_MOST_SHOWN] if plan else [],
        plan=text, note_count=len(plan.notes) if plan else 0, signature=_plan_signature(session, text) if plan else "",
    )  # fmt: skip
    return HTMLResponse(page, HTTPStatus.CONFLICT if is_error else HTTPStatus.OK)
