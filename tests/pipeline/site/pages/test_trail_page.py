"""The page of a trail tells everything without scripts, and its sheets print from the same data."""

from __future__ import annotations

import re
from html import unescape

import brotli
import pytest
from lxml import html

from carreau.base.languages import LANGUAGES
from carreau.site.pages.list_pages import home_page, search_page, trails_page
from carreau.site.pages.page_texts import plain
from carreau.site.pages.pages import sitemap
from carreau.site.pages.place_actions import list_plate_spots, plate_page, plates_page
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.site_content import Assets, SharedContent, SiteContent
from carreau.site.pages.trail_and_show_pages import embed_trail_page, trail_page, trail_sheets_page
from carreau.site.publish.route_documents import trail_card
from tests.pipeline.site.publish.trails import trail_documents

BATTLE = "bataille-de-denain"


@pytest.fixture(scope="module")
def edition() -> SiteContent:
    """Return an edition with the trails of the project, and nothing else."""
    trails = trail_documents()
    cards = {slug: {language: trail_card(each) for language, each in of.items()} for slug, of in trails.items()}
    assets = Assets("/a/style.css", trail_script="/a/trail.js")
    return SiteContent(LANGUAGES, "https://pages.example", assets, trails=trails, trail_cards=cards)


def shown(page: bytes) -> html.HtmlElement:
    return html.document_fromstring(page.decode())


def words(element: html.HtmlElement) -> str:
    return re.sub(r"\s+", " ", unescape(str(element.text_content())))


def spaceless(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_tells_every_chapter_with_its_doubts_questions_and_sources(edition: SiteContent, language: str) -> None:
    renderer, shared = Renderer(edition, language), SharedContent(edition)
    for documents in edition.trails.values():
        trail = documents[language]
        page = shown(trail_page(trail, renderer, shared))
        assert [each.get("id") for each in page.xpath("//article")] == [f"chapter={each.id}" for each in trail.chapters]
        for chapter, article in zip(trail.chapters, page.xpath("//article"), strict=True):
            told = spaceless(words(article))
            assert spaceless(chapter.text.text) in told
            doubts = [version.text.text for doubt in chapter.doubts for version in doubt.versions]
            assert all(spaceless(each) in told for each in doubts)
            hidden = spaceless("".join(words(each) for each in article.xpath(".//details")))
            for question in chapter.questions:
                assert spaceless(question.text.text) in told
                assert question.answer is not None
                assert spaceless(question.answer.text) in hidden
                assert all(spaceless(hint.text) in hidden for hint in question.hints)


def test_every_link_within_a_page_leads_somewhere(edition: SiteContent) -> None:
    renderer, shared = Renderer(edition, "en"), SharedContent(edition)
    for documents in edition.trails.values():
        trail = documents["en"]
        for content in (trail_page(trail, renderer, shared), trail_sheets_page(trail, renderer)):
            page, own = shown(content), trail.pages["en"]
            ids = page.xpath("//@id")
            assert len(ids) == len(set(ids))
            targets = [each.removeprefix(own) for each in page.xpath("//main//a/@href")]
            inside = [each[1:] for each in targets if each.startswith("#")]
            assert inside
            assert set(inside) <= set(ids)


def test_a_frame_has_every_chapter_and_its_links_leave_it_or_stay(edition: SiteContent) -> None:
    renderer = Renderer(edition, "de")
    for documents in edition.trails.values():
        trail = documents["de"]
        page = shown(embed_trail_page(trail, renderer, SharedContent(edition)))
        assert [each.get("id") for each in page.xpath("//article")] == [f"chapter={each.id}" for each in trail.chapters]
        inside = set(page.xpath("//a[not(@target)]/@href"))
        assert {each[1:] for each in inside} <= set(page.xpath("//@id"))
        assert all(each.startswith("#") for each in inside)
        assert set(page.xpath("//a[@target]/@rel")) == {"noopener"}


def test_a_proposal_and_what_is_unknown_say_so(edition: SiteContent) -> None:
    page = words(shown(trail_page(edition.trails[BATTLE]["en"], Renderer(edition, "en"), SharedContent(edition))))
    assert "Proposal: not checked on site." in page
    assert "position not known" in page
    assert "somewhere around" in page
    assert "No native speaker has checked the translations on this page yet." in page


def test_an_optional_chapter_can_be_left_out(edition: SiteContent) -> None:
    trail = edition.trails[BATTLE]["en"]
    page = shown(trail_page(trail, Renderer(edition, "en"), SharedContent(edition)))
    ways = page.xpath("//article[@data-chapter='le-siege']//ul[@class='trail-ways']/li")
    assert [words(each).split(":")[0].strip() for each in ways] == ["Next, optional", "Without it"]
    assert [each.find("a").get("data-to") for each in ways] == ["le-moulin", "la-marche"]
    crossing = page.xpath("//article[@data-chapter='saint-amand']//ul[@class='trail-ways']//a[@data-crossing]/@href")
    assert crossing == ["/en/trails/abbaye-de-saint-amand#chapter=grand-place"]


def test_one_arrives_only_where_the_position_is_exact(edition: SiteContent) -> None:
    page = shown(trail_page(edition.trails[BATTLE]["en"], Renderer(edition, "en"), SharedContent(edition)))
    assert page.xpath("//article[@data-at]/@data-chapter") == ["l-obelisque"]
    numbers = page.xpath(
        "//figure[@class='map']//*[@class='map-stops']/circle[not(@class='around')]/following::text[1]"
    )
    assert page.xpath("//figure[@class='map']//*[@class='map-stops']/circle[@class='around']")
    assert numbers[0].text == "11"


def test_plates_hang_where_a_chapter_has_a_place(edition: SiteContent) -> None:
    numbers = {slug: [spot.number for spot in list_plate_spots(of["de"])] for slug, of in edition.trails.items()}
    # The marsh and the causeway lie in no commune that a source names; what is told on the way has no place.
    assert numbers == {
        BATTLE: [1, 2, 3, 4, *range(6, 13)],
        "abbaye-de-saint-amand": list(range(1, 10)),
        "jules-mousseron": [1, 2, 4, 5, *range(7, 12)],
    }
    trail = edition.trails[BATTLE]["de"]
    page = shown(plates_page(trail, Renderer(edition, "de")))
    assert [words(each) for each in page.find_class("plate-address")] == [
        f"pages.example/q/{BATTLE}/{number}" for number in numbers[BATTLE]
    ]
    hangs = {each.get("value"): words(each) for each in page.xpath("//ol[@class='hangs']/li")}
    assert hangs["1"].endswith("Museum von Denain · Stelle unbekannt")
    assert hangs["6"].endswith("genaue Stelle unbekannt")
    assert "°" in hangs["11"]
    targets = [plate_page(trail, spot, Renderer(edition, "fr")) for spot in list_plate_spots(trail)]
    links = shown(targets[0]).xpath("//*[@data-plate]//a/@href")
    assert links == [f"{address}#stop=1" for address in trail.pages.values()]
    # They are in each pack of the trail, for a phone that is offline.
    assert sum(len(brotli.compress(each)) for each in targets) < 15_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_class_without_phones_has_the_story_on_its_sheets(edition: SiteContent, language: str) -> None:
    for documents in edition.trails.values():
        trail = documents[language]
        assert (trail.safety, trail.access) != (None, None)
        page = shown(trail_sheets_page(trail, Renderer(edition, language)))
        visitor, teacher = (spaceless(words(each)) for each in page.xpath("//section[@class='trail-sheet']"))
        to_answer = spaceless("".join(map(words, page.xpath("//section[1]//*[@class='trail-to-answer']"))))
        for sheet in (visitor, teacher):
            asked = [question.text for chapter in trail.chapters for question in chapter.questions]
            told = [chapter.text for chapter in trail.chapters] + asked
            told += [each for each in (trail.care, trail.access, trail.safety) if each]
            assert [each.text for each in told if spaceless(plain(each)) not in sheet] == []
        for chapter in trail.chapters:
            assert chapter.children is not None
            assert spaceless(plain(chapter.children)) in teacher
            for question in chapter.questions:
                assert question.answer is not None
                assert spaceless(question.text.text) in to_answer
                assert spaceless(question.answer.text) not in to_answer
                assert spaceless(question.answer.text) in teacher
        notes = [each.note for each in trail.sources if each.note]
        assert [each.text for each in notes if spaceless(plain(each)) not in teacher] == []
        if trail.lesson:
            assert all(spaceless(goal.text) in teacher for goal in trail.lesson.goals)


def test_the_list_tells_what_to_expect_of_each_trail(edition: SiteContent) -> None:
    page = shown(trails_page(Renderer(edition, "fr")))
    cards = {each.xpath("string(.//h2/a/@href)"): words(each) for each in page.xpath("//li[contains(@class, 'card')]")}
    assert set(cards) == {each["fr"].page for each in edition.trail_cards.values()}
    card = cards[f"/fr/recits/{BATTLE}"]
    assert "12 chapitres · à vélo et chez soi · durée pas encore connue · proposition" in card
    assert page.xpath("//nav[@class='shell-menu']//a[@href='/fr/recits' and @aria-current='page']")
    timed = edition.trail_cards[BATTLE]["fr"].model_copy(update={"duration_min": 95.0})
    only = SiteContent(edition.languages, edition.base_url, edition.assets, trail_cards={BATTLE: {"fr": timed}})
    assert "1 h 35 min sans le trajet" in words(shown(trails_page(Renderer(only, "fr"))))


def test_an_edition_without_trails_has_no_list_of_them(edition: SiteContent) -> None:
    none = SiteContent(edition.languages, edition.base_url, edition.assets)
    assert "/recits" not in home_page(Renderer(none, "fr"), SharedContent(none)).decode()
    assert b"/recits" not in sitemap(none)


def test_trails_are_listed_beside_the_routes_and_for_search_engines(edition: SiteContent) -> None:
    renderer = Renderer(edition, "de")
    address = f"/de/erzaehlpfade/{BATTLE}"
    assert shown(home_page(renderer, SharedContent(edition))).xpath(
        f"//section[.//h2/@id='trails']//a[@href='{address}']"
    )
    assert shown(search_page(renderer)).xpath(f"//ul[@id='index']//a[@href='{address}']")
    addresses = sitemap(edition)
    assert f"<loc>https://pages.example{address}</loc>".encode() in addresses
    assert b"<loc>https://pages.example/de/erzaehlpfade</loc>" in addresses
