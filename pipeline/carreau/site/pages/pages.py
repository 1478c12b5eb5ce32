"""Generate all pages of an edition."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from carreau.base.schema.route import Route
from carreau.base.schema.trail import Trail
from carreau.site.pages.addresses import FIRST, NOT_FOUND, embed, page_path
from carreau.site.pages.api_pages import api_page, problems_page
from carreau.site.pages.embed_trail import embed_trail_page
from carreau.site.pages.home_page import home_page
from carreau.site.pages.identifier_pages import identifier_pages, publisher_page
from carreau.site.pages.info_pages import info_pages, not_found_page, offline_page
from carreau.site.pages.list_pages import places_page, search_page, trails_page
from carreau.site.pages.qr_plates import plate_address, plate_page, plates_address, plates_page, spots_of
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.route_page import embed_route_page, route_page
from carreau.site.pages.scene_page import scene_page
from carreau.site.pages.shared_content import SharedContent
from carreau.site.pages.show_page import show_page
from carreau.site.pages.site_content import Page, SiteContent, part_of
from carreau.site.pages.site_page import embed_page, site_page
from carreau.site.pages.sitemap import robots, sitemap
from carreau.site.pages.snippets import snippet_page
from carreau.site.pages.trail_page import sheets_address, trail_page, trail_sheets_page


def make_pages(edition: SiteContent, without: Collection[str] = ()) -> Iterator[Page]:
    """Yield every page in every language, then the sitemap and robots.txt; equal editions give equal bytes.

    The home page comes twice in each language: under its own address, and under `/`, which has no language.
    without : parts, as in `Page.part`, whose pages are up to date
    """
    shared = SharedContent(edition)
    for language in edition.languages:
        yield from _pages(Renderer(edition, language), shared, without)
    yield Page("/sitemap.xml", "", sitemap(edition), "xml")
    yield Page("/robots.txt", "", robots(edition), "txt")


def _pages(renderer: Renderer, shared: SharedContent, without: Collection[str]) -> Iterator[Page]:
    edition, language = renderer.edition, renderer.language

    def page(address: str, content: bytes, part: str = "") -> Page:
        return Page(address, language, content, "html", part)

    home = home_page(renderer, shared)
    yield page(FIRST, home)
    yield page(page_path("home", language), home)
    yield page(page_path("places", language), places_page(renderer, shared))
    yield page(page_path("search", language), search_page(renderer))
    if edition.trails:
        yield page(page_path("trails", language), trails_page(renderer))
    for name, content in info_pages(renderer):
        yield page(page_path(name, language), content)
    yield page(page_path("embed", language), snippet_page(renderer))
    yield page(page_path("api", language), api_page(renderer))
    yield page(page_path("problems", language), problems_page(renderer))
    yield page(NOT_FOUND, not_found_page(renderer))
    yield page(page_path("offline", language), offline_page(renderer))
    if language == edition.languages[0]:
        yield page(*publisher_page(renderer))
    for slug, sites in edition.sites.items():
        if (part := part_of("site", slug, language)) not in without:
            site = sites[language]
            yield page(site.pages[language], site_page(site, renderer, shared), part)
            yield page(embed(slug), embed_page(site, renderer, shared), part)
            yield from (
                page(each.pages[language], scene_page(each, site, renderer, shared), part) for each in site.maps
            )
            if language == edition.languages[0]:
                yield from (page(address, content, part) for address, content in identifier_pages(site, renderer))
    for slug, routes in edition.routes.items():
        if (part := part_of("route", slug, language)) not in without:
            yield page(routes[language].pages[language], route_page(routes[language], renderer, shared), part)
            yield page(embed(f"routes/{slug}"), embed_route_page(routes[language], renderer, shared), part)
            yield page(plates_address(routes[language], language), plates_page(routes[language], renderer), part)
            if language == edition.languages[0]:
                for address, content in identifier_pages(routes[language], renderer):
                    yield page(address, content, part)
                yield from (page(*each, part) for each in _plates(routes[language], renderer))
    for shows in edition.shows.values():
        yield page(shows[language].pages[language], show_page(shows, renderer))
    for slug, trails in edition.trails.items():
        if (part := part_of("trail", slug, language)) not in without:
            trail = trails[language]
            yield page(trail.pages[language], trail_page(trail, renderer, shared), part)
            yield page(embed(f"trails/{slug}"), embed_trail_page(trail, renderer, shared), part)
            yield from (
                page(each.pages[language], scene_page(each, trail, renderer, shared), part) for each in trail.maps
            )
            yield page(sheets_address(trail, language), trail_sheets_page(trail, renderer), part)
            if spots_of(trail):
                yield page(plates_address(trail, language), plates_page(trail, renderer), part)
            if language == edition.languages[0]:
                yield from (page(address, content, part) for address, content in identifier_pages(trail, renderer))
                yield from (page(*each, part) for each in _plates(trail, renderer))


def _plates(of: Route | Trail, renderer: Renderer) -> Iterator[tuple[str, bytes]]:
    """Yield the addresses that plates lead to, each with its page."""
    for spot in spots_of(of):
        yield plate_address(of.slug, spot.number), plate_page(of, spot, renderer)
