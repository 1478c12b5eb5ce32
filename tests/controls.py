"""Find the controls of a page as visitors see them, and what is wrong with each; press one and see what it does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests import real_input
from tests.browser import Browser, asked, until

TOUCHED_PX = 1000
"""Narrower screens are touched."""
IS_LOADED = "location.protocol != 'about:' && document.readyState == 'complete'"
UNFOLD = """[...document.querySelectorAll("main details:not([open])")].map((each) => each.open = true).length"""
STORED = "local_storage,indexeddb,cache_storage,service_workers,file_systems"
"""What a page may have stored; it is forgotten before the page is loaded anew."""
LEAVING = ("request ", "window ", "program ")
"""Beginnings of effects after which the page is as it was."""
LEAST_PX = 24
"""WCAG 2.2, 2.5.8: of a target, or of the circle around its middle that no other target meets."""
SETTLED_S, IDLE_S = 0.3, 0.05
"""Nothing changes on a page for so long before it is walked through, or something of it pressed: with and without what
it still loads or waits for, see `SOON_S`."""
SOON_S = 1
"""Timers that end sooner are waited for."""
EFFECT_S, SHORT_S = 3, 0.5
"""A press has an effect so soon: on a page that was loaded for it, and where something else was pressed before."""

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
SCRIPT = SCRIPT.replace("LEAST_PX", str(LEAST_PX)).replace("SOON_MS", str(SOON_S * 1000))
"""What looks at the controls of a page, those of its open shadow roots as well, and at what it does."""


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
        self.pressed = list[Control]()
        self._is_idle, self._is_restless = False, False
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self._do("Emulation.setDeviceMetricsOverride", **screen)
        self._do("Emulation.setTouchEmulationEnabled", enabled=is_touched, maxTouchPoints=5)
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        self._do("Emulation.setEmulatedMedia", features=still)
        self._do("Emulation.setFocusEmulationEnabled", enabled=True)
        self._do("Network.enable")
        self._do("Network.setBypassServiceWorker", bypass=True)
        self._do("Page.enable")
        self._do("Page.addScriptToEvaluateOnNewDocument", source=SCRIPT)
        # Downloads are told, and not made.
        browser.call("Browser.setDownloadBehavior", behavior="deny", eventsEnabled=True, **browser.context)
        self._do("Page.setInterceptFileChooserDialog", enabled=True)

    def _do(self, method: str, **values: object) -> None:
        self.browser.call(method, self.session, **values)

    def ask(self, expression: str) -> object:
        """Return what an expression is worth on the page, which may ask `walkThrough`."""
        return asked(self.browser, self.session, expression)

    def load(self, ready: str = "true") -> None:
        """Load the page anew, and wait until nothing changes on it any more.

        ready : what is true once it is all there
        """
        self._do("Fetch.disable")
        asked(self.browser, self.session, "location.protocol == 'about:' || sessionStorage.clear()")
        self._do("Page.navigate", url="about:blank")
        # A page that asks whether it may be left is left later.
        until(self.browser, self.session, "location.protocol == 'about:'")
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.url))
        self._do("Storage.clearDataForOrigin", origin=origin, storageTypes=STORED)
        self.browser.loading.clear()
        self._do("Page.navigate", url=self.url)
        until(self.browser, self.session, f"{IS_LOADED} && !!({ready})")
        self.browser.asked.clear()
        self.settle()
        self._polled = set(self.browser.asked)
        self.pressed.clear()
        # What the page leads to, and what it asks others for, is answered with nothing: a browser stays where it is.
        self.browser.replies = {"": (204, "text/plain", b"")}
        self._do("Fetch.enable", patterns=[{"resourceType": "Document"}, {"urlPattern": "https://*"}])

    def unfold(self) -> None:
        """Open all that is folded in the content of the page."""
        if self.ask(UNFOLD):
            self.settle()

    def close(self) -> None:
        self.browser.call("Target.closeTarget", targetId=self._target)

    def settle(self) -> None:
        """Wait until nothing changes on the page."""
        self._wait(lambda still: still > (IDLE_S if self._is_idle else SETTLED_S) * 1000, 60)

    def _wait(self, is_over: Callable[[float], bool], limit_s: float) -> None:
        """Wait until that is true of how many milliseconds nothing has changed, and whether the page is idle."""
        ended = time.monotonic() + limit_s
        while time.monotonic() < ended:
            rest: Any = self.ask("walkThrough.rest()") or (0, True)
            still, is_busy = rest
            self._is_idle = not is_busy and not self.browser.loading
            if is_over(still):
                return
            time.sleep(0.02)
        assert limit_s < 60, f"{self.url} does not rest"

    def controls(self) -> list[Control]:
        """Return the visible controls, each with what is wrong."""
        found = self.ask("walkThrough.walk()")
        assert isinstance(found, list)
        for each in found:
            if each["wrong"]:
                self.ask(f"walkThrough.goTo({each['number']})")
                self.settle()
                each["wrong"] = self.ask(f"walkThrough.again({each['number']})")
                self.settle()
        return [_control(each) for each in found]

    def press_here(self, control: Control, way: Sequence[Control]) -> list[str]:
        """Press a control on the page as it is now, and return what it does; nothing where it cannot be pressed.

        way : what was pressed before it was first seen; the last of it may show it again, or the end of what is open
        """
        closer = self.ask("walkThrough.closer()")
        for step in (*([_control(closer)] if closer else []), *way[-1:]):
            if not self._is_ready_for(control) and self._is_ready_for(step):
                self.press(step, SHORT_S)
                self.settle()
        return self.press(control, SHORT_S) if self._is_ready_for(control) else []

    def _is_ready_for(self, control: Control) -> bool:
        """Whether a control can be pressed now, and what follows would be of no other press."""
        if not self._is_idle and not self._is_restless:
            self._wait(lambda still: self._is_idle and still > IDLE_S * 1000, 2 * SOON_S)
            self._is_restless = not self._is_idle
        return self._is_idle and bool(self.ask(f"walkThrough.isReady({_told(control)})"))

    def shows(self, control: Control) -> bool:
        """Whether a control is there and can be pressed, or soon is; it is scrolled to."""
        ended = time.monotonic() + EFFECT_S
        while not (is_there := bool(self.ask(f"walkThrough.isReady({_told(control)})"))) and time.monotonic() < ended:
            time.sleep(0.02)
        return is_there

    def press(self, control: Control, limit_s: float = EFFECT_S) -> list[str]:
        """Press a control with the mouse, or with a finger, and return what it does before a limit."""
        element = f"walkThrough.find({_told(control)})"
        try:
            point = real_input.middle(self.browser, self.session, element, limit_s=EFFECT_S)
        except AssertionError:
            if self.shows(control):
                raise
            return []  # it has vanished
        self.browser.asked.clear()
        self.ask(f"walkThrough.begin({element})")
        (real_input.tap_at if self.is_touched else real_input.click_at)(self.browser, self.session, point)
        self.pressed.append(control)
        ended = time.monotonic() + limit_s
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


def _control(told: Any) -> Control:
    return Control(told["kind"], told["name"], told["wrong"], told["isOff"])


def _told(control: Control) -> str:
    return f"{json.dumps(control.kind)}, {json.dumps(control.name)}"


class Walk:
    """A walk over pages of a site, on a screen of some width: by finger on a narrow one, else with the mouse.

    Of each kind of control one is pressed on a page; of links, and in what all pages share, one on all pages. A page
    is loaded anew where a control cannot be pressed as it is, or does nothing there, or the page does more by itself.
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
        page.unfold()
        found += look()
        none = tuple[Control, ...]()
        waiting: list[tuple[tuple[tuple[Control, ...], ...], Control]] = []
        waiting += [((none,), control) for control in found if self.deepest]
        while waiting:
            ways, control = waiting.pop(0)
            effects = page.press_here(control, ways[0]) if page.pressed else []
            if not effects and not self._lead(page, ways, control, ready):
                continue  # it was there for a moment only, while the page did something
            effects = effects or page.press(control)
            if not effects and not page.shows(control):
                continue  # it has gone, as the page went on
            if not effects:
                faults[f"{control} does nothing"] = None
            if control.is_link and all(each.startswith(LEAVING) for each in effects):
                page.pressed.pop()
                continue
            page.settle()
            opened = look()
            if len(ways[0]) + 1 < self.deepest:
                new = ((*ways[0], control), tuple(page.pressed))
                waiting[:0] = [(new, each) for each in opened]
        page.close()
        return list(faults)

    def _lead(self, page: Page, ways: Iterable[tuple[Control, ...]], control: Control, ready: str) -> bool:
        """Load a page anew and press what shows a control, and return whether it is there.

        ways : what was pressed before it was first seen: what showed it, and all
        """
        for way in dict.fromkeys(ways):
            if page.pressed:
                page.load(ready)
                page.unfold()
            for each in way:
                if page.shows(each):
                    page.press(each)
                    page.settle()
            if page.shows(control):
                return True
        assert any(ways), f"{control} is not there any more, on {page.url}"
        return False
