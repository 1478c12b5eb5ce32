"""Time the curator's desk over a catalogue made up from the real one: its overview, a save, and a check while typing.

    python -m tests.bench.desk 50 FOLDER

Each is asked for as by a browser, in the process of the desk; the git that a save starts counts too.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from fastapi.testclient import TestClient

from carreau.desk.web.app import create_app, opened_desk
from tests.bench.alone import watched
from tests.bench.checking import held
from tests.bench.made_up import make_up
from tests.pipeline.desk.web.desks import fields_of

PLACES = 5000
MOST_OVERVIEW_S, MOST_SAVE_S, MOST_CHECK_S = 1.0, 0.3, 0.2

_PLACE = "cite-d-arenberg"
_RUNS = 7
_SAVE_PAUSE_S = 0.05
"""Between two saves; file systems count times of change in steps of some milliseconds."""


@dataclass(frozen=True)
class Timed:
    """What something took, run after run.

    seconds, cpu_seconds : of each; the second of this process and of what it started and waited for
    """

    seconds: Sequence[float]
    cpu_seconds: Sequence[float]

    @property
    def median_s(self) -> float:
        """Return the middle time."""
        return statistics.median(self.seconds)

    def told(self, most_s: float) -> str:
        """Return the middle time beside its limit, with the CPU and the worst."""
        cpu = statistics.median(self.cpu_seconds)
        return (
            f"{self.median_s:.3f} s ({cpu:.3f} s of CPU; {held(self.median_s, most_s)} {most_s:g} s), "
            f"at worst {max(self.seconds):.3f} s"
        )


def edit_catalogue(work: Path, count: int = PLACES) -> list[str]:
    """Return sentences about the desk over a catalogue of so many places.

    work : folder that it is made in
    """
    assets = make_up(count, work)
    _repository(work)
    with patch.dict(os.environ, {"CARREAU_CACHE": str(work / "cache")}):  # where summaries are kept
        return _measured(assets, count)


def _measured(assets: Path, count: int) -> list[str]:
    with watched("the first reading"):
        begun, cpu = time.perf_counter(), _cpu_s()
        desk = opened_desk(assets, 8010, "fr")
        while desk.summaries.current().waiting:
            pass
        first = f"{time.perf_counter() - begun:.1f} s ({_cpu_s() - cpu:.1f} s of CPU)"
    with TestClient(create_app(desk), base_url=desk.address, headers={"Origin": desk.address.rstrip("/")}) as browser:
        browser.get(f"/enter?token={desk.sessions.token}").raise_for_status()
        page = f"/places/{_PLACE}"
        fields = fields_of(browser.get(page).raise_for_status().text)
        overview = _timed("the overview", lambda _: _ask(lambda: browser.get("/").raise_for_status()))
        started = _timed(
            "the overview of a desk just started",
            lambda _: _ask(lambda: opened_desk(assets, 8011, "fr").summaries.current()),
        )
        save = _timed("saving", lambda number: _save(browser, page, number))
        after = _timed("the overview after a save", lambda number: _overview_after_save(browser, page, number))
        check = _timed(
            "checking", lambda _: _ask(lambda: browser.post(f"{page}/check", data=fields).raise_for_status())
        )
    return [
        f"the desk over a generated catalogue of {count:,} places, median of {_RUNS}: overview "
        f"{overview.told(MOST_OVERVIEW_S)}; saving, with its commit, {save.told(MOST_SAVE_S)}; checking as one types "
        f"{check.told(MOST_CHECK_S)}",
        f"its overview after a save {after.told(MOST_OVERVIEW_S)}; that of a desk just started "
        f"{started.told(MOST_OVERVIEW_S)}; the first reading of all places {first}",
    ]


def _timed(name: str, run: Callable[[int], tuple[float, float]]) -> Timed:
    """Run something some times; `run` returns the seconds and the seconds of CPU of what counts in it."""
    with watched(name):
        seconds, cpu_seconds = zip(*(run(number) for number in range(_RUNS)), strict=True)
    return Timed(seconds, cpu_seconds)


def _ask(ask: Callable[[], object]) -> tuple[float, float]:
    begun, cpu = time.perf_counter(), _cpu_s()
    ask()
    return time.perf_counter() - begun, _cpu_s() - cpu


def _save(browser: TestClient, page: str, number: int) -> tuple[float, float]:
    """Save another company in a form that was opened just before; only the save is timed."""
    time.sleep(_SAVE_PAUSE_S)
    company = f"Compagnie {number} {time.monotonic_ns()}"
    sent = fields_of(browser.get(page).raise_for_status().text) | {"v.company": company}

    def saved() -> None:
        answer = browser.post(page, data=sent, follow_redirects=False)
        if answer.status_code != 303:
            raise ValueError(f"the desk refused to save: {answer.status_code}")

    return _ask(saved)


def _overview_after_save(browser: TestClient, page: str, number: int) -> tuple[float, float]:
    _save(browser, page, number)
    return _ask(lambda: browser.get("/").raise_for_status())


def _cpu_s() -> float:
    """Return the seconds of CPU of this process, and of the children that it waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _repository(folder: Path) -> None:
    person = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "made up"]):
        subprocess.run(["git", *person, *command], cwd=folder, check=True)


if __name__ == "__main__":
    print(*edit_catalogue(Path(sys.argv[2]), int(sys.argv[1])), sep="\n")
