"""Gather what a page tells programs in its head: its name, its versions in other languages, and how others show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from pipeline.i18n.languages import BY_CODE
from pipeline.pages.links import oembed

_NOTHING = Markup("")


def _locale(language: str) -> str:
    """Return a language as Open Graph writes it."""
    return BY_CODE[language].locale if language in BY_CODE else language


@dataclass(frozen=True)
class Head:
    """The head of a page.

    address : of the page, relative to the origin; empty for one that has none of its own
    versions : its addresses by language
    picture : absolute address with width, height and alternative text
    jsonld : a schema.org document, safe to put into a script
    has_oembed : whether it can be put into another page
    fetched : addresses of documents that the script asks for at once
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
    fetched: tuple[str, ...] = ()

    @property
    def canonical(self) -> str:
        """Return the absolute address."""
        return self.base_url + self.address if self.address else ""

    @property
    def alternates(self) -> list[tuple[str, str]]:
        """Return language and absolute address of every version; the last is for readers of none of them."""
        if not self.address:
            return []
        found = [(language, self.base_url + address) for language, address in self.versions.items()]
        default = self.versions.get("en") or next(iter(self.versions.values()), "")
        return [*found, ("x-default", self.base_url + default)] if default else found

    @property
    def locale(self) -> str:
        """Return the language as Open Graph writes it."""
        return _locale(self.language)

    @property
    def other_locales(self) -> list[str]:
        """Return those of the other versions."""
        return [_locale(each) for each in self.versions if each != self.language]

    def oembed(self, form: str) -> str:
        """Return where our oEmbed answers for the page, in "json" or "xml"."""
        return oembed(self.base_url, self.address, form)
