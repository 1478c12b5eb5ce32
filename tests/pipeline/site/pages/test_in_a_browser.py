"""Pages are looked at in a browser: everybody can use them, at every width, and their scripts do what they are for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from carreau.base.languages import LANGUAGES
from carreau.site.pages.addresses import own_files
from carreau.site.pages.pages import make_pages
from tests.browser import Browser, asked, loaded, opened, until
from tests.looking import CUT, SPACED, told_by_axe
from tests.pipeline.site.pages.made import ASSETS, BARE, RICH, ROUTE, edition
from tests.pipeline.site.pages.serving import served
from tests.real_input import choose, click, press, tap, unfold

pytestmark = pytest.mark.browser

KINDS = {
    "home": "/fr/", "places": "/de/alle-orte", "search": "/fr/recherche",
    "rich": f"/de/orte/{RICH}", "bare": f"/pl/miejsca/{BARE}",
    "route": f"/fr/parcours/{ROUTE}", "about": "/nl/over", "credits": "/fr/credits", "data": "/en/open-data",
    "legal": "/fr/mentions-legales", "accessibility": "/fr/accessibilite", "lost": "/404", "embed": f"/embed/{RICH}",
    "api": "/de/api", "problems": "/en/problems",
}  # fmt: skip
WATCH = """addEventListener("securitypolicyviolation", (event) => {
  (window.violated ??= []).push(event.violatedDirective + event.blockedURI);
});"""


KIND = "document.getElementById('filters').kind"


@pytest.fixture(scope="module")
def answers() -> dict[str, tuple[bytes, str]]:
    found = {page.address: (page.content, page.ext) for page in make_pages(edition()) if page.language in ("", "fr")}
    found |= {page.address: (page.content, page.ext) for page in make_pages(edition()) if page.address not in found}
    found |= {vars(ASSETS)[name]: file for name, file in own_files().items()}
    picture = BytesIO()
    Image.new("RGB", (640, 480), "#a8452d").save(picture, "WEBP")
    found |= {f"/a/{name}.webp": (picture.getvalue(), "webp") for name in ("poster", "small", "photo800", "photo1600")}
    return found


@pytest.fixture(scope="module")
def address(answers: dict[str, tuple[bytes, str]], viewer_modules: Path) -> Iterator[str]:
    with served(answers, viewer_modules) as at:
        yield at


def shown(browser: Browser, url: str, width: int, is_dark: bool = False) -> str:
    session = opened(browser, "about:blank", width)
    browser.call("Page.enable", session)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=WATCH)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
    browser.call("Emulation.setEmulatedMedia", session, features=[scheme])
    browser.call("Page.navigate", session, url=url)
    loaded(browser, session)
    return session


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_keeps_anybody_from_a_page(browser: Browser, address: str, axe: str, kind: str) -> None:
    for width, is_dark in ((1280, False), (320, True)):
        session = shown(browser, address + KINDS[kind], width, is_dark)
        assert told_by_axe(browser, session, axe)["violations"] == []
        assert asked(browser, session, "document.documentElement.scrollWidth <= innerWidth")
        assert asked(browser, session, "window.violated") is None
    assert {url.split("/")[2] for url in browser.asked if url.startswith("http")} == {address.split("/")[2]}


@pytest.mark.parametrize("kind", ["rich", "route"])
def test_a_page_with_everything_holds_at_wide_spacing(browser: Browser, address: str, kind: str) -> None:
    """Spacing as WCAG 1.4.12 has it; pages of the catalogue are looked at in tests/test_published_site.py."""
    session = shown(browser, address + KINDS[kind], 320)
    asked(browser, session, SPACED)
    assert asked(browser, session, CUT) == []


def test_the_list_is_narrowed_and_shown_again(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/fr/lieux", 1280)
    count = "document.querySelectorAll('.card[data-kind]:not([hidden])').length"
    until(browser, session, "!document.getElementById('filters').hidden")
    assert asked(browser, session, count) == 2
    choose(browser, session, KIND, "terril")
    assert asked(browser, session, count) == 1
    assert asked(browser, session, "document.querySelector('#filters .status').textContent") == "1 lieu"
    assert asked(browser, session, "location.search") == "?kind=terril"
    again = shown(browser, f"{address}/fr/lieux?kind=terril&theme=nonsense#places", 1280)
    until(browser, again, f"{count} == 1")
    assert asked(browser, again, "location.search + location.hash") == "?kind=terril#places"
    press(browser, session, "document.querySelector('#filters button')")
    until(browser, session, f"{count} == 2")
    assert asked(browser, session, "location.search") == ""


@pytest.mark.parametrize(("old", "leads_to"), [
    ("/fr/#commune-59172", "/fr/lieux#commune-59172"),
    ("/fr/?kind=terril#places", "/fr/lieux?kind=terril#places"),
    ("/fr/?commune=59172", "/fr/lieux?commune=59172"),
    ("/fr/?lang=fr#routes", "/fr/?lang=fr#routes"),
])  # fmt: skip
def test_an_old_link_to_the_list_leads_on_to_it(browser: Browser, address: str, old: str, leads_to: str) -> None:
    session = shown(browser, address + old, 1280)
    until(browser, session, f"document.readyState == 'complete' && location.href == '{address}{leads_to}'")


def test_a_commune_that_is_narrowed_away_is_shown_to_who_follows_a_link_to_it(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/fr/lieux", 1280)
    until(browser, session, "!document.getElementById('filters').hidden")
    chip = "document.querySelector('[data-chip]')"
    assert asked(browser, session, f"[{chip}.textContent, {chip}.parentElement.hidden].join()") == "Denain 1,false"
    is_hidden = f"{chip}.parentElement.hidden"
    is_seen = "(e => !e.closest('[hidden]') && e.getBoundingClientRect().top < innerHeight)"
    for _ in range(2):  # the second time the address is there already
        choose(browser, session, KIND, "fosse")
        until(browser, session, is_hidden)
        unfold(browser, session, "document.querySelector('svg a.map-commune')")
        press(browser, session, "document.querySelector('svg a.map-commune')")
        until(browser, session, f"{is_seen}(document.querySelector('.list-group'))")
        assert asked(browser, session, "document.querySelector('#filters').kind.value + location.search") == ""


def test_search_shows_what_the_api_found_as_text(browser: Browser, answers: dict[str, tuple[bytes, str]]) -> None:
    hit = {
        "lang": "nl", "page": f"/fr/sites/{RICH}", "title": {"text": "De <b>mijn</b>", "marks": [[3, 6]]},
        "excerpt": {"text": "😀 mijn", "marks": [[2, 6]]},
    }  # fmt: skip
    found = json.dumps({"hits": [hit], "matched": 1, "read_as": "mijn", "is_partial": False}).encode()
    with served({**answers, "/v1/search": (found, "json")}) as address:
        session = shown(browser, f"{address}/fr/recherche?q=mijm", 1280)
        until(browser, session, "!document.getElementById('hits').hidden")
        assert asked(browser, session, "document.querySelector('#hits a').textContent") == "De <b>mijn</b>"
        marks = "[...document.querySelectorAll('#hits mark')].map(e => e.textContent).join('|')"
        assert asked(browser, session, marks) == "<b>|mijn"
        assert asked(browser, session, "document.querySelector('#hits li').lang") == "nl"
        assert (
            asked(browser, session, "document.getElementById('status').textContent")
            == "1 résultat. Résultats pour\u00a0: mijn."
        )


def test_search_finds_names_where_no_api_answers(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/fr/recherche?q=FOSSÉ", 1280)
    until(browser, session, "!document.getElementById('hits').hidden")
    names = "[...document.querySelectorAll('#hits a')].map(e => e.textContent).join('|')"
    assert asked(browser, session, names) == "Fosse fr"


ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1 Mobile/15E148 Safari/604.1"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
GO_LINKS = (
    "[...document.querySelectorAll('.go a.button')].filter(e => e.offsetParent).map(e => e.href.slice(0, 30)).join()"
)
OSM, APPLE, GEO = "https://www.openstreetmap.org/", "https://maps.apple.com/?daddr=50", "geo:50.36000,3.42000?q=50.3600"


@pytest.mark.parametrize(
    ("agent", "links"),
    [(ANDROID, [GEO, OSM, OSM]), (IPHONE, [APPLE[:30], APPLE[:30]]), (LAPTOP, [OSM, OSM])],
    ids=["android", "iphone", "laptop"],
)
def test_go_there_opens_the_map_of_the_device(browser: Browser, address: str, agent: str, links: list[str]) -> None:
    session = opened(browser, "about:blank", 390)
    browser.call("Emulation.setUserAgentOverride", session, userAgent=agent)
    browser.call("Page.navigate", session, url=address + KINDS["bare"])
    loaded(browser, session)
    until(browser, session, "!document.querySelector('[data-copy-at]').hidden")
    assert asked(browser, session, GO_LINKS) == ",".join(links)


def test_coordinates_are_copied_and_that_is_announced(browser: Browser, address: str) -> None:
    session = shown(browser, address + KINDS["bare"], 390)
    until(browser, session, "!document.querySelector('[data-copy-at]').hidden")
    taken = "navigator.clipboard.writeText = async (text) => { window.taken = text; }"
    asked(browser, session, taken)
    click(browser, session, "document.querySelector('[data-copy-at]')")
    until(browser, session, "document.querySelector('.coordinates [role=status]').textContent == 'Skopiowano.'")
    assert asked(browser, session, "window.taken") == "50.36000, 3.42000"
    refused = "navigator.clipboard.writeText = async () => { throw new Error(); }; document.execCommand = () => false"
    asked(browser, session, refused)
    click(browser, session, "document.querySelector('[data-copy-at]')")
    until(
        browser, session, "/nie jest tu możliwe/.test(document.querySelector('.coordinates [role=status]').textContent)"
    )
    assert asked(browser, session, "String(getSelection())") == "50.36000, 3.42000"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [390, 768, 960, 1280])
def test_the_button_for_languages_stays_on_the_line_of_the_name(
    browser: Browser, address: str, language: str, width: int
) -> None:
    session = shown(browser, f"{address}/{language}/", width)
    tops = "['.shell-brand', '.shell-languages'].map(name => document.querySelector(name).getBoundingClientRect())"
    name, languages = asked(browser, session, f"{tops}.map(({{top, bottom}}) => [top, bottom])")
    assert languages[0] < name[1]
    assert languages[1] > name[0]


SHARED = {
    "place": f"/pl/miejsca/{BARE}", "route": f"/fr/parcours/{ROUTE}", "sample": f"/de/orte/{RICH}",
}  # fmt: skip
SHARE = "document.querySelector('[data-share] button')"
SAID = "document.querySelector('[data-share] [role=status]').textContent"


@pytest.mark.parametrize("path", SHARED.values(), ids=SHARED)
def test_a_tap_shares_the_address_of_a_page_or_copies_it_and_says_so(browser: Browser, address: str, path: str) -> None:
    session = shown(browser, address + path, 390)
    asked(browser, session, "delete Navigator.prototype.share")
    asked(browser, session, "navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    tap(browser, session, SHARE)
    until(browser, session, SAID)
    assert asked(browser, session, "window.copied") == address + path
    # There is no dialog of a system here: what would open it is told what to share.
    asked(browser, session, f"{SAID.removesuffix('.textContent')}.textContent = ''")
    asked(browser, session, "navigator.share = async ({title, url}) => { window.sent = `${title} ${url}`; }")
    tap(browser, session, SHARE)
    assert until(browser, session, "window.sent") == f"{asked(browser, session, 'document.title')} {address}{path}"
    assert asked(browser, session, SAID) == ""


def test_without_scripts_there_is_no_button_to_share(browser: Browser, address: str) -> None:
    session = opened(browser, "about:blank", 390)
    browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
    browser.call("Page.navigate", session, url=address + KINDS["rich"])
    loaded(browser, session)
    assert asked(browser, session, f"{SHARE}.checkVisibility()") is False


@pytest.mark.parametrize("path", [f"/fr/parcours/{ROUTE}/plaques", f"/de/routen/{ROUTE}/schilder"])
def test_a_printed_plate_is_a6_and_holds_all_it_says(browser: Browser, address: str, path: str) -> None:
    session = shown(browser, address + path, 1123)
    browser.call("Emulation.setEmulatedMedia", session, media="print")
    sizes = asked(
        browser,
        session,
        """[...document.querySelectorAll(".plate")].map((plate) => {
      const { width, height } = plate.getBoundingClientRect();
      const parts = [...plate.querySelectorAll("p, h2, svg")];
      const inside = Math.max(...parts.map((part) => part.getBoundingClientRect().bottom));
      const code = plate.querySelector(".plate-qr").getBoundingClientRect().width;
      return [width, height, inside - plate.getBoundingClientRect().top, code].map((each) => (each * 25.4) / 96);
    })""",
    )
    assert len(sizes) == 3
    for width, height, content, code in sizes:
        assert (round(width), round(height)) == (105, 148)
        assert content <= 148
        assert code >= 55
