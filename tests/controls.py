"""Find the controls of a page as visitors see them, and what is wrong with each; press one and see what it does."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests import real_input
from tests.browser import Browser, asked, loaded, until

TOUCHED_PX = 1000
"""Narrower screens are touched."""
STORED = "local_storage,indexeddb,cache_storage,service_workers,file_systems"
"""What a page may have stored; it is forgotten before the page is loaded anew."""
LEAVING = ("request ", "window ", "program ")
"""Beginnings of effects after which the page is as it was."""
LEAST_PX = 24
"""WCAG 2.2, 2.5.8: of a target, or of the circle around its middle that no other target meets."""
SETTLED_S = 0.3
"""Nothing changes on a page for so long before it is walked through, or something of it pressed."""

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8").replace("LEAST_PX", str(LEAST_PX))
"""What looks at the controls of a page: those of its open shadow roots as well."""


@dataclass(frozen=True)
class Control:
    """A control of a page.

    kind : what controls that are made alike have in common
    wrong : what keeps a visitor from it; empty where nothing does
    """

    kind: str
    name: str
    wrong: str
    is_off: bool

    @property
    def is_link(self) -> bool:
        return not self.kind.endswith("> ")

    @property
    def is_shared(self) -> bool:
        """Whether it is of the head or the foot of all pages."""
        return any(each in self.kind for each in ("shell-", "footer"))

    def __str__(self) -> str:
        return f"“{self.name}” ({self.kind.removeprefix(' > ').removesuffix(' > ')})"


class Page:
    """A page in the browser, whose addresses are noted and not gone to while it is pressed."""

    def __init__(self, browser: Browser, url: str, width: int, *, is_touched: bool) -> None:
        self.browser, self.url, self.is_touched = browser, url, is_touched
        self._target: str = browser.call("Target.createTarget", url="about:blank", **browser.context)["targetId"]
        self.session: str = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self._windows = self._all_windows().keys()
        self._polled = set[str]()
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self._do("Emulation.setDeviceMetricsOverride", **screen)
        self._do("Emulation.setTouchEmulationEnabled", enabled=is_touched, maxTouchPoints=5)
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        self._do("Emulation.setEmulatedMedia", features=still)
        self._do("Emulation.setFocusEmulationEnabled", enabled=True)
        self._do("Network.enable")
        self._do("Network.setBypassServiceWorker", bypass=True)
        self._do("Page.enable")
        self._do("Page.setInterceptFileChooserDialog", enabled=True)

    def _do(self, method: str, **values: object) -> None:
        self.browser.call(method, self.session, **values)

    def ask(self, expression: str) -> object:
        """Return what an expression is worth on the page, which may ask `walkThrough`."""
        return asked(self.browser, self.session, f"{SCRIPT} {expression}")

    def load(self, ready: str = "true", *, is_unfolded: bool = False) -> None:
        """Load the page anew, and wait until nothing changes on it any more.

        ready : what is true once it is all there
        is_unfolded : whether all that is folded in its content is opened
        """
        self._do("Fetch.disable")
        asked(self.browser, self.session, "location.protocol == 'about:' || sessionStorage.clear()")
        self._do("Page.navigate", url="about:blank")
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.url))
        self._do("Storage.clearDataForOrigin", origin=origin, storageTypes=STORED)
        self._do("Page.navigate", url=self.url)
        loaded(self.browser, self.session)
        until(self.browser, self.session, f"!!({ready})")
        self.browser.asked.clear()
        if is_unfolded:
            self.ask("document.querySelectorAll('main details').forEach((each) => each.open = true)")
        self.settle()
        self._polled = set(self.browser.asked)
        # What the page leads to, and what it asks others for, is answered with nothing: a browser stays where it is.
        self.browser.replies = {"": (204, "text/plain", b"")}
        self._do("Fetch.enable", patterns=[{"resourceType": "Document"}, {"urlPattern": "https://*"}])

    def close(self) -> None:
        self.browser.call("Target.closeTarget", targetId=self._target)

    def settle(self) -> None:
        until(self.browser, self.session, f"{SCRIPT} walkThrough.rest() > {SETTLED_S * 1000}")

    def controls(self) -> list[Control]:
        """Return the visible controls, each with what is wrong."""
        found = self.ask("walkThrough.walk()")
        assert isinstance(found, list)
        return [Control(each["kind"], each["name"], each["wrong"], each["isOff"]) for each in found]

    def press(self, control: Control) -> list[str]:
        """Press a control with the mouse, or with a finger, and return what it does; nothing for 3 s is nothing."""
        element = f"walkThrough.find({json.dumps(control.kind)}, {json.dumps(control.name)})"
        until(self.browser, self.session, f"{SCRIPT} walkThrough.show({element})")
        point = real_input.middle(self.browser, self.session, element)
        self.browser.asked.clear()
        self.ask(f"walkThrough.begin({element})")
        (real_input.tap_at if self.is_touched else real_input.click_at)(self.browser, self.session, point)
        ended = time.monotonic() + 3
        while time.monotonic() < ended:
            effects = self.ask("walkThrough.effects()") or []
            assert isinstance(effects, list)
            effects += [f"request {url}" for url in self.browser.asked - self._polled] + self._opened()
            if effects:
                return [str(each) for each in effects]
            time.sleep(0.03)
        return []

    def _all_windows(self) -> dict[str, str]:
        infos = self.browser.call("Target.getTargets")["targetInfos"]
        own = self.browser.context.get("browserContextId")
        pages = [each for each in infos if each["type"] == "page" and each["browserContextId"] == own]
        return {each["targetId"]: each["url"] for each in pages}

    def _opened(self) -> list[str]:
        """Return the addresses of windows that the page opened, and close them."""
        opened = {target: url for target, url in self._all_windows().items() if target not in self._windows}
        for target in opened:
            self.browser.call("Target.closeTarget", targetId=target)
        return [f"window {url}" for url in opened.values()]


class Walk:
    """A walk over pages of a site, on a screen of some width: by finger on a narrow one, else with the mouse.

    Of each kind of control one is pressed on a page; of links, and in what all pages share, one on all pages.
    """

    def __init__(self, browser: Browser, width: int, deepest: int, known: set[str]) -> None:
        """Begin a walk.

        deepest : presses in a row: what a press opens is walked through, and pressed as well; none are tried at 0
        known : kinds of what is pressed on one of all pages only; more are added
        """
        self.browser, self.width, self.deepest, self._known = browser, width, deepest, known

    def faults(self, url: str, ready: str = "true") -> list[str]:
        """Return what is wrong with the controls of a page: at its first sight, unfolded, and what a press opens."""
        faults = dict[str, None]()
        seen = set(self._known)
        page = Page(self.browser, url, self.width, is_touched=self.width < TOUCHED_PX)

        def look() -> list[Control]:
            """Note what is wrong, and return the first sound control of each kind that was not met before."""
            new = dict[str, Control]()
            for each in page.controls():
                if each.wrong:
                    faults[f"{each} {each.wrong}"] = None
                elif not each.is_off and each.kind not in seen:
                    new.setdefault(each.kind, each)
            seen.update(new)
            self._known.update(kind for kind, each in new.items() if each.is_link or each.is_shared)
            return list(new.values())

        page.load(ready)
        found = look()
        page.load(ready, is_unfolded=True)
        waiting: list[tuple[Control, ...]] = [(each,) for each in (*found, *look())] if self.deepest else []
        is_fresh = True
        for path in waiting:
            *way, control = path
            if not is_fresh:
                page.load(ready, is_unfolded=True)
            for each in way:
                page.press(each)
                page.settle()
            effects = page.press(control)
            if not effects:
                faults[f"{control} does nothing"] = None
            is_fresh = not way and control.is_link and all(each.startswith(LEAVING) for each in effects)
            if not is_fresh:
                page.settle()
                opened = look()
                waiting += [(*path, each) for each in opened if len(path) < self.deepest]
        page.close()
        return list(faults)
