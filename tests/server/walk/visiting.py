"""Do on a page what visitors do, and wait for what they would wait for."""

from __future__ import annotations

from typing import Any

from tests.browser import Browser, asked, loaded, opened
from tests.real_input import key, press

WATCH = """addEventListener("securitypolicyviolation", (event) => {
  const isLibrary = event.violatedDirective === "style-src-elem";
  if (!isLibrary) (window.wrong ??= []).push(event.violatedDirective + event.blockedURI);
});
addEventListener("error", (event) => (window.wrong ??= []).push(event.message));
addEventListener("unhandledrejection", (event) => (window.wrong ??= []).push(String(event.reason)));"""
PANEL = "document.querySelector('[data-pack-panel]')"
AT_REST = """((at) => {
  const { left, top } = at.getBoundingClientRect(), last = at.lastSeen;
  if (last?.left === left && last.top === top) return performance.now() - last.since > 150;
  at.lastSeen = { left, top, since: performance.now() };
  return false;
})"""
"""Whether an element is where it was a while ago: what the panel still learns would move it under the finger."""


class Visit:
    """A window of a browser."""

    def __init__(self, browser: Browser, address: str, width: int = 400) -> None:
        self.browser, self.address = browser, address
        self.session = opened(browser, "about:blank", width)
        browser.call("Page.enable", self.session)
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        browser.call("Emulation.setEmulatedMedia", self.session, features=still)
        browser.call("Page.addScriptToEvaluateOnNewDocument", self.session, source=WATCH)

    def go(self, path: str) -> None:
        self.browser.call("Page.navigate", self.session, url="about:blank")
        self.until("location.href == 'about:blank'")
        self.browser.call("Page.navigate", self.session, url=self.address + path)
        loaded(self.browser, self.session)

    def ask(self, expression: str) -> Any:
        return asked(self.browser, self.session, expression)

    def told(self, promise: str) -> Any:
        """Return what a promise of the page is worth."""
        values = {"expression": promise, "awaitPromise": True, "returnByValue": True}
        found = self.browser.call("Runtime.evaluate", self.session, **values)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, expression: str) -> Any:
        """Wait on the page until an expression is true there."""
        look = f"const look = () => {{ const found = {expression}; return found ? end(found) : setTimeout(look, 20); }}"
        return self.told(
            f"new Promise((end, fail) => {{ {look}; look(); "
            f"setTimeout(() => fail(new Error({PANEL}?.textContent.slice(0, 500) ?? location.href)), 50000); }})"
        )

    def state(self, name: str) -> None:
        """Wait until the panel shows a state of the pack."""
        self.until(f"{PANEL}?.dataset.state == '{name}' && !{PANEL}.hidden")

    def hear(self, name: str) -> None:
        """Wait until the panel says something."""
        self.until(f"{PANEL}?.querySelector('[role=status]')?.dataset.said == '{name}'")

    def said(self) -> str:
        found: str = self.ask(f"{PANEL}.querySelector('[role=status]').dataset.said")
        return found

    def press(self, element: str) -> None:
        """Press an element: with a finger where the window is that of a phone, and with the mouse elsewhere."""
        press(self.browser, self.session, element)

    def key(self, name: str) -> None:
        key(self.browser, self.session, name)

    def do(self, act: str) -> None:
        """Press a button of the panel, when it is there."""
        button = f"{PANEL}?.querySelector('[data-act={act}]')"
        self.until(f"{button}?.checkVisibility() && {AT_REST}({button})")
        self.press(button)

    def alphas(self, model: str, *places: float) -> list[int]:
        """Return how opaque a model's picture is half-way down, at shares of its width, once the first is 255."""
        self.browser.call("Page.bringToFront", self.session)
        drawn = f"const image = await createImageBitmap(await {model}.toBlob()); "
        drawn += "const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d'); "
        drawn += "canvas.drawImage(image, 0, 0); const y = image.height >> 1; "
        seen = "canvas.getImageData(Math.floor(place * image.width), y, 1, 1).data[3]"
        drawn += f"const found = {list(places)}.map((place) => {seen}); "
        drawn += "if (found[0] == 255 || Date.now() > last) return found; "
        loop = f"for (;;) {{ {drawn} await new Promise(requestAnimationFrame); }}"
        found: list[int] = self.told(f"(async () => {{ const last = Date.now() + 40000; {loop} }})()")
        return found

    def stored(self) -> set[str]:
        """Return the addresses of the contents that are stored."""
        keys = "caches.open('carreau-contents-1').then((cache) => cache.keys())"
        return set(self.told(f"{keys}.then((keys) => keys.map((key) => new URL(key.url).pathname))"))

    def pieces(self, path: str = "") -> int:
        """Return how many pieces of files on their way are stored, or of one of them."""
        keys = "caches.open('carreau-pieces-1').then((cache) => cache.keys())"
        count: int = self.told(f"{keys}.then((keys) => keys.filter((key) => key.url.includes('{path}')).length)")
        return count

    def packs(self) -> list[str]:
        """Return the names of the records of packs."""
        keys = "caches.open('carreau-packs-1').then((cache) => cache.keys())"
        return sorted(self.told(f"{keys}.then((keys) => keys.map((key) => new URL(key.url).pathname))"))

    def fetched(self, address: str, **headers: str) -> tuple[int, str, str]:
        """Return status, content range and text in Latin-1 of what is answered at an address."""
        answer = f"fetch('{address}', {{headers: {headers}}}).then(async (answer) => [answer.status, "
        answer += "answer.headers.get('Content-Range') ?? '', "
        answer += (
            "Array.from(new Uint8Array(await answer.arrayBuffer()), (each) => String.fromCharCode(each)).join('')])"
        )
        status, part, text = self.told(answer)
        return status, part, text
