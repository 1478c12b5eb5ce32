"""The page of a trail tells everything without scripts, and its sheets print from the same data."""

from __future__ import annotations

import re
from html import unescape

import pytest
from lxml import html

from pipeline.i18n.languages import LANGUAGES
from pipeline.pages.home_page import home_page
from pipeline.pages.list_pages import search_page
from pipeline.pages.rendering import Renderer
from pipeline.pages.shared_content import SharedContent
from pipeline.pages.site_content import Assets, SiteContent
from pipeline.pages.sitemap import sitemap
from pipeline.pages.trail_page import trail_page, trail_sheets_page
from pipeline.publish.trail_document import trail_card
from pipeline.schema.trail import Trail
from tests.pipeline.publish.trails import trail_documents

BATTLE = "bataille-de-denain"


@pytest.fixture(scope="module")
def edition() -> SiteContent:
    """Return an edition with the trails of the project, and nothing else."""
    trails = trail_documents()
    cards = {slug: {language: trail_card(each) for language, each in of.items()} for slug, of in trails.items()}
    return SiteContent(LANGUAGES, "https://pages.example", Assets("/a/style.css"), trails=trails, trail_cards=cards)


def shown(page: bytes) -> html.HtmlElement:
    return html.document_fromstring(page.decode())


def words(element: html.HtmlElement) -> str:
    return re.sub(r"\s+", " ", unescape(str(element.text_content())))


def spaceless(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_tells_every_chapter_with_its_doubts_questions_and_sources(edition: SiteContent, language: str) -> None:
    renderer = Renderer(edition, language)
    for documents in edition.trails.values():
        trail = documents[language]
        page = shown(trail_page(trail, renderer, SharedContent(edition)))
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
    renderer = Renderer(edition, "en")
    for documents in edition.trails.values():
        trail = documents["en"]
        for content in (trail_page(trail, renderer, SharedContent(edition)), trail_sheets_page(trail, renderer)):
            page, own = shown(content), trail.pages["en"]
            ids = page.xpath("//@id")
            assert len(ids) == len(set(ids))
            targets = [each.removeprefix(own) for each in page.xpath("//main//a/@href")]
            inside = [each[1:] for each in targets if each.startswith("#")]
            assert inside
            assert set(inside) <= set(ids)


def test_a_proposal_and_what_is_unknown_say_so(edition: SiteContent) -> None:
    page = words(shown(trail_page(edition.trails[BATTLE]["en"], Renderer(edition, "en"), SharedContent(edition))))
    assert "Proposal: not checked on site." in page
    assert "position not known" in page
    assert "somewhere around" in page
    assert "No native speaker has checked the translations on this page yet." in page


def test_the_visitors_sheet_asks_and_the_teachers_answers(edition: SiteContent) -> None:
    trail: Trail = edition.trails[BATTLE]["fr"]
    page = shown(trail_sheets_page(trail, Renderer(edition, "fr")))
    visitor, teacher = (spaceless(words(each)) for each in page.xpath("//section[@class='sheet']"))
    for chapter in trail.chapters:
        for question in chapter.questions:
            assert question.answer is not None
            assert spaceless(question.text.text) in visitor
            assert spaceless(question.answer.text) not in visitor
            assert spaceless(question.answer.text) in teacher
    assert trail.lesson is not None
    assert all(spaceless(goal.text) in teacher for goal in trail.lesson.goals)


def test_trails_are_listed_beside_the_routes_and_for_search_engines(edition: SiteContent) -> None:
    renderer = Renderer(edition, "de")
    address = f"/de/erzaehlpfade/{BATTLE}"
    assert shown(home_page(renderer, SharedContent(edition))).xpath(f"//section[h2/@id='trails']//a[@href='{address}']")
    assert shown(search_page(renderer)).xpath(f"//ul[@id='index']//a[@href='{address}']")
    assert f"<loc>https://pages.example{address}</loc>".encode() in sitemap(edition)
