"""Visit pages in Chromium as a slow phone does, and hear all that happens on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser import Browser, asked

CPU_RATE, LATENCY_MS, BYTES_PER_S = 4, 150, 1_600_000 // 8
"""Slow-down of the processor and the line: 1.6 Mbit/s, as "slow 4G" and "3G" are emulated everywhere."""

SCREEN = {"width": 412, "height": 915, "deviceScaleFactor": 2.625, "mobile": True}
ORIGIN_TYPES = ("http", "https", "ws", "wss")
STEP_S = 0.05

WATCH = """(() => {
  const told = window.benchTold = { marks: {}, shift: 0, wrong: [] };
  const mark = (name, at) => { told.marks[name] ??= at; };
  const watch = (type, heard) => {
    new PerformanceObserver((list) => list.getEntries().forEach(heard)).observe({ type, buffered: true });
  };
  watch("paint", (entry) => mark(entry.name, entry.startTime));
  watch("element", (entry) => mark(entry.identifier, entry.renderTime || entry.loadTime));
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) told.shift += entry.value; });
  const named = { text: ".lead", poster: '[slot="poster"] img' };
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(named)) {
      const found = document.querySelector(selector);
      if (found && !found.hasAttribute("elementtiming")) found.setAttribute("elementtiming", name);
    }
  }).observe(document, { childList: true, subtree: true });
  addEventListener("carreau-load", (event) => mark(event.detail.level, performance.now()), true);
  addEventListener("carreau-begin", () => mark("step", performance.now()), true);
  // Such an event never reaches the window.
  document.addEventListener("load", (event) => {
    if (event.target.localName === "model-viewer") mark("model", performance.now());
  }, true);
  addEventListener("securitypolicyviolation", (event) => {
    told.wrong.push(`policy: ${event.violatedDirective} ${event.blockedURI}`);
  });
})();"""
"""Notes in milliseconds from the start of the navigation when what was painted or loaded, in the page itself."""


@dataclass(frozen=True)
class Visit:
    """What one visit of a page was like.

    marks : seconds from the start until something was painted or loaded, by name
    shift : sum of all layout shifts
    wrong : violations of the policy, errors and what the console said of them
    asked : addresses asked for
    received : bytes that came
    """

    marks: dict[str, float]
    shift: float
    wrong: tuple[str, ...]
    asked: tuple[str, ...]
    received: int

    def foreign(self, origin: str) -> list[str]:
        """Return what was asked of others."""
        return [url for url in self.asked if urlsplit(url).scheme in ORIGIN_TYPES and not url.startswith(f"{origin}/")]


class Listening(Browser):
    """A browser that keeps what it is told without having asked."""

    def __init__(self, program: str, profile: Path, flags: Sequence[str] = ()) -> None:
        """Start it."""
        super().__init__(program, profile, flags)
        self.heard: list[dict[str, Any]] = []

    def _message(self) -> dict[str, Any]:
        message = super()._message()
        if "method" in message:
            self.heard.append(message)
        return message


@contextmanager
def slow_page(browser: Listening, is_slow: bool = True, script: str = WATCH) -> Iterator[str]:
    """Open an empty page of a new visitor, whose cache is cold, and return its session."""
    context = browser.call("Target.createBrowserContext")["browserContextId"]
    target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
    session: str = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.heard.clear()
    for domain in ("Network", "Page", "Runtime", "Log"):
        browser.call(f"{domain}.enable", session)
    browser.call("Emulation.setDeviceMetricsOverride", session, **SCREEN)
    browser.call("Emulation.setTouchEmulationEnabled", session, enabled=True)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=script)
    # What a service worker fetches comes by another way, which is not slowed; a first visit has none in any case.
    browser.call("Network.setBypassServiceWorker", session, bypass=True)
    if is_slow:
        browser.call("Emulation.setCPUThrottlingRate", session, rate=CPU_RATE)
        line = {"downloadThroughput": BYTES_PER_S, "uploadThroughput": BYTES_PER_S, "latency": LATENCY_MS}
        browser.call("Network.emulateNetworkConditions", session, offline=False, connectionType="cellular3g", **line)
    try:
        yield session
    finally:
        browser.call("Target.disposeBrowserContext", browserContextId=context)


def asked_for(browser: Listening, session: str, expression: str, most_s: float) -> bool:
    """Wait until an expression is true on a page; False where it never is."""
    ended = time.monotonic() + most_s
    while time.monotonic() < ended:
        if asked(browser, session, f"!!({expression})"):
            return True
        time.sleep(STEP_S)
    return False


def visit(browser: Listening, url: str, until: Sequence[str], most_s: float = 60) -> Visit:
    """Visit a page with a cold cache until all of some marks are there, or the time is over."""
    with slow_page(browser) as session:
        browser.call("Page.navigate", session, url=url)
        ended = time.monotonic() + most_s
        told: dict[str, Any] = {"marks": {}, "shift": 0, "wrong": []}
        while time.monotonic() < ended and not all(name in told["marks"] for name in until):
            time.sleep(STEP_S)
            told = json.loads(asked(browser, session, "JSON.stringify(window.benchTold ?? {marks: {}})"))
        wrong = (*told.get("wrong", ()), *_complaints(browser.heard))
        marks = {name: at / 1000 for name, at in told["marks"].items()}
        return Visit(marks, told.get("shift", 0), wrong, _asked(browser.heard), _received(browser.heard))


def _asked(heard: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    sent = [each["params"] for each in heard if each["method"] == "Network.requestWillBeSent"]
    return tuple(each["request"]["url"] for each in sent)


def _received(heard: Sequence[dict[str, Any]]) -> int:
    ended = [each["params"] for each in heard if each["method"] == "Network.dataReceived"]
    return sum(each["encodedDataLength"] for each in ended)


def _complaints(heard: Sequence[dict[str, Any]]) -> Iterator[str]:
    for each in heard:
        told = each["params"]
        if each["method"] == "Runtime.exceptionThrown":
            yield f"exception: {told['exceptionDetails'].get('text')}"
        elif each["method"] == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            yield f"console: {[part.get('value') for part in told['args']]}"
        elif each["method"] == "Log.entryAdded" and told["entry"]["level"] == "error":
            yield f"log: {told['entry']['text']} {told['entry'].get('url', '')}"
