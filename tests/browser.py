"""Drive Chromium, to look at pages as visitors do."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    *("--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--remote-debugging-pipe"),
    # Debian's Chromium paints with the graphics processor, for which SwiftShader stands in here: four pages took 17.2 s
    # of CPU, and take 11.6 s without it.
    "--disable-gpu-rasterization",
    # Chromium keeps its own tab search and the like ready in each window, which nobody sees here.
    "--disable-features=PreloadTopChromeWebUI,PreloadTopChromeWebUILessNavigations,WebUIOmniboxPopup",
)

NARROW = 600
"""Pixels: a window that is narrower is that of a phone, which fingers press."""
LEFT = (
    *("Inspected target navigated or closed", "Promise was collected", "Execution context was destroyed."),
    *("Cannot find context with specified id", "Could not find object with given id"),
)
"""What Chromium answers where a page goes on to another one before it has answered itself."""


class LeftError(Exception):
    """A page that was asked something went on to another one before it answered."""


class Browser:
    """Chromium, spoken to in its DevTools protocol over two pipes: messages of JSON, each ended by a zero byte."""

    def __init__(self, program: str, profile: Path, flags: Sequence[str] = ()) -> None:
        ours_in, self._write = os.pipe()
        self._read, ours_out = os.pipe()
        # Chromium reads from descriptor 3 and writes to 4.
        shell = f'exec "$@" 3<&{ours_in} 4>&{ours_out}'
        command = ["bash", "-c", shell, "chromium", program, *FLAGS, *flags, f"--user-data-dir={profile}"]
        null = subprocess.DEVNULL
        self._process = subprocess.Popen(command, pass_fds=(ours_in, ours_out), stdout=null, stderr=null)
        os.close(ours_in)
        os.close(ours_out)
        self._rest, self._sent = b"", 0
        self.asked: set[str] = set()
        self.loading: set[str] = set()
        self.replies: dict[str, tuple[int, str, bytes]] = {}
        self.context: dict[str, str] = {}

    @contextmanager
    def apart(self) -> Iterator[Browser]:
        """Have pages that are opened meanwhile share nothing with earlier or later ones; they are closed afterwards."""
        self.context = {"browserContextId": self.call("Target.createBrowserContext")["browserContextId"]}
        self.asked, self.loading, self.replies = set(), set(), {}
        yield self
        self.call("Target.disposeBrowserContext", **self.context)
        self.context = {}

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        os.close(self._write)
        os.close(self._read)

    def call(self, method: str, session: str = "", **values: object) -> dict[str, Any]:
        """Ask for something and return the answer; requests of the page heard meanwhile are noted, and downloads."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": values} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._message()
            if heard.get("method") == "Network.requestWillBeSent":
                self.asked.add(heard["params"]["request"]["url"])
                self.loading.add(heard["params"]["requestId"])
            if heard.get("method") in ("Network.loadingFinished", "Network.loadingFailed"):
                self.loading.discard(heard["params"]["requestId"])
            is_dialog = heard.get("method") == "Page.javascriptDialogOpening"
            if is_dialog and heard["params"]["type"] == "beforeunload":  # a page is left although it has changed
                self._answer(heard["sessionId"], "Page.handleJavaScriptDialog", accept=True)
            if heard.get("method") == "Browser.downloadWillBegin":
                self.asked.add(heard["params"]["url"])
            if heard.get("method") == "Fetch.requestPaused":
                self._reply(heard["sessionId"], heard["params"])
            if heard.get("id") == self._sent:
                if heard.get("error", {}).get("message") in LEFT:
                    raise LeftError(method)
                assert "error" not in heard, heard
                result: dict[str, Any] = heard["result"]
                return result

    def _reply(self, session: str, paused: dict[str, Any]) -> None:
        """Answer a request that was held up (`Fetch.enable`), in the place of its server.

        replies : status, media type and content by the beginning of addresses
        """
        url = paused["request"]["url"]
        status, media_type, content = next(reply for start, reply in self.replies.items() if url.startswith(start))
        told = {"Content-Type": media_type, "Access-Control-Allow-Origin": "*", "Set-Cookie": "id=1; Secure"}
        values = {
            "requestId": paused["requestId"],
            "responseCode": status,
            "responseHeaders": [{"name": name, "value": value} for name, value in told.items()],
            "body": base64.b64encode(content).decode(),
        }
        self._answer(session, "Fetch.fulfillRequest", **values)

    def _answer(self, session: str, method: str, **values: object) -> None:
        """Answer what the browser asked, whose own answer is of no interest."""
        message = {"id": 0, "method": method, "params": values, "sessionId": session}
        os.write(self._write, json.dumps(message).encode() + b"\0")

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._read], [], [], 60)[0], "the browser is silent"
            more = os.read(self._read, 1 << 16)
            assert more, "the browser ended"
            self._rest += more
        first, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        return message


def opened(browser: Browser, url: str, width: int = 1280) -> str:
    """Open a page on a screen of some width, and return its session."""
    target = browser.call("Target.createTarget", url="about:blank", **browser.context)["targetId"]
    session: str = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.call("Network.enable", session)
    is_phone = width < NARROW
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": is_phone}
    browser.call("Emulation.setDeviceMetricsOverride", session, **screen)
    browser.call("Emulation.setTouchEmulationEnabled", session, enabled=is_phone, maxTouchPoints=5)
    browser.call("Page.navigate", session, url=url)
    return session


def asked(browser: Browser, session: str, expression: str) -> Any:
    """Return what an expression is worth on a page; None where the page is left at this moment."""
    try:
        found = browser.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
    except LeftError:
        return None
    return found["result"].get("value")


def loaded(browser: Browser, session: str) -> None:
    """Wait until a page and its pictures are there."""
    ended = time.monotonic() + 60
    state = "location.protocol != 'about:' && document.readyState == 'complete'"
    while not asked(browser, session, state):
        assert time.monotonic() < ended, "the page does not load"
        time.sleep(0.1)


def until(browser: Browser, session: str, expression: str) -> Any:
    """Wait until an expression is true."""
    ended = time.monotonic() + 60
    while not (found := asked(browser, session, expression)):
        assert time.monotonic() < ended, expression
        time.sleep(0.02)  # a page that is asked without a pause gets no further
    return found


def violations(browser: Browser, session: str, axe: str) -> list[str]:
    """Return what axe-core finds wrong with a page: rule and places.

    axe : its source
    """
    browser.call("Runtime.evaluate", session, expression=axe)
    run = "axe.run(document, {preload: false}).then(found => found.violations.map("
    run += (
        "rule => [rule.id, ...rule.nodes.map(node => node.target.join(' ') + ': ' + node.failureSummary)].join(' | ')))"
    )
    found = browser.call("Runtime.evaluate", session, expression=run, awaitPromise=True, returnByValue=True)
    assert "exceptionDetails" not in found, found
    said: list[str] = found["result"]["value"]
    return said
