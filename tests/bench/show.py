"""Play a show for eight hours of a faster clock, restart it, load it anew, and look at what stays in memory."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from carreau.base.package_folders import STATIC
from tests.browser import Browser, asked, loaded, opened, until
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
MOST_HEAP, MOST_NODES, MOST_LISTENERS, MOST_DOCUMENTS = 100_000, 50, 10, 2
"""What a phase may add for memory to be called flat: one picture has 0.2 MB."""
BEGINS_S = 20
"""A page that has not begun by then has not begun."""

_SHOW = "document.querySelector('carreau-show')"
_INVITES = f"{_SHOW}?.stage && {_SHOW}.stage.player.step === undefined"
_DRAWN = "new Promise((end) => requestAnimationFrame(() => end(1)))"


@dataclass(frozen=True)
class Memory:
    """What a page holds after a collection; heap : bytes of its scripts."""

    heap: int
    nodes: int
    listeners: int
    documents: int


@dataclass(frozen=True)
class Phase:
    """Some hours, or starts, of the show.

    name : what was done
    count : how often the show was begun
    failed : how often it did not begin
    after : what was done before the first reading, when all was warm
    first, last : readings
    """

    name: str
    count: int
    failed: int
    after: str
    first: Memory
    last: Memory

    @property
    def is_flat(self) -> bool:
        """Return whether as good as nothing was added."""
        return (
            self.last.heap - self.first.heap < MOST_HEAP
            and self.last.nodes - self.first.nodes < MOST_NODES
            and self.last.listeners - self.first.listeners < MOST_LISTENERS
            and self.last.documents - self.first.documents < MOST_DOCUMENTS
        )


def play_show(work: Path) -> list[str]:
    """Return what eight hours, 200 restarts of the show and 200 loads of its page leave in memory.

    work : folder for the bundle and the browser
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        return ["no show was played: there is no Chromium"]
    if not (STATIC / "show.js").is_file():
        return ["no show was played: the viewer is not built"]
    work.mkdir(parents=True, exist_ok=True)
    bundle = publish_show(work)
    with served(bundle, "--no-access-log") as (port, _), tempfile.TemporaryDirectory(dir=work) as profile:
        browser = Browser(program, Path(profile))
        try:
            phases = played(browser, f"http://127.0.0.1:{port}{PAGE}?display=show&kiosk")
        finally:
            browser.close()
    return said(phases)


def played(browser: Browser, url: str, hours: int = HOURS, restarts: int = RESTARTS, loads: int = LOADS) -> list[Phase]:
    """Play a show for hours, then restart it, then load its page anew; returns the three phases."""
    session = opened(browser, "about:blank", 320)
    # A small screen, as there may be no graphics card: what is kept does not depend on it.
    screen = {"width": 320, "height": 180, "deviceScaleFactor": 1, "mobile": False}
    browser.call("Emulation.setDeviceMetricsOverride", session, **screen)
    browser.call("Page.navigate", session, url=url)
    loaded(browser, session)
    until(browser, session, f"{_SHOW}?.stage")
    step_clock(browser, session, FRAME_MS)
    phases = [_hours(browser, session, hours)]
    phases.append(_restarts(browser, session, restarts, phases[0].last))
    phases.append(_loads(browser, session, loads))
    return phases


def said(phases: Sequence[Phase]) -> list[str]:
    """Say what was measured, a line for each phase."""
    return [
        f"a show, {each.name}: {_begun(each)}; heap {each.first.heap / 1e6:.2f} MB after {each.after} and "
        f"{each.last.heap / 1e6:.2f} MB at the end, nodes {each.first.nodes:,} and {each.last.nodes:,}, listeners "
        f"{each.first.listeners:,} and {each.last.listeners:,}, documents {each.first.documents} and "
        f"{each.last.documents}, {'flat' if each.is_flat else 'NOT FLAT'}"
        for each in phases
    ]


def _begun(phase: Phase) -> str:
    return f"{phase.failed} of {phase.count} DID NOT BEGIN" if phase.failed else f"all {phase.count} began"


def _hours(browser: Browser, session: str, hours: int) -> Phase:
    """Have a visitor come every two minutes."""
    warm, count, failed = min(WARM_HOURS, hours), 0, 0
    first = last = _read(browser, session)
    for hour in range(1, hours + 1):
        for _ in range(3600 // EVERY_S):
            count, failed = count + 1, failed + (not _begins(browser, session))
            go(browser, session, EVERY_S)
            # What was drawn is drawn now, and does not wait in a queue.
            _run(browser, session, _DRAWN)
        last = _told(f"{hour} h", _read(browser, session))
        first = last if hour == warm else first
    return Phase(
        f"{hours} hours of a faster clock with a visitor every two minutes", count, failed, f"{warm} h", first, last
    )


def _restarts(browser: Browser, session: str, restarts: int, first: Memory) -> Phase:
    """Take the screen away and make it anew, in the middle of a show; first : reading before."""
    last, failed = first, 0
    for number in range(1, restarts + 1):
        asked(browser, session, f"{_SHOW}.clock = stepped")
        failed += not _begins(browser, session)
        go(browser, session, 20)
        if number % 50 == 0 or number == restarts:
            _settle(browser, session)
            last = _told(f"{number} restarts", _read(browser, session))
    return Phase(f"{restarts} restarts in the middle of it", restarts, failed, "the hours", first, last)


def _loads(browser: Browser, session: str, loads: int) -> Phase:
    """Load the page anew, as after a loss of power."""
    warm, failed = max(1, loads // 4), 0
    first = last = _read(browser, session)
    for number in range(1, loads + 1):
        browser.call("Page.reload", session)
        failed += not _comes(browser, session, _INVITES)
        if number % 50 == 0 or number in (warm, loads):
            _settle(browser, session)
            last = _told(f"{number} loads", _read(browser, session))
        first = last if number == warm else first
    return Phase(f"{loads} loads of its page", loads, failed, f"{warm} loads", first, last)


def _begins(browser: Browser, session: str) -> bool:
    """Begin the show; returns whether its first scene is on the screen."""
    asked(browser, session, f"{_SHOW}.stage.player.start()")
    return bool(asked(browser, session, f"{_SHOW}.shadowRoot.querySelector('.screen').dataset.step === '0'"))


def _comes(browser: Browser, session: str, expression: str) -> bool:
    ended = time.monotonic() + BEGINS_S
    while time.monotonic() < ended:
        if asked(browser, session, f"!!({expression})"):
            return True
        time.sleep(0.02)
    return False


def _settle(browser: Browser, session: str) -> None:
    """Let the browser draw and collect: what was taken off the page a moment ago is still in its pictures."""
    for _ in range(4):
        _run(browser, session, _DRAWN)
        browser.call("HeapProfiler.collectGarbage", session)
        time.sleep(0.25)


def _run(browser: Browser, session: str, expression: str) -> None:
    found = browser.call("Runtime.evaluate", session, expression=expression, awaitPromise=True)
    assert "exceptionDetails" not in found, found


def _read(browser: Browser, session: str) -> Memory:
    heap, nodes, listeners = held(browser, session)
    return Memory(heap, nodes, listeners, browser.call("Memory.getDOMCounters", session)["documents"])


def _told(what: str, memory: Memory) -> Memory:
    print(
        f"  {what}: heap {memory.heap / 1e6:.2f} MB, {memory.nodes} nodes, {memory.listeners} listeners, "
        f"{memory.documents} documents",
        flush=True,
    )
    return memory
