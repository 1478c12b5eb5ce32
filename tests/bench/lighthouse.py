"""Audit pages with Lighthouse as a phone without graphics hardware has them: what blocks, and what comes late."""

from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from carreau.base.tools import node
from tests.bench.load import Server, ours
from tests.bench.processes import FailedError, run
from tests.bench.visited_bundle import DEMONSTRATION, make_visited
from tests.browser import FLAGS

CLI = Path(__file__).parent / "node_modules" / "lighthouse" / "cli" / "index.js"
PAGES: Mapping[str, str] = MappingProxyType(
    {
        "home": "/fr/",
        "place": "/fr/sites/terril-renard",
        "trail": "/fr/recits/abbaye-de-saint-amand",
        "route": "/fr/parcours/arenberg-a-pied",
        "place with a model": f"/fr/sites/{DEMONSTRATION}",
    }
)
AUDITS = 3
LEAST_SCORE = 90
"""Of 100; of the place with a model too little is left where a processor draws it, so it is told and not held."""
_UNHELD = ("place with a model",)
_AGAIN, _ATTEMPTS = "Please run Lighthouse again", 3
_PIPE = "--remote-debugging-pipe"
"""Lighthouse speaks to Chromium on a port."""


@dataclass(frozen=True)
class Audit:
    """What Lighthouse found on a phone: a processor 4 times as slow, 1.6 Mbit/s, 150 ms.

    score : of 100
    blocked_ms : longer than 50 ms each, in which a page could not answer (total blocking time)
    painted_s : until the largest thing was painted
    shift : of the layout
    failed : ids of what it would have otherwise
    """

    score: int
    blocked_ms: float
    painted_s: float
    shift: float
    failed: tuple[str, ...]


def audit_pages(work: Path, scan: Path, models: Path) -> list[str]:
    """Return what Lighthouse says of a page of each kind, with the median of its scores.

    work : folder for the bundle and the reports
    models : of the demonstration place and the table model, where they are built
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program or not CLI.is_file():
        return ["pages were not audited: there is no Chromium, or no Lighthouse (npm ci in tests/bench)"]
    with ours(make_visited(work, scan, models, "http://127.0.0.1")) as server:
        found = {kind: _audits(server, path, program, work) for kind, path in PAGES.items()}
    return [_told(kind, audits) for kind, audits in found.items()]


def _audits(server: Server, path: str, program: str, work: Path) -> list[Audit]:
    return [audit(server.url(path), program, work / f"audit-{number}.json") for number in range(AUDITS)]


def audit(url: str, program: str, report: Path) -> Audit:
    """Audit a page once; raises FailedError where Lighthouse cannot.

    report : file that its answer is written to
    """
    flags = " ".join(flag for flag in FLAGS if flag != _PIPE)
    told = ["--quiet", "--only-categories=performance", "--output=json", f"--output-path={report}"]
    command = [str(node()), str(CLI), url, *told, f"--chrome-flags={flags}"]
    for attempt in range(_ATTEMPTS):
        try:
            run(command, {"CHROME_PATH": program})
            break
        except FailedError as error:
            # The trace sometimes lacks its beginning (NO_NAVSTART): of the tool, and no finding about the page.
            if _AGAIN not in str(error) or attempt == _ATTEMPTS - 1:
                raise
    return read_report(json.loads(report.read_text("utf-8")))


def read_report(report: Mapping[str, Any]) -> Audit:
    """Return what a report of Lighthouse says."""
    audits = report["audits"]
    value = {name: float(each["numericValue"]) for name, each in audits.items() if "numericValue" in each}
    failed = [name for name, each in audits.items() if each.get("score") is not None and each["score"] < 0.9]
    return Audit(
        score=round(100 * report["categories"]["performance"]["score"]),
        blocked_ms=value["total-blocking-time"],
        painted_s=value["largest-contentful-paint"] / 1000,
        shift=value["cumulative-layout-shift"],
        failed=tuple(sorted(failed)),
    )


def _told(kind: str, audits: list[Audit]) -> str:
    score = round(statistics.median(each.score for each in audits))
    blocked = statistics.median(each.blocked_ms for each in audits)
    painted = statistics.median(each.painted_s for each in audits)
    shift = max(each.shift for each in audits)
    least = "" if kind in _UNHELD else f" ({'at least' if score >= LEAST_SCORE else 'SHORT OF'} {LEAST_SCORE})"
    return (
        f"Lighthouse, mobile, without graphics hardware, median of {AUDITS}, {kind}: {score}{least}, main thread "
        f"blocked for {blocked:.0f} ms, largest paint after {painted:.1f} s, layout shift at most {shift:.3f}"
    )
