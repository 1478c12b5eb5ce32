"""Make all pages of an edition."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline.pages.addresses import FIRST, NOT_FOUND, embed, own_page
from pipeline.pages.api_page import api_page
from pipeline.pages.drawings import Drawings
from pipeline.pages.edition import Edition, Page
from pipeline.pages.home_page import home_page, search_page
from pipeline.pages.legal_pages import not_found_page, notice_pages
from pipeline.pages.offline_page import offline_page
from pipeline.pages.problems_page import problems_page
from pipeline.pages.qr_plates import plate_address, plate_page, plates_address, plates_page
from pipeline.pages.rendering import Voice
from pipeline.pages.route_page import embed_route_page, route_page
from pipeline.pages.site_page import embed_page, site_page
from pipeline.pages.sitemap import robots, sitemap
from pipeline.pages.snippets import snippet_page


def make_pages(edition: Edition, without: Collection[str] = ()) -> Iterator[Page]:
    """Yield every page in every language, then the sitemap and what robots may fetch; the same edition, the same bytes.

    The first page comes twice in each language: under its own address, and under `/` for readers who named none.
    without : sites and routes, as `Page.of` says them, whose pages are there already
    """
    drawn = Drawings(edition)
    for language in edition.languages:
        yield from _pages(Voice(edition, language), drawn, without)
    yield Page("/sitemap.xml", "", sitemap(edition), "xml")
    yield Page("/robots.txt", "", robots(edition), "txt")


def _pages(voice: Voice, drawn: Drawings, without: Collection[str]) -> Iterator[Page]:
    edition, language = voice.edition, voice.language

    def page(address: str, content: bytes, of: str = "") -> Page:
        return Page(address, language, content, "html", of)

    home = home_page(voice, drawn)
    yield page(FIRST, home)
    yield page(own_page("home", language), home)
    yield page(own_page("search", language), search_page(voice))
    for name, content in notice_pages(voice):
        yield page(own_page(name, language), content)
    yield page(own_page("embed", language), snippet_page(voice))
    yield page(own_page("api", language), api_page(voice))
    yield page(own_page("problems", language), problems_page(voice))
    yield page(NOT_FOUND, not_found_page(voice))
    yield page(own_page("offline", language), offline_page(voice))
    for slug, sites in edition.sites.items():
        if (of := f"pages.site.{slug}") not in without:
            site = sites[language]
            yield page(site.pages[language], site_page(site, voice, drawn), of)
            yield page(embed(slug), embed_page(site, voice), of)
    for slug, routes in edition.routes.items():
        if (of := f"pages.route.{slug}") not in without:
            yield page(routes[language].pages[language], route_page(routes[language], voice, drawn), of)
            yield page(embed(f"routes/{slug}"), embed_route_page(routes[language], voice, drawn), of)
            yield page(plates_address(routes[language], language), plates_page(routes[language], voice), of)
            if language == edition.languages[0]:
                for stop in routes[language].stops:
                    yield page(plate_address(slug, stop.number), plate_page(routes[language], stop, voice), of)
