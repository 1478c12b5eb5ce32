"""Visits counted of the requests in access logs, and the HTML page and the table that show them.

A visit is one answer with a page, not a person: nobody is recognised, and reading a page twice is two visits. What is
counted is what the bundle has, so that nothing of a log but days and numbers comes into the result.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from babel.dates import format_date, format_skeleton

from carreau.aids.access_log import Hit, Published, Subject, read_line, read_lines, read_published, size_bytes
from carreau.base.errors import FormatError
from carreau.base.messages import Line, Message, message, plural_message
from carreau.base.translator import Translator
from carreau.exports.serializers import csv_cell
from carreau.models.reports.report_page import environment
from carreau.runs.progress import Transfer

MEASURES = ("visits", "embedded", "ar", "walks", "plates")
"""Visits of pages, views in frames of other pages, files for augmented reality opened, walks downloaded for a visit
without a network, and codes scanned of plates."""

_CONTENT = re.compile(r"/a/([0-9a-f]{64})\.[a-z0-9]+")
_PLATE = re.compile(r"/q/([^/]+)/\d+")
_ANSWERED = (200, 304)
"""304: the browser has the page already, and shows it."""
_PLATE_STATUS = (*_ANSWERED, 302, 303)


class Key(NamedTuple):
    """What is counted together; lang is empty where a request does not tell it."""

    day: str
    subject: Subject
    lang: str


@dataclass
class Counts:
    """Counts of requests.

    rows : counts by day, subject and language, each with one number for each of `MEASURES`
    hits : requests that were read
    robots, ahead : requests that were left out, because a program asked, and because a browser asked ahead
    bad : lines that no format fits, and `first_bad` the file and number of the first
    """

    rows: dict[Key, list[int]] = field(default_factory=dict)
    hits: int = 0
    robots: int = 0
    ahead: int = 0
    bad: int = 0
    first_bad: tuple[str, int] | None = None

    @property
    def days(self) -> tuple[str, str] | None:
        """Return the first and the last day with a visit, None without one."""
        days = [key.day for key in self.rows]
        return (min(days), max(days)) if days else None

    def total(self, measure: str) -> int:
        """Return the sum of a measure."""
        at = MEASURES.index(measure)
        return sum(row[at] for row in self.rows.values())

    def by(self, group: Callable[[Key], str | Subject | None]) -> dict[str | Subject, list[int]]:
        """Return the sums of the rows of each group, in the order of the groups; None leaves a row out."""
        sums: dict[str | Subject, list[int]] = {}
        for key, row in self.rows.items():
            name = group(key)
            if name is not None:
                sums[name] = [a + b for a, b in zip(sums.get(name, [0] * len(MEASURES)), row, strict=True)]
        return dict(sorted(sums.items(), key=lambda item: item[0]))


class Counter:
    """Counts lines of logs.

    since, until : first and last day to count, such as 2026-11-27; empty for no limit
    """

    def __init__(self, published: Published, since: str = "", until: str = "") -> None:
        """Count nothing yet."""
        self._published, self._since, self._until = published, since, until
        self.counts = Counts()

    def add_all(self, name: str, lines: Iterable[bytes]) -> None:
        """Count the lines of a file; raises FormatError where there are some, but none is of an access log."""
        read = bad = 0
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            hit = read_line(line)
            if hit is not None:
                read += 1
                self.add(hit)
            else:
                bad += 1
                self.counts.first_bad = self.counts.first_bad or (name, number)
        self.counts.bad += bad
        if bad and not read:
            cause = message("no line is that of an access log")
            raise FormatError(name, "", cause, message("give the log of the server, or one in the combined format"))

    def add(self, hit: Hit) -> None:
        """Count a request."""
        if (self._since and hit.day < self._since) or (self._until and hit.day > self._until):
            return
        self.counts.hits += 1
        if hit.is_robot or hit.is_ahead:
            self.counts.robots += hit.is_robot
            self.counts.ahead += not hit.is_robot
            return
        counted = self._classify(hit) if hit.method == "GET" else None
        if counted is not None:
            measure, subject, lang = counted
            row = self.counts.rows.setdefault(Key(hit.day, subject, lang), [0] * len(MEASURES))
            row[MEASURES.index(measure)] += 1

    def _classify(self, hit: Hit) -> tuple[str, Subject, str] | None:
        """Return measure, subject and language of a request, None for one that is not counted."""
        published, path = self._published, hit.path.rstrip("/")
        plate = _PLATE.fullmatch(path)
        if plate and hit.status in _PLATE_STATUS:
            subject = published.plates.get(plate[1])
            return ("plates", subject, "") if subject else None
        if hit.status not in _ANSWERED:  # also 206: a part of a file is no visit
            return None
        if page := published.pages.get(path):
            return "visits", *page
        if not path:
            return "visits", Subject("page", "home"), hit.lang
        if subject := published.embedded.get(path):
            return "embedded", subject, hit.lang
        match = _CONTENT.fullmatch(path)
        return self._of_file(match[1], hit) if match else None

    def _of_file(self, sha256: str, hit: Hit) -> tuple[str, Subject, str] | None:
        if walk := self._published.walk_pages.get(sha256):
            return "walks", *walk
        subject = self._published.ar_files.get(sha256)
        # Downloading a pack fetches the files for augmented reality of its places by a script of its page.
        page = self._published.pages.get(hit.referrer.rstrip("/"))
        is_of_walk = hit.is_script or (page is not None and page[0].kind in ("route", "trail"))
        return ("ar", subject, "") if subject and not is_of_walk else None


@dataclass(frozen=True)
class Stats:
    """The counts of visits, and the names of the places, routes and trails that were visited."""

    counts: Counts
    published: Published

    def of(self, kind: str) -> list[tuple[Subject, list[int]]]:
        """Return the sums of the subjects of a kind, those with most visits and views first."""
        rows = self.counts.by(lambda key: key.subject if key.subject.kind == kind else None)
        pairs = [(subject, row) for subject, row in rows.items() if isinstance(subject, Subject)]
        return sorted(pairs, key=lambda pair: (-pair[1][0] - pair[1][1], pair[0]))

    def name(self, subject: Subject) -> str:
        """Return the name of a place, route or trail, or the slug of one that is no longer published."""
        return self.published.names.get(subject, subject.slug)

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        counts = self.counts
        return {
            "days": list(counts.days or ()),
            "totals": {measure: counts.total(measure) for measure in MEASURES},
            "rows": [
                {"day": key.day, "kind": key.subject.kind, "slug": key.subject.slug, "language": key.lang}
                | {measure: number for measure, number in zip(MEASURES, row, strict=True) if number}
                for key, row in sorted(counts.rows.items())
            ],
            "requests": counts.hits, "robots": counts.robots, "ahead": counts.ahead, "bad_lines": counts.bad,
        }  # fmt: skip

    def lines(self) -> list[Line]:
        """Return it for a person."""
        lines: list[Line] = [self._summary()]
        heads = (("place", message("place")), ("route", message("route")), ("trail", message("trail")))
        for kind, head in heads:
            if rows := self.of(kind):
                names = (head, *(_HEADS[measure]() for measure in MEASURES))
                lines += [names, *((self.name(subject), *map(str, row)) for subject, row in rows)]
        lines.append(
            message(
                "left out: %(robots)s of programs, %(ahead)s of browsers ahead of their visitors",
                robots=plural_message("%(count)s request", "%(count)s requests", self.counts.robots),
                ahead=self.counts.ahead,
            )
        )
        if self.counts.first_bad:
            file, line = self.counts.first_bad
            lines.append(
                plural_message(
                    "%(count)s line is not that of an access log, see %(file)s, line %(line)s",
                    "%(count)s lines are not those of an access log, the first is %(file)s, line %(line)s",
                    self.counts.bad,
                    file=file,
                    line=line,
                )
            )
        return lines

    def _summary(self) -> Message:
        days = self.counts.days
        if days is None:
            return message("no visits in these logs")
        return message(
            "%(first)s to %(last)s: %(visits)s, %(embedded)s in other pages, %(ar)s in augmented reality, "
            "%(walks)s downloaded, %(plates)s scanned",
            first=days[0],
            last=days[1],
            visits=plural_message("%(count)s visit", "%(count)s visits", self.counts.total("visits")),
            embedded=plural_message("%(count)s view", "%(count)s views", self.counts.total("embedded")),
            ar=plural_message("%(count)s view", "%(count)s views", self.counts.total("ar")),
            walks=plural_message("%(count)s walk", "%(count)s walks", self.counts.total("walks")),
            plates=plural_message("%(count)s plate", "%(count)s plates", self.counts.total("plates")),
        )


_HEADS = {
    "visits": lambda: message("visits"), "embedded": lambda: message("embedded"), "ar": lambda: message("AR"),
    "walks": lambda: message("downloaded"), "plates": lambda: message("plates"),
}  # fmt: skip


def count_visits(logs: Sequence[str], bundle: Path, since: str, until: str, progress: Transfer) -> Stats:
    """Return what access logs tell of the visits to a bundle.

    logs : names of files, or "-" for the standard input
    since, until : first and last day to count, such as 2026-11-27; empty for no limit

    Raises OptionError for a missing log or bundle, and FormatError for a file that is no access log.
    """
    sizes = size_bytes(logs)
    published = read_published(bundle)
    counter = Counter(published, since, until)
    for name, size in sizes.items():
        progress.expect(name, size)
    for name in sizes:
        progress.begin(name)
        try:
            counter.add_all(name, read_lines(name, progress.receive))
        except OSError as error:
            cause = message("it cannot be read (%(cause)s)", cause=error.strerror or type(error).__name__)
            raise FormatError(name, "", cause, message("look at its permissions")) from error
        progress.finish(name)
    return Stats(counter.counts, published)


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
        writer.writerow([key.day, kind, slug, csv_cell(published.names.get(key.subject, slug)), key.lang, *row])
    return ("\ufeff" + stream.getvalue()).encode()
