"""The table model in the viewer: labels that lead to places, groups, the lamp, the keyboard and no WebGL."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import shapely
from PIL import Image

from carreau.air.relief_table import Form, Plate, RaisedPlace, TableScale, relief_table
from carreau.base.languages import LANGUAGES
from carreau.base.schema.lists import Territory
from carreau.site.pages.pages import make_pages
from carreau.site.table_plan import table_glb
from tests.browser import Browser, asked, loaded, opened, until, violations
from tests.pipeline.site.pages.made import BARE, RICH, edition, table
from tests.pipeline.site.pages.serving import served
from tests.real_input import click, click_at, drag, enter, middle, tap, tap_at
from tests.server.viewer.conftest import Answers
from tests.server.viewer.test_in_a_browser import NO_WEBGL, ROOT, VIEWER, shown

pytestmark = pytest.mark.browser

LABEL = f"{ROOT}.querySelector('[data-place=\"{{slug}}\"]')"
SHOWN = f"{VIEWER}?.dataset.shown && {ROOT}.querySelectorAll('.labels > .label:not([hidden])').length"


def model() -> bytes:
    """Two places of 1 km on a plate of 7 km, at the points that `made.table` says."""
    scale = TableScale((0.0, 0.0))
    plates = [Plate(shapely.box(-3500, -3500, 3500, 3500), (220, 208, 182))]
    places = [
        RaisedPlace(RICH, shapely.box(-2000, -1500, -1000, -500), Form.BLOCK, 33.0, (170, 70, 45)),
        RaisedPlace(BARE, shapely.box(1500, 1000, 2500, 2000), Form.HEAP, 33.0, (98, 112, 60)),
    ]
    return table_glb(relief_table(plates, places, [], scale), "an example")


@pytest.fixture(scope="module")
def table_answers(site_answers: Answers) -> Answers:
    pages = reversed(list(make_pages(edition(has_table=True))))
    found: Answers = site_answers | {page.address: (page.content, page.ext) for page in pages}
    content = model()
    for lang in LANGUAGES:
        told = table(lang)
        told["state"]["levels"][0]["bytes"] = len(content)
        document = Territory.model_validate(told).model_dump_json(exclude_none=True).encode()
        found[f"/v1/territory.{lang}.json"] = (document, "json")
        if lang == "fr":
            found["/v1/territory"] = (document, "json")
    picture = BytesIO()
    Image.new("RGB", (1800, 1000), "#3a342e").save(picture, "WEBP")
    found |= {f"/a/{name}.webp": (picture.getvalue(), "webp") for name in ("wide", "tall", "corner")}
    return found | {"/a/table.glb": (content, "glb")}


@pytest.fixture(scope="module")
def table_address(table_answers: Answers, viewer_modules: Path) -> Iterator[str]:
    with served(table_answers, viewer_modules) as at:
        yield at


OPEN = f"{ROOT}.querySelector('.open')"


def home(browser: Browser, address: str, before: str = "") -> str:
    session = shown(browser, f"{address}/fr/", before)
    ask_for_the_model(browser, session)
    if not before:
        until(browser, session, SHOWN)
    return session


def ask_for_the_model(browser: Browser, session: str) -> None:
    until(browser, session, f"{VIEWER}?.shadowRoot && {OPEN} && !{OPEN}.hidden")
    click(browser, session, OPEN)


def middle_of(browser: Browser, session: str, slug: str) -> tuple[float, float]:
    """Return where the top of a place is drawn, in the window: the foot of its pin."""
    box = f"(({LABEL.format(slug=slug)}).getBoundingClientRect())"
    until(browser, session, f"!{LABEL.format(slug=slug)}.hidden")
    x, y = asked(browser, session, f"(box => [box.left, box.top])({box})")
    return x, y + 24


def test_the_home_page_shows_the_model_and_asks_nobody_else(browser: Browser, table_address: str, axe: str) -> None:
    session = home(browser, table_address)
    links = (
        f"[...{ROOT}.querySelectorAll('.labels > a.label:not([hidden])')].map((each) => new URL(each.href).pathname)"
    )
    assert sorted(asked(browser, session, links)) == sorted([f"/fr/sites/{RICH}", f"/fr/sites/{BARE}"])
    assert violations(browser, session, axe) == []
    assert asked(browser, session, "window.wrong") is None
    assert set(asked(browser, session, "window.violated") or []) <= {"style-src-eleminline"}
    assert {url.split("/")[2] for url in browser.asked if url.startswith("http")} == {table_address.split("/")[2]}
    tools = asked(browser, session, f"[...{ROOT}.querySelectorAll('.bar button')].map((each) => each.dataset.tool)")
    assert "measure" not in tools
    assert {"view", "ar", "full"} <= set(tools)


HEAVY = ("/viewer/model-viewer.js", "/v1/territory", "/a/table.glb")


@pytest.mark.parametrize("path", ["/fr/", f"/fr/sites/{BARE}"], ids=["home", "corner"])
def test_the_model_waits_until_its_picture_is_tapped(browser: Browser, table_address: str, path: str) -> None:
    session = shown(browser, table_address + path)
    until(browser, session, f"{VIEWER}.shadowRoot && {OPEN} && !{OPEN}.hidden")
    asked(browser, session, "scrollTo(0, 300)")
    asked(browser, session, "scrollTo(0, 0)")
    asked(browser, session, "requestIdleCallback(() => requestIdleCallback(() => { window.isIdle = true; }))")
    until(browser, session, "window.isIdle")
    paths = {urlsplit(url).path for url in browser.asked}
    assert [each for each in HEAVY if each in paths] == []
    x, _ = middle(browser, session, VIEWER)
    above = asked(browser, session, f"{OPEN}.getBoundingClientRect().top")
    tap_at(browser, session, (x, above - 40))
    until(browser, session, f"{VIEWER}.dataset.shown")
    assert asked(browser, session, "location.pathname") == path


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1280, 800), (1920, 1080)])
def test_no_words_of_the_home_page_lie_on_the_model(
    browser: Browser, table_address: str, width: int, height: int
) -> None:
    session = shown(browser, f"{table_address}/fr/")
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.call("Emulation.setDeviceMetricsOverride", session, **screen)
    boxes = """((names) => names.map((name) => {
      const {left, top, right, bottom} = document.querySelector(name).getBoundingClientRect();
      return [left, top, right, bottom].map(Math.round);
    }))(["carreau-viewer", "header.shell-top", ".home-hero .words h1", ".home-hero .lead", ".home-hero .acts"])"""
    (left, top, right, bottom), *others = asked(browser, session, boxes)
    assert right - left > width / 3
    assert bottom - top > height / 4
    for other in others:
        assert other[2] <= left or other[0] >= right or other[3] <= top or other[1] >= bottom, other


def test_a_tap_on_a_sign_of_the_picture_leads_to_its_place(browser: Browser, table_address: str) -> None:
    session = shown(browser, f"{table_address}/fr/")
    until(browser, session, f"{VIEWER}.shadowRoot && {OPEN} && !{OPEN}.hidden")
    tap(browser, session, f"document.querySelector('.home-on-tall .home-signs a[href$=\"{BARE}\"]')")
    until(browser, session, f"location.pathname == '/fr/sites/{BARE}'")


def test_labels_stand_on_the_places(browser: Browser, table_address: str) -> None:
    session = home(browser, table_address)
    for slug in (RICH, BARE):
        x, y = middle_of(browser, session, slug)
        until(
            browser, session,
            f"{ROOT}.querySelector('model-viewer').positionAndNormalFromPoint({x}, {y})?.position.y > 0.0015",
        )  # fmt: skip


def test_a_tap_on_a_place_leads_to_its_page(browser: Browser, table_address: str) -> None:
    session = home(browser, table_address)
    x, y = middle_of(browser, session, BARE)
    click_at(browser, session, (x, y + 6))
    until(browser, session, f"location.pathname == '/fr/sites/{BARE}'")


def test_turning_the_model_leads_nowhere(browser: Browser, table_address: str) -> None:
    session = home(browser, table_address)
    before = asked(browser, session, f"{VIEWER}.view")
    x, y = middle_of(browser, session, BARE)
    drag(browser, session, (x, y + 6), (x + 90, y + 6))
    until(browser, session, f"{VIEWER}.view != '{before}'")
    assert asked(browser, session, "location.pathname") == "/fr/"


def test_a_key_on_a_label_leads_to_its_page(browser: Browser, table_address: str) -> None:
    session = home(browser, table_address)
    label = LABEL.format(slug=RICH)
    enter(browser, session, label)
    until(browser, session, f"location.pathname == '/fr/sites/{RICH}'")


def test_places_without_room_are_one_button_that_leads_nearer(browser: Browser, table_address: str) -> None:
    session = home(browser, table_address)
    asked(browser, session, f"{VIEWER}.view = '125.5,85,0.55,0.005,0,-0.005,26'")
    group = f"{ROOT}.querySelector('.labels > .group:not([hidden])')"
    until(browser, session, f"!!{group}")
    assert asked(browser, session, f"{group}.querySelector('b').textContent") == "2"
    assert asked(browser, session, f"{group}.getAttribute('aria-label')") == "2 lieux à Denain : s’approcher"
    click(browser, session, group)
    until(browser, session, f"{ROOT}.querySelectorAll('.labels > a.label:not([hidden])').length == 2")


LATE_LOAD = """const urls = [], create = URL.createObjectURL;
URL.createObjectURL = (blob) => {
  const viewer = document.querySelector("carreau-viewer").shadowRoot.querySelector("model-viewer");
  if (urls.length) queueMicrotask(() => viewer.dispatchEvent(new CustomEvent("load", {detail: {url: urls[0]}})));
  urls.push(create(blob));
  return urls.at(-1);
};"""
"""As model-viewer does where a model was aborted: it reports it as loaded when the next one takes its place."""


@pytest.mark.parametrize("before", ["", LATE_LOAD], ids=["alone", "after-an-aborted-model"])
def test_a_corner_has_its_place_under_the_lamp(browser: Browser, table_address: str, before: str) -> None:
    session = shown(browser, f"{table_address}/fr/sites/{BARE}", before)
    ask_for_the_model(browser, session)
    until(browser, session, SHOWN)
    label = LABEL.format(slug=BARE)
    until(browser, session, f"!{label}.hidden")
    assert asked(browser, session, f"[{label}.localName, {label}.classList.contains('own')]") == ["span", True]
    lit = f"""(viewer => {{
      const key = Object.getOwnPropertySymbols(viewer).find((symbol) => symbol.description == "scene");
      const found = (name) => viewer[key].getObjectByName(name).material.emissive.r > 0.3;
      return [found("{BARE}"), found("{RICH}")];
    }})({ROOT}.querySelector('model-viewer'))"""
    until(browser, session, f"{lit}[0]")
    assert asked(browser, session, lit) == [True, False]


def test_without_webgl_the_picture_and_its_links_stay(browser: Browser, table_address: str) -> None:
    session = home(browser, table_address, NO_WEBGL)
    loaded(browser, session)
    until(browser, session, f"{ROOT}.querySelector('.message').textContent")
    assert asked(browser, session, "document.querySelectorAll('.home-on-tall .home-signs a').length") == 2
    assert asked(browser, session, "document.querySelector('.home-on-tall .home-signs a').checkVisibility()")


VIEWS = """window.views = new Set();
setInterval(() => {
  const {view} = document.querySelector("carreau-viewer") ?? {};
  if (view) views.add(view);
}, 30);"""


def test_the_model_sways_once_but_not_for_who_wants_less_motion(browser: Browser, table_address: str) -> None:
    still = home(browser, table_address, VIEWS)
    until(browser, still, SHOWN)
    view, seen = asked(browser, still, f"[{VIEWER}.view, views.size]")
    moving = opened(browser, "about:blank")
    browser.call("Page.enable", moving)
    browser.call("Page.addScriptToEvaluateOnNewDocument", moving, source=VIEWS)
    browser.call("Page.navigate", moving, url=f"{table_address}/fr/")
    loaded(browser, moving)
    ask_for_the_model(browser, moving)
    until(browser, moving, f"window.views?.size > {seen} && {VIEWER}.view == '{view}'")
    assert asked(browser, still, f"[{VIEWER}.view, views.size]") == [view, seen]
