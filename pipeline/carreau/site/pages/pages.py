"""Generate all pages of an edition."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from markupsafe import escape

from carreau.base.languages import OWN_NAMES
from carreau.base.schema.parts import ANNOTATIONS, NAMELESS, PUBLISHER, STATES, TOURS, fragment, identifier
from carreau.base.schema.route import Route
from carreau.base.schema.site import Site
from carreau.base.schema.trail import Trail
from carreau.site.pages.addresses import FIRST, NOT_FOUND, WORDS, embed, page_path, page_paths
from carreau.site.pages.api_pages import api_page, problems_page
from carreau.site.pages.info_pages import info_pages, not_found_page, offline_page, snippet_page
from carreau.site.pages.list_pages import home_page, places_page, search_page, trails_page
from carreau.site.pages.page_texts import plain
from carreau.site.pages.qr_plates import plate_address, plate_page, plates_address, plates_page, spots_of
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.route_page import embed_route_page, route_page
from carreau.site.pages.show_page import scene_page, show_page
from carreau.site.pages.site_content import Page, SharedContent, SiteContent, part_of
from carreau.site.pages.site_page import embed_page, site_page
from carreau.site.pages.trail_page import embed_trail_page, sheets_address, trail_page, trail_sheets_page


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


_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)
_UNLISTED = "offline"
"""The offline page, which is not for search engines."""


def sitemap(edition: SiteContent) -> bytes:
    """Return the sitemap (sitemaps.org protocol 0.9) with `hreflang` links."""
    return (_OPEN + "".join(_urls(edition)) + "</urlset>\n").encode()


def robots(edition: SiteContent) -> bytes:
    """Return robots.txt (RFC 9309): everything is allowed; it links to the sitemap."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {edition.base_url}/sitemap.xml\n".encode()


def _urls(edition: SiteContent) -> Iterator[str]:
    for versions, modified in _sitemap_pages(edition):
        changed = f"<lastmod>{modified}</lastmod>" if modified else ""
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(edition.base_url + address)}"/>'
            for code, address in versions.items()
        )
        for address in versions.values():
            yield f"<url><loc>{escape(edition.base_url + address)}</loc>{changed}{links}</url>\n"


def _sitemap_pages(edition: SiteContent) -> Iterable[tuple[Mapping[str, str], str]]:
    """Yield the addresses of each page by language, with the last change of its entry, if it has one."""
    unlisted = (_UNLISTED,) if edition.trails else (_UNLISTED, "trails")
    yield from ((page_paths(name, edition.languages), "") for name in WORDS if name not in unlisted)
    for site in (next(iter(documents.values())) for documents in edition.sites.values()):
        yield site.pages, site.modified
        yield from ((each.pages, site.modified) for each in site.maps)
    for route in (next(iter(documents.values())) for documents in edition.routes.values()):
        yield route.pages, route.modified
    for trail in (next(iter(documents.values())) for documents in edition.trails.values()):
        yield trail.pages, trail.modified
        yield from ((each.pages, trail.modified) for each in trail.maps)
    for show in (next(iter(documents.values())) for documents in edition.shows.values()):
        yield show.pages, ""


_KINDS = {Site: "sites", Route: "routes", Trail: "trails"}


def identifier_pages(entry: Site | Route | Trail, renderer: Renderer) -> Iterator[tuple[str, bytes]]:
    """Yield the address and the page of each identifier: it leads on at once, in the language of the renderer.

    Browsers that do not follow it show links to the page in every language.
    """
    kind, name = _KINDS[type(entry)], plain(entry.name)
    yield identifier(kind, entry.slug), _page(name, entry.pages, renderer)
    yield identifier(kind, entry.slug, NAMELESS[0]), _page(name, entry.pages, renderer)
    if isinstance(entry, Site):
        parts = [(STATES, state.id, state.id) for state in entry.states]
        parts += [(ANNOTATIONS, annotation.id, annotation.state) for annotation in entry.annotations]
        parts += [(TOURS, tour.id, tour.state) for tour in entry.tours]
        for part, own, state in parts:
            shown = {code: page + fragment(part, own, state) for code, page in entry.pages.items()}
            yield identifier(kind, entry.slug, part, own), _page(name, shown, renderer)


def publisher_page(renderer: Renderer) -> tuple[str, bytes]:
    """Return the address and the page of the identifier of the publisher, which leads to the legal notice."""
    name = renderer.texts().gettext("Legal notice")
    return PUBLISHER, _page(name, page_paths("legal", renderer.edition.languages), renderer)


def _page(name: str, addresses: Mapping[str, str], renderer: Renderer) -> bytes:
    links = [(code, OWN_NAMES.get(code, code), address) for code, address in addresses.items()]
    first = addresses[renderer.language]
    return renderer.document("identifier.html", renderer.texts(), name=name, first=first, links=links)
