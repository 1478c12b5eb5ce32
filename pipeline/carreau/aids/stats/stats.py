"""Count the visits in access logs, and tell the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.aids.stats.counts import MEASURES, Counter, Counts
from carreau.aids.stats.log_files import lines_of, size_bytes
from carreau.aids.stats.published import Published, Subject, read_published
from carreau.base.errors import FormatError
from carreau.base.messages import Line, Message, message, plural_message
from carreau.runs.console.transfer import Transfer


@dataclass(frozen=True)
class Stats:
    """What was counted, and the names of what it was counted of."""

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
            counter.add_all(name, lines_of(name, progress.receive))
        except OSError as error:
            cause = message("it cannot be read (%(cause)s)", cause=error.strerror or type(error).__name__)
            raise FormatError(name, "", cause, message("look at its permissions")) from error
        progress.finish(name)
    return Stats(counter.counts, published)
