"""Metadata in the HTML head of a page: title, language versions, Open Graph, oEmbed, JSON-LD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from carreau.base.i18n.languages import BY_CODE
from carreau.site.pages.links import oembed_url

_NOTHING = Markup("")


def _locale(language: str) -> str:
    """Return the Open Graph locale of a language."""
    return BY_CODE[language].locale if language in BY_CODE else language


def site_documents(slug: str, language: str) -> tuple[str, str]:
    """Return the addresses that the viewer fetches before a model of a site, as in `documents.ts`."""
    return f"/viewer/{language}.json", f"/v1/sites/{slug}?lang={language}"


@dataclass(frozen=True)
class Head:
    """The head of a page.

    address : of the page, relative to the origin; empty for a page without one of its own
    versions : its addresses by language
    picture : absolute address with width, height and alternative text
    jsonld : a schema.org document, safe to put into a script
    has_oembed : whether other sites can embed the page
    fetched : addresses of documents to preload for the script
    viewer_later : address of the viewer, to load once the page is idle: its model waits until it is asked for
    """

    title: str
    description: str
    language: str
    base_url: str
    address: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    kind: str = "website"
    picture: tuple[str, int, int, str] | None = None
    jsonld: Markup = _NOTHING
    has_oembed: bool = False
    is_indexed: bool = True
    script: str = ""
    more_scripts: tuple[str, ...] = ()
    fetched: tuple[str, ...] = ()
    viewer_later: str = ""

    @property
    def canonical(self) -> str:
        """Return the absolute address."""
        return self.base_url + self.address if self.address else ""

    @property
    def alternates(self) -> list[tuple[str, str]]:
        """Return language and absolute address of each version; the last is `x-default`."""
        if not self.address:
            return []
        links = [(language, self.base_url + address) for language, address in self.versions.items()]
        default = self.versions.get("en") or next(iter(self.versions.values()), "")
        return [*links, ("x-default", self.base_url + default)] if default else links

    @property
    def locale(self) -> str:
        """Return the Open Graph locale of the page."""
        return _locale(self.language)

    @property
    def other_locales(self) -> list[str]:
        """Return the Open Graph locales of the other versions."""
        return [_locale(each) for each in self.versions if each != self.language]

    def oembed(self, form: str) -> str:
        """Return the oEmbed URL of the page, in "json" or "xml"."""
        return oembed_url(self.base_url, self.address, form)
