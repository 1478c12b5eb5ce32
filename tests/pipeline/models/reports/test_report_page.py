"""The page of a build says all of its report, in each language, and asks nobody for anything."""

from __future__ import annotations

import itertools
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from carreau.base.options import REPORT_LANGUAGES
from carreau.models.reports.report import Album
from carreau.models.reports.report_page import PAGES, looks_key, make_report, report_pages
from carreau.models.stages.pictures import UpPicture
from tests.browser import Browser, asked, loaded, opened, violations
from tests.pipeline.models.reports.report_sample import image, level, level_pictures, report, scan_pictures

VOID = {"meta", "img", "br", "link", "rect", "stop", "input", "hr"}


class Reader(HTMLParser):
    """Notes tags, attributes and text, and fails where tags do not close in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"{tag} has an attribute twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def read(page: bytes) -> Reader:
    reader = Reader()
    reader.feed(page.decode())
    assert reader.open == []
    return reader


def made(language: str = "en", **facts: Any) -> bytes:
    return make_report(report(**facts), image(), scan_pictures(), level_pictures(), language, {"fr": "report.fr.html"})


def said(page: bytes) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", " ".join(read(page).text))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_is_sound_and_holds_all_it_needs(language: str) -> None:
    page = made(language)
    reader = read(page)
    assert reader.of("html")[0]["lang"] == language
    assert len(reader.of("h1")) == 1
    ids = Counter(attributes["id"] for _, attributes in reader.found if "id" in attributes)
    assert set(ids.values()) == {1}
    inside = {attributes["href"] for attributes in reader.of("a") if str(attributes["href"]).startswith("#")}
    assert {f"#{each}" for each in ids} >= inside
    assert all(attributes["alt"] for attributes in reader.of("img"))
    assert all(str(attributes["src"]).startswith("data:image/webp;base64,") for attributes in reader.of("img"))
    assert all(attributes["scope"] in ("col", "row") for attributes in reader.of("th"))
    assert not reader.of("script") + reader.of("link") + reader.of("iframe")
    assert not re.search(rb"https?://|[\"'(]//|@import", page)
    assert not re.search(rb"\son[a-z]+=", page)


def test_headings_come_in_order() -> None:
    levels = [int(tag[1]) for tag, _ in read(made()).found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_english_says_the_figures() -> None:
    text = said(made())
    for each in (
        "30.2 dB",
        "27.3 dB",
        "Under light: pictures from 8 directions",
        "no pixel differs",
        "0.9384",
        "8.66 mm",
        "79,984",
        "100% of 80,000",
        "1.37 MB",
        "91% of",
    ):
        assert each in text
    for each in ("29.1 sec", "7.4 sec", "400 kb/s", "1.6 Mb/s", "150 ms", "RFC 6928", "Lighthouse", "no budget"):
        assert each in text
    for each in ("93", "0.14% of the surface", "flipped entirely", "149,675 bytes", "a spell was cast on it"):
        assert each in text
    for each in ("4.1 sec", "2 min, 7 sec", "2.22 GB", "from earlier runs", "2 of 4 steps", "not stated", "A team"):
        assert each in text
    for each in ("Median 2.6, 95% ≤ 7.2", "only one: 0.8%", "≥ 10", "56.4 m × 36.7 m × 33.1 m if 1 unit is 1 m"):
        assert each in text


def test_french_says_them_as_the_french_do() -> None:
    page = made("fr")
    text = said(page)
    for each in (
        "30,2 dB",
        "27,3 dB",
        "Sous la lumière (PSNR)",
        "79 984",
        "1,37 Mo",
        "91 % de 1,5 Mo",
        "149 675 octets",
        "3G lente",
        "2 min et 7 s",
    ):
        assert each in text
    for each in ("le décalage de <1>.txt est ignoré", "l’axe y est vertical : <b>", "téléphone", "déplier"):
        assert each in text
    for each in ("a warning that nobody translated", "a spell was cast on it", "do magic on"):
        assert re.search(rf'lang="en"[^>]*>{each}', page.decode())


def test_what_a_scan_says_is_shown_and_never_run() -> None:
    page = made(name='<script>alert("1")</script>', credit="<img src=x>", source="javascript:alert(1)")
    assert b"<script" not in page
    assert b"<img src=x>" not in page
    assert "brick <1>.png" in said(page)


def test_an_unknown_size_and_a_simulation_are_said_where_shown() -> None:
    assert "Real size unknown." in said(made())
    assert said(made()).count("all lengths on this page take 1 unit as 1 m") == 2
    assert "Simulated." not in said(made())
    pretended = said(made(source="simulated, not a survey"))
    assert "Simulated. This scan was generated by a program" in pretended
    assert pretended.count("(simulated)") == 7
    sure = {**report()["scan"], "unit_known": True}
    assert "Real size unknown." not in said(made(scan=sure))


@pytest.mark.parametrize(
    ("language", "row"),
    [("en", "Date of the photograph 2024-07-30 Laser points"), ("fr", "Date de la photographie 2024-07-30 Points")],
)
def test_a_survey_has_the_days_of_both_flights(language: str, row: str) -> None:
    survey = {"flown": "2022-05-29/2022-06-15", "photograph": {"role": "orthophoto", "flown": "2024-07-30"}}
    text = said(made(language, scan={**report()["scan"], "survey": survey}))
    assert "2022-05-29/2022-06-15" in text
    assert row in text


@pytest.mark.parametrize(("is_made", "words"), [(True, "to show what a real one would give"), (False, "")])
def test_a_made_photograph_is_told_first(is_made: bool, words: str) -> None:
    survey = {"flown": "2021", "photograph": {"role": "historic", "flown": "1955", "simulated": is_made}}
    text = said(made(scan={**report()["scan"], "survey": survey}))
    assert ("Simulated. The photograph was made by a program" in text) == is_made
    assert words in text


def test_ar_and_place_are_told_when_there_are_any() -> None:
    assert "GeoPose" not in said(made())
    place = {"lon": 3.4567891, "lat": 50.3712345, "height": 63.2, "crs": "EPSG:2154"}
    agreement = {"psnr_db": 51.31, "views": 12}
    pair = {"file": "ar.usdz", "bytes": 4_100_000, "sha256": "cd" * 32, "agreement": agreement}
    ar = level("ar", brotli_bytes=1_558_612, scale="free", usdz=pair, quick_look="allowsContentScaling=1")
    text = said(made(levels=[ar], place=place))
    for each in ("AR files", "ar.usdz, 4.1 MB", "51.3 dB, from 12 sides", "visitors can scale the model", "cdcdcd"):
        assert each in text
    for each in ("allowsContentScaling=1", "3.4567891°", "63.200 m", "EPSG:2154"):
        assert each in text
    assert "appears life-size" in said(made(levels=[{**ar, "scale": "fixed", "usdz": 4}]))
    equal = {**pair, "agreement": {"psnr_db": None, "views": 0}}
    assert "the same triangles, materials and images" in said(made(levels=[{**ar, "usdz": equal}]))
    grey = {**pair, "agreement": {"differs": ["colors"], "psnr_db": None, "views": 0}}
    assert "images, without colours of vertices" in said(made(levels=[{**ar, "usdz": grey}]))


@pytest.mark.parametrize(
    "short",
    [
        {},
        {"name": "x"},
        {"scan": "old", "levels": None, "stages": None, "ar": 3, "place": []},
        {"levels": [{"name": "phone"}, "odd", {"name": "tablet", "error": None, "budget": 4}]},
        {"scan": {"size_m": None, "findings": None, "triangles": None}},
    ],
)
def test_a_report_that_lacks_things_still_makes_a_page(short: dict[str, Any]) -> None:
    assert len(read(make_report(short, b"")).of("h1")) == 1


def test_the_same_report_gives_the_same_bytes() -> None:
    assert made() == made()
    pages = report_pages(report(), image(), Album(scan_pictures(), level_pictures()))
    assert list(pages) == ["report.html", "report.en.html"]
    assert b'<html lang="fr">' in pages["report.html"]
    assert b'<a href="report.en.html" hreflang="en" lang="en">English</a>' in pages["report.html"]
    assert list(report_pages(report(), image(), language="en")) == ["report.html", "report.fr.html"]


def test_a_page_whose_looks_change_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = looks_key()
    assert before == looks_key()
    copy = shutil.copytree(PAGES, tmp_path / "pages")
    monkeypatch.setattr("carreau.models.reports.report_page.PAGES", copy)
    assert looks_key() == before
    (copy / "style.css").write_text("p { color: red }")
    assert looks_key() != before


def test_a_level_over_its_budget_is_shown_so() -> None:
    heavy = level("phone", brotli_bytes=1_800_000)
    page = made(levels=[heavy])
    assert b'class="bar over"' in page
    assert "120% of 1.5 MB" in said(page)


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fr", "en"])
def test_nobody_is_kept_from_the_page(browser: Browser, axe: str, tmp_path: Path, language: str) -> None:
    place, pair = {"lon": 3.45, "lat": 50.37, "height": 63.2}, {"quick_look": "allowsContentScaling=1"}
    path = tmp_path / "report.html"
    path.write_bytes(made(language, source="simulated", ar=pair, place=place))
    for width, scheme in ((320, "light"), (800, "dark"), (1280, "light"), (1280, "dark")):
        session = opened(browser, path.as_uri(), width)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.call("Emulation.setEmulatedMedia", session, features=features)
        loaded(browser, session)
        assert violations(browser, session, axe) == []
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width
        assert asked(browser, session, "[...document.images].every(image => image.naturalWidth > 0)")
    assert {url for url in browser.asked if not url.startswith(("data:", path.as_uri()))} == set()


@pytest.mark.browser
def test_axe_would_see_a_picture_without_words(browser: Browser, axe: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(re.sub(rb' alt="[^"]*"', b"", made()))
    session = opened(browser, path.as_uri())
    loaded(browser, session)
    assert any(found.startswith("image-alt") for found in violations(browser, session, axe))


@pytest.mark.browser
def test_paper_takes_the_page_without_its_menus(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(made())
    session = opened(browser, path.as_uri())
    browser.call("Emulation.setEmulatedMedia", session, media="print")
    loaded(browser, session)
    assert asked(browser, session, "getComputedStyle(document.querySelector('.contents')).display") == "none"
    assert asked(browser, session, "getComputedStyle(document.querySelector('thead')).position") == "static"
    assert len(browser.call("Page.printToPDF", session)["data"]) > 1000


@pytest.mark.parametrize("language", REPORT_LANGUAGES)
def test_where_up_is_not_sure_the_candidates_come_first(language: str) -> None:
    shares = {"-y": 0.7, "y": 0.2, "z": 0.1}
    candidates = [{"up": up, "share": share, "option": f"--up {up}"} for up, share in shares.items()]
    facts = report(scan={**report()["scan"], "up": "y", "up_sure": False, "up_candidates": candidates})
    ups = [UpPicture(up, image(), 160, 120) for up in shares]
    page = make_report(facts, image(), None, None, language, None, ups)
    reader = read(page)
    codes = re.findall(r"<code>(--up [^<]+)</code>", page.decode())
    assert codes == ["--up -y", "--up y", "--up z"]
    pictures = reader.of("img")[:3]
    assert all(picture["alt"] for picture in pictures)
    assert len({picture["alt"] for picture in pictures}) == len(pictures)
    assert page.decode().count('<li class="taken">') == 1
    assert page.decode().index('id="upright"') < page.decode().index('class="top"')


def test_where_up_is_sure_nothing_is_asked() -> None:
    assert 'id="upright"' not in made().decode()
