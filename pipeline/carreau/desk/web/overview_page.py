"""The first page of the desk: all entries and what they lack, and the page that begins a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carreau.base.languages import LANGUAGES
from carreau.base.messages import Message, from_json, message
from carreau.catalogue.catalogue import scaffold
from carreau.catalogue.trail import SCENE_ENDING
from carreau.desk.document_file import writing_in
from carreau.desk.history import Commit
from carreau.desk.summaries import LACKS, Summary
from carreau.desk.text_lists import is_found, plain
from carreau.desk.web.rendering import render_page, translator
from carreau.desk.web.requests import KINDS, DeskNow, EditorNow, FormNow, SessionNow, form_address

router = APIRouter()

ON_A_PAGE = 100
_CHANGES = 8


@router.get("/")
def overview(
    desk: DeskNow, session: SessionNow, lacks: str = "", find: str = "", page: int = 1, lang: str = ""
) -> HTMLResponse:
    """Show the places that lack something, or all of them, then routes, trails, shows and maps.

    lacks : one of `LACKS`
    find : words in the name, commune or slug
    """
    if lang in LANGUAGES:
        session.language = lang
    result = desk.summaries.current()
    chosen = _choose(result.places, lacks, find)
    pages = max(1, -(-len(chosen) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    first = _first((*result.places, *result.others))
    shown = chosen[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    text = render_page(
        "overview.html", session.language, session,
        overview=result, chosen=len(chosen), places=[_row(each) for each in shown], page=page, pages=pages, lacks=lacks,
        find=find, counts={each: sum(each in place.lacks() for place in result.places) for each in LACKS},
        next=_row(first) if first else None,
        changes=[_change(each, session.language) for each in desk.history.latest(_CHANGES, desk.locales)],
        others={kind: [_row(each) for each in result.others if each.kind == kind]
                for kind in ("route", "trail", "show", "scene")},
        not_recorded=desk.history.missing, folder=str(desk.root), editor=desk.editor.name,
    )  # fmt: skip
    return HTMLResponse(text)


def _choose(places: tuple[Summary, ...], lacks: str, find: str) -> list[Summary]:
    shown = [
        place
        for place in places
        if (lacks not in LACKS or lacks in place.lacks()) and is_found(find, place.name, place.commune, place.slug)
    ]
    return sorted(shown, key=lambda place: plain(place.name))


def _first(entries: Iterable[Summary]) -> Summary | None:
    """Return the entry with the most pressing lack; of several the one that lacks least, which is soonest done."""
    lacking = [
        (LACKS.index(lacks[0]), len(lacks), plain(each.name), each) for each in entries if (lacks := each.lacks())
    ]
    return min(lacking, key=lambda each: each[:3])[3] if lacking else None


def _row(entry: Summary) -> dict[str, Any]:
    return {
        "address": form_address(entry.kind, entry.slug),
        "slug": entry.slug,
        "name": entry.name,
        "commune": entry.commune,
        "lacks": entry.lacks(),
        "errors": entry.errors,
        "questions": entry.questions,
        "french": entry.french,
        "first_error": from_json(entry.first_error) if entry.first_error else "",
        "stale": entry.count("stale"),
        "missing": entry.count("missing"),
        "unreviewed": entry.count("unreviewed"),
        "is_counted": entry.translations is not None,
    }


def _change(commit: Commit, language: str) -> dict[str, str]:
    from babel.dates import format_datetime

    at = datetime.fromtimestamp(commit.at).astimezone()
    when = format_datetime(at, "short", locale=translator(language).locale)
    return {"author": commit.author, "subject": commit.subject, "when": when, "iso": at.isoformat()}


begin_router = APIRouter(prefix="/{part:part}")

_TOLD: Mapping[str, Message] = MappingProxyType(
    {
        "site": message("the place was created"),
        "route": message("the route was created"),
        "trail": message("the trail was created"),
        "show": message("the show was created"),
        "scene": message("the map was created"),
    }
)

BEGUN_BESIDE = ("show", "scene")
"""Kinds that lie in the folder of a trail or place."""


@begin_router.post("")
def begin_entry(part: str, desk: DeskNow, session: EditorNow, fields: FormNow) -> Response:
    """Write the template, and go to its form."""
    kind, name = KINDS[part], fields.get("name", "").strip()
    if kind in BEGUN_BESIDE:
        name = f"{fields.get('beside', '')}/{name}"
    with writing_in(desk.root):
        path = scaffold("map" if kind == "scene" else kind, name, desk.root)
    slug = _slug(kind, path)
    missing = desk.history.record(path, lambda content: content, desk.editor, f"{slug}: new")
    session.said = (_TOLD[kind], *((missing,) if missing else ()))
    return RedirectResponse(form_address(kind, slug), HTTPStatus.SEE_OTHER)


def _slug(kind: str, path: Path) -> str:
    if kind == "scene":
        return path.name.removesuffix(SCENE_ENDING)
    return path.stem if kind == "route" else path.parent.name
