"""The media of a place: added with their texts and rights, replaced, and removed."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pipeline.catalogue.checks.check_files import is_file_name
from pipeline.catalogue.diagnostics import shown_key
from pipeline.catalogue.media import DOCUMENT, IMAGE, SOUND, VIDEO, Medium
from pipeline.catalogue.table_reader import plain_text, read_table
from pipeline.desk.document_file import DocumentFile, RefusedError, document_file
from pipeline.desk.form_values import cleaned
from pipeline.desk.incoming import SentFile, incoming_folder
from pipeline.desk.media_files import NewMedium, add_media, media_of, pointers_at, remove_medium, replace_file
from pipeline.desk.saving import ClashError, Saved
from pipeline.desk.web.form_files import Limits, SentForm, Upload
from pipeline.desk.web.licence_words import CHOICES, WORDS
from pipeline.desk.web.rendering import rendered
from pipeline.desk.web.requests import DeskNow, EditorNow, FormNow, RequestError
from pipeline.desk.web.sessions import Session
from pipeline.errors import FormatError, OptionError, ScanError, ToolError
from pipeline.media.intake import TakenFile, take
from pipeline.media.probe.image_header import opened, probe_image
from pipeline.media.probe.webvtt import read_captions
from pipeline.messages import Message, message

router = APIRouter(prefix="/places/{slug}/media")

MOST_FILES = 20
LIMITS = Limits(file_bytes=250_000_000, all_bytes=1_000_000_000, files=2 * MOST_FILES, fields=10 * MOST_FILES)
"""A sound may have 200 MB, and is smaller once it is converted."""

_UPLOAD = Upload(LIMITS)
SentFiles = Annotated[SentForm, Depends(_UPLOAD.received)]

KEYS = ("title", "alt", "transcript", "credit", "licence")
"""Texts of a medium that the form asks for."""

_THUMB_PX = 320


@dataclass(frozen=True)
class MediumRow:
    """A medium as the page shows it.

    pointers : shown keys of what points at it
    """

    medium: Medium
    size_bytes: int
    pointers: tuple[str, ...]


@router.get("")
def media(slug: str, desk: DeskNow, session: EditorNow) -> Response:
    """Show the media of a place, and the form for more."""
    said, session.said = session.said, ()
    return _page(session, document_file(desk.root, "site", slug), said)


@router.post("")
def add(slug: str, desk: DeskNow, session: EditorNow, form: SentFiles) -> Response:
    """Add what was sent, all of it or nothing."""
    file = document_file(desk.root, "site", slug)
    try:
        new = _new_media(form)
        saved, names = add_media(file, new, form.folder, desk.history, desk.editor)
    except (RefusedError, OptionError, ScanError, ToolError, ClashError) as error:
        return _refused(session, file, error.message, form.fields)
    told = message("added: %(names)s", names=tuple(names))
    session.said = (told, *_not_recorded(saved))
    return RedirectResponse(f"/places/{slug}/media", HTTPStatus.SEE_OTHER)


@router.post("/{name}/replace")
def replace(slug: str, name: str, desk: DeskNow, session: EditorNow, form: SentFiles) -> Response:
    """Replace the file of a medium."""
    file = document_file(desk.root, "site", slug)
    sent = form.files.get("file", [])
    try:
        if not sent:
            raise OptionError(message("choose a file"))
        taken = take(sent[0].path, sent[0].name, "keep" in form.fields)
        seen = form.fields.get("seen", "")
        saved = replace_file(file, name, seen, taken, form.folder, desk.history, desk.editor)
    except (RefusedError, OptionError, ScanError, ToolError, ClashError) as error:
        return _refused(session, file, error.message)
    changed = message("the file of '%(name)s' was replaced", name=name)
    told = changed if saved.is_changed else message("nothing was changed")
    session.said = (told, *_not_recorded(saved))
    return RedirectResponse(f"/places/{slug}/media", HTTPStatus.SEE_OTHER)


@router.post("/{name}/remove")
def remove(slug: str, name: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Remove a medium; where something points at it, only if that was said too."""
    file = document_file(desk.root, "site", slug)
    pointers = tuple(shown_key(path) for path in pointers_at(file.parsed(file.read()).data, name))
    try:
        if pointers and "sure" not in fields:
            raise OptionError(message("'%(name)s' is used by: %(keys)s; nothing was removed", name=name, keys=pointers))
        with incoming_folder(desk.root) as folder:
            saved = remove_medium(file, name, fields.get("seen", ""), folder, desk.history, desk.editor)
    except (RefusedError, OptionError, ScanError, ClashError) as error:
        return _refused(session, file, error.message)
    told = [message("'%(name)s' was removed", name=name)]
    if pointers:
        told.append(message("these still point at it: %(keys)s", keys=pointers))
    session.said = (*told, *_not_recorded(saved))
    return RedirectResponse(f"/places/{slug}/media", HTTPStatus.SEE_OTHER)


@router.get("/{name}/picture")
def picture(slug: str, name: str, desk: DeskNow, _: EditorNow) -> Response:
    """Return a small JPEG of a picture."""
    file = document_file(desk.root, "site", slug)
    for medium in media_of(file.parsed(file.read()).data):
        path = _inside(file, str(medium.get("file", "")))
        if medium.get("id") == name and medium.get("kind") == IMAGE and path is not None:
            found = path.stat()
            try:
                return Response(_small(path, found.st_mtime_ns, found.st_size), media_type="image/jpeg")
            except FormatError:
                break
    raise RequestError(HTTPStatus.NOT_FOUND)


@lru_cache(maxsize=256)
def _small(path: Path, _modified_ns: int, _size: int) -> bytes:
    from PIL import Image, ImageOps

    probe_image(path)
    try:
        with path.open("rb") as file:
            image = opened(file)
            image.draft("RGB", (_THUMB_PX, _THUMB_PX))
            image.thumbnail((_THUMB_PX, _THUMB_PX), Image.Resampling.BOX)
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except Exception as error:  # decoders raise whatever they met first
        raise FormatError(
            path, "", message("its image data is corrupt or truncated"), message("export it again")
        ) from error
    stream = io.BytesIO()
    upright.info = {}
    upright.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def _new_media(form: SentForm) -> list[NewMedium]:
    """Return the media of a form, each with what it must have; raises FormatError or OptionError."""
    found = []
    for number in range(MOST_FILES):
        sent = form.files.get(f"file.{number}", [])
        if not sent:
            continue
        values = {key: _value(form.fields, f"{key}.{number}") for key in KEYS}
        # Credit and licence may be given once for all that is sent together.
        for key in ("credit", "licence"):
            values[key] = values[key] or _value(form.fields, f"{key}.0")
        captions = form.files.get(f"captions.{number}")
        found.append(_new_medium(sent[0], values, f"keep.{number}" in form.fields, captions))
    if not found:
        raise OptionError(message("choose a file"))
    return found


def _value(fields: Mapping[str, str], name: str) -> str:
    return plain_text(cleaned(fields.get(name, "")))


def _new_medium(
    sent: SentFile, values: Mapping[str, str], keeps_record: bool, captions: list[SentFile] | None
) -> NewMedium:
    _require(sent.name, values["credit"], message("who made it, and whose it is"))
    _require(sent.name, values["licence"], message("the licence"))
    if values["licence"] not in CHOICES:
        raise OptionError(message("'%(text)s' is none of the licences", text=values["licence"][:80]))
    taken = take(sent.path, sent.name, keeps_record)
    if taken.kind == IMAGE:
        _require(sent.name, values["alt"], message("a description for people who cannot see it"))
        if is_file_name(values["alt"], sent.name):
            raise OptionError(message("the alternative text '%(text)s' is the name of a file", text=values["alt"][:80]))
    if taken.kind == DOCUMENT:
        _require(sent.name, values["title"], message("the title"))
    unused = {IMAGE: ("transcript",), DOCUMENT: ("transcript", "alt")}.get(taken.kind, ("alt",))
    kept = {key: value for key, value in values.items() if key not in unused}
    return NewMedium(taken, kept, _captions(taken, captions))


def _require(file: str, value: str, what: Message) -> None:
    if not value:
        raise OptionError(message("%(file)s: write %(what)s", file=file, what=what))


def _captions(taken: TakenFile, sent: list[SentFile] | None) -> Path | None:
    if not sent or taken.kind not in (SOUND, VIDEO):
        return None
    try:
        read_captions(sent[0].path)
    except FormatError as error:
        raise FormatError(sent[0].name, error.place, error.cause, error.cure) from error
    return sent[0].path


def _not_recorded(saved: Saved) -> tuple[Message, ...]:
    return (saved.not_recorded,) if saved.not_recorded else ()


def _refused(session: Session, file: DocumentFile, why: Message, fields: Mapping[str, str] | None = None) -> Response:
    said = (message("nothing was saved: %(error)s", error=why),)
    return _page(session, file, said, fields or {}, HTTPStatus.CONFLICT)


def _inside(file: DocumentFile, name: str) -> Path | None:
    folder = file.path.parent
    try:
        path = folder / name
        return path if name and path.is_file() and path.resolve().is_relative_to(folder.resolve()) else None
    except (OSError, ValueError):
        return None


def _page(
    session: Session, file: DocumentFile, said: tuple[Message, ...], fields: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:  # fmt: skip
    document = file.parsed(file.read())
    rows = []
    for row in media_of(document.data):
        medium = read_table(Medium, dict(row), document)
        path = _inside(file, medium.file)
        pointers = tuple(shown_key(each) for each in pointers_at(document.data, medium.id))
        rows.append(MediumRow(medium, path.stat().st_size if path else 0, pointers))
    text = rendered(
        "media.html", session.language, session, slug=file.path.parent.name, rows=rows, said=said,
        name=plain_text(str(document.data.get("name", ""))) or file.path.parent.name, is_error=status != HTTPStatus.OK,
        fields=dict(fields or {}), licences=[(each, WORDS[each]) for each in CHOICES], largest=LIMITS.file_bytes,
        most=MOST_FILES,
    )  # fmt: skip
    return HTMLResponse(text, status)
