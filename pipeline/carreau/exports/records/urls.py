"""Absolute URLs of everything that is published."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from carreau.base.i18n.languages import path_words

EXAMPLE = "https://carreau.example"
"""Base URL of documents that are made before there is a server; RFC 2606 reserves `.example`."""

SITE_WORDS = path_words("sites")
ROUTE_WORDS = path_words("routes")
TRAIL_WORDS = path_words("trails")
"""Path segments of pages, by language."""


@dataclass(frozen=True)
class Urls:
    """The addresses of one server.

    base : without a trailing slash

    >>> Urls().page("fosse-mathilde", "en")
    'https://carreau.example/en/sites/fosse-mathilde'
    """

    base: str = EXAMPLE

    def __post_init__(self) -> None:
        """Remove a trailing slash."""
        object.__setattr__(self, "base", self.base.rstrip("/"))

    def site(self, slug: str) -> str:
        """Return the identifier of a site, independent of language and format."""
        return self._at("id", "sites", slug)

    def route(self, slug: str) -> str:
        """Return the identifier of a route."""
        return self._at("id", "routes", slug)

    def trail(self, slug: str) -> str:
        """Return the identifier of a trail."""
        return self._at("id", "trails", slug)

    def part(self, slug: str, kind: str, name: str) -> str:
        """Return the identifier of a part of a site: a state, an annotation, a tour, its place."""
        return self._at("id", "sites", slug, kind, name)

    def page(self, slug: str, language: str) -> str:
        """Return the HTML page of a site."""
        return self._at(language, SITE_WORDS.get(language, "sites"), slug)

    def route_page(self, slug: str, language: str) -> str:
        """Return the HTML page of a route."""
        return self._at(language, ROUTE_WORDS.get(language, "routes"), slug)

    def trail_page(self, slug: str, language: str) -> str:
        """Return the HTML page of a trail, or of a chapter of it that is named as in a link: `slug#chapter`."""
        name, _, chapter = slug.partition("#")
        page = self._at(language, TRAIL_WORDS.get(language, "trails"), name)
        return f"{page}#chapter={quote(chapter)}" if chapter else page

    def model_file(self, slug: str, state: str, name: str) -> str:
        """Return a file of a state's models: `phone.glb`, `ar.usdz`, `poster.webp`."""
        return self._at("models", slug, state, name)

    def poster(self, slug: str, state: str) -> str:
        """Return the picture of a state."""
        return self.model_file(slug, state, "poster.webp")

    def media(self, slug: str, name: str) -> str:
        """Return a picture, sound, film or document of a site."""
        return self._at("media", slug, name)

    def document(self, kind: str, slug: str, ending: str) -> str:
        """Return an export; kind is "sites", "routes" or "trails", ending that of the format without a dot."""
        return self._at("v1", kind, f"{slug}.{ending}")

    def catalogue(self, ending: str) -> str:
        """Return an export of the whole catalogue."""
        return self._at("v1", f"catalogue.{ending}")

    def iiif(self, slug: str) -> str:
        """Return a site's manifest of IIIF Presentation 4."""
        return self._at("iiif", slug, "manifest.json")

    def iiif_3(self, slug: str) -> str:
        """Return a site's manifest of IIIF Presentation 3."""
        return self._at("iiif", "3", slug, "manifest.json")

    def jsonld(self, slug: str) -> str:
        """Return a site's schema.org document."""
        return self.document("sites", slug, "jsonld")

    def embed(self, slug: str) -> str:
        """Return the page with only the viewer of a site, for iframes."""
        return self._at("embed", slug)

    def oembed_service(self) -> str:
        """Return the oEmbed endpoint."""
        return self._at("oembed")

    def oembed(self, address: str) -> str:
        """Return the URL of the oEmbed response for a URL."""
        return f"{self.oembed_service()}?{urlencode({'url': address, 'format': 'json'})}"

    def _at(self, *parts: str) -> str:
        return "/".join((self.base, *(quote(part, safe="/") for part in parts)))
