"""The model of a place, on which annotations, tours and parts are edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from carreau.base.errors import CarreauError, OptionError
from carreau.base.messages import Message, message
from carreau.base.terms import translate_term
from carreau.catalogue.fields import FieldRule
from carreau.catalogue.media import captions_beside
from carreau.catalogue.site import ANNOTATION_TEXTS, EVIDENCE
from carreau.desk.accounts import MODELS, policy
from carreau.desk.document_file import DocumentFile, document_file, normal, pack_data, unpack_data
from carreau.desk.form_state import FormState, laid_over, parse, sent_state
from carreau.desk.form_words import LABELS, looked_up
from carreau.desk.saving import ClashError, save
from carreau.desk.scan_notes import (
    CAPTIONS,
    GROUND,
    HEIGHT,
    POINTS,
    SOUNDS,
    Measured,
    file_beside,
    make_notes,
    notable_file,
    notable_keys,
    of_scene,
    rows,
    to_scan,
    write_notes,
)
from carreau.desk.web.desk import Desk
from carreau.desk.web.media_page import SentCaptions, caption_medium
from carreau.desk.web.rendering import CONTEXT, render_page, require_viewer, translator
from carreau.desk.web.requests import PAGES, DeskNow, EditorNow, FormNow, RequestError, form_address

router = APIRouter(prefix="/places/{slug}/scene")

_POLICY = policy(**MODELS, media_src="'self'")


@router.get("")
def scene(slug: str, desk: DeskNow, session: EditorNow) -> Response:
    """Show the models of a place, or that none is built."""
    require_viewer()
    file = document_file(desk.root, "site", slug)
    data = normal(file.parse(file.read()).data)
    states = [_state(desk, slug, file.path.parent, each) for each in rows(data, "state")]
    messages, session.said = session.said, ()
    address = {"address": form_address("site", slug), "pages": PAGES["site"]}
    values = {"slug": slug, "name": data.get("name") or slug, "file": file.name, "said": messages, **address}
    if not any(each["model"] for each in states):
        text = render_page(
            "scene_missing.html", session.language, session, **values, models=str(desk.models),
            takes_scans=desk.publishing is not None, has_scan=any(each.get("file") for each in rows(data, "state")),
        )  # fmt: skip
        return HTMLResponse(text, HTTPStatus.NOT_FOUND)
    described = {
        **_describe(file, data),
        "states": states,
        "sounds": _sounds(slug, rows(data, "media")),
        "captions": _captions_beside(file),
        **_position(data),
        "texts": {
            key: translator(session.language).within(CONTEXT, looked_up(LABELS, f"annotation.{key}", ""))
            for key in ANNOTATION_TEXTS
        },
        "evidence": {each: translate_term("evidence", each, translator(session.language)) for each in EVIDENCE},
    }
    text = render_page("scene.html", session.language, session, **values, told=described)
    return HTMLResponse(text, headers={"Content-Security-Policy": _POLICY})


@router.post("")
def save_scene(slug: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Save what was edited; else tell why not, with both values where two people changed the same."""
    say = translator(session.language).message

    def answer(messages: Sequence[Message], status: HTTPStatus = HTTPStatus.OK, **more: Any) -> Response:
        return JSONResponse({"said": [say(each) for each in messages], **more}, status)

    file = document_file(desk.root, "site", slug)
    try:
        read, state = unpack_data(fields.get("read", "")), of_scene(sent_state(fields))
        saved = save(file, state.edits(read, file.of), read, desk.history, desk.editor)
        now = file.parse(file.read()).data
    except ClashError as error:
        over, messages = laid_over(error, state, read, file.of)
        return answer(messages, HTTPStatus.CONFLICT, **_describe(file, error.now, over))
    except CarreauError as error:
        refusal = message("nothing was saved: %(error)s", error=error.message)
        return answer([refusal], HTTPStatus.UNPROCESSABLE_ENTITY)
    outcome = [message("saved") if saved.is_changed else message("nothing was changed")]
    if saved.is_merged:
        outcome.append(message("others have changed something else meanwhile; both is there"))
    if saved.not_recorded:
        outcome.append(saved.not_recorded)
    return answer(outcome, is_merged=saved.is_merged, **_describe(file, now))


@router.post("/notes")
def save_notes(slug: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Write level ground, or a real length, into the notes of a scan or an authored model."""
    say = translator(session.language).message
    file = document_file(desk.root, "site", slug)
    try:
        messages = _write_notes(file, desk, fields)
    except CarreauError as error:
        refusal = message("nothing was saved: %(error)s", error=error.message)
        return JSONResponse({"said": [say(refusal)]}, HTTPStatus.UNPROCESSABLE_ENTITY)
    return JSONResponse({"said": [say(each) for each in messages]})


@router.get("/models/{state}")
def model(slug: str, state: str, desk: DeskNow, _: EditorNow) -> Response:
    """Return the built model of a state."""
    document_file(desk.root, "site", slug)
    return _file(desk.find_model(slug, state), "model/gltf-binary")


@router.get("/sounds/{medium}")
def send_sound(slug: str, medium: str, desk: DeskNow, _: EditorNow) -> Response:
    """Return the sound of a medium, as it lies in the folder."""
    file = document_file(desk.root, "site", slug)
    sounds = [each for each in _media(file, medium) if each.get("kind") == "sound"]
    path = file_beside(file.path.parent, sounds[0].get("file"), tuple(SOUNDS)) if sounds else None
    return _file(path, SOUNDS[path.suffix.lower()] if path else "")


@router.post("/captions/{medium}")
def send_captions(slug: str, medium: str, desk: DeskNow, session: EditorNow, form: SentCaptions) -> Response:
    """Give a sound captions, or others, at once; tell what they are called, and which there are."""
    say = translator(session.language).message
    file = document_file(desk.root, "site", slug)
    try:
        saved = caption_medium(file, medium, form, desk)
        name = next((str(each.get("captions", "")) for each in _media(file, medium)), "")
    except CarreauError as error:
        refusal = message("nothing was saved: %(error)s", error=error.message)
        return JSONResponse({"said": [say(refusal)]}, HTTPStatus.UNPROCESSABLE_ENTITY)
    outcome = (
        message("'%(name)s' has new captions", name=medium) if saved.is_changed else message("nothing was changed")
    )
    messages = [say(each) for each in (outcome, *((saved.not_recorded,) if saved.not_recorded else ()))]
    return JSONResponse({"said": messages, "captions": name, "all": _captions_beside(file)})


@router.get("/captions/{medium}")
def captions(slug: str, medium: str, desk: DeskNow, _: EditorNow, name: str = "") -> Response:
    """Return the captions of a sound, or others of the folder that are to be tried."""
    file = document_file(desk.root, "site", slug)
    media = _media(file, medium)
    path = file_beside(file.path.parent, name or media[0].get("captions"), (CAPTIONS,)) if media else None
    return _file(path, "text/vtt")


def _write_notes(file: DocumentFile, desk: Desk, fields: Mapping[str, str]) -> list[Message]:
    data = normal(file.parse(file.read()).data)
    name, key = fields.get("state", ""), fields.get("key", "")
    states = {str(each.get("id")): each for each in rows(data, "state")}
    files = {each: notable_file(file.path.parent, row) for each, row in states.items()}
    scan, model, keys = files.get(name), desk.find_model(file.slug, name), notable_keys(states.get(name, {}))
    points = None
    if (
        scan is not None
        and model is not None
        and key in keys
        and (sent := _points(fields.get("points", ""), key)) is not None
    ):
        points = to_scan(model.with_name("report.json"), sent)
    if scan is None or points is None:
        raise OptionError(message("state %(state)s: how its model lies in its scan is not known; build it", state=name))
    metres = parse(FieldRule("number"), fields.get("metres", "")) if key == HEIGHT and points else None
    others = [
        each
        for other, each in files.items()
        if each is not None and other != name and GROUND in notable_keys(states[other])
    ]
    measured = Measured(key, points, metres)
    missing = write_notes(
        make_notes(scan, others, is_authored=GROUND not in keys), measured, desk.root, desk.history, desk.editor,
        f"{data.get('name') or file.slug}: {key}",
    )  # fmt: skip
    applies = message("it applies from the next build on; then look at the annotations of this state again")
    return [message("saved"), applies, *((missing,) if missing else ())]


def _points(text: str, key: str) -> list[tuple[float, float, float]] | None:
    """Return the points of a request; None where they are not as many as the key needs, or none at all."""
    numbers = [parse(FieldRule("number"), each) for each in text.split()]
    if len(numbers) not in (0, 3 * POINTS.get(key, 0)) or key not in POINTS:
        return None
    if not all(isinstance(each, float | int) for each in numbers):
        return None
    return [(x, y, z) for x, y, z in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)]


def _media(file: DocumentFile, medium: str) -> list[Mapping[str, Any]]:
    return [each for each in rows(file.parse(file.read()).data, "media") if each.get("id") == medium]


def _captions_beside(file: DocumentFile) -> list[str]:
    """Return the captions of a folder, without those in other languages that lie beside others."""
    folder = file.path.parent
    names = sorted(each.name for each in folder.glob(f"*{CAPTIONS}"))
    translated = {other for name in names for other in captions_beside(folder, name).values()}
    return [name for name in names if name not in translated]


def _file(path: Path | None, media_type: str) -> Response:
    if path is None:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return FileResponse(path, media_type=media_type)


def _describe(file: DocumentFile, data: Mapping[str, Any], state: FormState | None = None) -> dict[str, Any]:
    """Return a document for the script: its fields, and the word that saving brings back.

    state : the fields where they are not those of the document
    """
    if state is None:
        state = FormState()
        state.fill(data, file.of)
    shown = of_scene(state)
    return {"read": pack_data(data), "values": shown.values, "orders": shown.orders, "theirs": shown.theirs}


def _position(data: Mapping[str, Any]) -> dict[str, Any]:
    position = data.get("position")
    degrees = [position.get(key) for key in ("lon", "lat")] if isinstance(position, Mapping) else []
    return {"position": degrees} if degrees and all(isinstance(each, float | int) for each in degrees) else {}


def _state(desk: Desk, slug: str, folder: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    name = str(row.get("id", ""))
    is_built = desk.find_model(slug, name) is not None
    return {
        "id": name,
        "title": str(row.get("title") or name),
        "model": f"/places/{slug}/scene/models/{name}" if is_built else "",
        "notes": notable_keys(row) if is_built and notable_file(folder, row) is not None else (),
    }


def _sounds(slug: str, media: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "id": (name := str(each.get("id", ""))),
            "title": str(each.get("title") or name),
            "url": f"/places/{slug}/scene/sounds/{name}",
            "captions": f"/places/{slug}/scene/captions/{name}",
        }
        for each in media
        if each.get("kind") == "sound"
    ]
