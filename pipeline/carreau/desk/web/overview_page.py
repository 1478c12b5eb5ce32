"""The first page of the desk: the whole catalogue and what each entry lacks, the last changes, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from carreau.base.languages import LANGUAGES
from carreau.base.messages import from_json
from carreau.desk.history import Commit
from carreau.desk.summaries import LACKS, Summary
from carreau.desk.text_lists import is_found, plain
from carreau.desk.web.rendering import rendered, translator
from carreau.desk.web.requests import DeskNow, SessionNow, form_address

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
    found = desk.summaries.current()
    chosen = _chosen(found.places, lacks, find)
    pages = max(1, -(-len(chosen) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    first = _first((*found.places, *found.others))
    shown = chosen[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    text = rendered(
        "overview.html", session.language, session,
        overview=found, chosen=len(chosen), places=[_row(each) for each in shown], page=page, pages=pages, lacks=lacks,
        find=find, counts={each: sum(each in place.lacks() for place in found.places) for each in LACKS},
        next=_row(first) if first else None,
        changes=[_change(each, session.language) for each in desk.history.latest(_CHANGES, desk.locales)],
        others={kind: [_row(each) for each in found.others if each.kind == kind]
                for kind in ("route", "trail", "show", "scene")},
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
