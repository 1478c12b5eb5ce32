"""Sitemap and robots.txt for search engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from markupsafe import escape

from carreau.site.pages.addresses import WORDS, page_paths
from carreau.site.pages.site_content import SiteContent

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
    for versions, modified in _pages(edition):
        changed = f"<lastmod>{modified}</lastmod>" if modified else ""
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(edition.base_url + address)}"/>'
            for code, address in versions.items()
        )
        for address in versions.values():
            yield f"<url><loc>{escape(edition.base_url + address)}</loc>{changed}{links}</url>\n"


def _pages(edition: SiteContent) -> Iterable[tuple[Mapping[str, str], str]]:
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
