"""The table model on the home page and on the pages of places, with and without scripts."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.air.relief_table import Form
from carreau.base.languages import LANGUAGES
from carreau.base.schema.lists import Relief, Territory
from carreau.base.schema.parts import Picture
from carreau.base.schema.site import Camera
from carreau.site.pages.addresses import own_files
from carreau.site.pages.pages import make_pages
from carreau.site.pages.site_content import SiteContent
from carreau.site.pages.table_overlay import TALL, WIDE, Box, Lettering, project, table_overlay
from carreau.site.table_model import SYMBOLS, TableView
from tests.browser import Browser, asked, opened, until
from tests.looking import told_by_axe
from tests.pipeline.site.pages.made import ASSETS, BARE, RICH, bare, edition, picture, table
from tests.pipeline.site.pages.serving import served

NO_WEBGL = "HTMLCanvasElement.prototype.getContext = () => null;"


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    return {page.address: page.content for page in reversed(list(make_pages(edition(has_table=True))))}


@pytest.fixture(scope="module")
def address(pages: dict[str, bytes], viewer_modules: Path) -> Iterator[str]:
    with served(answers_of(pages), viewer_modules) as at:
        yield at


@pytest.fixture(scope="module")
def relief_address(viewer_modules: Path) -> Iterator[str]:
    pages = {page.address: page.content for page in reversed(list(make_pages(relief_edition(0.64))))}
    with served(answers_of(pages), viewer_modules) as at:
        yield at


def answers_of(pages: dict[str, bytes]) -> dict[str, tuple[bytes, str]]:
    answers = {path: (content, "html") for path, content in pages.items()}
    answers |= {vars(ASSETS)[name]: file for name, file in own_files().items()}
    for name, size in {
        "wide": (1800, 1000),
        "tall": (860, 1060),
        "corner": (640, 480),
        "poster": (640, 480),
        "ground": (400, 300),
    }.items():
        picture = BytesIO()
        Image.new("RGB", size, "#a8452d").save(picture, "WEBP")
        answers[f"/a/{name}.webp"] = (picture.getvalue(), "webp")
    return answers


def test_the_home_page_has_the_model_its_links_and_what_heights_mean(pages: dict[str, bytes]) -> None:
    home = pages["/fr/"].decode()
    assert '<carreau-viewer territory reveal="manual" lang="fr">' in home
    figure = home.partition('<figure slot="poster">')[2].partition("</figure>")[0]
    for slug in (RICH, BARE):
        assert f'href="/fr/sites/{slug}"' in figure
    assert 'href="/fr/lieux#commune-59172"' in figure
    shown, _, folded = home.partition('<div class="of home-model">')[2].partition("<details>")
    assert "Les hauteurs sont symboliques" in shown
    assert "déduites de sources" in folded
    assert "Mission Bassin Minier, Licence Ouverte" in home
    assert f'<script async src="{ASSETS.later_script}" data-viewer="{ASSETS.viewer_script}"></script>' in home
    assert "/v1/territory" not in home


def test_a_place_without_a_model_shows_its_corner_and_one_with_a_model_does_not(pages: dict[str, bytes]) -> None:
    corner, own = pages[f"/fr/sites/{BARE}"].decode(), pages[f"/fr/sites/{RICH}"].decode()
    assert f'<carreau-viewer territory reveal="manual" place="{BARE}" lang="fr">' in corner
    assert corner.count("Hauteur symbolique, d’après le contour officiel") == 1
    assert "Un terril." in corner
    assert '<figure class="map map-aside">' in corner
    assert "<carreau-viewer territory" not in own
    assert '<meta property="og:image" content="https://pages.example/a/corner.webp">' in corner


def test_without_the_model_a_demonstration_turns_on_the_home_page() -> None:
    pages = {page.address: page.content.decode() for page in reversed(list(make_pages(edition())))}
    assert f'<carreau-viewer site="{RICH}" state="today" reveal="manual" lang="fr">' in pages["/fr/"]
    assert "Ce lieu est fictif" in pages["/fr/"]
    assert "carreau-viewer" not in pages[f"/fr/sites/{BARE}"]
    alone = edition(sites={BARE: {code: bare(code) for code in LANGUAGES}}, routes={})
    [home] = [page.content.decode() for page in make_pages(alone) if page.address == "/fr/"]
    assert "carreau-viewer" not in home
    assert "<h1>" in home


def test_links_lie_where_the_camera_of_the_picture_sees_the_places() -> None:
    view = TableView((0.1, 0.0, -0.05), 0.7, 34.0, 24.0, 1800, 1000)
    x, y, z = (float(value) for value in view.eye)
    camera = Camera(position=(x, y, z), target=view.target, field_deg=26.0)
    point = (0.14, 0.004, 0.02)
    (share,) = view.shares(np.array([point]))
    assert project(point, camera, 1800, 1000) == pytest.approx((share[0] * 1800, share[1] * 1000), abs=0.05)


def test_symbols_that_overlap_are_moved_apart() -> None:
    told = table("fr")
    for place in told["places"]:
        place["point"] = [0.01, 0.0, 0.01]
    territory = Territory.model_validate(told)
    one, other = table_overlay(territory, territory.wide, WIDE).markers
    assert math.hypot(one.x - other.x, one.y - other.y) > 25


@pytest.mark.parametrize(("shape", "lettering"), [("wide", WIDE), ("tall", TALL)])
def test_names_lie_on_no_symbol_and_on_no_other_name(shape: str, lettering: Lettering) -> None:
    told = table("fr")
    [commune, *_] = told["communes"]
    told["communes"] = [commune | {"insee": f"5900{number}", "places": number + 1} for number in range(3)]
    for number, place in enumerate(told["places"]):
        place["point"] = [commune["point"][0] + 0.002 * number, *commune["point"][1:]]
    territory = Territory.model_validate(told)
    overlay = table_overlay(territory, getattr(territory, shape), lettering)
    boxes: list[Box] = [(marker.x, marker.y, 12.0, 12.0) for marker in overlay.markers]
    for each in overlay.communes:
        text = f"{each.name} · {each.places}" if lettering.has_count else each.name
        boxes.append(
            (each.x, each.y - lettering.height / 3, 0.4 * lettering.height * len(text) / 2, lettering.height / 2)
        )
    assert len(boxes) == len(overlay.markers) + 3
    for one, other in itertools.combinations(boxes, 2):
        assert abs(one[0] - other[0]) > one[2] + other[2] or abs(one[1] - other[1]) >= one[3] + other[3] - 1


def test_every_form_is_used_by_a_kind() -> None:
    assert {symbol.form for symbol in SYMBOLS.values()} == set(Form)


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/fr/", f"/pl/miejsca/{BARE}"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (768, "dark"), (320, "dark")])
def test_without_webgl_everybody_has_the_picture(
    browser: Browser, address: str, axe: str, path: str, width: int, scheme: str
) -> None:
    session = opened(browser, "about:blank", width)
    browser.call("Page.enable", session)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=NO_WEBGL)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.call("Emulation.setEmulatedMedia", session, features=features)
    browser.call("Page.navigate", session, url=address + path)
    until(
        browser, session, "document.readyState == 'complete' && document.querySelector('carreau-viewer img')?.complete"
    )
    assert told_by_axe(browser, session, axe)["violations"] == []
    assert asked(browser, session, "document.documentElement.scrollWidth <= innerWidth")
    assert asked(browser, session, "document.querySelector('carreau-viewer img').naturalWidth > 0")
    if path == "/fr/":
        over = "wide" if width == 768 else "tall"
        assert asked(browser, session, f"document.querySelector('.home-on-{over}').checkVisibility()")
    assert {url.split("/")[2] for url in browser.asked if url.startswith("http")} == {address.split("/")[2]}


def relief_edition(share: float) -> SiteContent:
    """The edition with a relief that covers a share of the territory."""
    made = edition(has_table=True)
    relief = Relief(
        year="2026", credit="IGN – RGE ALTI®", licence="Licence Ouverte 2.0", share=share, has_photo=True,
        ground=Picture.model_validate(picture("ground")),
        bounds=(3.2, 50.2, 3.6, 50.6),
    )  # fmt: skip
    territory = {code: each.model_copy(update={"relief": relief}) for code, each in made.territory.items()}
    return replace(made, territory=territory)


def test_a_relief_is_accessible_on_a_phone_and_asks_nobody_else(
    browser: Browser, relief_address: str, axe: str
) -> None:
    session = opened(browser, f"{relief_address}/fr/", 360)
    until(
        browser, session, "document.readyState == 'complete' && document.querySelector('carreau-viewer img')?.complete"
    )
    assert told_by_axe(browser, session, axe)["violations"] == []
    assert asked(browser, session, "document.documentElement.scrollWidth <= innerWidth")
    assert "Relief mesuré depuis les airs" in asked(browser, session, "document.body.textContent")
    assert {url.split("/")[2] for url in browser.asked if url.startswith("http")} == {relief_address.split("/")[2]}


@pytest.mark.parametrize("share", [1.0, 0.64])
def test_a_relief_says_year_credit_and_share_and_lies_under_the_maps(share: float) -> None:
    made, found = edition(has_table=True), relief_edition(share)
    pages = {page.address: page.content.decode() for page in reversed(list(make_pages(found)))}
    home, listed, place = pages["/fr/"], pages["/fr/lieux"], pages[f"/fr/sites/{BARE}"]
    assert "La Porte du Hainaut en relief" in home
    shown, _, folded = home.partition('<div class="of home-model">')[2].partition("<details>")
    assert "Relief mesuré depuis les airs, 2026" in shown
    assert ("64\u00a0% du territoire" in shown) == (share < 1)
    assert "IGN – RGE ALTI®" in folded
    assert ("64\u00a0% du territoire" in home) == (share < 1)
    assert "Les hauteurs sont symboliques" not in home
    for page in (listed, place):
        assert re.search(r'<image class="relief" href="/a/ground.webp" x="-?[\d.]+" y="-?[\d.]+" width="[\d.]+"', page)
    bare = {page.address: page.content.decode() for page in reversed(list(make_pages(made)))}
    assert "on-relief" not in bare["/fr/lieux"]
    assert '<image class="relief"' not in bare[f"/fr/sites/{BARE}"]
