"""A map that moves: told and drawn without scripts, and played step by step with them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Trail
from carreau.base.schema.parts import MapScene
from carreau.site.pages.addresses import own_files, style_sheet
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.scene_map import CELL
from carreau.site.pages.site_content import Assets, SharedContent, SiteContent
from carreau.site.pages.trail_and_show_pages import scene_page, trail_page
from carreau.site.publish.route_documents import trail_card
from server.viewer.tools.static_files import SCRIPTS, build_viewer
from tests.browser import Browser, asked, loaded, opened, until
from tests.conftest import PROJECT, need
from tests.looking import told_by_axe
from tests.pipeline.site.pages.serving import served
from tests.pipeline.site.publish.trails import trail_documents
from tests.real_input import focus, key, press

SLUG, MAP = "bataille-de-denain", "denain-1712"
ASSETS = Assets("/a/style.css", scene_script="/a/moving-map.js")
ARENBERG = 3.42651, 50.38356
MOST_BYTES = 40_000
"""Of the script and of what it plays, with Brotli."""


@pytest.fixture(scope="module")
def edition() -> SiteContent:
    trails = trail_documents()
    cards = {slug: {language: trail_card(each) for language, each in of.items()} for slug, of in trails.items()}
    communes = json.loads((PROJECT / "assets" / "communes.geojson").read_bytes())
    return SiteContent(LANGUAGES, "https://pages.example", ASSETS, trails=trails, trail_cards=cards, communes=communes)


def page_of(edition: SiteContent, language: str) -> tuple[Trail, MapScene, bytes]:
    trail = edition.trails[SLUG][language]
    (scene,) = trail.maps
    return trail, scene, scene_page(scene, trail, Renderer(edition, language), SharedContent(edition))


def with_other_place(scene: MapScene) -> MapScene:
    """Return the map with a source that has the French army elsewhere at the assault."""
    (first,) = [each for each in scene.events if each.id == "assaut"]
    other = first.others[0].model_copy(update={"feature": "armee", "points": (ARENBERG,), "around": "Wallers"})
    told = first.model_copy(update={"others": (other, *first.others[1:])})
    return scene.model_copy(
        update={"events": tuple(told if each is first else each for each in scene.events), "slug": "elsewhere"}
    )


def spaceless(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_is_drawn_and_told_in_words_without_scripts(edition: SiteContent, language: str) -> None:
    trail, scene, content = page_of(edition, language)
    page = html.document_fromstring(content.decode())
    steps = page.xpath("//ol[@class='moving-steps']/li")
    assert [each.get("id") for each in steps] == [f"event={each.id}" for each in scene.events]
    for event, step in zip(scene.events, steps, strict=True):
        told = spaceless(step.text_content())
        (picture,) = step.xpath(".//svg")
        assert spaceless(event.spoken.text if event.spoken else "") == spaceless(picture.get("aria-label"))
        assert all(spaceless(each.text) in told for each in (event.told, event.title, event.text))
        assert all(spaceless(other.text.text) in told for other in event.others)
        drawn = picture.xpath(".//*[local-name()='g'][@data-key]/@data-key")
        assert drawn == [spot.feature for spot in event.spots if spot.points]
        names = {each.id: spaceless(each.name.text) for each in scene.features}
        assert all(names[spot.feature] in told for spot in event.spots if not spot.points), event.id
    notes = [each.note.text for each in scene.sources if each.note]
    sources = spaceless(page.xpath("string(//ul[@class='sources'])"))
    assert notes
    assert all(spaceless(each) in sources for each in notes)
    ids = set(page.xpath("//@id"))
    assert {each[1:] for each in page.xpath("//a[starts-with(@href, '#')]/@href")} <= ids
    assert scene.pages[language].startswith(f"{trail.pages[language]}/")


def test_what_nobody_placed_looks_supposed_and_nothing_is_invented(edition: SiteContent) -> None:
    _, scene, content = page_of(edition, "en")
    drawn = SharedContent(edition).moving_map(scene)
    assert drawn is not None
    page = html.document_fromstring(content.decode())
    assert page.xpath("//*[local-name()='g'][@data-key][not(contains(@class, 'supposed'))]") == []
    assert all(still.rings and not still.lines for still in drawn.stills)
    shapes = {each.shape for still in drawn.stills for each in still.counters}
    assert shapes == {"first", "second", "bridge", "work"}
    for still in drawn.stills:
        places = [(each.x, each.y) for each in still.counters]
        for at, (x, y) in enumerate(places):
            far = [max(abs(x - i) / CELL[0], abs(y - j) / CELL[1]) for i, j in places[:at]]
            assert min(far, default=1) > 0.8, "counters lie side by side, not one on the other"
            assert 0 < x < drawn.ground.width
            assert 0 < y < drawn.ground.height
    assert {each.text for each in (event.told for event in scene.events)} >= {"about 13:00", "during the night"}


def test_no_ring_hides_a_name_and_none_lies_on_the_scale_bar(edition: SiteContent) -> None:
    _, scene, _ = page_of(edition, "fr")
    at = {"around": "", "points": (ARENBERG,), "is_supposed": True}
    events = [
        event.model_copy(update={"spots": tuple(spot.model_copy(update=at) for spot in event.spots)})
        for event in scene.events
    ]
    pit = scene.model_copy(update={"slug": "pit", "events": tuple(events)})
    for each in (scene, pit):
        drawn = SharedContent(edition).moving_map(each)
        assert drawn is not None
        names = [land for land in drawn.ground.communes.values() if land.is_large]
        assert names
        width, height = 12, 20
        for name in names:
            for x, y, radius in {ring for still in drawn.stills for ring in still.rings}:
                off = max(abs(name.x - x) - width / 2 * len(name.name), 0)
                assert math.hypot(off, max(name.y - height - y, y - name.y, 0)) >= radius, name.name
            is_right = name.x + width / 2 * len(name.name) > drawn.ground.width - 20 - drawn.ground.bar[1]
            assert not (is_right and name.y > drawn.ground.height - 50), name.name


def test_a_chapter_shows_the_map_at_its_event_and_leads_to_it(edition: SiteContent) -> None:
    trail, scene, _ = page_of(edition, "de")
    page = html.document_fromstring(trail_page(trail, Renderer(edition, "de"), SharedContent(edition)).decode())
    assert len(page.xpath(f"//*[@id='ground={MAP}']")) == 1
    (assault,) = page.xpath("//article[@id='chapter=les-pas']//figure[contains(@class, 'moving-still')]")
    assert assault.xpath(".//a/@href") == [f"{scene.pages['de']}#event=assaut"]
    assert "gegen 13 Uhr" in assault.text_content()


def test_what_other_sources_have_elsewhere_is_dashed_and_said(edition: SiteContent) -> None:
    trail, scene, _ = page_of(edition, "en")
    shared, told = SharedContent(edition), with_other_place(scene)
    drawn = shared.moving_map(told)
    assert drawn is not None
    stills = {event.id: drawn.still(event) for event in told.events}
    assert {name for name, still in stills.items() if still.elsewhere} == {"assaut"}
    (place,) = stills["assaut"].elsewhere
    assert (place.counter.key, place.counter.is_supposed) == ("armee", True)
    (own,) = [each for each in stills["assaut"].counters if each.key == "armee"]
    assert place.tie == f"M{own.x} {own.y}L{place.counter.x} {place.counter.y}"
    assert place.ring is not None
    assert place.ring[:2] == (place.counter.from_x, place.counter.from_y)
    assert 0 < place.counter.x < drawn.ground.width
    assert 0 < place.counter.y < drawn.ground.height
    page = html.document_fromstring(scene_page(told, trail, Renderer(edition, "en"), shared).decode())
    assert page.xpath("//*[@data-elsewhere]/@data-elsewhere") == ["armee"]
    (note,) = page.xpath("//details[@class='moving-others']//li[contains(., 'Dashed on the map')]")
    assert "somewhere around Wallers." in re.sub(r"\s+", " ", note.text_content())


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory, viewer_modules: Path) -> bytes:
    """The player, as it is now."""
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    path = tmp_path_factory.mktemp("player") / "moving-map.js"
    build_viewer(path, viewer_modules, SCRIPTS["moving-map.js"])
    return path.read_bytes()


@pytest.fixture(scope="module")
def address(edition: SiteContent, script: bytes) -> Iterator[str]:
    trail, scene, content = page_of(edition, "en")
    other = scene_page(with_other_place(scene), trail, Renderer(edition, "en"), SharedContent(edition))
    answers = {
        "/map": (content, "html"), "/elsewhere": (other, "html"), "/a/style.css": (style_sheet(), "css"),
        ASSETS.share_script: own_files()["share_script"],
    }  # fmt: skip
    with served({**answers, ASSETS.scene_script: (script, "js")}) as at:
        yield f"{at}/map"


def test_the_player_and_what_it_plays_are_small(edition: SiteContent, script: bytes) -> None:
    import brotli

    drawn = b"".join(re.findall(rb"<svg.*?</svg>", page_of(edition, "en")[2], re.DOTALL))
    assert len(brotli.compress(script)) + len(brotli.compress(drawn)) < MOST_BYTES


STAGE = "document.querySelector('.moving-stage')"
NOW = "document.querySelector('.moving-steps > .now').id"
KEYS = "[...document.querySelectorAll('{} [data-key]')].map(each => each.dataset.key).sort().join()"
AT, STILL = KEYS.format(".moving-stage"), KEYS.format(".moving-steps > .now .counters")
SLIDER = "document.querySelector('.moving-controls input')"
STATUS = "document.querySelector('.moving-player [role=status]').textContent"


KEEP_WAITS = """(() => {
  const wait = window.setTimeout;
  window.waits = [];
  window.setTimeout = (run, ms) => (waits.push(ms), wait(run, ms));
})()"""


def press_button(browser: Browser, session: str, number: int) -> None:
    press(browser, session, f"document.querySelectorAll('.moving-controls button')[{number}]")


@pytest.mark.browser
def test_the_map_is_played_stepped_and_told(browser: Browser, address: str, axe: str) -> None:
    session = opened(browser, f"{address}#event=neuville", 360)
    loaded(browser, session)
    assert until(browser, session, f"{NOW} == 'event=neuville'")
    assert asked(browser, session, f"{AT} == {STILL}")
    # It stays until its words are read; what is asked of the clock is looked at, not the clock.
    asked(browser, session, KEEP_WAITS)
    press_button(browser, session, 0)
    press_button(browser, session, 0)
    words = asked(browser, session, "document.querySelector('.now .prose').innerText.split(/\\s+/).length")
    assert asked(browser, session, "Math.max(...waits)") > 2000 + 300 * words > 5000
    # Keys of a slider: a step, and both ends, each told as time and title.
    focus(browser, session, SLIDER)
    key(browser, session, "ArrowRight")
    assert asked(browser, session, NOW) == "event=alerte"
    told = asked(browser, session, f"{SLIDER}.getAttribute('aria-valuetext')")
    assert told == "Step 8 of 15: about 8:00. The men at Denain notice"
    assert asked(browser, session, STATUS).startswith(told)
    assert "Albemarle appears" in asked(browser, session, STATUS)
    key(browser, session, "End")
    assert asked(browser, session, NOW) == "event=soir"
    key(browser, session, "Home")
    assert asked(browser, session, NOW) == "event=feinte"
    press_button(browser, session, 2)
    assert asked(browser, session, NOW) == "event=depart"
    press_button(browser, session, 0)
    assert asked(browser, session, "document.querySelector('.moving-controls .lamp').textContent") == "Pause"
    # Who goes to another tab finds the map where it was.
    other = opened(browser, "about:blank", 360)
    browser.call("Page.bringToFront", other)
    until(browser, session, "document.hidden && document.querySelector('.moving-controls .lamp').textContent == 'Play'")
    browser.call("Page.bringToFront", session)
    asked(browser, session, "location.hash = 'event=assaut'")
    until(browser, session, f"{NOW} == 'event=assaut'")
    until(browser, session, f"{AT} == {STILL}")
    press(browser, session, "document.querySelector('.now .moving-others summary')")
    assert "13:30" in asked(browser, session, "document.querySelector('.now .moving-others').innerText")
    assert told_by_axe(browser, session, axe)["violations"] == []
    assert asked(browser, session, "document.documentElement.scrollWidth <= innerWidth")
    # Print has every step with its picture.
    browser.call("Emulation.setEmulatedMedia", session, media="print")
    seen = "[...document.querySelectorAll('.moving-steps > li svg')].filter(e => e.checkVisibility()).length"
    assert asked(browser, session, seen) == 15
    assert asked(browser, session, f"{STAGE}.checkVisibility()") is False


@pytest.mark.browser
def test_another_place_is_seen_as_long_as_its_note_is_open(browser: Browser, address: str, axe: str) -> None:
    session = opened(browser, f"{address.removesuffix('map')}elsewhere#event=assaut", 360)
    loaded(browser, session)
    until(browser, session, f"{NOW} == 'event=assaut'")
    note = "document.querySelector('.now .moving-others')"
    # Of what is not drawn in a picture, `checkVisibility` says that it is visible.
    seen = f"[...{STAGE}.querySelectorAll('.elsewhere')].some((each) => getComputedStyle(each).display != 'none')"
    assert asked(browser, session, seen) is False
    press(browser, session, f"{note}.querySelector('summary')")
    assert until(browser, session, seen)
    assert told_by_axe(browser, session, axe)["violations"] == []
    press_button(browser, session, 2)
    assert asked(browser, session, seen) is False
    press_button(browser, session, 1)
    assert until(browser, session, seen)
    press(browser, session, f"{note}.querySelector('summary')")
    assert until(browser, session, f"!({seen})")
    browser.call("Emulation.setEmulatedMedia", session, media="print")
    printed = "getComputedStyle(document.querySelector('.moving-steps .elsewhere')).display"
    assert asked(browser, session, printed) == "inline"


COUNT_FRAMES = """window.frames_asked = 0;
(draw => {
  requestAnimationFrame = run => /https?:/.test(new Error().stack) ? ++frames_asked : draw(run);
})(requestAnimationFrame);
"""
"""Count the frames that the page's own scripts ask for: a press by the tests asks for some, too."""


@pytest.mark.browser
def test_without_motion_there_are_steps_and_no_clock(browser: Browser, address: str) -> None:
    session = opened(browser, "about:blank", 1280)
    browser.call(
        "Emulation.setEmulatedMedia", session, features=[{"name": "prefers-reduced-motion", "value": "reduce"}]
    )
    browser.call("Page.navigate", session, url=address)
    loaded(browser, session)
    until(browser, session, f"!!{STAGE}")
    assert asked(browser, session, "document.querySelector('.moving-controls .lamp').hidden")
    asked(browser, session, COUNT_FRAMES)
    press_button(browser, session, 2)
    press_button(browser, session, 2)
    assert asked(browser, session, f"{AT} == {STILL}")
    assert asked(browser, session, "frames_asked") == 0
