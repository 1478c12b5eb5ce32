"""What `carreau publish` makes of the whole catalogue is answered by the real server, and everybody can use it."""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import brotli
import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.package_folders import STATIC
from carreau.base.schema.bundle import Manifest
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.check_texts import team_sentences
from carreau.site.pages.pages import CHECKS, RECORD
from carreau.site.publish import bundle_answers
from carreau.site.releases import read_current
from tests.accessibility import HOW, LOOKED, PAGES, faults, recorded
from tests.browser import Browser, asked, loaded, opened, until
from tests.conftest import lent
from tests.looking import Looked, looked_at
from tests.server.asking import Ask, of_server, served

PROJECT = Path(__file__).parents[1]
HREF = re.compile(r'(?:href|src|data-[a-z]+)="(/[^"#]*)')
ERROR = "/v1/sites?kind=nope"
"""The one link that is answered by an error: the documentation of the API shows what one is like."""

pytestmark = pytest.mark.skipif(
    not (STATIC / "model-viewer.js").is_file() and os.environ.get("CI") != "true",
    reason="the viewer's libraries are not built: run make setup",
)


@pytest.fixture(scope="module")
def manifest(real_bundle: Path) -> Manifest:
    """Its manifest."""
    found = read_current(real_bundle)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def port(real_bundle: Path) -> Iterator[int]:
    """Where the server answers, a process of its own."""
    with served(real_bundle, "--no-access-log") as (port, _):
        yield port


@pytest.fixture(scope="module")
def ask(port: int) -> Ask:
    """What asks it."""
    return of_server(port)


@pytest.fixture(scope="module")
def shown(manifest: Manifest, ask: Ask) -> dict[tuple[str, str], list[str]]:
    """The texts of every page, by its address and language: those between its tags, and those of its attributes."""
    found = dict[tuple[str, str], list[str]]()
    for answer in manifest.answers:
        if not answer.static.endswith(".html"):
            continue
        page = ask(f"{answer.path}?lang={answer.lang}", accept="text/html").text
        page = re.sub(r"<(script|style|code|pre|textarea)\b.*?</\1>", "<>", page, flags=re.DOTALL)
        texts = re.split(r"<[^>]*>", page) + re.findall(r'\s(?:alt|title|aria-label|content)="([^"]*)"', page)
        found[answer.path, answer.lang] = [each for text in texts if (each := html.unescape(text).strip(" \n"))]
    assert len(found) > 500
    return found


@pytest.fixture(scope="module")
def looked(
    port: int, axe: str, chromium: str, running_browsers: list[Browser], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Looked]:
    """What keeps people from a page of each kind."""
    with lent(chromium, running_browsers, tmp_path_factory) as browser:
        return {kind: looked_at(browser, f"http://127.0.0.1:{port}", at, axe) for kind, at in PAGES.items()}


def test_every_answer_is_the_bytes_that_the_manifest_says(manifest: Manifest, ask: Ask) -> None:
    types = {file.sha256: file.media_type for file in manifest.files}
    wrong = []
    for answer in manifest.answers:
        reply = ask(f"{answer.path}?lang={answer.lang}" if answer.lang else answer.path, accept="*/*")
        if answer.path == "/404" or answer.path.startswith(("/q/", "/id/")):  # plates and identifiers lead on
            continue
        is_right = hashlib.sha256(reply.body).hexdigest() == answer.sha256
        kind, said = (text.partition(";")[0] for text in (types[answer.sha256], reply.headers["content-type"]))
        if reply.status != 200 or not is_right or kind != said:
            wrong.append((answer.path, answer.lang, reply.status, reply.headers.get("content-type")))
    assert wrong == []


def test_every_file_is_whole_in_both_encodings(manifest: Manifest, ask: Ask) -> None:
    for file in manifest.files:
        if file.sha256 == manifest.database:
            continue
        plain = ask(f"/{file.path}")
        assert (plain.status, hashlib.sha256(plain.body).hexdigest()) == (200, file.sha256), file.path
        packed = ask(f"/{file.path}", accept_encoding="br")
        body = brotli.decompress(packed.body) if packed.headers.get("content-encoding") == "br" else packed.body
        assert hashlib.sha256(body).hexdigest() == file.sha256, file.path
        assert (packed.headers.get("content-encoding") == "br") == (file.brotli_bytes is not None), file.path


def test_no_link_of_any_page_is_dead_and_none_leaves_the_origin_by_itself(manifest: Manifest, ask: Ask) -> None:
    pages = [answer for answer in manifest.answers if answer.static.endswith(".html")]
    assert len(pages) > 500
    links = dict[str, str]()
    for answer in pages:
        text = ask(f"{answer.path}?lang={answer.lang}", accept="text/html").text
        links.update(dict.fromkeys(map(html.unescape, HREF.findall(text)), answer.path))
        for address in re.findall(
            r'<(?:img|script|source|link rel="(?:stylesheet|icon)")[^>]*?(?:src|href)="([^"]+)"', text
        ):
            assert not urlsplit(urljoin("http://ours.example", address)).netloc.replace("ours.example", ""), answer.path
    # Folders of decoders, such as /viewer/basis/, are named for the library and answered for no file of their own.
    dead = [(link, page) for link, page in sorted(links.items()) if not link.endswith("/") or link.count("/") < 3]
    dead = [(link, page) for link, page in dead if link != ERROR and ask(link).status not in (200, 307, 308)]
    assert dead == []
    assert ask(ERROR).status == 400


def test_every_identifier_in_a_document_leads_to_a_page(manifest: Manifest, ask: Ask) -> None:
    exports = [answer for answer in manifest.answers if answer.static.endswith((".jsonld", ".xml", "manifest.json"))]
    named = set[str]()
    for answer in exports:
        named.update(re.findall(r"https://carreau\.example(/id/[^\"<#?\s]+)", ask(answer.path, accept="*/*").text))
    own = {answer.path for answer in manifest.answers if answer.path.startswith("/id/")}
    assert len(own) > 2 * 58
    assert len(named) > 58
    pages = dict[str, int]()
    for identifier in sorted(named | own):
        reply = ask(identifier, accept="text/html")
        assert reply.status == 303, identifier
        page = reply.headers["location"].partition("#")[0]
        pages[page] = pages.get(page) or ask(page).status
    assert set(pages.values()) == {200}


MARKDOWN = re.compile(r"\]\(|\*\*|__|^[-*#>] |(?<![\w/])[_*][^\s_*][^_*]*[_*](?!\w)|`", re.MULTILINE)
TYPEWRITTEN = re.compile(r"\w'|'\w")
BREAKABLE = re.compile(r"[ \n][:;?!»]|«[ \n]")
"""Spaces of French where a line would begin with a mark, or end with one that opens."""


def _where(shown: dict[tuple[str, str], list[str]], pattern: re.Pattern[str], language: str = "") -> list[object]:
    pages = (each for each in shown.items() if language in ("", each[0][1]))
    return [(*page, text) for page, texts in pages for text in texts if pattern.search(text)]


def test_no_page_shows_the_marks_that_its_texts_were_written_with(shown: dict[tuple[str, str], list[str]]) -> None:
    assert _where(shown, MARKDOWN) == []


def test_apostrophes_and_spaces_of_all_pages_are_those_of_print(shown: dict[tuple[str, str], list[str]]) -> None:
    assert _where(shown, TYPEWRITTEN) == []
    assert _where(shown, BREAKABLE, "fr") == []


def test_the_way_to_the_abbey_leads_to_the_page_of_its_museum(manifest: Manifest, ask: Ask) -> None:
    museum = re.compile(r'<dd>[^[<]*<a href="https://agglo-porteduhainaut\.fr/lieu/musee-tour-abbatiale">[^<]+</a>')
    pages = [each for each in manifest.answers if each.path.endswith("/abbaye-de-saint-amand") and each.lang]
    led = {each.lang for each in pages if museum.search(ask(f"{each.path}?lang={each.lang}", accept="text/html").text)}
    assert led == set(LANGUAGES)


def test_ordinals_are_raised_where_there_is_html_and_nowhere_else(manifest: Manifest, ask: Ask) -> None:
    ordinal, raised = re.compile(r"\b(?:[XVI]{2,}e|\d+er) "), re.compile(r"(?:[XVI]+<sup>e|1<sup>er)</sup>")
    found = 0
    for answer in manifest.answers:
        if answer.lang == "fr" and answer.static.endswith(".html"):
            page = ask(f"{answer.path}?lang=fr", accept="text/html").text
            for kept in re.findall(r"<(title|script|option|text)\b(.*?)</\1>", page, re.DOTALL):
                assert "<sup>" not in kept[1], answer.path
            body = re.sub(r"<(title|script|option|text|code)\b.*?</\1>", "", page, flags=re.DOTALL)
            assert not ordinal.search(re.sub(r"<[^>]*>", "\n", body)), answer.path
            found += len(raised.findall(body))
    assert found > 20


@pytest.mark.parametrize("words", ["fosse", "mine", "Arenberg"])
def test_no_result_of_a_search_shows_the_address_of_a_link(ask: Ask, words: str) -> None:
    hits = json.loads(ask(f"/v1/search?q={words}&lang=fr&limit=50").text)["hits"]
    assert hits
    texts = [each[part]["text"] for each in hits for part in ("title", "excerpt")]
    assert [each for each in texts if MARKDOWN.search(each) or BREAKABLE.search(each)] == []


SAMPLES = ["demonstration", "maisons-vues-du-ciel"]


def test_samples_come_last_wherever_places_are_listed(ask: Ask) -> None:
    listed = [each["slug"] for each in json.loads(ask("/v1/sites?lang=fr&limit=100").text)["sites"]]
    assert sorted(listed[-2:]) == SAMPLES
    for words in ("fosse", "terril", "maison", "Denain", "simulation"):
        hits = [each["slug"] for each in json.loads(ask(f"/v1/search?q={words}&lang=fr&limit=50").text)["hits"]]
        ranks = [each in SAMPLES for each in hits]
        assert ranks == sorted(ranks), words
    index = re.findall(r"<li><a href=\"/fr/sites/([^\"]+)", ask("/fr/recherche", accept="text/html").text)
    assert sorted(index[-2:]) == SAMPLES
    for slug in SAMPLES:
        page = ask(f"/fr/sites/{slug}", accept="text/html").text
        assert not re.search(r'href="#(?:go|where)"|id="go"', page), slug


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_counts_the_same_places_and_promises_no_model_that_is_not_there(ask: Ask, language: str) -> None:
    home = ask(f"/{language}/", accept="text/html").text
    (lead,), (link,) = re.findall(r'<p class="lead">([^<]*)', home), re.findall(r'id="first">.*?<a [^>]*>([^<]*)', home)
    (address,) = re.findall(rf'href="(/{language}/[^"#]+)" data-list', home)
    places = ask(address, accept="text/html").text
    chips = [int(number) for number in re.findall(r'data-chip="[^"]*">[^<]*<span>(\d+)</span>', places)]
    cards = [card for card in re.findall('<li class="card"[^>]*>', places) if "data-sample" not in card]
    assert [re.findall(r"\d+", text) for text in (lead, link)] == [["53"], ["53"]]
    assert (sum(chips), len(cards)) == (53, 53)
    promises = re.findall('<meta name="description" content="([^"]*)"', home + places)
    assert [text for text in (lead, *promises) if "3D" in text] == []


def test_climbing_the_tip_of_renard_is_forbidden_before_the_way_there(ask: Ask) -> None:
    page = ask("/fr/sites/terril-renard", accept="text/html").text
    text = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert text.index("Il est interdit de monter sur le terril") < text.index('href="#go"')
    ways = text[text.index('id="go"') :]
    assert ways.index("Il est interdit de monter sur le terril") < ways.index("openstreetmap.org/directions")


CAVEATS = (
    "Horaires, accès et sécurité n’ont pas été vérifiés sur le terrain.",
    "proposition : non vérifiée sur le terrain",
)
"""What visitors are told of what nobody has checked."""


def test_no_page_of_a_place_holds_what_only_the_team_needs(ask: Ask) -> None:
    """Neither notes to the team, nor undecided credits, nor ids, nor an asterisk at every text."""
    catalogue = read_catalogue(PROJECT / "assets")
    parts = [part.name for each in catalogue.sites.values() for state in each.of.state for part in state.part]
    raw_ids = re.compile(rf">\s*(?:{'|'.join(each for each in parts if '-' in each)})\s*<")
    for kind, slugs in (("sites", catalogue.sites), ("routes", catalogue.routes)):
        for slug in slugs:
            document = json.loads(ask(f"/v1/{kind}/{slug}?lang=fr").text)
            assert "questions" not in document
            assert all(right["credit"] or right["licence"] for right in document["rights"])
            for language, address in bundle_answers.page_paths(kind, slug, LANGUAGES).items():
                text = ask(f"{address}?lang={language}", accept="text/html").text
                assert 'class="todo"' not in text, address
                assert 'id="questions"' not in text, address
                assert not re.search(r"[*†]</small>", text), address
                assert text.count('class="of translation"') <= 1, address
                assert not raw_ids.search(text), address
                if (kind, language) == ("sites", "fr"):
                    body = text[text.index("<main") : text.index("</main>")]
                    said = (html.unescape(each).replace("\u00a0", " ") for each in re.split(r"<[^>]+>| · ", body))
                    notes = [note for each in said for note in team_sentences(each) if note not in CAVEATS]
                    assert notes == [], address


@pytest.mark.browser
@pytest.mark.parametrize("check", CHECKS)
def test_nothing_keeps_anybody_from_a_page(looked: dict[str, Looked], check: str) -> None:
    assert {kind: page.faults[check] for kind, page in looked.items() if page.faults[check]} == {}


@pytest.mark.browser
def test_no_page_complains_or_asks_anybody_else(looked: dict[str, Looked]) -> None:
    assert {kind: page.wrong for kind, page in looked.items() if page.wrong} == {}


SHIFTED = """window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (!entry.hadRecentInput) shift += entry.value;
})).observe({type: "layout-shift", buffered: true});"""
LARGE = "document.documentElement.style.fontSize = '200%'"


def _phone(browser: Browser, height: int) -> str:
    session = opened(browser, "about:blank", 360)
    screen = {"width": 360, "height": height, "deviceScaleFactor": 2, "mobile": True}
    browser.call("Emulation.setDeviceMetricsOverride", session, **screen)
    browser.call("Page.enable", session)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=SHIFTED)
    return session


def _on_a_phone(browser: Browser, url: str, height: int) -> str:
    session = _phone(browser, height)
    browser.call("Page.navigate", session, url=url)
    loaded(browser, session)
    return session


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fr", "de", "pl"])
def test_on_a_phone_the_home_page_is_short_and_its_first_choices_are_on_the_first_screen(
    browser: Browser, port: int, language: str
) -> None:
    session = _on_a_phone(browser, f"http://127.0.0.1:{port}/{language}/", 640)
    ends = "[...document.querySelectorAll('.home-hero .acts a')].map(each => each.getBoundingClientRect().bottom)"
    found = asked(browser, session, ends)
    assert len(found) == 2
    assert max(found) <= 640
    session = _on_a_phone(browser, f"http://127.0.0.1:{port}/{language}/", 800)
    assert asked(browser, session, "document.documentElement.scrollHeight") <= 8 * 800


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/fr/", "/de/alle-orte", "/fr/sites/fosse-d-arenberg"])
def test_at_twice_the_size_of_text_a_phone_shows_all_and_a_short_header(browser: Browser, port: int, path: str) -> None:
    session = _on_a_phone(browser, f"http://127.0.0.1:{port}{path}", 800)
    asked(browser, session, LARGE)
    assert asked(browser, session, "document.documentElement.scrollWidth") <= 360
    assert asked(browser, session, "document.querySelector('header.shell-top').offsetHeight") < 800 / 4


@pytest.mark.browser
@pytest.mark.parametrize(
    "path",
    ["/fr/sites/terril-n-174-sabatier-sud", "/de/orte/cite-audiffret-pasquier", "/nl/sites/dispensaire-d-haveluy"],
)
def test_at_twice_the_size_of_text_a_place_is_as_wide_as_its_window(browser: Browser, port: int, path: str) -> None:
    """These have the longest words beside a stage, and facts that sources disagree on, in a narrow column."""
    session = opened(browser, f"http://127.0.0.1:{port}{path}", 1280)
    loaded(browser, session)
    asked(browser, session, LARGE)
    root = "document.documentElement"
    assert asked(browser, session, f"{root}.scrollWidth") <= asked(browser, session, f"{root}.clientWidth")


BROKEN = """(() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) {
    const node = texts.currentNode;
    for (const {index, 0: word} of node.data.matchAll(/aujourd’hui/gi)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({top}) => Math.round(top)));
      if (lines.size) found.push(lines.size);
    }
  }
  return found;
})()"""
"""On how many lines each "aujourd’hui" of a page stands."""


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_no_word_breaks_at_its_apostrophe_at_twice_the_size_of_text(browser: Browser, port: int, width: int) -> None:
    for path in ("/fr/", "/fr/sites/demonstration", "/fr/sites/fosse-d-arenberg", "/fr/recits/abbaye-de-saint-amand"):
        session = opened(browser, f"http://127.0.0.1:{port}{path}", width)
        loaded(browser, session)
        asked(browser, session, f"{LARGE}; document.querySelectorAll('details').forEach((each) => each.open = true)")
        lines = asked(browser, session, BROKEN)
        assert lines is not None
        assert set(lines) <= {1}, path


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/fr/", "/pl/wszystkie-miejsca"])
def test_nothing_shifts_when_the_fonts_come(browser: Browser, port: int, path: str) -> None:
    """On a line so slow that the page is there in the fonts that stand in for them first."""
    session = _phone(browser, 800)
    browser.call("Network.setCacheDisabled", session, cacheDisabled=True)
    browser.call("Network.setBypassServiceWorker", session, bypass=True)
    line = {"latency": 100, "downloadThroughput": 20_000, "uploadThroughput": 20_000}
    browser.call("Network.emulateNetworkConditions", session, offline=False, **line)
    browser.call("Page.navigate", session, url=f"http://127.0.0.1:{port}{path}")
    until(browser, session, "performance.getEntriesByName('first-contentful-paint').length")
    assert asked(browser, session, "document.fonts.status") == "loading"
    until(browser, session, "document.fonts.status == 'loaded' && document.fonts.check('1rem \"Carreau Serif\"')")
    assert asked(browser, session, "shift") < 0.02


@pytest.mark.browser
def test_the_accessibility_statement_tells_what_was_found(
    looked: dict[str, Looked], request: pytest.FixtureRequest
) -> None:
    """Versions and titles are those of when it was recorded; another browser may leave less undecided, and not more."""
    if request.config.getoption("record"):
        request.config.stash[LOOKED] = looked
        return
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    again = f"the record is of another time: {HOW}"
    assert faults(record["pages"]) == faults(recorded(looked.values())), again
    assert {rule for page in looked.values() for rule in page.undecided} <= set(record["undecided"]), again
