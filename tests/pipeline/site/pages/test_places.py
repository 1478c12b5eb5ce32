"""What pages with a map do for visitors who want it: a picture of IGN, what is near, and arrival at a stop."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from carreau.site.pages.addresses import own_files
from carreau.site.pages.pages import make_pages
from server.viewer.tools.static_files import SCRIPTS, build_viewer
from tests import real_input
from tests.browser import Browser, asked, loaded, opened, until
from tests.conftest import need
from tests.looking import told_by_axe
from tests.pipeline.site.pages.made import ASSETS, BARE, RICH, ROUTE, edition
from tests.pipeline.site.pages.serving import served
from tests.pipeline.site.pages.test_in_a_browser import KIND, WATCH
from tests.real_input import choose, unfold

pytestmark = pytest.mark.browser

STILL = [{"name": "prefers-reduced-motion", "value": "reduce"}]
IGN = "https://data.geopf.fr/"
LIST, WALK, PLACE = "/fr/lieux", f"/fr/parcours/{ROUTE}", f"/pl/miejsca/{BARE}"
CARDS = "[...document.querySelectorAll('#places-list .card')]"
NEAR_STATUS = "document.querySelector('[data-near] .status').textContent"
WALK_STATUS = "document.querySelector('[data-walk] [role=status]').textContent"
_WALK_TEXT = "document.querySelector('[data-where]').innerText.replaceAll('\\u00a0', ' ')"
NEXT = f"{_WALK_TEXT}.match(/Prochaine étape : [^,]+, [^,.]+/g)"
GROUND = "document.querySelector('[data-ground]')"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, viewer_modules: Path) -> Iterator[str]:
    """Where the pages are served, with the module as it is now."""
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    path = tmp_path_factory.mktemp("places") / "places.js"
    build_viewer(path, viewer_modules, SCRIPTS["places.js"])
    # Of an address that answers in every language, the first one.
    found = {page.address: (page.content, page.ext) for page in reversed(list(make_pages(edition())))}
    found |= {vars(ASSETS)[name]: file for name, file in own_files().items() if vars(ASSETS).get(name)}
    found[ASSETS.places_script] = (path.read_bytes(), "js")
    with served(found) as at:
        yield at


@pytest.fixture(scope="module")
def visitor(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    made = Browser(chromium, tmp_path_factory.mktemp("visitor"))
    yield made
    made.close()


STEADY = """const { geolocation } = navigator, watch = geolocation.watchPosition.bind(geolocation);
geolocation.watchPosition = (onFix, onProblem, options) =>
  watch(onFix, (error) => error.code === error.POSITION_UNAVAILABLE || onProblem(error), options);"""
"""An emulated position is said to be gone before each new one, unless the page is too busy to have asked again."""


def shown(browser: Browser, url: str, permission: str = "granted", width: int = 1280) -> str:
    """Open a page in a browser that answers so when it is asked for a position."""
    session = opened(browser, "about:blank", width)
    browser.call("Page.enable", session)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=WATCH + STEADY)
    browser.call("Emulation.setEmulatedMedia", session, features=STILL)
    browser.call("Fetch.enable", session, patterns=[{"urlPattern": f"{IGN}*"}])
    told = {"name": "geolocation"}
    browser.call("Browser.setPermission", permission=told, setting=permission, origin="/".join(url.split("/")[:3]))
    browser.call("Page.navigate", session, url=url)
    loaded(browser, session)
    return session


def go(browser: Browser, session: str, lon: float, lat: float, accuracy: float = 8) -> None:
    browser.call("Emulation.setGeolocationOverride", session, longitude=lon, latitude=lat, accuracy=accuracy)


def walk(browser: Browser, session: str, lon: float, lat: float, accuracy: float, expression: str) -> None:
    """Be somewhere until an expression is true; a receiver says again and again where it is."""
    ended = time.monotonic() + 60
    while not asked(browser, session, expression):
        assert time.monotonic() < ended, expression
        go(browser, session, lon, lat, accuracy)
        time.sleep(0.02)


def press(browser: Browser, session: str, selector: str) -> None:
    """Press a button: with a finger where the window is that of a phone, and with the mouse elsewhere."""
    real_input.press(browser, session, f"document.querySelector('{selector}')")


def is_whole(browser: Browser, session: str, axe: str) -> None:
    """Nothing keeps anybody from the page as it is now, and nothing on it broke a rule."""
    assert told_by_axe(browser, session, axe)["violations"] == []
    assert asked(browser, session, "document.documentElement.scrollWidth <= innerWidth")
    assert asked(browser, session, "window.violated") is None


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_the_list_is_sorted_by_distance_and_back(visitor: Browser, address: str, axe: str) -> None:
    session = shown(visitor, address + LIST)
    go(visitor, session, 3.42, 50.361)
    order = f"{CARDS}.map(e => e.dataset.slug).join()"
    before = asked(visitor, session, order)
    until(visitor, session, "!document.querySelector('[data-near]').hidden")
    press(visitor, session, "[data-start]")
    until(visitor, session, "!document.getElementById('near-section').hidden")
    # The demonstration place has no real position.
    assert asked(visitor, session, order) == f"{BARE},{RICH}"
    said = asked(visitor, session, f"{CARDS}.map(e => e.querySelector('.map-away').textContent).join('|')")
    assert [len(each) > 5 for each in said.split("|")] == [True, True]
    status = plain(asked(visitor, session, NEAR_STATUS))
    assert "Terril nu" in status
    assert "110 m" in status
    assert asked(visitor, session, "!!document.querySelector('.map-visitor .dot')")
    assert asked(visitor, session, "document.querySelector('.list-group').hidden")
    is_whole(visitor, session, axe)
    # Whoever narrows the list meanwhile finds it sorted and narrowed.
    choose(visitor, session, KIND, "terril")
    assert asked(visitor, session, f"{CARDS}.filter(e => !e.hidden).map(e => e.dataset.slug).join()") == BARE
    assert (
        asked(visitor, session, "document.querySelector('[data-sign=\"" + BARE + "\"]').hasAttribute('hidden')")
        is False
    )
    choose(visitor, session, KIND, "")
    press(visitor, session, "[data-end]")
    assert asked(visitor, session, order) == before
    assert asked(visitor, session, "document.querySelector('.map-away, .map-visitor')") is None
    assert asked(visitor, session, "document.querySelector('.list-group').hidden") is False
    assert asked(visitor, session, "document.activeElement.matches('[data-start]')")
    assert asked(visitor, session, "localStorage.length + sessionStorage.length + document.cookie.length") == 0


def test_who_is_far_away_walks_along_or_says_no_is_told_so(visitor: Browser, address: str) -> None:
    session = shown(visitor, address + LIST)
    go(visitor, session, 2.35, 48.86, 40)
    press(visitor, session, "[data-follow]")
    press(visitor, session, "[data-start]")
    until(visitor, session, f"/\\d{{3}}\\skm/.test({NEAR_STATUS})")
    assert asked(visitor, session, "document.querySelector('.map-visitor')") is None
    walk(visitor, session, 3.405, 50.356, 8, f"/110\\sm/.test({NEAR_STATUS})")
    assert asked(visitor, session, f"{CARDS}[0].dataset.slug") == RICH
    assert asked(visitor, session, "!!document.querySelector('.map-visitor')")
    refused = shown(visitor, address + LIST, "denied")
    press(visitor, refused, "[data-start]")
    until(visitor, refused, f"{NEAR_STATUS}.length > 60")
    assert asked(visitor, refused, "document.getElementById('near-section').hidden")


def test_arrival_is_noticed_along_the_way(visitor: Browser, address: str, axe: str) -> None:
    session = shown(visitor, address + WALK, width=400)
    # Within the outline of the first stop, far from its middle.
    go(visitor, session, 3.4042, 50.3543, 12)
    until(visitor, session, "!document.querySelector('[data-walk]').hidden")
    assert asked(visitor, session, "document.querySelectorAll('.route-here').length") == 3
    press(visitor, session, "[data-watch]")
    until(visitor, session, f"{NEXT}?.length == 1")
    # One position is none.
    assert asked(visitor, session, "document.querySelector('.reached')") is None
    walk(visitor, session, 3.4042, 50.3543, 12, "document.querySelector('.just')?.dataset.stop == '1'")
    assert asked(visitor, session, f"{NEXT}.join()") == "Prochaine étape : 2, Terril"
    assert asked(visitor, session, "document.querySelector('[aria-current=step]').dataset.stop") == "2"
    # A vague position arrives nowhere.
    walk(visitor, session, 3.42, 50.36, 300, "/300\\sm/.test(document.querySelector('[data-where]').textContent)")
    assert asked(visitor, session, "document.querySelectorAll('.reached').length") == 1
    is_whole(visitor, session, axe)
    # The third has no position: by hand.
    press(visitor, session, '[data-stop="3"] .route-here')
    assert asked(visitor, session, "document.querySelectorAll('.reached').length") == 2
    assert asked(visitor, session, "document.activeElement.matches('[data-stop=\"3\"] .route-here')")
    is_whole(visitor, session, axe)  # as drawn under the finger
    press(visitor, session, "[data-watch]")
    assert asked(visitor, session, "document.querySelector('.map-visitor, .map-arrival')") is None
    assert asked(visitor, session, "Object.values(localStorage).join()").startswith('{"stops":[1,3],"until":')
    press(visitor, session, "[data-forget]")
    assert asked(visitor, session, "localStorage.length") == 0
    assert asked(visitor, session, "document.querySelector('.reached')") is None


def test_a_plate_marks_the_stop_that_it_hangs_at(visitor: Browser, address: str) -> None:
    """On a static host: its page leads on in the language of the browser."""
    session = shown(visitor, f"{address}/q/{ROUTE}/2", "denied")
    until(visitor, session, "document.querySelector('.reached')?.dataset.stop == '2'")
    assert asked(visitor, session, "location.pathname + location.hash") == f"/en/routes/{ROUTE}#stop-2"
    assert asked(visitor, session, "document.activeElement.id") == "stop-2"
    assert "Terril" in asked(visitor, session, WALK_STATUS)
    # Another plate on the same page; the first is still known.
    asked(visitor, session, "location.hash = 'stop=1'")
    until(visitor, session, "document.querySelectorAll('.reached').length == 2")
    press(visitor, session, "[data-forget]")


def test_ign_is_asked_only_when_somebody_presses(visitor: Browser, address: str, axe: str) -> None:
    picture = BytesIO()
    Image.new("RGB", (60, 45), "#7a9e5a").save(picture, "PNG")
    visitor.replies = {f"{IGN}wms-r?": (200, "image/png", picture.getvalue())}
    for path in (LIST, WALK, PLACE):
        session = shown(visitor, address + path)
        until(visitor, session, f"!{GROUND}.hidden")
        assert not any(url.startswith(IGN) for url in visitor.asked)
        unfold(visitor, session, GROUND)
        press(visitor, session, "[data-ground] summary")
        press(visitor, session, "[data-layer=photo]")
        until(visitor, session, "document.querySelector('.map-has-ground > img')?.complete")
        assert asked(visitor, session, "document.querySelector('[data-credit=photo]').textContent").startswith("© IGN")
        laid = "((a, b) => Math.abs(a.left - b.left) + Math.abs(a.right - b.right) + Math.abs(a.bottom - b.bottom))("
        laid += "document.querySelector('.map-drawing > img').getBoundingClientRect(),"
        assert (
            asked(visitor, session, f"{laid} document.querySelector('.map-drawing > svg').getBoundingClientRect())") < 1
        )
        is_whole(visitor, session, axe)
        press(visitor, session, "[data-layer=photo]")
        assert asked(visitor, session, "document.querySelector('.map-has-ground, .map-drawing > img')") is None
        assert asked(visitor, session, "document.cookie.length + sessionStorage.length") == 0
        sent = {url for url in visitor.asked if url.startswith(IGN)}
        assert len(sent) == 1
        visitor.asked -= sent
    visitor.replies = {IGN: (503, "text/plain", b"busy")}
    press(visitor, session, "[data-layer=plan]")
    until(visitor, session, f"{GROUND}.querySelector('.status').textContent == {GROUND}.dataset.failed")
    assert asked(visitor, session, "document.querySelector('.map-has-ground, .map-drawing > img')") is None
    assert asked(visitor, session, "document.querySelector('[data-credit=plan]').hidden")


def test_plates_are_read_from_what_is_printed(visitor: Browser, address: str, axe: str) -> None:
    session = shown(visitor, f"{address}{WALK}/plaques", width=320)
    is_whole(visitor, session, axe)
    visitor.call("Emulation.setEmulatedMedia", session, media="print")
    screen = {"width": 1123, "height": 1600, "deviceScaleFactor": 1, "mobile": False}
    visitor.call("Emulation.setDeviceMetricsOverride", session, **screen)
    taken = visitor.call("Page.captureScreenshot", session, captureBeyondViewport=True)["data"]
    read = {each.text for each in zxingcpp.read_barcodes(Image.open(BytesIO(base64.b64decode(taken))).convert("L"))}
    assert read == {f"https://pages.example/q/{ROUTE}/{number}" for number in (1, 2, 3)}
    size = "(e => [e.width, e.height].map(Math.round).join())(document.querySelector('.plate').getBoundingClientRect())"
    assert asked(visitor, session, size) == "397,559"  # 105 × 148 mm at 96 pixels an inch
