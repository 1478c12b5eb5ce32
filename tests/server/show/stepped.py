"""A clock for a show that goes on when a test says so: hours pass in seconds, and every timer is due in its order."""

from __future__ import annotations

from tests.browser import Browser, asked

_CLOCK = """window.stepped = {
  time: 0, count: 0, waiting: new Map(),
  now() { return this.time; },
  hour() { return 12; },
  later(run, milliseconds) { this.waiting.set(++this.count, [this.time + milliseconds, run]); return this.count; },
  cancel(timer) { this.waiting.delete(timer); },
  frame(run) { return this.later(run, FRAME_MS); },
  drop(frame) { this.cancel(frame); },
  go(milliseconds) {
    const end = this.time + milliseconds;
    for (;;) {
      let next;
      for (const [timer, [at]] of this.waiting) if (at <= end && !(this.waiting.get(next)?.[0] <= at)) next = timer;
      if (next === undefined) break;
      const [at, run] = this.waiting.get(next);
      this.waiting.delete(next);
      this.time = Math.max(this.time, at);
      run();
    }
    this.time = end;
  },
};
document.querySelector("carreau-show").clock = window.stepped;"""


def step_clock(browser: Browser, session: str, frame_ms: int = 1000) -> None:
    """Have the show of a page go by a clock of its own, with a frame after so many milliseconds of it."""
    asked(browser, session, _CLOCK.replace("FRAME_MS", str(frame_ms)))


def go(browser: Browser, session: str, seconds: float) -> None:
    """Let seconds pass for the show."""
    asked(browser, session, f"stepped.go({seconds * 1000})")


def held(browser: Browser, session: str) -> tuple[int, int, int]:
    """Return bytes of the scripts' heap after a collection, nodes and listeners of the page."""
    browser.call("HeapProfiler.collectGarbage", session)
    browser.call("HeapProfiler.collectGarbage", session)
    heap = browser.call("Runtime.getHeapUsage", session)["usedSize"]
    counters = browser.call("Memory.getDOMCounters", session)
    return int(heap), int(counters["nodes"]), int(counters["jsEventListeners"])
