"""Play a show for eight hours of a faster clock, restart it, load it anew, and look at what stays in memory."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from tests.browser import Browser, loaded, opened, until
from tests.server.asking import served
from tests.server.show.shows import PAGE, publish_show
from tests.server.show.stepped import go, held, step_clock

HOURS, RESTARTS, LOADS = 8, 200, 200
EVERY_S = 120
"""A visitor comes every two minutes; the show takes 97 s."""
FRAME_MS = 4000
"""Time between two frames: all of them, 30 a second, would take days on a computer without a graphics card."""
WARM_HOURS = 2
"""In which the browser compiles what runs again and again, which takes memory once."""
MOST_HEAP = 100_000
"""Bytes that the hours after that, or all restarts, may add for memory to be called flat: one picture has 0.2 MB."""

_SHOW = "document.querySelector('carreau-show')"
_DRAWN = "new Promise((end) => requestAnimationFrame(() => end(1)))"


def main() -> None:
    """Print what is measured; exits with 1 where memory grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=HOURS)
    parser.add_argument("--restarts", type=int, default=RESTARTS)
    parser.add_argument("--loads", type=int, default=LOADS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bundle = publish_show(Path(folder))
        with served(bundle, "--no-access-log") as (port, _):
            browser = Browser(shutil.which("chromium") or "google-chrome", Path(folder) / "profile")
            try:
                is_flat = _measured(browser, f"http://127.0.0.1:{port}{PAGE}?display=show&kiosk", chosen)
            finally:
                browser.close()
    raise SystemExit(0 if is_flat else 1)


def _measured(browser: Browser, url: str, chosen: argparse.Namespace) -> bool:
    session = opened(browser, "about:blank", 320)
    # A small screen, as there may be no graphics card: what is kept does not depend on it.
    screen = {"width": 320, "height": 180, "deviceScaleFactor": 1, "mobile": False}
    browser.call("Emulation.setDeviceMetricsOverride", session, **screen)
    browser.call("Page.navigate", session, url=url)
    loaded(browser, session)
    until(browser, session, f"{_SHOW}.stage")
    step_clock(browser, session, FRAME_MS)
    started = time.monotonic()
    _shows(browser, session, 3)
    first = last = _told("begin", held(browser, session))
    for hour in range(1, chosen.hours + 1):
        _shows(browser, session, 3600 // EVERY_S)
        last = _told(f"{hour} h", held(browser, session))
        first = last if hour == WARM_HOURS else first
    is_flat = _is_flat(first, last)
    first = last
    for number in range(1, chosen.restarts + 1):
        _run(browser, session, f"{_SHOW}.clock = stepped, {_SHOW}.stage.player.start()")
        go(browser, session, 20)
        if number % 50 == 0:
            _settle(browser, session)
            last = _told(f"{number} restarts", held(browser, session))
    is_flat = is_flat and _is_flat(first, last)
    for number in range(1, chosen.loads + 1):
        browser.call("Page.reload", session)
        until(browser, session, f"{_SHOW}?.stage && {_SHOW}.stage.player.step === undefined")
        if number % 50 == 0:
            documents = browser.call("Memory.getDOMCounters", session)["documents"]
            _told(f"{number} loads, {documents} documents", held(browser, session))
    print(f"{time.monotonic() - started:.0f} s; memory is {'flat' if is_flat else 'not flat'}")
    return is_flat


def _shows(browser: Browser, session: str, count: int) -> None:
    for _ in range(count):
        _run(browser, session, f"{_SHOW}.stage.player.start()")
        go(browser, session, EVERY_S)
        # What was drawn is drawn now, and does not wait in a queue.
        _run(browser, session, _DRAWN)


def _settle(browser: Browser, session: str) -> None:
    """Let the browser draw and collect: what was taken off the page a moment ago is still in its pictures."""
    for _ in range(4):
        _run(browser, session, _DRAWN)
        browser.call("HeapProfiler.collectGarbage", session)
        time.sleep(0.25)


def _run(browser: Browser, session: str, expression: str) -> None:
    found = browser.call("Runtime.evaluate", session, expression=f"{expression}", awaitPromise=True)
    assert "exceptionDetails" not in found, found


def _told(what: str, measured: tuple[int, int, int]) -> tuple[int, int, int]:
    heap, nodes, listeners = measured
    print(f"{what}: heap {heap / 1e6:.2f} MB, {nodes} nodes, {listeners} listeners", flush=True)
    return measured


def _is_flat(first: tuple[int, int, int], last: tuple[int, int, int]) -> bool:
    return last[0] - first[0] < MOST_HEAP and last[1] - first[1] < 50 and last[2] - first[2] < 10


if __name__ == "__main__":
    main()
