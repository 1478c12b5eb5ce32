"""Time the curator's desk over a catalogue made up from the real one: its overview, a save, and a check while typing.

python -m tests.bench.desk 5000 FOLDER
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from pipeline.desk.web.app import create_app
from pipeline.desk.web.run import opened_desk
from tests.bench.made_up import make_up
from tests.pipeline.desk.web.desks import fields_of

PLACE = "cite-d-arenberg"
_RUNS = 7


def measure(assets: Path) -> list[str]:
    """Return a sentence about each, with the median and the worst of some runs."""
    _repository(assets.parent)
    begun = time.perf_counter()
    desk = opened_desk(assets, 8010, "fr")
    while desk.summaries.current().waiting:
        pass
    first = time.perf_counter() - begun
    browser = TestClient(create_app(desk), base_url=desk.address, headers={"Origin": desk.address.rstrip("/")})
    browser.get(f"/enter?token={desk.sessions.token}")
    page = f"/places/{PLACE}"
    fields = fields_of(browser.get(page).text)

    def timed_save(number: int) -> float:
        sent = fields_of(browser.get(page).text) | {"v.company": f"Compagnie {number}"}
        start = time.perf_counter()
        assert browser.post(page, data=sent, follow_redirects=False).status_code == 303
        return time.perf_counter() - start

    return [
        f"read for the first time: {first:.1f} s",
        _told("overview", lambda _: browser.get("/").raise_for_status()),
        _told("overview of a desk just started", lambda _: opened_desk(assets, 8011, "fr").summaries.current()),
        f"save, with its commit: {_figures([timed_save(number) for number in range(_RUNS)])}",
        _told("check while typing", lambda _: browser.post(f"{page}/check", data=fields).raise_for_status()),
    ]


def _told(what: str, run: Callable[[int], object]) -> str:
    times = []
    for number in range(_RUNS):
        start = time.perf_counter()
        run(number)
        times.append(time.perf_counter() - start)
    return f"{what}: {_figures(times)}"


def _figures(times: list[float]) -> str:
    return f"{statistics.median(times):.3f} s, at worst {max(times):.3f} s"


def _repository(folder: Path) -> None:
    if not (folder / ".git").exists():
        person = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org")
        for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "made up"]):
            subprocess.run(["git", *person, *command], cwd=folder, check=True)


if __name__ == "__main__":
    made = Path(sys.argv[2])
    print("\n".join(measure(made / "assets" if (made / "assets").is_dir() else make_up(int(sys.argv[1]), made))))
