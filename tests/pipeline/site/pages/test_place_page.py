"""The page of a place and its frame: what is seen first, what can be done, and that nothing folded is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from carreau.base.languages import LANGUAGES
from carreau.base.schema.parts import Medium, Text
from carreau.base.schema.site import Site
from carreau.base.translator import Translator
from carreau.site.pages.addresses import own_files
from carreau.site.pages.cards import nearby
from carreau.site.pages.page_texts import PageTexts
from carreau.site.pages.pages import make_pages
from carreau.site.pages.place_actions import place_actions
from carreau.site.pages.site_and_route_pages import story, wanted_photograph
from carreau.site.pages.site_content import Publisher, SiteContent
from tests.browser import Browser, asked, loaded, opened, until
from tests.looking import told_by_axe
from tests.pipeline.site.pages.made import ASSETS, BARE, RICH, bare, edition, medium, rich
from tests.pipeline.site.pages.reading import href, of, read, words
from tests.pipeline.site.pages.serving import served

ENGLISH = PageTexts("en", Translator("en"), lambda kind, name: f"#{kind}-{name}")
SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
}).observe({type: "layout-shift", buffered: true});"""
HEADER = 64
"""Height of a header of one line, in pixels."""
BOX = "(({{width, height, bottom}}) => [width, height, bottom])(document.querySelector({!r}).getBoundingClientRect())"


def site(**changed: Any) -> Site:
    return Site.model_validate({**rich("en"), "is_demonstration": False, **changed})


def images(*ids: str) -> list[Medium]:
    return [Medium.model_validate(medium(each, "image")) for each in ids]


def test_what_can_be_done_is_what_is_there() -> None:
    full = site()
    found = place_actions(full, full.states[0], "#go", ENGLISH)
    assert [(each.label, each.detail, each.href, each.does, each.is_main) for each in found] == [
        ("Go there", "on foot, by bicycle", "#go", "", True),
        ("Then and now", "1930~ · État today", "#states", "compare", False),
        ("See it in AR", "on my table", "#files-today", "ar", False),
        ("Listen", "guided tour, 1 min", "#tour-visite", "tour", False),
    ]
    silent = site(tours=[], states=[], media=[medium("voix", "sound")])
    found = place_actions(silent, None, "", ENGLISH)
    assert [(each.label, each.detail, each.href, each.does) for each in found] == [
        ("Listen", "1 recording", "#media-voix", "")
    ]
    (story,) = place_actions(site(tours=[], states=[], media=[]), None, "", ENGLISH)
    assert (story.label, story.href, story.is_main) == ("Read its story", "#story", True)
    assert place_actions(site(tours=[], states=[], media=[], description=None), None, "", ENGLISH) == []


def test_a_tour_is_offered_where_its_model_is_published() -> None:
    states = rich("en")["states"]
    unbuilt = site(states=[{**each, "levels": [], "poster": []} for each in states])
    assert [(each.label, each.href) for each in place_actions(unbuilt, None, "#go", ENGLISH)] == [
        ("Go there", "#go"), ("Listen", "#media-voix"),
    ]  # fmt: skip
    nowhere = site(states=[], media=[])
    assert [each.label for each in place_actions(nowhere, None, "", ENGLISH)] == ["Read its story"]
    half = site(states=[states[0] | {"levels": []}, states[1]])
    assert "tour" not in {each.does for each in place_actions(half, half.states[1], "#go", ENGLISH)}


def test_what_is_forbidden_stands_before_the_ways_and_in_no_fold() -> None:
    real = {code: {**rich(code), "is_demonstration": False} for code in LANGUAGES}
    pages = {page.address: page.content.decode() for page in make_pages(edition({RICH: real}))}
    for code in LANGUAGES:
        page = pages[real[code]["pages"][code]]
        text = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
        first, second = (each.start() for each in re.finditer("Ne pas entrer", text))
        assert first < text.index('href="#go"') < text.index('id="go"') < second
        assert second < text.index("https://www.openstreetmap.org/directions")
        assert (
            text.index('id="go"') < text.index("Le bâtiment.") < text.index("https://www.openstreetmap.org/directions")
        )


@pytest.mark.parametrize("kind", ["demonstration", "example"])
def test_nobody_is_sent_to_a_sample(kind: str) -> None:
    changed = {"is_demonstration": True} if kind == "demonstration" else {"kind": {"code": "example", "text": "x"}}
    samples = {code: {**rich(code), "is_demonstration": False, **changed} for code in LANGUAGES}
    pages = {page.address: page.content.decode() for page in make_pages(edition({RICH: samples}))}
    page = pages[samples["en"]["pages"]["en"]]
    assert "Ne pas entrer" in page
    assert not re.search(r'"#(?:go|where)"|id="go"|openstreetmap\.org|geo:', page)


@pytest.mark.parametrize(
    ("ar", "sizes"),
    [
        ({"table_scale": 0.02, "life_size_m": 45.0}, "on my table · life-size"),
        ({"table_scale": 1.0, "life_size_m": 2.0}, "life-size"),
        ({"table_scale": 0.005}, "on my table"),
        ({}, "on my table"),
    ],
    ids=["a headframe", "a statue", "a landscape", "of unknown size"],
)
def test_ar_is_offered_in_the_sizes_of_its_dialog(ar: dict[str, float], sizes: str) -> None:
    known = [{**each, "is_size_known": True, "ar": ar} for each in rich("en")["states"]]
    full = site(states=known)
    [detail] = [each.detail for each in place_actions(full, full.states[0], "", ENGLISH) if each.does == "ar"]
    assert detail == sizes


def test_a_picture_follows_the_paragraph_that_names_it_and_none_is_lost() -> None:
    told = Text(text="Un.\n\n[Voir](media:b).\n\nTrois.", lang="en", standing="source")
    parts = story(told, images("a", "b", "c", "d"), ENGLISH)
    assert [[each.id for each in part.pictures] for part in parts] == [["a"], ["b"], ["c", "d"]]
    assert [str(part.text) for part in parts] == ["<p>Un.</p>", '<p><a href="#media-b">Voir</a>.</p>', "<p>Trois.</p>"]
    assert [len(part.pictures) for part in story(None, images("a", "b"), ENGLISH)] == [2]
    assert story(None, [], ENGLISH) == []


@pytest.mark.parametrize(
    ("publisher", "expected"),
    [
        (
            Publisher("Office", email="photo@office.example"),
            "mailto:photo@office.example?subject=Photograph%20of%20Fosse%20en",
        ),
        (Publisher("Office", homepage="https://office.example/contact"), "https://office.example/contact"),
        (Publisher("Office", homepage="javascript:alert(1)"), ""),
        (Publisher("Office"), ""),
        (Publisher(email="not an address"), ""),
    ],
)
def test_an_invitation_says_whom_it_reaches_or_is_left_out(publisher: Publisher, expected: str) -> None:
    found = wanted_photograph(site(), publisher, ENGLISH)
    assert (found.href if found else "") == expected


def pages_of(content: SiteContent) -> dict[str, bytes]:
    return {page.address: page.content for page in reversed(list(make_pages(content)))}


def test_a_place_without_a_model_has_what_there_is_on_its_stage() -> None:
    address = f"/fr/sites/{BARE}"
    pictured = {BARE: {code: {**bare(code), "media": [medium("photo", "image")]} for code in LANGUAGES}}
    drawn = {BARE: {code: {**bare(code), "position": None} for code in LANGUAGES}}
    shown = {
        "picture": pages_of(edition(sites=pictured))[address].decode(),
        "corner": pages_of(edition(has_table=True))[address].decode(),
        "emblem": pages_of(edition(sites=drawn))[address].decode(),
    }
    scenes = {
        name: page.partition('<div class="place-scene">')[2].partition('<div class="place-plaque">')[0]
        for name, page in shown.items()
    }
    assert 'class="photo"' in scenes["picture"]
    assert f'place="{BARE}"' in scenes["corner"]
    assert '<svg class="skyline"' in scenes["emblem"]
    assert "Il n’y a pas encore d’image de ce lieu" in shown["emblem"]


def test_a_place_without_a_model_invites_who_can_be_reached() -> None:
    invited = pages_of(replace(edition(), publisher=Publisher("Office", email="photo@office.example")))
    assert "Vous avez une photo" in invited[f"/fr/sites/{BARE}"].decode()
    assert "mailto:" not in invited[f"/fr/sites/{RICH}"].decode()
    assert "Vous avez une photo" not in pages_of(edition())[f"/fr/sites/{BARE}"].decode()


def test_a_frame_begins_with_what_can_be_done() -> None:
    frame = read(pages_of(edition())[f"/embed/{RICH}"])
    links = [(words(each), each.get("data-carreau")) for each in of(next(of(frame, "main")), "a")]
    assert links == [("Hier et aujourd’hui", "compare"), ("Voir en AR", "ar"), ("Ouvrir la page", None)]
    assert all(href(each) == f"/fr/sites/{RICH}" for each in of(next(of(frame, "main")), "a"))
    assert not [each for each in of(frame, "span") if "badge" in (each.get("class") or "")]


def test_who_has_seen_a_place_finds_the_nearest_ones() -> None:
    cards = [each["en"] for each in edition().cards.values()]
    here, there = (next(card for card in cards if card.slug == slug) for slug in (RICH, BARE))
    real = here.model_copy(update={"is_demonstration": False})
    spots = {"far": (3.6, 50.5), "near": (3.406, 50.355), "nearer": (3.4051, 50.355)}
    placed = [
        there.model_copy(update={"slug": slug, "position": there.position.model_copy(update={"lon": lon, "lat": lat})})
        for slug, (lon, lat) in spots.items()
        if there.position
    ]
    off = there.model_copy(update={"slug": "nowhere", "position": None})
    assert [card.slug for card in nearby(site(), [real, *placed, off])] == ["nearer", "near", "far"]
    assert nearby(site(position=None), placed) == []


@pytest.fixture(scope="module")
def address(viewer_modules: Path) -> Iterator[str]:
    answers = {path: (content, "html") for path, content in pages_of(edition(has_table=True)).items()}
    answers |= {vars(ASSETS)[name]: file for name, file in own_files().items()}
    picture = BytesIO()
    Image.new("RGB", (640, 480), "#a8452d").save(picture, "WEBP")
    names = ("poster", "small", "photo800", "photo1600", "corner")
    answers |= {f"/a/{name}.webp": (picture.getvalue(), "webp") for name in names}
    with served(answers, viewer_modules) as at:
        yield at


def shown(browser: Browser, url: str, width: int, height: int) -> str:
    session = opened(browser, "about:blank", width)
    browser.call("Page.enable", session)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=SHIFTS)
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.call("Emulation.setDeviceMetricsOverride", session, **size)
    browser.call("Page.navigate", session, url=url)
    loaded(browser, session)
    return session


@pytest.mark.browser
@pytest.mark.parametrize("slug", [RICH, BARE])
def test_the_stage_has_two_thirds_of_a_computer_and_all_of_a_phone(browser: Browser, address: str, slug: str) -> None:
    session = shown(browser, f"{address}/fr/sites/{slug}", 1440, 900)
    width, height, bottom = asked(browser, session, BOX.format(".place-scene"))
    assert width >= asked(browser, session, "document.documentElement.clientWidth") * 2 / 3
    assert 500 < height <= bottom <= 900
    assert asked(browser, session, BOX.format(".place-actions"))[2] < 900
    until(browser, session, "window.shifted <= 0.02")
    phone = shown(browser, f"{address}/fr/sites/{slug}", 360, 640)
    width, height, _ = asked(browser, phone, BOX.format(".place-scene"))
    assert width == 360
    assert 250 < height < 400
    below = asked(browser, phone, BOX.format("h1"))[2] - asked(browser, phone, BOX.format("header.shell-top"))[1]
    assert below + HEADER < 640
    assert asked(browser, phone, "window.shifted <= 0.02")
    low = shown(browser, f"{address}/fr/sites/{slug}", 1440, 380)
    assert asked(browser, low, BOX.format(".place-scene"))[1] <= 380


@pytest.mark.browser
@pytest.mark.parametrize("slug", [RICH, BARE])
def test_twice_as_large_text_overflows_nowhere_on_a_phone(browser: Browser, address: str, axe: str, slug: str) -> None:
    session = shown(browser, f"{address}/fr/sites/{slug}", 360, 800)
    asked(browser, session, "document.documentElement.style.fontSize = '32px'")
    assert asked(browser, session, "document.documentElement.scrollWidth") == 360
    asked(browser, session, "document.querySelectorAll('details').forEach((each) => { each.open = true })")
    assert asked(browser, session, "document.documentElement.scrollWidth") == 360
    assert told_by_axe(browser, session, axe)["violations"] == []


@pytest.mark.browser
def test_without_scripts_what_can_be_done_leads_to_its_part_of_the_page(browser: Browser, address: str) -> None:
    session = opened(browser, "about:blank", 1280)
    browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
    for link, part in (("ar", "#files-today ~ ul a[data-level=ar-ios]"), ("tour", "#tour-visite li")):
        browser.call("Page.navigate", session, url=f"{address}/fr/sites/{RICH}")
        loaded(browser, session)
        is_seen = f"document.querySelector('{part}').checkVisibility({{contentVisibilityAuto: true}})"
        assert not asked(browser, session, is_seen)
        at = asked(browser, session, f"document.querySelector('.place-actions [data-carreau={link}]').href")
        browser.call("Page.navigate", session, url=at)
        until(browser, session, is_seen)


@pytest.mark.browser
def test_paper_shows_what_is_folded(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/fr/sites/{RICH}", 800, 1000)
    seen = (
        "[...document.querySelectorAll('details.fold')].map((each) => "
        "getComputedStyle(each, '::details-content').contentVisibility).join()"
    )
    assert "hidden" in asked(browser, session, seen)
    browser.call("Emulation.setEmulatedMedia", session, media="print")
    assert set(asked(browser, session, seen).split(",")) == {"visible"}
    assert not asked(browser, session, "document.querySelector('.place-actions').checkVisibility()")


@pytest.mark.browser
@pytest.mark.parametrize("slug", [RICH, BARE])
@pytest.mark.parametrize(("width", "height"), [(300, 300), (640, 480), (1200, 700)])
def test_a_frame_is_filled_without_a_shift(
    browser: Browser, address: str, axe: str, slug: str, width: int, height: int
) -> None:
    session = shown(browser, f"{address}/embed/{slug}", width, height)
    box = asked(browser, session, BOX.format("main"))
    assert box == [width, height, height]
    wide, high, _ = asked(browser, session, BOX.format(".place-scene"))
    assert wide == width
    assert high >= height * 0.4
    assert asked(browser, session, "document.documentElement.scrollWidth <= innerWidth")
    assert asked(browser, session, "window.shifted <= 0.02")
    assert told_by_axe(browser, session, axe)["violations"] == []
