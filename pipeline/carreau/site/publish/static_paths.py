"""Name where each answer is had, relative to the origin, and where a static host puts it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from types import MappingProxyType

from carreau.base.languages import SOURCE
from carreau.exports.records.urls import ROUTE_WORDS, SITE_WORDS, TRAIL_WORDS

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"sites": SITE_WORDS, "routes": ROUTE_WORDS, "trails": TRAIL_WORDS}
)
"""Path segments of pages, by kind and language."""


def api(kind: str, slug: str, ending: str = "") -> str:
    """Return where a document is had; kind is "sites", "routes" or "trails".

    >>> api("sites", "fosse-mathilde", "jsonld")
    '/v1/sites/fosse-mathilde.jsonld'
    """
    return f"/v1/{kind}/{slug}" + (f".{ending}" if ending else "")


def page(kind: str, slug: str, language: str) -> str:
    """Return where the page of a site, route or trail is had.

    >>> page("routes", "arenberg-a-pied", "de")
    '/de/routen/arenberg-a-pied'
    """
    return f"/{language}/{WORDS[kind][language]}/{slug}"


def pages(kind: str, slug: str, languages: tuple[str, ...]) -> dict[str, str]:
    """Return its pages by language."""
    return {language: page(kind, slug, language) for language in languages}


def static(address: str, language: str, ext: str) -> str:
    """Return where a static host puts an answer, relative to its root.

    >>> static("/v1/sites/fosse-mathilde", "fr", "json"), static("/de/orte/fosse-mathilde", "de", "html")
    ('v1/sites/fosse-mathilde.fr.json', 'de/orte/fosse-mathilde/index.html')
    >>> static("/", "fr", "html"), static("/embed/a", "pl", "html"), static("/404", "fr", "html")
    ('index.html', 'embed/a/index.pl.html', '404.html')
    >>> static("/v1/routes/arenberg.gpx", "nl", "gpx"), static("/iiif/a/manifest.json", "", "json")
    ('v1/routes/arenberg.nl.gpx', 'iiif/a/manifest.json')
    >>> static("/v1/routes/arenberg.nl.gpx", "nl", "gpx")
    'v1/routes/arenberg.nl.gpx'
    """
    path = address.strip("/")
    if ext == "html":
        return _page(path, language)
    stem = path.removesuffix(f".{ext}")
    return f"{stem.removesuffix(f'.{language}')}.{language}.{ext}" if language else f"{stem}.{ext}"


def anywhere(address: str, language: str, ext: str) -> str:
    """Return the address that our server and a static host both have an answer at; of a page it is the same.

    >>> anywhere("/v1/routes/arenberg.gpx", "nl", "gpx"), anywhere("/v1/terms", "fr", "json")
    ('/v1/routes/arenberg.nl.gpx', '/v1/terms.fr.json')
    >>> anywhere("/v1/catalogue.csv", "", "csv"), anywhere("/embed/a", "pl", "html")
    ('/v1/catalogue.csv', '/embed/a')
    """
    return address if ext == "html" else f"/{static(address, language, ext)}"


def _page(path: str, language: str) -> str:
    """Return the file of a page; of one that is the same address in every language, French has the plain name."""
    ending = "html" if path.partition("/")[0] == language or language == SOURCE else f"{language}.html"
    return f"404.{ending}" if path == "404" else posixpath.join(path, f"index.{ending}")
