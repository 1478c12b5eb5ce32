"""Scans: sent in, looked at, built on trial as a job beside the desk, compared with what there is, and filed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from carreau.base.errors import CarreauError, OptionError
from carreau.base.languages import SOURCE
from carreau.base.levels import AR, LEVEL_OF, LEVELS, OFFERED, PREVIEW
from carreau.base.messages import Message, message
from carreau.base.schema.bundle import NAME
from carreau.base.schema.parts import File
from carreau.base.schema.site import Site
from carreau.catalogue.site import EVIDENCE, SCAN
from carreau.catalogue.table_reader import ENTRY_NAME
from carreau.desk.accounts import MODELS, Session, policy
from carreau.desk.document_file import document_file
from carreau.desk.incoming import SentFile
from carreau.desk.media_files import list_media
from carreau.desk.scan_notes import finest_level
from carreau.desk.scans import (
    CHOICES,
    INSPECTION,
    KINDS,
    KNOWN,
    LOOK,
    TRIAL,
    SentScan,
    file_scan,
    get_notes,
    keep_models,
    note,
    report_in,
)
from carreau.desk.web.desk import Desk, Job, JobProgress, Publishing
from carreau.desk.web.media_page import CHOICES as LICENCES
from carreau.desk.web.media_page import WORDS
from carreau.desk.web.rendering import render_page, translator
from carreau.desk.web.requests import DeskNow, EditorNow, FormNow, Limits, PublishingNow, RequestError, SentForm, Upload
from carreau.runs.progress import time_left
from carreau.site.publish.bundle_answers import api_path
from carreau.site.releases import ReleaseAnswers

router = APIRouter(prefix="/scans")

UPLOAD = Upload(Limits(file_bytes=20_000_000_000, all_bytes=30_000_000_000, files=2000))
"""A scan of 100 million triangles with its photographs' textures has about 10 GB."""

ATTESTED = EVIDENCE[0]
"""What a scan is as a rule: it was measured where it stands. Of a drawn model nothing is supposed."""

_GLB = "model/gltf-binary"
_REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
"""Reports are one file each, with their style and their pictures inside; they run nothing."""


@router.get("")
def scans(session: EditorNow, publishing: PublishingNow) -> Response:
    """Show the scans that were sent, and the form to send one."""
    messages, session.said = session.said, ()
    job = publishing.jobs.last
    text = render_page(
        "scans.html", session.language, session, said=messages, scans=publishing.inbox.scans(),
        busy=page_of_job(job) if job and job.state == "running" else "",
    )  # fmt: skip
    return HTMLResponse(text)


@router.post("")
def send(
    session: EditorNow, publishing: PublishingNow, form: Annotated[SentForm, Depends(UPLOAD.received)]
) -> Response:
    """Keep a scan, and begin to look at it."""
    files = [each for sent in form.files.values() for each in sent]
    if not files:
        raise OptionError(message("choose a ZIP, or the files of a scan"))
    place = form.fields.get("place", "")
    scan = publishing.inbox.take_in(
        _set_paths(files, form.fields.get("paths", "")), place if ENTRY_NAME.fullmatch(place) else ""
    )
    if scan.main:
        try:
            _look(scan, session, publishing)
        except OptionError as error:
            session.said = (error.message,)
    return _to(scan)


@router.get("/{name}")
def scan(name: str, desk: DeskNow, session: EditorNow, publishing: PublishingNow, state: str = "") -> Response:
    """Show what is known of a scan, beside the model that a state has now.

    state : "SITE/STATE" to compare with
    """
    current, (messages, session.said) = publishing.inbox.scan(name), (session.said, ())
    return _page(desk, session, publishing, current, messages, state)


@router.post("/{name}/look")
def look(name: str, session: EditorNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """Look at a scan again, at another file of it, or as a scan or a drawn model."""
    chosen = publishing.inbox.scan(name)
    _require_idle(publishing)
    main, kind = fields.get("main", chosen.main), fields.get("kind", "")
    is_told = main == chosen.main or kind != chosen.kind  # another file may be of another kind than the one before
    _look(publishing.inbox.choose(chosen, main, kind if is_told else ""), session, publishing)
    return _to(chosen)


@router.post("/{name}/build")
def build(name: str, session: EditorNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """Note what is known of a scan, and begin to build its models on trial, with their report."""
    chosen = publishing.inbox.scan(name)
    _require_idle(publishing)
    note(chosen.path, fields, chosen.is_authored)
    report = "fr" if session.language == "fr" else "en"
    out = str(chosen.folder / TRIAL)
    command = ["model", str(chosen.path), "--out", out, "--lang", report, *_as(chosen), *_cache(publishing)]
    publishing.jobs.start(TRIAL, chosen.name, [command], session.language)
    return _to(chosen)


@router.post("/{name}/take")
def take(name: str, desk: DeskNow, session: EditorNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """File a scan beside a place, with what is known of it; its form then says what is still missing."""
    chosen, target = publishing.inbox.scan(name), fields.get("state", "").strip()
    _require_idle(publishing)
    slug, _, state = target.partition("/")
    try:
        filed = file_scan(desk.root, chosen, slug, state, desk.history, desk.editor, _fill_known(desk, slug, fields))
    except CarreauError as error:
        messages = (message("nothing was saved: %(error)s", error=error.message),)
        return _page(desk, session, publishing, chosen, messages, "", fields)
    keep_models(chosen, publishing.trial_models, slug, state)
    publishing.inbox.remove(chosen)
    session.said = (
        message("the scan is beside the place now; its model comes with the next draft that builds new models"),
        filed.kept,
        *((filed.saved.not_recorded,) if filed.saved.not_recorded else ()),
    )
    return RedirectResponse(f"/places/{slug}{'/scene' if chosen.place == slug else ''}", HTTPStatus.SEE_OTHER)


@router.post("/{name}/leave")
def leave(name: str, session: EditorNow, publishing: PublishingNow, _: FormNow) -> Response:
    """Throw a scan away."""
    _require_idle(publishing)
    publishing.inbox.remove(publishing.inbox.scan(name))
    session.said = (message("the scan was thrown away; nothing else has changed"),)
    return RedirectResponse("/scans", HTTPStatus.SEE_OTHER)


@router.get("/{name}/picture")
def picture(name: str, publishing: PublishingNow, _: EditorNow) -> Response:
    """Return the picture of a scan: of its trial, else the first one."""
    folder = publishing.inbox.scan(name).folder
    return _file(next((each for which in (TRIAL, LOOK) if (each := folder / which / POSTER).is_file()), None))


@router.get("/{name}/model")
def model(name: str, publishing: PublishingNow, _: EditorNow) -> Response:
    """Return the model of a trial."""
    trial = built_model(publishing.inbox.scan(name).folder / TRIAL)
    return _file(trial.model if trial else None, _GLB)


@router.get("/{name}/report")
def report(name: str, publishing: PublishingNow, _: EditorNow) -> Response:
    """Return the report of a trial."""
    path = publishing.inbox.scan(name).folder / TRIAL / "report.html"
    if not path.is_file():
        raise RequestError(HTTPStatus.NOT_FOUND)
    return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": _REPORT_POLICY})


@router.get("/{name}/now")
def picture_now(state: str, publishing: PublishingNow, _: EditorNow) -> Response:
    """Return the picture of the model that a state has now."""
    now = _now(publishing, state)
    return _file(now.poster if now else None)


@router.get("/{name}/now/model")
def model_of_now(state: str, publishing: PublishingNow, _: EditorNow) -> Response:
    """Return the model that a state has now."""
    now = _now(publishing, state)
    return _file(now.model if now else None, _GLB)


def _page(
    desk: Desk, session: Session, publishing: Publishing, scan: SentScan, messages: tuple[Message, ...], state: str,
    refused: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Return the page of a scan.

    refused : fields of a form that was not taken
    """
    job, now, trial = publishing.jobs.last, _now(publishing, state), built_model(scan.folder / TRIAL)
    own = job if job and job.kind != "draft" and job.subject == scan.name else None
    figures = [each.figures if each else {} for each in (trial, now)]
    text = render_page(
        "scan.html", session.language, session, said=messages, scan=scan,
        job=shown_job(own, session.language) if own else None,
        busy=page_of_job(job) if job and job.state == "running" and own is None else "",
        inspection=scan.inspection.splitlines(), has_picture=(scan.folder / LOOK / POSTER).is_file(),
        has_trial=scan.report(TRIAL) is not None, noted=get_notes(scan.path, scan.is_authored), note_choices=CHOICES,
        kinds=KINDS, states=_states(desk), state=state, now=now,
        published=_day(now.published, session.language) if now and now.published else "",
        are_models=bool(trial and trial.model and now and now.model),
        rows=[(level, *(each.get(level) for each in figures)) for level in dict.fromkeys((*figures[0], *figures[1]))],
        fields=dict(refused or {}), is_error=refused is not None,
        target=state or (f"{scan.place}/{scan.kind}-{datetime.now().astimezone().year}" if scan.place else ""),
        credited=_list_credits(desk, scan.place), evidence=EVIDENCE, judged=ATTESTED if scan.kind == SCAN else "",
        licences=[(each, WORDS[each]) for each in LICENCES],
    )  # fmt: skip
    status = HTTPStatus.OK if refused is None else HTTPStatus.CONFLICT
    return HTMLResponse(text, status, {"Content-Security-Policy": policy(**MODELS, frame_src="'self'")})


def _list_credits(desk: Desk, slug: str) -> list[tuple[str, str, str]]:
    """Return the media of a place that name who made them: id, credit and licence."""
    if not slug:
        return []
    try:
        file = document_file(desk.root, "site", slug)
        media = list_media(file.parse(file.read()).data)
    except CarreauError:
        return []
    credits = [(str(each.get("id", "")), str(each.get("credit", "")), str(each.get("licence", ""))) for each in media]
    return [each for each in credits if all(each)]


def _fill_known(desk: Desk, slug: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a form about a scan; author and licence may be taken over from a medium of the place."""
    known = {key: fields.get(key, "").strip() for key in KNOWN}
    for name, credit, licence in _list_credits(desk, slug):
        if fields.get("rights") == name:
            known |= {"author": credit, "licence": licence}
    return known


def _set_paths(files: list[SentFile], paths: str) -> list[SentFile]:
    """Return files with the paths that they had in their folder, which the script of the page tells.

    paths : a JSON list of them in the order of the files; empty for names alone
    """
    if not paths:
        return files
    try:
        names = json.loads(paths)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or len(names) != len(files) or not all(isinstance(each, str) for each in names):
        raise RequestError(HTTPStatus.BAD_REQUEST)
    return [replace(file, name=name) for file, name in zip(files, names, strict=True)]


def _look(scan: SentScan, session: Session, publishing: Publishing) -> None:
    """Begin to inspect a scan, then to take a picture of it by the smallest level."""

    def keep(number: int, printed: str) -> None:
        if number == 0:
            (scan.folder / INSPECTION).write_text(printed, "utf-8")

    path, cache = str(scan.path), _cache(publishing)
    commands = [
        ["inspect", path, *cache],
        ["model", path, "--out", str(scan.folder / LOOK), "--levels", PREVIEW.name, "--quiet", *_as(scan), *cache],
    ]
    publishing.jobs.start(LOOK, scan.name, commands, session.language, keep)


def _day(at: datetime, language: str) -> str:
    from babel.dates import format_date

    return format_date(at, "long", locale=translator(language).locale)


def _as(scan: SentScan) -> tuple[str, ...]:
    """Return the option that has a glTF built as what it is, as its state will have it built."""
    return ("--as", "authored" if scan.is_authored else "scan") if scan.is_gltf else ()


def _cache(publishing: Publishing) -> tuple[str, str]:
    return "--cache", str(publishing.cache.root)


def _states(desk: Desk) -> list[str]:
    """Return all states that may have another scan or drawn model, as SITE/STATE."""
    states = []
    for place in desk.summaries.current().places:
        if not place.has_model:
            continue
        try:
            file = document_file(desk.root, "site", place.slug)
            rows = file.parse(file.read()).data.get("state", [])
        except CarreauError:
            continue
        kinds = [(row.get("id"), row.get("kind")) for row in rows if isinstance(row, dict)]
        states += [f"{place.slug}/{name}" for name, kind in kinds if isinstance(name, str) and kind in KINDS]
    return states


def _now(publishing: Publishing, state: str) -> ShownModel | None:
    """Return the model that a state has now, None for an invalid name."""
    slug, _, own = state.partition("/")
    return model_now(publishing, slug, own) if ENTRY_NAME.fullmatch(slug) and ENTRY_NAME.fullmatch(own) else None


def _require_idle(publishing: Publishing) -> None:
    job = publishing.jobs.last
    if job is not None and job.state == "running":
        raise OptionError(message("something else is running; wait until it is done, or stop it"))


def _file(path: Path | None, media_type: str | None = None) -> Response:
    if path is None:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return FileResponse(path, media_type=media_type)


def _to(scan: SentScan) -> Response:
    return RedirectResponse(f"/scans/{scan.name}", HTTPStatus.SEE_OTHER)


POSTER = "poster.webp"
_AR_GLB = AR.files[0].level


@dataclass(frozen=True)
class Figures:
    """What a level of a model measures; None where there is no such level.

    psnr_db : likeness to the scan
    """

    bytes: int
    triangles: int
    texture_px: int
    psnr_db: float | None


@dataclass(frozen=True)
class ShownModel:
    """The model of a state.

    figures : by level
    model : the finest level for screens, None where there is none
    poster : its picture, None where there is none
    published : since when its release has been served, None for one that was only built
    """

    figures: Mapping[str, Figures]
    model: Path | None
    poster: Path | None
    published: datetime | None = None


def model_now(publishing: Publishing, slug: str, state: str) -> ShownModel | None:
    """Return the model of a state in the served release, else the one that was built last, None where there is none."""
    release = publishing.previews.release()
    published = _find_published(release, slug, state, publishing.options.bundle / NAME) if release else None
    return published or built_model(publishing.options.models / slug / state)


def built_model(folder: Path) -> ShownModel | None:
    """Return the model in a folder that a build has written, None where there is none."""
    model, poster = finest_level(folder), folder / POSTER
    if model is None and not poster.is_file():
        return None
    return ShownModel(read_figures(folder), model, poster if poster.is_file() else None)


def read_figures(folder: Path) -> dict[str, Figures]:
    """Return the figures of built models by level, none where there is no report."""
    figures = dict[str, Figures]()
    for row in (report_in(folder) or {}).get("levels", ()):
        path = folder / f"{row['name']}.glb"
        if path.is_file():
            error = row.get("error") or {}
            figures[row["name"]] = Figures(
                path.stat().st_size, row["triangles"], row.get("texture_px") or 0, error.get("psnr_db")
            )
    return figures


def _find_published(release: ReleaseAnswers, slug: str, state: str, manifest: Path) -> ShownModel | None:
    """Return the model of a state in a release, None where it has none, or its files were removed."""
    try:
        site = Site.model_validate_json(release.content(api_path("sites", slug), SOURCE))
        published = datetime.fromtimestamp(manifest.stat().st_mtime).astimezone()
    except (KeyError, OSError, ValueError):
        return None
    levels = {each.level: each for of in site.states if of.id == state for each in of.levels}
    posters = [each for of in site.states if of.id == state for each in of.poster]
    model = next((path for name in reversed(OFFERED) if (path := _place(release, levels.get(name)))), None)
    if model is None:
        return None
    figures = {
        LEVEL_OF[name]: Figures(each.bytes, each.triangles, each.texture_px, each.error.psnr_db)
        for name, each in levels.items()
        if name in LEVELS or name == _AR_GLB
    }
    return ShownModel(figures, model, _place(release, posters[0]) if posters else None, published)


def _place(release: ReleaseAnswers, file: File | None) -> Path | None:
    path = release.find_file(file) if file else None
    return path if path and path.is_file() else None


jobs_router = APIRouter(prefix="/jobs")


@jobs_router.get("/now")
def job_now(publishing: PublishingNow, session: EditorNow) -> Response:
    """Return how far the job is, for the script of the page."""
    job = publishing.jobs.last
    return JSONResponse(shown_job(job, session.language) if job else {})


@jobs_router.post("/stop")
def stop_job(publishing: PublishingNow, _: EditorNow, fields: FormNow) -> Response:
    """Stop the job of a page, unless it has ended."""
    number, job = fields.get("job", ""), publishing.jobs.last
    if number.isdecimal() and len(number) < 10:
        publishing.jobs.stop(int(number))
    return RedirectResponse(page_of_job(job) if job else "/publish", HTTPStatus.SEE_OTHER)


def page_of_job(job: Job) -> str:
    """Return the page that a job was begun at."""
    return "/publish" if job.kind == "draft" else f"/scans/{job.subject}"


def shown_job(job: Job, language: str) -> dict[str, Any]:
    """Return a job for a page and its script, in the language of the reader.

    `line` is the last line of its command, in the language of the person who began it: for failures.
    """
    progress, words = job.current(), translator(language)
    doing = [words.message(each) if isinstance(each, Message) else words.step(each) for each in progress.doing]
    left = [words.message(time_left(progress.seconds_left))] if progress.seconds_left else []
    has_begun = progress != JobProgress()
    return {
        "number": job.number, "kind": job.kind, "subject": job.subject, "state": job.state, "line": job.line,
        "share": progress.share if has_begun else None, "percent": words.percent(progress.share) if has_begun else "",
        "status": " · ".join([*doing, *left]) if has_begun else words.message(message("starting")),
    }  # fmt: skip
