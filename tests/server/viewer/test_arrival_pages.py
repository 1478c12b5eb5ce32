"""Arrivals on pages of routes and trails: told at once, in every way that was asked for, and nothing moves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from carreau.base.languages import LANGUAGES
from carreau.site.pages.addresses import own_files
from carreau.site.pages.pages import make_pages
from server.viewer.tools.static_files import SCRIPTS, build_viewer
from tests.browser import Browser, asked, loaded, opened, until, violations
from tests.conftest import need
from tests.looking import WATCH
from tests.pipeline.site.pages.made import ASSETS, ROUTE, edition, route
from tests.pipeline.site.pages.serving import served
from tests.real_input import press, wheel
from tests.server.viewer.played_trail import SCRIPT, SLUG, played_pages
from tests.server.viewer.walked_tracks import PLACES, WALKING, Fix, Walker

pytestmark = pytest.mark.browser

WALK, TRAIL = f"/fr/parcours/{ROUTE}", f"/fr/recits/{SLUG}"
STOP = 3.42, 50.36
"""Where the second stop of the route is."""
CARD = "document.querySelector('.map-arrival')"
OPEN = """[...document.querySelectorAll(".trail-chapter")].filter((each) => each.checkVisibility())
  .map((each) => each.dataset.chapter).join()"""
HEARD = """window.tones = 0;
const { start } = OscillatorNode.prototype;
OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
addEventListener("scroll", () => window.scrolls = (window.scrolls ?? 0) + 1);"""
"""Counts the tones that begin, and how often the page scrolls."""
STEADY = """const { geolocation } = navigator, watch = geolocation.watchPosition.bind(geolocation);
geolocation.watchPosition = (onFix, onProblem, options) =>
  watch(onFix, (error) => error.code === error.POSITION_UNAVAILABLE || onProblem(error), options);"""
"""An emulated position is said to be gone before each new one."""
FEED = """Object.defineProperty(navigator, "geolocation", {value: {
  watchPosition(onFix) { window.feed = onFix; return 1; }, clearWatch() { window.feed = undefined; },
}});"""
"""Lets a test be the receiver, so that a walk of an hour takes no hour."""


@pytest.fixture(scope="module")
def address(viewer_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages are served, with the scripts as they are now."""
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    folder = tmp_path_factory.mktemp("arrivals")
    scripts = {ASSETS.places_script: "places.js", SCRIPT: "trail.js"}
    for name in scripts.values():
        build_viewer(folder / name, viewer_modules, SCRIPTS[name])
    made = edition(routes={ROUTE: {code: _long(route(code)) for code in LANGUAGES}})
    answers = {page.address: (page.content, page.ext) for page in reversed(list(make_pages(made)))} | played_pages()
    answers |= {vars(ASSETS)[name]: file for name, file in own_files().items() if vars(ASSETS).get(name)}
    with served(answers | {path: ((folder / name).read_bytes(), "js") for path, name in scripts.items()}) as where:
        yield where


def _long(told: dict[str, Any]) -> dict[str, Any]:
    """Return a route of five stops, with so much to read at one of them that a visitor has scrolled."""
    told["stops"] += [told["stops"][2] | {"number": number} for number in (4, 5)]
    told["stops"][2]["text"] = {"text": "On lit ceci en marchant.\n\n" * 40, "lang": "fr", "standing": "source"}
    return told


class Visit:
    """A page in a browser, on a phone or a screen, and what it did by itself."""

    def __init__(
        self, browser: Browser, url: str, *scripts: str, width: int = 390, permission: str = "granted"
    ) -> None:
        self.browser, self.session = browser, opened(browser, "about:blank", width)
        browser.call("Page.enable", self.session)
        browser.call(
            "Page.addScriptToEvaluateOnNewDocument",
            self.session,
            source="".join((WATCH, HEARD, *(scripts or [STEADY]))),
        )
        asks = {"name": "geolocation"}
        origin = "/".join(url.split("/")[:3])
        browser.call("Browser.setPermission", permission=asks, setting=permission, origin=origin, **browser.context)
        motion = {"name": "prefers-reduced-motion", "value": "reduce"}
        browser.call("Emulation.setEmulatedMedia", self.session, features=[motion])
        self.go(url)

    def go(self, url: str) -> None:
        self.browser.call("Page.navigate", self.session, url="about:blank")
        self.browser.call("Page.navigate", self.session, url=url)
        loaded(self.browser, self.session)
        self.until("!!document.querySelector('[data-watch]').closest('section:not([hidden])')")

    def ask(self, expression: str) -> Any:
        return asked(self.browser, self.session, expression)

    def until(self, expression: str) -> None:
        until(self.browser, self.session, expression)

    def press(self, selector: str) -> None:
        press(self.browser, self.session, f"document.querySelector({json.dumps(selector)})")

    def stand(self, place: tuple[float, float], expression: str = "true") -> None:
        """Stand at a place until an expression is true; a receiver says again and again where it is."""
        (lon, lat), ended = place, time.monotonic() + 60
        values = {"longitude": lon, "latitude": lat, "accuracy": 8}
        self.browser.call("Emulation.setGeolocationOverride", self.session, **values)
        while not self.ask(expression):
            assert time.monotonic() < ended, expression
            time.sleep(0.2)
            self.browser.call("Emulation.setGeolocationOverride", self.session, **values)

    def read(self, selector: str) -> None:
        """Turn the wheel until something is in the upper half of the window."""
        top = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect().top"
        middle = 200.0, 400.0
        for _ in range(20):
            away = self.ask(top) - 150
            if abs(away) < 100:
                return
            wheel(self.browser, self.session, middle, away)
            self.rest()
        raise AssertionError(f"{selector} cannot be scrolled to")

    def rest(self) -> None:
        """Wait until the page scrolls no more."""
        last = None
        while last != (last := self.ask("scrollY")):
            self.ask("rested = false; setTimeout(() => requestAnimationFrame(() => rested = true), 100)")
            self.until("rested")

    def seen(self, selector: str) -> tuple[float, float, int]:
        """Return how far the page is scrolled, where something is in the window, and how often the page scrolled."""
        top = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect().top"
        found: list[Any] = self.ask(f"[scrollY, {top}, window.scrolls ?? 0]")
        return found[0], found[1], found[2]

    def feed(self, fixes: Sequence[Fix]) -> None:
        """Be the receiver."""
        values = "{coords: {longitude, latitude, accuracy, speed}, timestamp: second * 1000}"
        loop = f"for (const [second, longitude, latitude, accuracy, speed] of {json.dumps(fixes)}) feed({values});"
        self.ask(loop)

    def is_whole(self, axe: str) -> None:
        assert violations(self.browser, self.session, axe) == []
        assert self.ask("document.documentElement.scrollWidth <= innerWidth")
        # The pictures of the places are not served here.
        assert self.ask("window.wrong.filter((each) => !each.startsWith('<img'))") == []


@pytest.mark.parametrize("width", [390, 1280])
def test_an_arrival_at_a_stop_moves_nothing_and_leads_there_if_wanted(
    browser: Browser, address: str, axe: str, width: int
) -> None:
    visit = Visit(browser, address + WALK, width=width)
    visit.stand(STOP)
    visit.press("[data-watch]")
    reading = '[data-stop="3"] p:nth-of-type(9)'
    visit.read(reading)
    before, focus = visit.seen(reading), visit.ask("document.activeElement.outerHTML")
    visit.stand(STOP, f"!!{CARD}")
    assert "étape 2, Terril" in visit.ask(f"{CARD}.querySelector('.title').textContent").replace("\xa0", " ")
    assert visit.seen(reading) == before
    assert visit.ask("document.activeElement.outerHTML") == focus
    assert visit.ask("[...document.querySelectorAll('.reached')].map((each) => each.dataset.stop)") == ["2"]
    assert "Terril" in visit.ask("document.querySelector('[data-walk] [role=status]').textContent")
    assert visit.ask("window.tones") == 0
    visit.is_whole(axe)
    visit.press(".map-arrival .lamp")
    assert visit.ask(f"{CARD}") is None
    assert visit.ask("document.activeElement.id") == "stop-2"
    visit.until("(({top}) => top >= 0 && top < innerHeight)(document.activeElement.getBoundingClientRect())")
    # What stands above what was read has waited; it is there once it is seen.
    visit.read("#walk")
    visit.until("document.querySelector('[data-walk] [data-news]').textContent.includes('Terril')")
    onwards = visit.ask("document.querySelector('[data-where]').textContent").replace("\xa0", " ")
    assert onwards.endswith("Prochaine étape : 3, Une place.")


def test_a_chime_rings_for_whoever_has_switched_it_on(browser: Browser, address: str) -> None:
    visit = Visit(browser, address + WALK)
    stored = "localStorage.getItem('carreau-chime')"
    assert (visit.ask("document.querySelector('[data-chime]').checked"), visit.ask(stored)) == (False, None)
    visit.press("[data-chime]")
    # It is heard at once, so that one knows it, and how loud it is.
    visit.until("window.tones == 2")
    assert visit.ask(stored) == "true"
    visit.go(address + WALK)
    assert visit.ask("document.querySelector('[data-chime]').checked")
    visit.stand(STOP)
    visit.press("[data-watch]")
    visit.stand(STOP, f"!!{CARD} && window.tones == 2")
    # The same choice holds for trails.
    visit.go(address + TRAIL)
    assert visit.ask("document.querySelector('[data-chime]').checked")
    visit.press("[data-arrival] summary")
    visit.press("[data-chime]")
    assert visit.ask(stored) is None
    assert visit.ask("window.tones") == 0
    assert visit.ask("window.wrong") == []


def test_who_goes_the_other_way_around_is_led_on_that_way(browser: Browser, address: str) -> None:
    visit = Visit(browser, address + WALK)
    for stop, following in ((4, "5, Une place"), (3, "2, Terril"), (2, "1, Fosse")):
        visit.press(f'[data-stop="{stop}"] .route-here')
        said = visit.ask("document.querySelector('[data-walk] [role=status]').textContent").replace("\xa0", " ")
        assert said.endswith(f"Prochaine étape : {following}."), said
    assert visit.ask("document.querySelector('[aria-current=step]').dataset.stop") == "1"


@pytest.mark.parametrize("page", [WALK, TRAIL], ids=["route", "trail"])
def test_who_refuses_is_told_so_and_can_go_on_by_hand(browser: Browser, address: str, axe: str, page: str) -> None:
    visit = Visit(browser, address + page, permission="denied")
    if page == TRAIL:
        visit.press("[data-arrival] summary")
    label = visit.ask("document.querySelector('[data-watch]').textContent")
    visit.press("[data-watch]")
    panel = "document.querySelector('[data-watch]').closest('section')"
    visit.until(f"{panel}.querySelector('[role=status]').textContent.length > 60")
    said = visit.ask(f"{panel}.querySelector('[role=status]').textContent")
    assert said.startswith("Votre navigateur ne partage pas votre position")
    assert visit.ask(f"{panel}.querySelector('[data-news]').textContent") == said
    assert visit.ask("document.querySelector('[data-watch]').textContent") == label
    visit.is_whole(axe)
    here = "[data-stop] .route-here" if page == WALK else ".trail-chapter.open .trail-here"
    visit.press(here)
    assert visit.ask(f"{CARD}") is None
    assert visit.ask("Object.keys(localStorage).length") == 1


def _walk_to(walker: Walker, index: int) -> list[Fix]:
    """Return the positions on the way to the place of a chapter, and of a minute there."""
    begun = len(walker.fixes)
    walker.go(*PLACES[index], WALKING)
    walker.wait(60)
    return walker.fixes[begun:]


def _titled(visit: Visit) -> str:
    title: str = visit.ask(f"{CARD}?.querySelector('.title').textContent ?? ''")
    return title.replace("\xa0", " ")


def test_an_arrival_opens_the_chapter_without_moving_what_is_read(browser: Browser, address: str, axe: str) -> None:
    visit = Visit(browser, address + TRAIL, FEED)
    visit.press("[data-arrival] summary")
    visit.press("[data-watch]")
    walker = Walker(noise_m=4, accuracy_m=8, step_s=1)
    walker.x = -150
    # The chapters lie below the window: the one that is told here takes the place of the open one.
    visit.ask("scrollTo({top: 0, behavior: 'instant'})")
    visit.rest()
    assert visit.ask("document.querySelector('.trail-chapter.open').getBoundingClientRect().top >= innerHeight")
    before = visit.seen("h1")
    visit.feed(_walk_to(walker, 2))
    assert visit.ask(OPEN) == "la-marche"
    assert visit.seen("h1") == before
    assert "chapitre 3" in _titled(visit)
    assert visit.ask("location.hash") == "#chapter=la-marche"
    visit.is_whole(axe)
    # It is read, and the next one opens below.
    visit.read("[data-chapter=la-marche] .prose")
    before = visit.seen("[data-chapter=la-marche] .prose")
    visit.feed(_walk_to(walker, 3))
    assert visit.ask(OPEN) == "la-marche,les-pontons"
    assert visit.seen("[data-chapter=la-marche] .prose") == before
    assert "chapitre 4" in _titled(visit)
    visit.is_whole(axe)
    visit.press(".map-arrival .lamp")
    visit.until(f"{OPEN} == 'les-pontons'")
    assert visit.ask("document.activeElement.closest('.trail-chapter').dataset.chapter") == "les-pontons"
    assert visit.ask(f"{CARD}") is None
    # Who reads the sources below would be pushed down: only the card leads there.
    visit.read("#sources")
    before = visit.seen("#sources")
    visit.feed(_walk_to(walker, 5))
    assert visit.ask(OPEN) == "les-pontons"
    assert visit.seen("#sources") == before
    assert "chapitre 6" in _titled(visit)
    # Back where one was before, nothing is said again.
    visit.press(".map-arrival button:last-child")
    visit.feed(_walk_to(walker, 3))
    assert visit.ask(f"{CARD}") is None
    stored = json.loads(visit.ask(f"localStorage['carreau-trail-{SLUG}']"))
    assert stored["reached"] == ["la-marche", "les-pontons", "le-pain"]


def test_in_a_frame_of_another_page_a_trail_tells_of_arrivals_and_stores_nothing(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address + TRAIL, FEED)
    visit.ask("localStorage.clear()")
    frame = "Object.assign(document.createElement('iframe'), {src: location.pathname, width: 360, height: 700})"
    visit.ask(f"document.body.replaceChildren({frame})")
    inside = "document.querySelector('iframe').contentDocument"
    visit.until(f"!!{inside}?.querySelector('.trail-player:not([hidden])')")
    for selector in ("[data-arrival] summary", "[data-chime]", "[data-watch]"):
        press(visit.browser, visit.session, f"{inside}.querySelector('{selector}')")
    walker = Walker(noise_m=4, accuracy_m=8, step_s=1)
    walker.x = -150
    values = "{coords: {longitude, latitude, accuracy, speed}, timestamp: second * 1000}"
    visit.ask(
        f"for (const [second, longitude, latitude, accuracy, speed] of {json.dumps(_walk_to(walker, 2))}) "
        f"document.querySelector('iframe').contentWindow.feed({values})"
    )
    visit.until(f"!!{inside}.querySelector('.map-arrival')")
    assert visit.ask("localStorage.length") == 0
    assert visit.ask("document.querySelector('iframe').contentWindow.tones") == 4


def test_the_page_of_a_route_for_frames_asks_for_no_position(browser: Browser, address: str) -> None:
    session = opened(browser, f"{address}/embed/routes/{ROUTE}", 390)
    loaded(browser, session)
    assert asked(browser, session, "document.querySelectorAll('main ol > li').length") == 5
    assert asked(browser, session, "document.querySelector('[data-watch], [data-chime], script[src*=places]')") is None
