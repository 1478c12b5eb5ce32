"""A show is a page to read, plays on a screen and in a pyramid, by every way to begin it, and without a network.

The battle of Denain, which is published with it, is told without a network, too.
"""

from __future__ import annotations

import html
import re
import time

import pytest

from carreau.base.languages import LANGUAGES, path_words
from carreau.base.schema.itineraries import Chapter
from tests.browser import Browser, asked, violations
from tests.pipeline.site.publish.trails import trail_documents
from tests.real_input import tap_at, write
from tests.server.asking import of_server
from tests.server.show.shows import PAGE, SPEAKING, WITH_MODEL
from tests.server.show.stepped import go, held, step_clock
from tests.server.viewer.played_trail import find_on_map
from tests.server.walk.between import Network
from tests.server.walk.visiting import Visit

TRAIL = "bataille-de-denain"
OPEN = """[...document.querySelectorAll(".trail-chapter")].filter((each) => each.checkVisibility())
  .map((each) => each.dataset.chapter).join()"""
ANSWERED = "[...document.querySelectorAll('.trail-question.right')].map((each) => each.dataset.question)"
STORED = f"JSON.parse(localStorage['carreau-trail-{TRAIL}'] ?? '{{}}')"
SHOW = "document.querySelector('carreau-show')"
ROOT = f"{SHOW}.shadowRoot"
SCREEN = f"{ROOT}.querySelector('.screen')"
TOLD = f"{ROOT}.querySelector('[role=status]')"
PLAYER = f"{SHOW}.stage.player"
SCRIPT = f"JSON.parse({SHOW}.querySelector('script:not([src])').textContent)"


KEEP_SOUND = """const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (this instanceof HTMLAudioElement) window.heard = this;
  return play.call(this);
};"""
FILMS = f"[...{ROOT}.querySelectorAll('.figure video')]"
OFF = "Math.abs(each.currentTime - heard.currentTime)"
TOGETHER = f"({FILMS}.length == 4 && {FILMS}.every((each) => !each.seeking && {OFF} < 0.1))"
CUES = f"[...new Set([...{ROOT}.querySelectorAll('.cue')].map((each) => each.lang + ': ' + each.textContent))].join()"


def read(network: Network, path: str) -> str:
    return of_server(network.port)(path, accept="text/html").text


def test_without_scripts_it_is_a_page_to_read(network: Network) -> None:
    text = html.unescape(read(network, PAGE))
    body = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert '<p lang="pcd">Quand, jonne incor, au fond del fosse,<br>' in body
    assert "selon la marche de mon travail," in body
    assert "aucune personne qui parle la langue d’origine ne l’a encore relue" in body
    assert "Jules Mousseron (1868–1943)" in body
    assert "Domaine public" in body
    assert "libres selon notre seule lecture de la loi" in body
    assert "dont nous ignorons l’auteur" in body
    assert "juriste" not in text
    assert f'href="{PAGE}"' in read(network, PAGE.rpartition("/")[0])
    site = read(network, "/fr/sites/terril-renard")
    assert 'href="/fr/sites/terril-renard/spectacle"' in site
    assert 'href="/fr/sites/terril-renard"' in read(network, "/fr/sites/terril-renard/spectacle")
    for language in LANGUAGES:
        address = f"/{language}/{path_words('trails')[language]}/jules-mousseron/{path_words('show')[language]}"
        there = html.unescape(read(network, address))
        assert f'<html lang="{language}"' in there
        assert "J’avos l’temps d’rêver un p’tiot cosse," in there


@pytest.mark.browser
def test_it_invites_plays_pauses_and_is_left_by_keyboard(browser: Browser, network: Network, axe: str) -> None:
    visit = Visit(browser, network.address, 1280)
    visit.go(f"{PAGE}?display=show")
    step_clock(browser, visit.session)
    go(browser, visit.session, 5)
    assert visit.ask(f"{SCREEN}.dataset.step") == "invitation"
    assert "La lampe s’allume." in visit.ask(f"{TOLD}.textContent")
    assert violations(browser, visit.session, axe) == []
    visit.key("3")
    assert visit.ask(f"{ROOT}.querySelector('[data-do=start]').textContent") == "Beginnen"
    assert "De lamp gaat aan." in visit.ask(f"{TOLD}.textContent")
    visit.key("F13")
    assert visit.ask(f"{SCREEN}.dataset.step") == "0"
    sounds = f"{SCRIPT}.scenes[0].voice.sources.map((each) => each.url)"
    heard = "performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)"
    visit.until(f"{sounds}.some((each) => {heard}.includes(each))")
    assert visit.until(f"{ROOT}.querySelector('.figure img')?.naturalWidth > 0")
    assert "Des vagues de couleur." in visit.ask(f"{TOLD}.textContent")
    # A sensor that goes on typing does not begin anew.
    go(browser, visit.session, 1)
    visit.key("F13")
    assert visit.ask(f"{SCREEN}.dataset.step") == "0"
    # The second scene is as long as its film, and a second more, though the browser cannot play it.
    go(browser, visit.session, 18.5)
    assert visit.ask(f"[{SCREEN}.dataset.step, !!{ROOT}.querySelector('.figure video')]") == ["1", True]
    go(browser, visit.session, 1)
    assert visit.ask(f"{SCREEN}.dataset.step") == "2"
    assert visit.ask(f"{TOLD}.querySelector('[lang=pcd]').textContent").startswith("Quand, jonne incor")
    assert "ver van de mooie zon" in visit.ask(f"{TOLD}.querySelector('[lang=nl]:nth-of-type(3)').textContent")
    assert violations(browser, visit.session, axe) == []
    visit.key(" ")
    go(browser, visit.session, 30)
    assert visit.ask(f"[{SCREEN}.dataset.step, {SCREEN}.hasAttribute('data-paused')]") == ["2", True]
    visit.key(" ")
    visit.key("ArrowRight")
    assert visit.ask(f"{SCREEN}.dataset.step") == "3"
    # A scene that does not end is noticed: the screen is made anew, and invites.
    visit.ask(f"(window.before = {SHOW}.stage).player.move = () => undefined")
    go(browser, visit.session, 40)
    assert visit.ask(f"[{SCREEN}.dataset.step, {SHOW}.stage != before]") == ["invitation", True]
    visit.key("F13")
    visit.key("Escape")
    assert visit.ask(f"{SCREEN}.dataset.step") == "invitation"
    assert visit.ask(f"{ROOT}.querySelector('[data-do=start]').textContent") == "Commencer"
    visit.key("Escape")
    assert visit.ask(f"[{SHOW}.display, location.search, document.activeElement.dataset.display]") == ["", "", "show"]
    assert violations(browser, visit.session, axe) == []
    assert visit.ask("window.wrong") is None


@pytest.mark.browser
def test_the_pyramid_has_four_mirrored_pictures_and_hours_leave_nothing_behind(
    browser: Browser, network: Network, axe: str
) -> None:
    visit = Visit(browser, network.address, 800)
    browser.call("Emulation.setEmulatedMedia", visit.session, features=[])
    visit.go(f"{PAGE}?display=pyramid&kiosk")
    step_clock(browser, visit.session, 10_000)
    matrix = "new DOMMatrix(getComputedStyle(each).transform)"
    mirrored = f"[...{ROOT}.querySelectorAll('.view')].map((each) => {matrix}).map((m) => m.a * m.d - m.b * m.c)"
    assert visit.ask(mirrored) == [-1, -1, -1, -1]
    turned = f"[...{ROOT}.querySelectorAll('.quarter')].map((each) => getComputedStyle(each).rotate)"
    assert visit.ask(turned) == ["none", "-90deg", "180deg", "90deg"]
    assert violations(browser, visit.session, axe) == []
    visit.key("Escape")
    assert visit.ask(f"{SHOW}.display") == "pyramid"
    # A touch begins it and shows the controls, which go by themselves.
    browser.call("Emulation.setFocusEmulationEnabled", visit.session, enabled=True)
    tap_at(browser, visit.session, (400, 300))
    visit.until(f"{SCREEN}.dataset.step == '0'")
    opacity = f"getComputedStyle({ROOT}.querySelector('.controls')).opacity"
    assert visit.until(f"{opacity} == 1")
    go(browser, visit.session, 7)
    assert visit.until(f"{opacity} == 0")
    visit.key("Tab")
    assert visit.until(f"{opacity} == 1")

    def shows(times: int) -> None:
        for _ in range(times):
            asked(browser, visit.session, f"{PLAYER}.start()")
            go(browser, visit.session, 120)
            asked(browser, visit.session, f"{SHOW}.clock = stepped")

    shows(3)
    _, nodes, listeners = held(browser, visit.session)
    shows(8)
    # A film or sound is held until its loading has ended, which takes real time.
    ended = time.monotonic() + 20
    while True:
        _, nodes_after, listeners_after = held(browser, visit.session)
        if nodes_after <= nodes + 20 or time.monotonic() > ended:
            break
        time.sleep(0.5)
    assert nodes_after <= nodes + 20
    assert listeners_after <= listeners + 5
    assert visit.ask("stepped.waiting.size") <= 3
    assert visit.ask(f"{SCREEN}.dataset.step") == "invitation"


@pytest.mark.browser
def test_a_model_turns_in_every_picture_and_says_what_it_is(browser: Browser, network: Network, axe: str) -> None:
    what = "Ancienne abbaye de Saint-Amand – Les mesures connues. "
    page = read(network, WITH_MODEL)
    assert what in html.unescape(page)
    assert 'href="/fr/sites/ancienne-abbaye-de-saint-amand#state=mesures"' in page
    visit = Visit(browser, network.address, 800)
    visit.go(f"{WITH_MODEL}?display=pyramid&kiosk")
    browser.call("Emulation.setEmulatedMedia", visit.session, features=[])
    step_clock(browser, visit.session)
    models = f"[...{ROOT}.querySelectorAll('model-viewer')]"
    asked(browser, visit.session, f"{PLAYER}.start()")
    visit.until(f"{models}.length == 4 && {models}.every((each) => each.loaded)")
    said = f"[...{ROOT}.querySelectorAll('.words .credit')].map((each) => each.textContent)"
    assert [each for each in visit.ask(said) if each.startswith(what)] == visit.ask(said)[-4:]
    assert what in visit.ask(f"{TOLD}.textContent")
    turned = f"{models}.map((each) => each.turntableRotation)"
    go(browser, visit.session, 2)
    before = visit.ask(turned)
    go(browser, visit.session, 3)
    assert len({*before, *visit.ask(turned)}) == 2, "all four turn, and by the same angle"
    assert violations(browser, visit.session, axe) == []
    go(browser, visit.session, 20)
    assert visit.ask(f"{models}.some((each) => each.checkVisibility())") is False
    asked(browser, visit.session, f"{PLAYER}.stop(); {PLAYER}.start()")
    visit.until(f"{models}.length == 4 && {models}.every((each) => each.loaded && each.checkVisibility())")
    assert visit.ask(f"{SCRIPT}.files.includes({SCRIPT}.scenes[0].model.url)")
    assert visit.ask("window.wrong") is None


@pytest.mark.browser
def test_films_follow_the_sound_and_captions_are_in_the_language_of_the_words(
    browser: Browser, network: Network
) -> None:
    page = read(network, PAGE.replace("/fr/recits", "/en/trails").replace("spectacle", "show"))
    tracks = re.findall(r'<track [^>]*srclang="(..)" label="(\w+)"( default)?', page[page.index("media-parle") :])
    assert tracks == [("en", "English", " default"), ("fr", "Français", ""), ("pl", "Polski", "")]
    visit = Visit(browser, network.address, 800)
    browser.call("Page.addScriptToEvaluateOnNewDocument", visit.session, source=KEEP_SOUND)
    browser.call("Emulation.setFocusEmulationEnabled", visit.session, enabled=True)
    visit.go(f"{PAGE}?display=pyramid&kiosk")
    visit.key("F13")
    for _ in range(SPEAKING):
        visit.key("ArrowRight")
    assert visit.ask(f"{SCREEN}.dataset.step") == str(SPEAKING)
    visit.until(f"heard.currentTime > 0.2 && {TOGETHER}")
    assert visit.ask(f"{FILMS}.every((each) => each.muted)")
    visit.until(f"{CUES} == 'fr: On parle.'")
    visit.ask(f"[window.first] = {FILMS}")
    # There are no Dutch ones: the English come before the French, as in all texts.
    for key, said in (("2", "en: Somebody speaks."), ("3", "en: Somebody speaks."), ("5", "pl: Ktoś mówi.")):
        visit.key(key)
        visit.until(f"{CUES} == '{said}'")
    assert visit.ask(f"{FILMS}[0] == first && !first.paused"), "the film goes on"
    # Each is off in another way: one that is ahead, one that is behind, one that stood still.
    visit.ask(f"window.jumps = 0; {FILMS}[0].currentTime += 0.7; {FILMS}[1].currentTime = 0; {FILMS}[2].pause()")
    visit.until(f"{FILMS}[2].currentTime < heard.currentTime - 0.3")
    visit.ask(f"{FILMS}[2].play()")
    visit.until(TOGETHER)
    # What is together does not go on jumping: the sound has gone on for two seconds.
    visit.ask("window.from = heard.currentTime")
    visit.ask(f"{FILMS}.forEach((each) => each.addEventListener('seeking', () => (window.jumps += 1)))")
    visit.until("heard.currentTime > from + 2 || heard.ended")
    assert visit.ask("jumps") <= 3 * 4
    assert visit.ask("window.wrong") is None


@pytest.mark.browser
def test_it_begins_by_itself_with_the_server_off(browser: Browser, network: Network) -> None:
    visit = Visit(browser, network.address, 1080)
    visit.go(f"{PAGE}?display=show&kiosk")
    visit.until(f"{SHOW}.dataset.copy == 'here' && navigator.serviceWorker.controller")
    network.is_down = True
    try:
        visit.go(f"{PAGE}?display=show&kiosk")
        visit.until(f"{SHOW}.stage && document.fonts.check('1rem \"Carreau Serif\"')")
        assert visit.ask(f"{SCREEN}.dataset.step") == "invitation"
        assert visit.ask(f"{ROOT}.querySelector('[data-do=leave]')") is None
        sound = visit.ask(f"{SCRIPT}.scenes[0].voice.sources[0].url")
        assert visit.fetched(sound, Range="bytes=0-9")[0] == 206
        visit.press(f"{ROOT}.querySelector('[data-do=start]')")
        assert visit.ask(f"{SCREEN}.dataset.step") == "0"
        assert visit.ask("window.wrong") is None
    finally:
        network.is_down = False


@pytest.mark.browser
def test_each_chapter_of_a_trail_is_there_again_after_the_page_was_closed_with_the_server_off(
    browser: Browser, network: Network
) -> None:
    trail = trail_documents()[TRAIL]["fr"]
    page = trail.pages["fr"]
    visit = Visit(browser, network.address)
    visit.go(page)
    visit.do("fetch")
    visit.state("here")
    network.is_down = True
    try:
        answered, answers = list[str](), dict[str, str]()
        for number, chapter in enumerate(trail.chapters, 1):
            # Killed: the window is gone with all it knew, and the address of the next one names no chapter.
            browser.call("Page.close", visit.session)
            visit = Visit(browser, network.address)
            visit.go(page)
            visit.until("document.documentElement.classList.contains('trail-by-chapter')")
            assert visit.ask("document.getElementById('pack-copy')?.checkVisibility()")
            assert visit.ask(OPEN) == chapter.id
            assert visit.ask("location.hash") == ""
            assert visit.ask(ANSWERED) == answered
            assert visit.ask(f"{STORED}.answers ?? {{}}") == answers
            for which, question in enumerate(chapter.questions, 1):
                state = _answer(visit, chapter, which)
                answers[f"{chapter.id}.{which}"] = state
                answered += [f"question-{number}-{which}"] if state == "right" else []
                assert question.is_open is (state == "seen")
            if number < len(trail.chapters):
                visit.press(f"{_in(chapter)}.querySelector('.trail-ways [data-to]')")
                visit.until(f"({OPEN}) == '{trail.chapters[number].id}'")
        assert len(answers) == sum(len(each.questions) for each in trail.chapters) >= 10
        assert visit.ask("window.wrong") is None
    finally:
        network.is_down = False


def _in(chapter: Chapter) -> str:
    return f"document.getElementById('chapter={chapter.id}')"


def _answer(visit: Visit, chapter: Chapter, which: int) -> str:
    """Answer a question as its form asks for; returns what is stored of it."""
    question = chapter.questions[which - 1]
    form = f"{_in(chapter)}.querySelectorAll('.trail-question')[{which - 1}]"
    if question.options:
        right = [option.is_right for option in question.options].index(True)
        visit.press(f"{form}.querySelectorAll('[type=radio]')[{right}]")
    elif question.accepted:
        write(visit.browser, visit.session, f"{form}.querySelector('input')", question.accepted[0].text)
    elif question.by.code == "map":
        visit.press(f"{form}.querySelector('button')")
        find_on_map(visit.browser, visit.session)
        visit.until(f"{form}.classList.contains('right')")
        return "right"
    else:
        visit.press(f"{form}.querySelector('.answer summary')")
        visit.until(f"{STORED}.answers?.['{chapter.id}.{which}'] == 'seen'")
        return "seen"
    visit.press(f"{form}.querySelector('[type=submit]')")
    visit.until(f"{form}.classList.contains('right')")
    return "right"
