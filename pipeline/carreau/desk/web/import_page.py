"""A place from another viewer: a scene, a manifest, a page, or the ZIP of one."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from carreau.base.errors import CarreauError, OptionError, StorageError, cannot_write
from carreau.base.languages import TRANSLATED, content_file
from carreau.base.messages import Message, message
from carreau.desk.document_file import writing_in
from carreau.desk.incoming import SentFile, is_safe_path, unpack_zip
from carreau.desk.web.desk import Desk
from carreau.desk.web.form_files import Limits, SentForm, Upload
from carreau.desk.web.rendering import rendered
from carreau.desk.web.requests import DeskNow, EditorNow
from carreau.desk.web.sessions import Session
from carreau.exports.importing.move_in import ImportedPlace, import_place

router = APIRouter(prefix="/import")

MOST_FILES, MOST_BYTES = 2000, 2_000_000_000
LIMITS = Limits(file_bytes=1_000_000_000, all_bytes=1_000_000_000, files=200, fields=5)
_UPLOAD = Upload(LIMITS)
SentFiles = Annotated[SentForm, Depends(_UPLOAD.received)]

_ENDINGS = (".svx.json", "manifest.json", ".json", ".html", ".htm")
"""Of what describes a place, the surest first."""

_MOST_NAMED = 8


@router.get("")
def begin(_: DeskNow, session: EditorNow) -> Response:
    """Show the form."""
    return _page(session)


@router.post("")
def move_in(desk: DeskNow, session: EditorNow, form: SentFiles) -> Response:
    """Import a place, and show what was kept and what was lost."""
    slug, main = (form.fields.get(each, "").strip() for each in ("slug", "main"))
    try:
        source = _source(form.files.get("files", []), form.folder, main)
        with writing_in(desk.root):
            clean = [path for path in _translations(desk) if desk.history.is_as_committed(path)]
            found = import_place(source, desk.root, desk.locales, slug)
            missing = _recorded(desk, found, clean)
    except CarreauError as error:
        return _page(session, error.message, {"slug": slug, "main": main})
    said = (message("the place was created"), *((missing,) if missing else ()))
    kept, lost = ([each for each in found.outcomes if each.is_kept is is_kept] for is_kept in (True, False))
    page = rendered(
        "imported.html", session.language, session, slug=found.file.parent.name, said=said,
        kept=kept, lost=lost,
    )  # fmt: skip
    return HTMLResponse(page)


def _translations(desk: Desk) -> list[Path]:
    return [content_file(desk.locales, language) for language in TRANSLATED]


def _recorded(desk: Desk, found: ImportedPlace, clean: list[Path]) -> Message | None:
    """Commit the new place; translations with it, unless they have changes that are not committed."""
    files = [path for path in sorted(found.file.parent.rglob("*")) if path.is_file() and path != found.file]
    files += [path for path in found.translations if path in clean]
    subject = f"{found.file.parent.name}: import"
    return desk.history.record(found.file, lambda content: content, desk.editor, subject, files)


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
        found = [name for name in names if name.lower().endswith(ending)]
        depth = min((len(PurePosixPath(name).parts) for name in found), default=0)
        top = [name for name in found if len(PurePosixPath(name).parts) == depth]
        if len(top) > 1:
            raise OptionError(message("several files may describe the place: %(names)s; name one of them",
                                      names=tuple(top[:_MOST_NAMED])))  # fmt: skip
        if top:
            return top[0]
    raise OptionError(message("there is no scene.svx.json, IIIF manifest or HTML page among them"))


def _page(session: Session, said: Message | None = None, fields: Mapping[str, str] | None = None) -> Response:
    text = rendered("import.html", session.language, session, said=said, fields=dict(fields or {}))
    return HTMLResponse(text, HTTPStatus.CONFLICT if said else HTTPStatus.OK)
