"""A trail is followed as visitors do: chapter after chapter, on one phone and on the next."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import brotli
import pytest
import zxingcpp
from PIL import Image

from carreau.base.languages import LANGUAGES, path_words
from server.viewer.tools.static_files import SCRIPTS, build_viewer
from tests.browser import Browser, asked, loaded, opened, until, violations
from tests.conftest import need
from tests.looking import WATCH
from tests.pipeline.site.pages.serving import served
from tests.real_input import enter, focus, key, middle, press, press_at, unfold, write
from tests.server.viewer.played_trail import MAP, MODEL, SCRIPT, SLUG, SOUND, find_on_map, played_pages, told_pages

pytestmark = pytest.mark.browser

MOST_BYTES = 25_000
WIDTH = 360
PAGE = f"/fr/recits/{SLUG}"
CHAPTERS = (
    "le-siege", "le-moulin", "la-marche", "les-pontons", "le-marais", "le-pain", "eugene", "les-pas", "le-pont",
    "la-statue", "l-obelisque", "saint-amand",
)  # fmt: skip
OTHERS = ("abbaye-de-saint-amand", "jules-mousseron")
TOLD_IN = ("fr", "pl")
"""Languages that the other trails, and the sheets and plates of all three, are looked at in."""
OPEN = """[...document.querySelectorAll(".trail-chapter")].filter((each) => each.checkVisibility())
  .map((each) => each.dataset.chapter).join()"""
NEWS = "document.querySelector('[data-news]').textContent"
PRINT = """navigator.vibrate = () => true;
window.print = () => window.printed = (window.printed ?? 0) + 1;"""


@pytest.fixture(scope="module")
def script(viewer_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The player as it is now."""
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    path = tmp_path_factory.mktemp("trail") / "trail.js"
    build_viewer(path, viewer_modules, SCRIPTS["trail.js"])
    return path.read_bytes()


@pytest.fixture(scope="module")
def address(site_answers: dict[str, tuple[bytes, str]], script: bytes, viewer_modules: Path) -> Iterator[str]:
    with served(site_answers | played_pages() | told_pages(TOLD_IN) | {SCRIPT: (script, "js")}, viewer_modules) as at:
        yield at


class Visit:
    """A page of the trail in a browser, and what went wrong on it."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.session = browser, opened(browser, "about:blank", WIDTH)
        browser.call("Page.enable", self.session)
        browser.call("Page.addScriptToEvaluateOnNewDocument", self.session, source=WATCH + PRINT)
        motion = {"name": "prefers-reduced-motion", "value": "reduce"}
        browser.call("Emulation.setEmulatedMedia", self.session, features=[motion])
        self.go(url)

    def show(self, url: str) -> None:
        # The same page with another fragment would not be loaded anew.
        self.browser.call("Page.navigate", self.session, url="about:blank")
        self.browser.call("Page.navigate", self.session, url=url)
        loaded(self.browser, self.session)

    def go(self, url: str) -> None:
        self.show(url)
        self.until("!!document.querySelector('.trail-player:not([hidden])')")

    def ask(self, expression: str) -> Any:
        return asked(self.browser, self.session, expression)

    def until(self, expression: str) -> None:
        until(self.browser, self.session, expression)

    def press(self, selector: str) -> None:
        """Press something with a finger, as on every phone, after the folds that it lies in."""
        element = f"document.querySelector('{selector}')"
        if not selector.endswith("summary"):
            unfold(self.browser, self.session, element)
        press(self.browser, self.session, element)

    def key(self, name: str) -> None:
        key(self.browser, self.session, name)

    def write(self, selector: str, text: str) -> None:
        write(self.browser, self.session, f"document.querySelector('{selector}')", text)

    def stored(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self.ask(f"localStorage.getItem('carreau-trail-{SLUG}')") or "{}")
        return record

    def is_whole(self, axe: str) -> None:
        assert violations(self.browser, self.session, axe) == []
        # `innerWidth` grows with what is too wide.
        assert self.ask("document.documentElement.scrollWidth") <= WIDTH
        assert self.ask("window.wrong") == []


def chapter(index: int, selector: str = "") -> str:
    return f'[data-chapter="{CHAPTERS[index]}"] {selector}'.strip()


def test_the_player_is_small(script: bytes) -> None:
    assert len(brotli.compress(script)) <= MOST_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_in_every_language(browser: Browser, address: str, axe: str, language: str) -> None:
    visit = Visit(browser, f"{address}/{language}/{path_words('trails')[language]}/{SLUG}")
    assert visit.ask(OPEN) == CHAPTERS[0]
    visit.ask("for (const each of document.querySelectorAll('.trail-player details')) each.open = true")
    visit.until("!!document.querySelector('[data-code] svg')")
    assert visit.ask("!/[{}]|undefined/.test(document.querySelector('main').innerText)")
    visit.is_whole(axe)


@pytest.mark.parametrize("language", TOLD_IN)
@pytest.mark.parametrize("slug", OTHERS)
def test_the_other_trails_are_whole(browser: Browser, address: str, axe: str, slug: str, language: str) -> None:
    visit = Visit(browser, f"{address}/{language}/{path_words('trails')[language]}/{slug}")
    visit.ask("for (const each of document.querySelectorAll('.trail-player details')) each.open = true")
    visit.until("!!document.querySelector('[data-code] svg')")
    visit.is_whole(axe)
    visit.press("[data-all]")
    visit.ask("for (const each of document.querySelectorAll('details')) each.open = true")
    assert len(visit.ask(OPEN).split(",")) >= 10
    visit.is_whole(axe)


@pytest.mark.parametrize("language", TOLD_IN)
@pytest.mark.parametrize("kind", ["sheets", "plates"])
def test_sheets_and_plates_are_whole(browser: Browser, address: str, axe: str, kind: str, language: str) -> None:
    visit = Visit(browser, address + PAGE)
    for slug in (SLUG, *OTHERS):
        visit.show(f"{address}/{language}/{path_words('trails')[language]}/{slug}/{path_words(kind)[language]}")
        sheet = ".trail-sheet" if kind == "sheets" else ".plate-sheet"
        assert visit.ask(f"document.querySelectorAll('{sheet}').length") >= 2
        visit.is_whole(axe)


def test_a_story_is_followed_from_the_first_to_the_last_chapter(browser: Browser, address: str, axe: str) -> None:
    visit = Visit(browser, address + PAGE)
    assert visit.ask("document.querySelector('[data-begin]').textContent") == "Commencer"
    assert visit.stored() == {}
    visit.press(chapter(0, ".trail-ways [data-to=la-marche]"))
    visit.until(f"{OPEN} == 'la-marche'")
    assert visit.ask("location.hash") == "#chapter=la-marche"
    assert visit.ask("document.activeElement.closest('.trail-chapter').dataset.chapter") == "la-marche"
    assert "Chapitre 3 sur 12" in visit.ask("document.querySelector('[data-said]').textContent").replace("\xa0", " ")
    # Back goes to where one came from, and so does the browser's.
    visit.press(chapter(2, ".back button"))
    visit.until(f"{OPEN} == 'le-siege'")
    visit.ask("history.back()")
    visit.until(f"{OPEN} == 'la-marche'")
    visit.press(chapter(2, ".trail-ways [data-to]"))
    visit.until(f"{OPEN} == 'les-pontons'")
    assert visit.stored()["read"] == ["le-siege", "la-marche"]
    # The phone ends the page; it goes on where it was, and a link to a chapter still leads to that.
    visit.go(address + PAGE)
    assert visit.ask(OPEN) == "les-pontons"
    assert visit.ask("document.querySelector('.trail-contents [aria-current]').hash") == "#chapter=les-pontons"
    visit.go(f"{address}{PAGE}#chapter=eugene")
    assert visit.ask(OPEN) == "eugene"
    visit.is_whole(axe)
    visit.press("[data-all]")
    assert visit.ask(OPEN) == ",".join(CHAPTERS)
    visit.is_whole(axe)
    visit.press("[data-all]")
    # With children, theirs comes first; at home nobody is asked where they are.
    visit.press("[data-children]")
    visit.press("[data-means][value=home]")
    after = f"document.querySelector('{chapter(6, '.trail-telling')}').nextElementSibling"
    assert visit.ask(f"{after}.className") == "prose"
    assert visit.ask("document.querySelector('.trail-chapter.open .trail-here').checkVisibility()") is False
    visit.go(f"{address}{PAGE}#chapter=saint-amand")
    assert visit.ask(f"document.querySelector('{chapter(11, '.trail-telling')}').open")
    assert visit.ask("document.querySelector('[data-arrival]').checkVisibility()") is False
    _certificate(visit, axe)
    visit.press("[data-means][value=bike]")
    visit.press("[data-again]")
    visit.until(f"{OPEN} == 'le-siege'")
    assert visit.stored().get("read", []) == []
    visit.is_whole(axe)


def _certificate(visit: Visit, axe: str) -> None:
    visit.press(chapter(11, ".trail-ways .lamp"))
    assert visit.ask("document.activeElement.id") == "certificate"
    visit.write("#certificate-name", "Zofia")
    assert visit.ask("document.querySelector('.trail-diploma').innerText.includes('Zofia')")
    visit.is_whole(axe)
    visit.press(".trail-certificate [type=submit]")
    assert visit.ask("window.printed") == 1
    printed = base64.b64decode(visit.browser.call("Page.printToPDF", visit.session, preferCSSPageSize=True)["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    visit.until("!document.documentElement.classList.contains('trail-only-certificate')")
    assert "Zofia" not in visit.ask(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )


def test_a_damaged_or_forbidden_storage_does_no_harm(browser: Browser, address: str) -> None:
    visit = Visit(browser, address + PAGE)
    visit.ask(f"localStorage.setItem('carreau-trail-{SLUG}', '{{\"version\":1,\"at\":7')")
    visit.ask("localStorage.setItem('carreau-telling', '[')")
    visit.go(address + PAGE)
    assert visit.ask(OPEN) == "le-siege"
    visit.browser.call(
        "Page.addScriptToEvaluateOnNewDocument", visit.session,
        source="Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no'); }})",
    )  # fmt: skip
    visit.go(address + PAGE)
    visit.press(chapter(0, ".trail-ways [data-to=la-marche]"))
    visit.until(f"{OPEN} == 'la-marche'")
    assert visit.ask("window.wrong") == []


def test_questions_are_answered_by_words_choice_map_and_model(browser: Browser, address: str, axe: str) -> None:
    visit = Visit(browser, f"{address}{PAGE}#chapter=le-siege")
    verdict = "document.querySelector('.trail-chapter.open .trail-verdict').textContent"
    hints = "[...document.querySelectorAll('.trail-chapter.open .hint')].filter(each => each.checkVisibility()).length"
    assert visit.ask(hints) == 1
    visit.write(chapter(0, ".trail-reply input"), "Le Quesnoy")
    visit.key("Enter")
    assert visit.ask(verdict).startswith("Pas cette fois")
    visit.press(chapter(0, ".hint summary"))
    visit.until(f"{hints} == 2")
    visit.write(chapter(0, ".trail-reply input"), "à LANDRECIES !")
    visit.key("Enter")
    assert visit.ask(verdict) == "Oui, c’est bien cela."
    assert visit.ask(f"document.querySelector('{chapter(0, '.answer')}').open")
    visit.is_whole(axe)
    # By choice, with the keyboard alone.
    visit.go(f"{address}{PAGE}#chapter=les-pontons")
    focus(browser, visit.session, f"document.querySelector('{chapter(3, '[type=radio]')}')")
    visit.key("ArrowDown")
    enter(browser, visit.session, f"document.querySelector('{chapter(3, '.trail-reply [type=submit]')}')")
    assert visit.ask(verdict).startswith("Pas cette fois")
    visit.press(chapter(3, "[type=radio]"))
    visit.press(chapter(3, ".trail-reply [type=submit]"))
    assert visit.ask(verdict) == "Oui, c’est bien cela."
    _on_the_map(visit, address, verdict, axe)
    _on_the_model(visit, address, axe)
    right = ("le-siege.1", "les-pontons.1", "le-marais.1", "eugene.1")
    assert visit.stored()["answers"] == dict.fromkeys(right, "right") | {"le-marais.2": "seen"}
    visit.go(f"{address}{PAGE}#chapter=le-siege")
    assert visit.ask(verdict) == "Vous avez répondu à cette question."


def _on_the_map(visit: Visit, address: str, verdict: str, axe: str) -> None:
    visit.go(f"{address}{PAGE}#chapter={CHAPTERS[MAP]}")
    visit.press(chapter(MAP, "[data-by=map] > button"))
    assert visit.ask("document.activeElement.matches('.map.map-find')")
    visit.key("ArrowUp")
    visit.key("Enter")
    assert visit.ask(verdict).startswith("Pas cette fois")
    # Where the third chapter is told: a tap is as good as keys.
    find_on_map(visit.browser, visit.session)
    assert visit.ask(verdict) == "Oui, c’est bien cela."
    visit.press(chapter(MAP, "[data-open] .answer summary"))
    visit.until(f"JSON.parse(localStorage['carreau-trail-{SLUG}']).answers['le-marais.2'] == 'seen'")
    visit.is_whole(axe)


def _on_the_model(visit: Visit, address: str, axe: str) -> None:
    visit.go(f"{address}{PAGE}#chapter={CHAPTERS[MODEL]}")
    verdict = f"document.querySelector('{chapter(MODEL, '.trail-verdict')}').textContent"
    assert visit.ask(f"document.querySelectorAll('{chapter(MODEL, '.trail-reply .trail-choice')}').length") == 2
    visit.press(chapter(MODEL, "[data-by=model] > button"))
    pins = "document.querySelector('carreau-viewer.trail-find')?.shadowRoot.querySelector('model-viewer')"
    visit.until(f"{pins}?.querySelectorAll('.pin').length == 2")
    press(visit.browser, visit.session, f"{pins}.querySelector('.pin[data-annotation=toit]')")
    visit.until(f"{verdict}.startsWith('Pas cette fois')")
    press(visit.browser, visit.session, f"{pins}.querySelector('.pin[data-annotation=puits]')")
    visit.until(f"{verdict} == 'Oui, c’est bien cela.'")
    assert violations(visit.browser, visit.session, axe) == []
    # The styles of the library, which the server's policy names by their digests.
    assert set(visit.ask("window.wrong")) <= {"style-src-elem inline"}


def test_progress_goes_to_another_phone_if_the_visitor_agrees(browser: Browser, address: str, axe: str) -> None:
    visit = Visit(browser, f"{address}{PAGE}#chapter=les-pas")
    visit.press(chapter(7, ".trail-ways [data-to]"))
    visit.until(f"{OPEN} == 'le-pont'")
    visit.press("[data-transfer] summary")
    visit.until("!!document.querySelector('[data-code] svg.qr')")
    link = visit.ask("document.querySelector('[data-code] a').href")
    assert re.fullmatch(rf"{re.escape(address)}{PAGE}#progress=[\w-]{{14,20}}", link)
    visit.ask("document.querySelector('[data-code] svg.qr').scrollIntoView()")
    taken = visit.browser.call("Page.captureScreenshot", visit.session, format="png")["data"]
    read = zxingcpp.read_barcodes(Image.open(BytesIO(base64.b64decode(taken))).convert("L"))
    assert [each.text for each in read] == [link]
    assert read[0].ec_level in ("M", "Q", "H")
    visit.ask("localStorage.clear()")
    visit.go(link)
    assert "sur 12" in visit.ask("document.querySelector('.trail-incoming').innerText").replace("\xa0", " ")
    assert visit.ask("location.hash") == ""
    assert visit.stored() == {}
    visit.is_whole(axe)
    visit.press(".trail-incoming .lamp")
    visit.until(f"{OPEN} == 'le-pont'")
    assert visit.stored()["read"] == ["les-pas"]
    # Damaged on the way, it changes nothing.
    before = visit.stored()
    visit.ask(f"location.hash = 'progress={link[-8:]}'")
    visit.until(f"{NEWS}.startsWith('Ce lien est abîmé')")
    assert visit.stored() == before


def test_a_plate_and_a_hand_mark_a_place(browser: Browser, address: str, axe: str) -> None:
    visit = Visit(browser, f"{address}{PAGE}#stop=11")
    assert visit.ask(OPEN) == "l-obelisque"
    assert visit.ask("location.hash") == "#chapter=l-obelisque"
    assert visit.stored()["reached"] == ["l-obelisque"]
    visit.go(f"{address}{PAGE}#chapter=le-siege")
    visit.press(chapter(0, ".trail-here"))
    assert visit.stored()["reached"] == ["l-obelisque", "le-siege"]
    assert visit.ask("document.querySelector('.trail-chapter.open .trail-here').textContent") == "Atteint"
    visit.is_whole(axe)


def test_in_a_frame_it_is_the_same_and_stores_nothing(browser: Browser, address: str) -> None:
    visit = Visit(browser, address + PAGE)
    visit.ask("localStorage.clear()")
    visit.ask(
        "document.body.replaceChildren(Object.assign(document.createElement('iframe'), {src: location.pathname}))"
    )
    inside = "document.querySelector('iframe').contentDocument"
    visit.until(f"!!{inside}.querySelector('.trail-player:not([hidden])')")
    press(browser, visit.session, f"{inside}.querySelector('.trail-chapter.open .trail-ways [data-to=la-marche]')")
    visit.until(f"{inside}.querySelector('.trail-chapter.open').dataset.chapter == 'la-marche'")
    assert visit.ask("localStorage.length") == 0


def play(visit: Visit, audio: str) -> None:
    """Press the button that plays a sound, the leftmost of the browser's own controls."""
    middle(visit.browser, visit.session, audio)
    left, top, height = visit.ask(f"(b => [b.left, b.top, b.height])({audio}.getBoundingClientRect())")
    press_at(visit.browser, visit.session, (left + height / 2, top + height / 2))


def test_a_sound_starts_by_a_tap_and_goes_on_after_a_locked_screen(browser: Browser, address: str) -> None:
    visit = Visit(browser, f"{address}{PAGE}#chapter={CHAPTERS[SOUND]}")
    audio = f"document.querySelector('{chapter(SOUND, 'audio')}')"
    visit.ask(f"{audio}.addEventListener('playing', () => window.plays = true)")
    play(visit, audio)
    visit.until("window.plays")
    visit.until("document.querySelector('.trail-cues:not([hidden])')?.textContent == 'On marche dans la nuit.'")
    assert visit.ask("navigator.mediaSession.metadata.artist").startswith("2. ")
    visit.ask(f"{audio}.currentTime = 6")
    visit.until(f"{audio}.currentTime > 6 && !{audio}.seeking")
    # As a locked screen, another window hides it.
    browser.call("Page.bringToFront", opened(browser, "about:blank", WIDTH))
    visit.until("document.hidden")
    assert visit.stored()["sounds"][CHAPTERS[SOUND]] >= 6
    browser.call("Page.bringToFront", visit.session)
    visit.go(f"{address}{PAGE}#chapter={CHAPTERS[SOUND]}")
    play(visit, audio)
    visit.until(f"{audio}.currentTime >= 6")
    # Another chapter is silent.
    visit.press(chapter(SOUND, ".trail-ways [data-to]"))
    visit.until(f"{audio}.paused")
    assert visit.ask("window.wrong") == []
