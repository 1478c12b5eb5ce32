"""The first page of the desk: all places and what each lacks, the last changes, and what to do next."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from pipeline.catalogue.document import open_document
from pipeline.catalogue.route import Route
from pipeline.catalogue.table_reader import read_table
from pipeline.catalogue.trail import SHEET, Trail
from pipeline.desk.history import Commit
from pipeline.desk.summary import LACKS, Summary
from pipeline.desk.text_search import is_found, plain
from pipeline.desk.web.desk import Desk
from pipeline.desk.web.rendering import rendered, translator
from pipeline.desk.web.requests import DeskNow, SessionNow
from pipeline.i18n.languages import LANGUAGES
from pipeline.messages import from_json

router = APIRouter()

ON_A_PAGE = 100
_CHANGES = 8


@router.get("/")
def overview(
    desk: DeskNow, session: SessionNow, lacks: str = "", find: str = "", page: int = 1, lang: str = ""
) -> HTMLResponse:
    """Show the places that lack something, or all of them.

    lacks : one of `LACKS`
    find : words in the name, commune or slug
    """
    if lang in LANGUAGES:
        session.language = lang
    found = desk.summaries.current()
    chosen = _chosen(found.places, lacks, find)
    pages = max(1, -(-len(chosen) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    first = _first(found.places)
    shown = chosen[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    text = rendered(
        "overview.html", session.language, session,
        overview=found, chosen=len(chosen), places=[_row(each) for each in shown], page=page, pages=pages, lacks=lacks,
        find=find, counts={each: sum(each in place.lacks() for place in found.places) for each in LACKS},
        next=_row(first) if first else None,
        changes=[_change(each, session.language) for each in desk.history.latest(_CHANGES, desk.locales)],
        routes=_names(desk, Route, "routes/*.toml"),
        trails=_names(desk, Trail, f"trails/*/{SHEET}"),
        not_recorded=desk.history.missing, folder=str(desk.root), editor=desk.editor.name,
    )  # fmt: skip
    return HTMLResponse(text)


def _chosen(places: tuple[Summary, ...], lacks: str, find: str) -> list[Summary]:
    found = [
        place
        for place in places
        if (lacks not in LACKS or lacks in place.lacks()) and is_found(find, place.name, place.commune, place.slug)
    ]
    return sorted(found, key=lambda place: plain(place.name))


def _first(places: tuple[Summary, ...]) -> Summary | None:
    """Return the place with the most pressing lack; of several the one that lacks least, which is soonest done."""
    lacking = [
        (LACKS.index(lacks[0]), len(lacks), plain(place.name), place) for place in places if (lacks := place.lacks())
    ]
    return min(lacking, key=lambda each: each[:3])[3] if lacking else None


def _names(desk: Desk, of: Any, pattern: str) -> list[tuple[str, str]]:
    """Return the slug and the name of each route or trail, the slug for a file that cannot be read."""
    found = []
    for path in sorted(desk.root.glob(pattern)):
        slug = path.parent.name if of is Trail else path.stem
        with suppress(OSError):  # it went meanwhile
            found.append((slug, _name(path, of, path.stat().st_mtime_ns) or slug))
    return found


@lru_cache(10_000)
def _name(path: Path, of: type[Any], _changed_ns: int) -> str:
    """Return the name of a route or trail, which is read again when its file changes."""
    document = open_document(path, path.name)
    return str(read_table(of, document.data, document).name)


def _row(place: Summary) -> dict[str, Any]:
    return {
        "slug": place.slug,
        "name": place.name,
        "commune": place.commune,
        "lacks": place.lacks(),
        "errors": place.errors,
        "questions": place.questions,
        "french": place.french,
        "first_error": from_json(place.first_error) if place.first_error else "",
        "stale": place.count("stale"),
        "missing": place.count("missing"),
        "unreviewed": place.count("unreviewed"),
        "is_counted": place.translations is not None,
    }


def _change(commit: Commit, language: str) -> dict[str, str]:
    from babel.dates import format_datetime

    at = datetime.fromtimestamp(commit.at).astimezone()
    when = format_datetime(at, "short", locale=translator(language).locale)
    return {"author": commit.author, "subject": commit.subject, "when": when, "iso": at.isoformat()}
