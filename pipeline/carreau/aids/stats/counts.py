"""Count visits, augmented reality and walks of the requests in access logs.

A visit is one answer with a page, not a person: nobody is recognised, and reading a page twice is two visits. What is
counted is what the bundle has, so that nothing of a log but days and numbers comes into the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from carreau.aids.stats.log_lines import Hit, read_line
from carreau.aids.stats.published import Published, Subject
from carreau.base.errors import FormatError
from carreau.base.messages import message

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
        counted = self._counted(hit) if hit.method == "GET" else None
        if counted is not None:
            measure, subject, lang = counted
            row = self.counts.rows.setdefault(Key(hit.day, subject, lang), [0] * len(MEASURES))
            row[MEASURES.index(measure)] += 1

    def _counted(self, hit: Hit) -> tuple[str, Subject, str] | None:
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
