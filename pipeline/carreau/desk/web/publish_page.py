"""Publish: previews, what will change, what keeps it from being published, who agrees, and the draft."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import ValidationError as SchemaError

from carreau.base.errors import ERROR, QUESTION, CarreauError, Diagnostic, MissingError, OptionError, StorageError
from carreau.base.languages import LANGUAGES, OWN_NAMES, SOURCE, TRANSLATED
from carreau.base.messages import Message, message
from carreau.base.schema.bundle import NAME, RELEASES
from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS, Entry
from carreau.catalogue.check_catalogue import CheckResult
from carreau.catalogue.i18n.check_translations import MISSING, STALE, UNREVIEWED
from carreau.catalogue.show import ENDING as SHOW_ENDING
from carreau.catalogue.trail import SCENE_ENDING
from carreau.desk.accounts import PUBLISHER, Session, includes
from carreau.desk.document_file import RefusedError, unpack_data
from carreau.desk.entry_checks import draft_entry, read_entry
from carreau.desk.form_state import sent_state
from carreau.desk.form_words import LABELS, TABLES
from carreau.desk.history import agree, is_other, list_agreed
from carreau.desk.web.desk import Desk, Drafted, Publishing
from carreau.desk.web.open_draft import OpenDoor, language_in, reply
from carreau.desk.web.rendering import render_page, translator
from carreau.desk.web.requests import (
    OF_ANY,
    DeskNow,
    EditorNow,
    FileNow,
    FormNow,
    PublisherNow,
    PublishingNow,
    RequestError,
    RoleError,
    editor_of,
    form_address,
    get_publishing,
)
from carreau.desk.web.scans_page import shown_job
from carreau.site.pages.place_actions import qr_path
from carreau.site.publish.difference import Change, Difference, EntryChange, Value
from carreau.site.publish.publication import digest_inputs
from carreau.site.publish.publish import publish_draft
from carreau.site.releases import ReleaseAnswers, exclusive_lock, kept_releases, older, roll_back

router = APIRouter(prefix="/publish")

_MOST_ENTRIES, _MOST_CHANGES = 200, 60


@router.get("")
def publish(desk: DeskNow, session: EditorNow, publishing: PublishingNow) -> Response:
    """Show where publishing stands."""
    messages, session.said = session.said, ()
    return _page(desk, session, publishing, messages)


@router.post("/draft")
def make_draft(session: PublisherNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """Begin to build the next release, as the command does; on request with the models of new scans."""
    _require_address(publishing)
    verb = "build" if fields.get("with", "") == "models" else "publish"
    publishing.jobs.start("draft", "", [publishing.command(verb, "--draft")], session.language)
    return _back()


@router.post("/agree")
def agree_to(desk: DeskNow, session: EditorNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """Record that this person has looked at the draft, and agrees."""
    draft = _draft(publishing, fields.get("release", ""))
    missing = agree(desk.root, draft.release, desk.editor)
    session.said = (missing or message("it is recorded that you agree"),)
    return _back()


@router.post("/now")
def serve(desk: DeskNow, session: PublisherNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """Serve the draft that was looked at; nothing happens where something has changed since."""
    _require_address(publishing)
    draft = _draft(publishing, fields.get("release", ""))
    if publishing.needs_review and not _others(desk, draft):
        raise OptionError(message("nobody else has agreed yet; ask a colleague to look at it"))
    result = publish_draft(publishing.options, draft.release)
    publishing.open_draft.close()
    session.said = (message("published: release %(release)s", release=result.release),)
    return _back()


@router.post("/back")
def back(session: PublisherNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """Serve a former release again."""
    release = fields.get("release", "")
    if release not in kept_releases(publishing.options.bundle):
        raise MissingError(message("there is no release %(release)s", release=release[:64]))
    with exclusive_lock(publishing.options.bundle):
        manifest = roll_back(publishing.options.bundle, release)
    session.said = (message("release %(release)s is served again", release=manifest.release),)
    return _back()


@router.post("/show")
def show(desk: DeskNow, session: EditorNow, publishing: PublishingNow, fields: FormNow) -> Response:
    """Show the draft on a port of its own: on this machine, or to all of the network.

    A desk behind a public address opens no port of its machine: its draft is shown at that address, to this session.
    """
    draft = _draft(publishing, fields.get("release", ""))
    if desk.public:
        session.draft = draft.release
        return _back("#look")
    if not includes(session.role, PUBLISHER):
        raise RoleError
    try:
        publishing.open_draft.open(draft.answers, fields.get("to", "") == "phones")
    except OSError as error:
        session.said = (message("it cannot be shown: %(error)s", error=str(error.strerror or error)),)
    return _back("#look")


@router.post("/hide")
def hide(desk: DeskNow, session: EditorNow, publishing: PublishingNow, _: FormNow) -> Response:
    """Stop showing the draft; behind a public address, stop showing it to this session."""
    session.draft = ""
    if not desk.public:
        if not includes(session.role, PUBLISHER):
            raise RoleError
        publishing.open_draft.close()
    return _back("#look")


def _page(desk: Desk, session: Session, publishing: Publishing, messages: tuple[Message, ...]) -> Response:
    drafted, release, job = publishing.read_draft(), publishing.previews.release(), publishing.jobs.last
    difference, door, checked = publishing.difference(), publishing.open_draft.door, publishing.check.result()
    is_stale = drafted is not None and drafted.draft.inputs != digest_inputs(publishing.options)
    reviewers = list_agreed(desk.root, drafted.release) if drafted else []
    if desk.public and drafted is not None and session.draft == drafted.release:
        door = OpenDoor(drafted.release, f"{desk.public}/{session.language}/", False)
    is_open = door is not None and drafted is not None and door.release == drafted.release
    text = render_page(
        "publish.html", session.language, session,
        said=messages, job=shown_job(job, session.language) if job and job.kind == "draft" else None,
        has_address=publishing.has_address,
        base_url=publishing.options.base_url, draft=drafted.draft.manifest if drafted else None, is_stale=is_stale,
        served=release.manifest if release else None, found=_describe(difference) if difference else None,
        errors=by_file(desk, checked, ERROR) if checked else None,
        questions=by_file(desk, checked, QUESTION) if checked else None,
        needs_review=publishing.needs_review, reviewers=[each.name for each in reviewers],
        may_publish=not publishing.needs_review or (drafted is not None and _others(desk, drafted)),
        door=door if is_open else None, code=qr_path(door.address) if door and is_open and door.is_for_phones else None,
        public=desk.public, new_models=publishing.new_models(),
        former=_former(publishing, release, session.language), editor=desk.editor.name,
    )  # fmt: skip
    return HTMLResponse(text)


def _draft(publishing: Publishing, release: str) -> Drafted:
    """Return the draft that a form is about; raises OptionError where there is another one by now."""
    drafted = publishing.read_draft()
    if drafted is None or drafted.release != release:
        raise OptionError(message("something has changed since the draft was made; make it again"))
    return drafted


def _others(desk: Desk, draft: Drafted) -> bool:
    """Return whether somebody else has agreed to a draft."""
    return any(is_other(each, desk.editor) for each in list_agreed(desk.root, draft.release))


def _require_address(publishing: Publishing) -> None:
    if not publishing.has_address:
        raise OptionError(
            message("nobody has said where it will be served; start the desk again with --base-url, or with --local")
        )


def _back(place: str = "") -> Response:
    return RedirectResponse(f"/publish{place}", HTTPStatus.SEE_OTHER)


_FORMS = {"sites": "places", "routes": "routes", "trails": "trails"}
"""First part of the address of a form, by the kind of its entry; shows and maps have none."""


def _describe(difference: Difference) -> dict[str, Any]:
    return {
        "is_none": difference.is_none,
        "others": difference.others,
        "entries": [_entry(each) for each in difference.entries[:_MOST_ENTRIES]],
        "more": max(0, len(difference.entries) - _MOST_ENTRIES),
        "counts": {
            what: sum(each.what == what for each in difference.entries) for what in ("added", "changed", "removed")
        },
    }


def _entry(entry: EntryChange) -> dict[str, Any]:
    return {
        "name": entry.name, "what": entry.what, "kind": entry.kind, "languages": entry.languages,
        "address": f"/{_FORMS[entry.kind]}/{entry.slug}" if entry.kind in _FORMS and entry.what != "removed" else "",
        "changes": [_change(each) for each in entry.changes[:_MOST_CHANGES]],
        "more": max(0, len(entry.changes) - _MOST_CHANGES),
    }  # fmt: skip


def _change(change: Change) -> dict[str, Any]:
    before, after = change.before or Value(), change.after or Value()
    is_file = bool(before.digest or after.digest)
    return {
        "words": split_key(change.key),
        "is_file": is_file,
        "before_bytes": before.size_bytes,
        "after_bytes": after.size_bytes,
        "pieces": [] if is_file else text_changes(before.text, after.text),
    }


def _former(publishing: Publishing, release: ReleaseAnswers | None, language: str) -> list[dict[str, str]]:
    """Return the releases that can be served again, the newest first, each with the time until which it was served."""
    from babel.dates import format_datetime

    bundle, rows = publishing.options.bundle, []
    try:
        out_of_reach = set(older(bundle))
    except (OptionError, StorageError, OSError):
        return []
    for name in reversed(kept_releases(bundle)):
        if name in out_of_reach or (release is not None and name == release.manifest.release):
            continue
        at = datetime.fromtimestamp((bundle / RELEASES / name / NAME).stat().st_mtime).astimezone()
        when = format_datetime(at, "short", locale=translator(language).locale)
        rows.append({"release": name, "when": when, "iso": at.isoformat()})
    return rows


_MOST = 300
_STEP = re.compile(r"([a-z_]+)(?: (\d+))?")
_CONTENT = re.compile(r"locales/([a-z]+)/LC_MESSAGES/content\.po")
_LISTS = {"not translated": MISSING, "stale": STALE, "unreviewed": UNREVIEWED}
"""Lists of texts, by the topic of the findings that are mended there."""


def by_file(desk: Desk, result: CheckResult, level: str) -> dict[str, Any]:
    """Return the findings of a level for a page: their number, those that are shown by file, and how many more."""
    findings = result.of_level(level)
    files = dict[str, list[dict[str, Any]]]()
    for each in findings[:_MOST]:
        files.setdefault(each.file, []).append({"said": each.message(), "address": _address(desk, each)})
    named = [{"file": file, "name": result.names.get(file, ""), "findings": each} for file, each in files.items()]
    return {"count": len(findings), "files": named, "more": max(0, len(findings) - _MOST)}


def anchor_id(finding: Diagnostic) -> str:
    """Return the id that the form gives to the field or the row of a diagnostic.

    >>> anchor_id(Diagnostic("error", "", "", None, "state 1, part 2, evidence", "", ""))
    'f-state.0.part.1.evidence'
    >>> anchor_id(Diagnostic("error", "", "", None, "stop 2", "", ""))
    'r-stop.1'
    """
    steps, is_row = [], False
    for part in finding.key.split(", "):
        match = _STEP.fullmatch(part)
        if match is None:
            return "main"
        is_row = bool(match[2])
        steps += [match[1], str(int(match[2]) - 1)] if is_row else [match[1]]
    return f"{'r' if is_row else 'f'}-{'.'.join(steps)}"


def _address(desk: Desk, finding: Diagnostic) -> str:
    """Return where a finding is mended, empty where that is a file alone."""
    if finding.topic in _LISTS:
        return _address_of_list(finding)
    if match := _CONTENT.fullmatch(finding.file):
        return _address_of_text(desk, match[1], finding.key) if finding.key else ""
    form = _form_address(finding.file)
    return f"{form}#{anchor_id(finding)}" if form and finding.topic != "unreadable" else ""


def _form_address(file: str) -> str:
    """Return the address of the form of a file, empty for one that has none.

    >>> [_form_address(each) for each in ("routes/une.toml", "trails/une/trail.toml", "communes.geojson")]
    ['/routes/une', '/trails/une', '']
    >>> [_form_address(each) for each in ("trails/une/mots.show.toml", "sites/une/1712.scene.toml")]
    ['/shows/une', '/maps/1712']
    """
    folder, _, rest = file.partition("/")
    slug, _, name = rest.partition("/")
    if folder == "routes" and not name and slug.endswith(".toml"):
        return form_address("route", slug.removesuffix(".toml"))
    kinds = {SITES: "site", TRAILS: "trail"}
    if folder not in kinds:
        return ""
    if name.endswith(SHOW_ENDING):
        return form_address("show", slug)
    if name.endswith(SCENE_ENDING):
        return form_address("scene", name.removesuffix(SCENE_ENDING))
    return form_address(kinds[folder], slug) if name == SHEETS[folder] else ""


def _address_of_list(finding: Diagnostic) -> str:
    """Return the list of translations that have what is found, of a place or of all."""
    folder, _, rest = finding.file.partition("/")
    slug = rest.partition("/")[0].removesuffix(".toml")
    parameters: Mapping[str, Any] = finding.cause.parameters if isinstance(finding.cause, Message) else {}
    language = next((code for code in TRANSLATED if OWN_NAMES[code] == parameters.get("language")), "")
    place = "" if folder == "locales" else slug
    return f"/translate?{urlencode({'to': language, 'show': _LISTS[finding.topic], 'place': place})}"


def _address_of_text(desk: Desk, language: str, context: str) -> str:
    """Return the page of a text of which a translation is, or where several have its context the list of them."""
    ids: Sequence[str] = ()
    if language in TRANSLATED and desk.texts.is_ready(language):
        ids = [row.id for row in desk.texts.rows(language) if row.source.context == context]
    if len(ids) == 1:
        return f"/translate/{language}/{ids[0]}"
    return f"/translate?{urlencode({'to': language, 'show': 'all', 'find': context})}"


_WRITTEN: Mapping[str, str] = MappingProxyType(
    {
        "dates": "date", "facts": "fact", "architects": "architect", "sources": "source", "states": "state",
        "annotations": "annotation", "tours": "tour", "steps": "step", "parts": "part", "pose": "geopose",
        "chapters": "chapter", "doubts": "doubt", "versions": "version", "options": "option", "hints": "hint",
        "ways": "way", "where": "place", "audiences": "audience", "is_open": "open", "is_right": "right",
        "is_optional": "optional", "is_demonstration": "demonstration", "is_disputed": "disputed",
        "is_step_free": "step_free", "scene": "chapter.scene",
    }
)  # fmt: skip
"""Keys of documents that the form calls otherwise."""

PUBLISHED: Mapping[str, str] = MappingProxyType(
    {
        "file": "File", "model": "3D model", "poster": "Picture of the model", "routes": "Routes", "stops": "Stops",
        "scenes": "Scenes", "attract": "While nobody watches", "lines": "Words in their own language",
        "voice": "Voice", "figure": "Picture or film", "light": "Light", "events": "Events",
        "features": "What is on the map", "spots": "Positions", "others": "What other sources say",
    }
)  # fmt: skip

_MOST_PAIRS = 4_000_000
"""Of words that are compared; two texts of 2,000 words take 0.3 s."""


def split_key(key: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Return the words of a key, each with whether it is a word of the program, which is to be translated.

    >>> split_key(("media", "photo-1", "alt"))[1:]
    [('photo-1', False), ('Description for people who cannot see it', True)]
    >>> split_key(("visit", "access"))
    [('Visit', True), ('Access', True)]
    """
    table = _WRITTEN.get(key[0], key[0])
    return [_word(step, "" if place == 0 else table) for place, step in enumerate(key)]


def _word(step: str, table: str) -> tuple[str, bool]:
    written = _WRITTEN.get(step, step)
    if not table and written in TABLES:
        return TABLES[written][0], True
    own = LABELS.get(written) or LABELS.get(f"{table}.{written}")
    label = PUBLISHED.get(step) or own or TABLES.get(written, ("", ""))[0]
    return (label, True) if label else (step, False)


def text_changes(before: str, after: str) -> list[tuple[str, str]]:
    """Return two texts as one, word by word: pieces with "same", "gone" or "new".

    >>> text_changes("une fosse noire", "une fosse rouge")
    [('same', 'une fosse '), ('gone', 'noire'), ('new', 'rouge')]
    """
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    if len(old) * len(new) > _MOST_PAIRS:
        return [("gone", before), ("new", after)]
    pieces = list[tuple[str, str]]()
    for verb, first, last, begin, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            pieces.append(("same", "".join(old[first:last])))
        else:
            both = ("gone", "".join(old[first:last])), ("new", "".join(new[begin:end]))
            pieces += [piece for piece in both if piece[1]]
    return pieces


preview_router = APIRouter()


@preview_router.get(f"{OF_ANY}/preview")
def preview_saved(
    desk: DeskNow, session: EditorNow, publishing: PublishingNow, file: FileNow, lang: str = SOURCE
) -> Response:
    """Show an entry as it is saved: for browsers without scripts, and in a tab of its own."""
    entry = read_entry(file, file.read(), desk.around.now())
    if not entry.document.is_read:
        raise RefusedError(entry.document.findings)
    return RedirectResponse(_show(desk, session, publishing, entry, _known_language(lang)), HTTPStatus.SEE_OTHER)


@preview_router.post(f"{OF_ANY}/preview")
def preview_typed(
    desk: DeskNow, session: EditorNow, publishing: PublishingNow, fields: FormNow, file: FileNow
) -> Response:
    """Render an entry from a form that is not saved, and return the address of its page, or why there is none."""

    def address() -> str:
        entry = draft_entry(file, sent_state(fields), unpack_data(fields.get("read", "")), desk.around.now())
        return _show(desk, session, publishing, entry, _known_language(fields.get("lang", "")))

    return _preview_told(address, session)


def _preview_told(address: Callable[[], str], session: Session) -> Response:
    """Return the address of a page, or why there is none."""
    try:
        return JSONResponse({"address": address()})
    except CarreauError as error:
        text: Message = error.message
    except SchemaError:
        text = message("what stands in the form makes no page yet")
    return JSONResponse({"said": translator(session.language).message(text)})


@preview_router.get("/a/{name}")
@preview_router.get("/viewer/{name:path}")
@preview_router.get("/v1/{name:path}")
@preview_router.get("/{language}/{name:path}")
def answer_preview(request: Request) -> Response:
    """Return what the page in the frame loads, or another page: of the preview, of the draft, of the served release."""
    path = request.url.path
    first = path.split("/")[1]
    if first not in ("a", "viewer", "v1", *LANGUAGES):
        raise RequestError(HTTPStatus.NOT_FOUND)
    session, publishing = editor_of(request), get_publishing(request)
    language = language_in(path, request.query_params)
    preview = publishing.shown(session.name)
    if preview is not None and (answer := preview.find(path, language)) is not None:
        return reply(path, *answer)
    drafted = publishing.read_draft() if session.draft else None
    draft = drafted.answers if drafted and drafted.release == session.draft else None
    for release in (draft, publishing.previews.release()):
        file = release.find(path, language) if release else None
        if release and file and release.find_file(file).is_file():
            return reply(path, file, release.find_file(file))
    raise RequestError(HTTPStatus.NOT_FOUND)


def _show(desk: Desk, session: Session, publishing: Publishing, entry: Entry[Any], language: str) -> str:
    """Render an entry for a session; return the address of its page."""
    preview = publishing.previews.render(entry, desk.summaries.translations(), language)
    publishing.show(session.name, preview)
    return preview.address


def _known_language(language: str) -> str:
    return language if language in LANGUAGES else SOURCE
