"""HTML page of the visits: numbers, a picture of the days, and tables; one file without scripts or requests."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton

from carreau.aids.stats.counts import MEASURES, Counts, Stats
from carreau.aids.stats.published import Published, Subject
from carreau.base.translator import Translator
from carreau.exports.standards.csv_table import cell
from carreau.models.reports.report_page import environment

_MOST_DAYS = 92
"""Longer times are drawn by the month."""
_WIDTH, _HEIGHT = 720, 160
"""Of the picture, in its own units."""


def make_visits_page(stats: Stats, language: str = "fr", generator: str = "Carreau") -> bytes:
    """Return the HTML in one language; the same counts give the same bytes."""
    wording = Translator(language)
    counts = stats.counts
    labels = _labels(wording)
    page = {
        "language": wording.language,
        "others": [],
        "generator": generator,
        "period": _period(stats, wording),
        "tiles": [(labels[measure], wording.count(counts.total(measure))) for measure in MEASURES],
        "chart": _chart(stats, wording),
        "tables": _tables(stats, labels, wording),
        "robots": wording.count(counts.robots),
        "ahead": wording.count(counts.ahead),
        "bad": wording.count(counts.bad) if counts.bad else "",
    }
    return environment(wording).get_template("visits.html").render(page).encode()


def _labels(wording: Translator) -> dict[str, str]:
    return {
        "visits": wording.text("Visits"), "embedded": wording.text("Views in other pages"),
        "ar": wording.text("Opened in augmented reality"), "walks": wording.text("Walks downloaded"),
        "plates": wording.text("Plates scanned"),
    }  # fmt: skip


def _period(stats: Stats, wording: Translator) -> str:
    days = stats.counts.days
    if days is None:
        return ""
    first, last = (format_date(date.fromisoformat(day), "long", wording.locale) for day in days)
    return first if first == last else wording.text("%(first)s to %(last)s", first=first, last=last)


def _tables(stats: Stats, labels: dict[str, str], wording: Translator) -> list[dict[str, Any]]:
    languages = {name: row for name, row in stats.counts.by(lambda key: key.lang).items() if isinstance(name, str)}
    days = {name: row for name, row in stats.counts.by(lambda key: key.day).items() if isinstance(name, str)}
    pages = _page_names(wording)
    parts = [
        (wording.text("Places"), wording.text("Place"), [(stats.name(each), row) for each, row in stats.of("place")]),
        (wording.text("Routes"), wording.text("Route"), [(stats.name(each), row) for each, row in stats.of("route")]),
        (wording.text("Trails"), wording.text("Trail"), [(stats.name(each), row) for each, row in stats.of("trail")]),
        (
            wording.text("Other pages"),
            wording.text("Page"),
            [(_page_name(each, pages), row) for each, row in stats.of("page")],
        ),
        (
            wording.text("Languages"),
            wording.text("Language"),
            [
                (_language(code, wording), row)
                for code, row in sorted(languages.items(), key=lambda pair: -sum(pair[1]))
            ],
        ),
        (
            wording.text("Days"),
            wording.text("Day"),
            [(format_date(date.fromisoformat(day), "medium", wording.locale), row) for day, row in days.items()],
        ),
    ]
    return [_table(title, head, rows, labels, wording) for title, head, rows in parts if rows]


def _table(
    title: str, head: str, rows: list[tuple[str, list[int]]], labels: dict[str, str], wording: Translator
) -> dict[str, Any]:
    """Return a table without the columns in which there is nothing."""
    shown = [at for at in range(len(MEASURES)) if any(row[at] for _, row in rows)]
    heads = [head, *(labels[MEASURES[at]] for at in shown)]
    return {
        "title": title,
        "heads": heads,
        "rows": [(name, [wording.count(row[at]) for at in shown]) for name, row in rows],
    }


def _page_name(subject: Subject, names: dict[str, str]) -> str:
    return names.get(subject.slug, subject.slug)


def _page_names(wording: Translator) -> dict[str, str]:
    """Return the names of the other pages as these have them."""
    names = {
        "home": "Places and routes", "search": "Search", "about": "About", "embed": "Embed a place, route or trail",
        "credits": "Credits", "data": "Open data", "problems": "Errors", "legal": "Legal notice",
        "accessibility": "Accessibility", "trails": "Trails",
    }  # fmt: skip
    return {name: wording.within("page", text) for name, text in names.items()} | {"api": "API"}


def _language(code: str, wording: Translator) -> str:
    if not code:
        return wording.text("not told by the request")
    name = str(wording.locale.languages.get(code, code))
    return name[:1].upper() + name[1:]


def _chart(stats: Stats, wording: Translator) -> dict[str, Any]:
    """Return bars of the visits by day or month, with those in other pages as their upper part."""
    days = stats.counts.days
    if days is None:
        return {}
    first, last = map(date.fromisoformat, days)
    is_monthly = (last - first).days >= _MOST_DAYS
    spans = _months(first, last) if is_monthly else _days(first, last)
    sums = stats.counts.by(lambda key: key.day[:7] if is_monthly else key.day)
    rows = [(span, sums.get(span, [0] * len(MEASURES))) for span in spans]
    most = max(max(row[0] + row[1] for _, row in rows), 1)
    step = _WIDTH / len(rows)
    bars = []
    for at, (span, row) in enumerate(rows):
        own, framed = (round(_HEIGHT * number / most, 1) for number in row[:2])
        number = wording.plural("%(number)s visit", "%(number)s visits", row[0] + row[1])
        bars.append(
            {
                "x": round(at * step, 2), "width": round(max(step - 1, step / 2), 2), "own": own, "framed": framed,
                "title": f"{_span(span, wording)}: {number}",
            }
        )  # fmt: skip
    ends = [_span(rows[0][0], wording), _span(rows[-1][0], wording)][: len(rows)]
    return {
        "width": _WIDTH, "height": _HEIGHT, "bars": bars, "ends": ends, "most": wording.count(most),
        "title": wording.text("Visits by month") if is_monthly else wording.text("Visits by day"),
        "has_framed": any(row[1] for _, row in rows),
    }  # fmt: skip


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=at)).isoformat() for at in range((last - first).days + 1)]


def _months(first: date, last: date) -> list[str]:
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]


def _span(span: str, wording: Translator) -> str:
    if len(span) == len("2026-11"):
        return str(format_skeleton("yMMMM", date.fromisoformat(f"{span}-01"), locale=wording.locale))
    return str(format_date(date.fromisoformat(span), "medium", wording.locale))


COLUMNS = ("day", "kind", "slug", "name", "language", *MEASURES)


def make_csv(counts: Counts, published: Published) -> bytes:
    """Return the CSV in UTF-8 with a byte order mark, in the order of days; the same counts give the same bytes."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for key, row in sorted(counts.rows.items()):
        kind, slug = key.subject
        writer.writerow([key.day, kind, slug, cell(published.names.get(key.subject, slug)), key.lang, *row])
    return ("\ufeff" + stream.getvalue()).encode()
