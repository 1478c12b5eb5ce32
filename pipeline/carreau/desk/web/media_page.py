"""The media of a place, route, trail or show: added with their texts and rights, replaced, and removed."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carreau.base.errors import FormatError, OptionError, ScanError, ToolError, shown_key
from carreau.base.messages import Message, message
from carreau.base.terms import LICENCES
from carreau.catalogue.check_files import is_file_name
from carreau.catalogue.media import DOCUMENT, IMAGE, SOUND, VIDEO, Medium, open_picture, probe_image
from carreau.catalogue.table_reader import plain_text, read_table
from carreau.catalogue.video import LARGEST_BYTES as CAPTIONS_BYTES
from carreau.desk.accounts import Session
from carreau.desk.document_file import DocumentFile, RefusedError
from carreau.desk.form_state import clean_text
from carreau.desk.incoming import SentFile, incoming_folder
from carreau.desk.media_files import (
    NewMedium,
    add_media,
    list_media,
    path_beside,
    pointers_at,
    put_captions,
    remove_medium,
    replace_file,
    taken_captions,
)
from carreau.desk.saving import ClashError, Saved
from carreau.desk.web.desk import Desk
from carreau.desk.web.rendering import render_page
from carreau.desk.web.requests import (
    MEDIA,
    OF_ANY,
    PAGES,
    DeskNow,
    EditorNow,
    FileNow,
    FormNow,
    Limits,
    RequestError,
    SentForm,
    Upload,
    form_address,
)
from carreau.site.media_intake import take

router = APIRouter(prefix=f"{OF_ANY}/{MEDIA}")

MOST_FILES = 20

LIMITS = Limits(file_bytes=250_000_000, all_bytes=1_000_000_000, files=2 * MOST_FILES, fields=10 * MOST_FILES)
"""A sound may have 200 MB, and is smaller once it is converted."""

_UPLOAD = Upload(LIMITS)
SentFiles = Annotated[SentForm, Depends(_UPLOAD.received)]

_CAPTIONS = Upload(Limits(file_bytes=CAPTIONS_BYTES, all_bytes=2 * CAPTIONS_BYTES))
SentCaptions = Annotated[SentForm, Depends(_CAPTIONS.received)]

_THUMB_PX = 320


def file_with_media(file: FileNow) -> DocumentFile:
    """Return the file of an address; raises RequestError where its kind has no media."""
    if MEDIA not in PAGES[file.kind]:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return file


FileWithMedia = Annotated[DocumentFile, Depends(file_with_media)]


@dataclass(frozen=True)
class MediumRow:
    """A medium as the page shows it.

    pointers : shown keys of what points at it
    """

    medium: Medium
    size_bytes: int
    pointers: tuple[str, ...]

    @property
    def takes_captions(self) -> bool:
        """Return whether it is heard."""
        return self.medium.kind in (SOUND, VIDEO)


@router.get("")
def media(session: EditorNow, file: FileWithMedia) -> Response:
    """Show the media of a document, and the form for more."""
    messages, session.said = session.said, ()
    return _page(session, file, messages)


@router.post("")
def add(desk: DeskNow, session: EditorNow, form: SentFiles, file: FileWithMedia) -> Response:
    """Add what was sent, all of it or nothing."""
    try:
        new = new_media(form)
        saved, names = add_media(file, new, form.folder, desk.history, desk.editor)
    except (RefusedError, OptionError, ScanError, ToolError, ClashError) as error:
        return _refuse(session, file, error.message, form.fields)
    return _again(session, file, saved, message("added: %(names)s", names=tuple(names)))


@router.post("/{name}/replace")
def replace(name: str, desk: DeskNow, session: EditorNow, form: SentFiles, file: FileWithMedia) -> Response:
    """Replace the file of a medium."""
    try:
        taken = take((sent := _sent_file(form, "file")).path, sent.name, "keep" in form.fields)
        seen = form.fields.get("seen", "")
        saved = replace_file(file, name, seen, taken, form.folder, desk.history, desk.editor)
    except (RefusedError, OptionError, ScanError, ToolError, ClashError) as error:
        return _refuse(session, file, error.message)
    return _again(session, file, saved, message("the file of '%(name)s' was replaced", name=name))


@router.post("/{name}/captions")
def caption(name: str, desk: DeskNow, session: EditorNow, form: SentCaptions, file: FileWithMedia) -> Response:
    """Give a sound or film captions, or others."""
    try:
        saved = caption_medium(file, name, form, desk)
    except (RefusedError, OptionError, ScanError, ClashError) as error:
        return _refuse(session, file, error.message)
    return _again(session, file, saved, message("'%(name)s' has new captions", name=name))


@router.post("/{name}/remove")
def remove(name: str, desk: DeskNow, session: EditorNow, fields: FormNow, file: FileWithMedia) -> Response:
    """Remove a medium; where something points at it, only if that was said too."""
    pointers = tuple(shown_key(path) for path in pointers_at(file.parse(file.read()).data, name))
    try:
        if pointers and "sure" not in fields:
            raise OptionError(message("'%(name)s' is used by: %(keys)s; nothing was removed", name=name, keys=pointers))
        with incoming_folder(desk.root) as folder:
            saved = remove_medium(file, name, fields.get("seen", ""), folder, desk.history, desk.editor)
    except (RefusedError, OptionError, ScanError, ClashError) as error:
        return _refuse(session, file, error.message)
    messages = [message("'%(name)s' was removed", name=name)]
    if pointers:
        messages.append(message("these still point at it: %(keys)s", keys=pointers))
    return _again(session, file, saved, *messages)


@router.get("/{name}/picture")
def picture(name: str, _: EditorNow, file: FileWithMedia) -> Response:
    """Return a small JPEG of a picture."""
    for medium in list_media(file.parse(file.read()).data):
        path = path_beside(file, medium.get("file"))
        if medium.get("id") == name and medium.get("kind") == IMAGE and path is not None:
            status = path.stat()
            try:
                return Response(_small(path, status.st_mtime_ns, status.st_size), media_type="image/jpeg")
            except FormatError:
                break
    raise RequestError(HTTPStatus.NOT_FOUND)


def caption_medium(file: DocumentFile, name: str, form: SentForm, desk: Desk) -> Saved:
    """Give a medium the captions that a form sent; raises what refuses them."""
    data = file.parse(file.read()).data
    medium = next((each for each in list_media(data) if each.get("id") == name), {})
    captions = taken_captions(_sent_file(form, "captions"), str(medium.get("kind", "")))
    seen = form.fields.get("seen", str(medium.get("file", "")))
    return put_captions(file, name, seen, captions, form.folder, desk.history, desk.editor)


def _sent_file(form: SentForm, name: str) -> SentFile:
    """Return the file of a field; raises OptionError where none was chosen."""
    sent = form.files.get(name, [])
    if not sent:
        raise OptionError(message("choose a file"))
    return sent[0]


def _again(session: Session, file: DocumentFile, saved: Saved, *messages: Message) -> Response:
    """Go back to the page, which tells what was done."""
    missing = (saved.not_recorded,) if saved.not_recorded else ()
    session.said = (*(messages if saved.is_changed else (message("nothing was changed"),)), *missing)
    return RedirectResponse(f"{form_address(file.kind, file.slug)}/{MEDIA}", HTTPStatus.SEE_OTHER)


@lru_cache(maxsize=256)
def _small(path: Path, _modified_ns: int, _size: int) -> bytes:
    from PIL import Image, ImageOps

    probe_image(path)
    try:
        with path.open("rb") as file:
            image = open_picture(file)
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


def _refuse(session: Session, file: DocumentFile, why: Message, fields: Mapping[str, str] | None = None) -> Response:
    messages = (message("nothing was saved: %(error)s", error=why),)
    return _page(session, file, messages, fields or {}, HTTPStatus.CONFLICT)


def _page(
    session: Session, file: DocumentFile, messages: tuple[Message, ...], fields: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:  # fmt: skip
    document = file.parse(file.read())
    rows = []
    for row in list_media(document.data):
        medium = read_table(Medium, dict(row), document)
        path = path_beside(file, medium.file)
        pointers = tuple(shown_key(each) for each in pointers_at(document.data, medium.id))
        rows.append(MediumRow(medium, path.stat().st_size if path else 0, pointers))
    text = render_page(
        "media.html", session.language, session, address=form_address(file.kind, file.slug), pages=PAGES[file.kind],
        rows=rows, said=messages, is_error=status != HTTPStatus.OK, fields=dict(fields or {}), most=MOST_FILES,
        name=plain_text(str(document.data.get("name", ""))) or file.slug, largest=LIMITS.file_bytes,
        licences=[(each, WORDS[each]) for each in CHOICES],
    )  # fmt: skip
    return HTMLResponse(text, status)


KEYS = ("title", "alt", "transcript", "credit", "licence")
"""Texts of a medium that the form asks for."""


def new_media(form: SentForm) -> list[NewMedium]:
    """Return the media of a form, each with what it must have; raises FormatError or OptionError."""
    media = []
    for number in range(MOST_FILES):
        sent = form.files.get(f"file.{number}", [])
        if not sent:
            continue
        values = {key: _value(form.fields, f"{key}.{number}") for key in KEYS}
        # Credit and licence may be given once for all that is sent together.
        for key in ("credit", "licence"):
            values[key] = values[key] or _value(form.fields, f"{key}.0")
        captions = form.files.get(f"captions.{number}")
        media.append(_new_medium(sent[0], values, f"keep.{number}" in form.fields, captions))
    if not media:
        raise OptionError(message("choose a file"))
    return media


def _value(fields: Mapping[str, str], name: str) -> str:
    return plain_text(clean_text(fields.get(name, "")))


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
    used = {key: value for key, value in values.items() if key not in unused}
    is_heard = taken.kind in (SOUND, VIDEO)
    return NewMedium(taken, used, taken_captions(captions[0], taken.kind) if captions and is_heard else None)


def _require(file: str, value: str, what: Message) -> None:
    if not value:
        raise OptionError(message("%(file)s: write %(what)s", file=file, what=what))


CHOICES = (*(each.name for each in LICENCES), "etalab-2.0 OR CC-BY-4.0")
"""Licences that a list offers."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "etalab-2.0": "French open licence: anything, with the author's name",
        "CC-BY-4.0": "anything, with the author's name",
        "CC-BY-SA-4.0": "anything, with the author's name, under the same licence",
        "CC-BY-ND-4.0": "with the author's name, unchanged",
        "CC-BY-NC-4.0": "with the author's name, not for sale",
        "CC-BY-NC-SA-4.0": "with the author's name, not for sale, under the same licence",
        "CC-BY-NC-ND-4.0": "with the author's name, not for sale, unchanged",
        "CC0-1.0": "the author has given up all rights",
        "PDM-1.0": "in the public domain",
        "InC": "protected; to be asked for each use",
        "InC-EDU": "protected; education may use it",
        "InC-OW-EU": "protected; its author cannot be found (European Union)",
        "NoC-NC": "free of copyright, not for sale",
        "NoC-OKLR": "free of copyright; other laws limit its use",
        "CNE": "nobody has found out yet",
        "etalab-2.0 OR CC-BY-4.0": "either of the two, as the user chooses",
    }
)
