"""Visitors can see, reach and press every control of every kind of page, and it does something."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from carreau.desk.accounts import add_account
from tests.browser import Browser, asked, opened, until
from tests.conftest import PROJECT, lent
from tests.controls import Walk
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.test_accounts import ANNE, PASSWORD, QUICK
from tests.pipeline.desk.web.desks import running_desk
from tests.pipeline.desk.web.scene_pages import demonstration
from tests.pipeline.site.pages.made import RICH
from tests.pipeline.site.pages.serving import served as served_pages
from tests.server.asking import served
from tests.server.viewer.conftest import house_address, site_answers, viewer_module  # noqa: F401 - fixtures
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
SIZES: Mapping[int, int] = {390: 2, 768: 0, 1280: 1}
"""Widths of screens, and how many presses in a row are tried there: by finger at 390 pixels, with the mouse at 1280."""
SHORT: Mapping[int, int] = {390: 1, 768: 0, 1280: 1}
"""The same, on pages whose panels are walked through elsewhere, and on those of the desk."""
SEEN: Mapping[int, int] = dict.fromkeys(SIZES, 0)
"""The same, where all is pressed in other tests: a press of the desk's scene draws its model anew."""

TRAIL = "/fr/recits/bataille-de-denain"
PLAYED = "document.querySelector('.trail-player:not([hidden])') && document.querySelector('.trail-chapter.open')"
PACKED = "!document.querySelector('[data-pack-panel]') || document.querySelector('[data-pack-panel] button')"
REAL: Mapping[str, tuple[str, str]] = {
    "home": ("/fr/", "true"),
    "explore": ("/fr/lieux", "!document.querySelector('#filters').hidden"),
    "near me": ("/fr/lieux#near-me", "!document.querySelector('[data-near]').hidden"),
    "place": ("/fr/sites/fosse-d-arenberg", "true"),
    "drawn place": ("/fr/sites/fosse-mathilde", "true"),
    "demonstration": ("/fr/sites/demonstration", "true"),
    "trails": ("/fr/recits", "true"),
    "trail": (TRAIL, f"{PLAYED} && ({PACKED})"),
    "chapter": (f"{TRAIL}#chapter=les-pas", f"{PLAYED} && ({PACKED})"),
    "sheets": (f"{TRAIL}/fiches", "true"),
    "map that moves": (f"{TRAIL}/carte-animee/denain-1712", "document.querySelector('.moving-controls')"),
    "show": ("/fr/recits/jules-mousseron/spectacle", "true"),
    "route": ("/fr/parcours/arenberg-a-pied", f"document.querySelector('.route-here') && ({PACKED})"),
    "plates": ("/fr/parcours/arenberg-a-pied/plaques", "true"),
    "search": ("/fr/recherche?q=fosse", "document.querySelector('#hits li')"),
    "embedded place": ("/embed/fosse-d-arenberg?lang=fr", "true"),
    "embedded route": ("/embed/routes/arenberg-a-pied?lang=fr", "true"),
    "embedded trail": ("/embed/trails/bataille-de-denain?lang=fr", PLAYED),
    "websites": ("/fr/integrer", "!document.querySelector('#snippet').hidden"),
    "api": ("/en/api", "document.querySelector('.docs-operation') && document.querySelector('.docs-example button')"),
    "problems": ("/pl/problems", "true"),
    "lost": ("/fr/nulle-part", "true"),
    "offline": ("/fr/hors-ligne", "true"),
    "credits": ("/fr/credits", "true"),
}
"""Pages of the real catalogue: address, and what is true once its scripts have made their controls."""

VIEWER = """(({dataset, shadowRoot}) => dataset.shown && shadowRoot.querySelector(".open").hidden)(
  document.querySelector("carreau-viewer"))"""
MODELLED: Mapping[str, tuple[str, str]] = {
    "place with a model": (f"/fr/sites/{RICH}", VIEWER),
    "embedded model": (f"/embed/{RICH}", VIEWER),
}
"""Pages with a model that was made for tests, as `REAL`."""
DESK: Mapping[str, tuple[str, str]] = {
    "overview": ("/", "document.querySelector('form.begin')"),
    "place": ("/places/demonstration", "document.querySelector('#place')"),
    "texts": ("/places/demonstration/translate", "document.querySelector('#texts')"),
    "media": ("/places/demonstration/media", "document.querySelector('#media')"),
    "model": ("/places/demonstration/scene", "document.querySelector('.stage[data-shown] .pin')"),
    "translations": ("/translate", "document.querySelector('form.filters')"),
    "wording": ("/wording", "document.querySelector('form.filters')"),
    "spreadsheets": ("/spreadsheets", "document.querySelector('input[type=file]')"),
    "import": ("/import", "document.querySelector('input[type=file]')"),
    "scans": ("/scans", "document.querySelector('#send-scan')"),
    "publish": ("/publish", "document.querySelector('form[action$=draft]')"),
}
"""Pages of the desk."""

KNOWN: Mapping[tuple[str, int], tuple[str, ...]] = {}
"""Beginnings of faults that are known, by page and width; each has to be found."""


def unknown(kind: str, width: int, faults: list[str]) -> list[str]:
    """Return the faults that are not known, and the known ones that were not found."""
    known = KNOWN.get((kind, width), ())
    found = [each for each in faults if not each.startswith(known or ("\n",))]
    return found + [f"mended: {each}" for each in known if not any(fault.startswith(each) for fault in faults)]


@pytest.fixture(scope="module")
def port(real_bundle: Path) -> Iterator[int]:
    """Where the server answers with the real catalogue, a process of its own."""
    with served(real_bundle, "--no-access-log") as (port, _):
        yield port


@pytest.fixture(scope="module")
def known_kinds() -> dict[int, set[str]]:
    """Kinds of links that were pressed on a page before, by width."""
    return {width: set() for width in SIZES}


def faults_of(
    browser: Browser, url: str, ready: str, kind: str, kinds: dict[int, set[str]], sizes: Mapping[int, int] = SIZES
) -> dict[int, list[str]]:
    found = {}
    for width, deepest in sizes.items():
        faults = Walk(browser, width, deepest, kinds[width]).faults(url, ready)
        if wrong := unknown(kind, width, faults):
            found[width] = wrong
    return found


@pytest.mark.parametrize("kind", REAL)
def test_every_control_of_a_real_page(browser: Browser, port: int, known_kinds: dict[int, set[str]], kind: str) -> None:
    address, ready = REAL[kind]
    assert faults_of(browser, f"http://127.0.0.1:{port}{address}", ready, kind, known_kinds) == {}


@pytest.mark.parametrize("kind", MODELLED)
def test_every_control_of_a_page_with_a_model(browser: Browser, request: pytest.FixtureRequest, kind: str) -> None:
    (path, ready), origin = MODELLED[kind], request.getfixturevalue("house_address")
    sizes = SHORT if kind == "embedded model" else SIZES
    assert faults_of(browser, origin + path, ready, kind, {width: set() for width in SIZES}, sizes) == {}


def test_every_control_of_signing_in(browser: Browser, tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    add_account(tmp_path / "users.toml", ANNE, PASSWORD, QUICK)
    with running_desk("--assets", str(root), "--users", str(tmp_path / "users.toml")) as address:
        assert faults_of(browser, address, "true", "sign-in", {width: set() for width in SIZES}) == {}


@pytest.fixture(scope="module")
def desk(
    chromium: str, running_browsers: list[Browser], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Browser, str]]:
    """The desk over the demonstration place and its model: a browser that is signed in, and the address of the desk."""
    root = demonstration(tmp_path_factory.mktemp("desk"))
    shutil.copy(PROJECT / "assets" / "communes.geojson", root / "assets")
    folders = [f"--{name}={root / name}" for name in ("assets", "models", "bundle")]
    with (
        running_desk(*folders, "--base-url=https://carreau.example") as address,
        lent(chromium, running_browsers, tmp_path_factory) as browser,
    ):
        session = opened(browser, address)  # the link signs in one browser, once
        until(browser, session, "location.pathname == '/' && document.readyState == 'complete'")
        origin = asked(browser, session, "location.origin")

        def is_checked() -> bool:
            browser.call("Page.navigate", session, url=f"{origin}/publish")
            until(browser, session, "location.pathname == '/publish' && document.readyState == 'complete'")
            return not asked(browser, session, "!!document.querySelector('main .notice a')")

        wait_until(is_checked, "the catalogue is checked")
        yield browser, origin


@pytest.fixture(scope="module")
def known_desk_kinds() -> dict[int, set[str]]:
    """Kinds of links that were pressed on a page of the desk before, by width."""
    return {width: set() for width in SIZES}


@pytest.mark.parametrize("kind", DESK)
def test_every_control_of_the_desk(desk: tuple[Browser, str], known_desk_kinds: dict[int, set[str]], kind: str) -> None:
    (browser, origin), (path, ready) = desk, DESK[kind]
    sizes = SEEN if kind == "model" else SHORT
    assert faults_of(browser, f"{origin}{path}", ready, kind, known_desk_kinds, sizes) == {}


WRONG = """<!doctype html><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/wrong.css">
<main><p>A sentence with a <a href="#end">link</a> in it.</p>
<p><button class="ticks">Ticks</button></p>
<p><button class="works">Works</button> <button class="dead">Dead</button>
<a class="dead-link" href="/other">Dead link</a> <a class="link" href="/other">Link</a></p>
<p class="cover"><button class="covered">Covered</button></p>
<p class="small"><button class="tiny" aria-label="Tiny"></button><button class="tiny" aria-label="Beside"></button></p>
<p class="hider"><span></span><button class="hidden">Hidden</button></p><button class="near">Outside</button>
<details><summary>More</summary><p><button class="inside">Inside</button></p></details>
<label><input type="checkbox">Drawn by its label</label>
<p>A sentence with a <a class="link" href="/file" download>file</a> in it.</p>
<div class="over"><button class="opens" aria-expanded="false" aria-controls="menu">Menu</button>
<p id="menu" hidden>Covers what is below</p><button class="works">Below</button></div>
<div class="over"><button class="opens traps" aria-expanded="false" aria-controls="trap">Trap</button>
<p id="trap" hidden></p></div>
<div id="host"></div><p class="long"></p><p id="end">End</p></main><script src="/wrong.js"></script>"""
WRONG_STYLE = """body { margin: 0; } button, a { font-size: 16px; } button { min-width: 24px; min-height: 24px; }
.cover { position: relative; width: 9rem; } .cover::after { content: ""; position: absolute; inset: 0; }
.hider { width: 100px; height: 60px; overflow: hidden; } .hider span { display: block; height: 200px; }
.small button { width: 12px; height: 12px; min-width: 0; min-height: 0; padding: 0; border: 0; vertical-align: top; }
.near { position: fixed; left: -90px; top: 9px; } .over { position: relative; margin: 40px 0; }
.over button { display: block; }
.over p { position: absolute; z-index: 1; inset: 0; margin: 0; background: #fff; } .over #menu { top: 30px; }
label { display: inline-block; padding: 6px; } input { position: absolute; opacity: 0; } .long { height: 2000px; }"""
WRONG_SCRIPT = """for (const each of document.querySelectorAll(".works, .tiny, .covered, .hidden, .near")) {
  each.addEventListener("click", () => each.dataset.pressed = "");
}
for (const each of document.querySelectorAll(".opens")) each.addEventListener("click", () => {
  const opened = document.getElementById(each.getAttribute("aria-controls"));
  each.ariaExpanded = String(!opened.toggleAttribute("hidden"));
});
document.querySelector(".ticks").addEventListener("click", (event) => {
  setInterval(() => event.target.dataset.at = performance.now(), 500);
});
document.querySelector(".dead-link").addEventListener("click", (event) => event.preventDefault());
document.querySelector("#host").attachShadow({mode: "open"}).innerHTML = "<button>Shaded</button>";"""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_walk_finds_what_is_wrong(browser: Browser, width: int) -> None:
    answers = {"/": (WRONG, "html"), "/wrong.css": (WRONG_STYLE, "css"), "/wrong.js": (WRONG_SCRIPT, "js")}
    answers |= {"/file": ("file", "txt")}
    with served_pages({path: (text.encode(), ext) for path, (text, ext) in answers.items()}) as origin:
        faults = Walk(browser, width, 2, set()).faults(f"{origin}/")
    found = {each.split("”")[0].lstrip("“"): each.rpartition(") ")[2] for each in faults}
    assert found.keys() == {
        "Covered",
        "Tiny",
        "Beside",
        "Hidden",
        "Outside",
        "Dead",
        "Dead link",
        "Inside",
        "Shaded",
        "Trap",
    }
    assert found["Covered"].startswith('is covered by <p class="cover">')
    assert found["Tiny"] == found["Beside"] == "is 12 x 12 pixels"
    assert found["Hidden"].startswith('cannot be scrolled to: it lies outside of <p class="hider">')
    assert found["Trap"].startswith('is covered by what nothing closes: <p id="trap">')
    assert found["Outside"].startswith("lies outside of the window")
    assert {found[each] for each in ("Dead", "Dead link", "Inside", "Shaded")} == {"does nothing"}
