"""Metadata in the HTML head of a page: title, language versions, Open Graph, oEmbed, JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from markupsafe import Markup

from carreau.base.languages import BY_CODE
from carreau.base.schema.parts import Medium, Share, Shares
from carreau.base.schema.route import Route
from carreau.base.schema.site import Site
from carreau.base.schema.trail import Trail
from carreau.site.pages.addresses import oembed_url, safe_url, script_json
from carreau.site.pages.assets import SHARE_SIZE
from carreau.site.pages.cards import invitation, route_invitation, trail_invitation
from carreau.site.pages.page_texts import PageTexts, plain
from carreau.site.pages.site_content import SiteContent

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


def page_jsonld(document: bytes | None, language: str) -> Markup:
    """Return a document in one language, escaped for a `<script>` element; empty for none."""
    if not document:
        return Markup("")
    return script_json(json.dumps(_in_language(json.loads(document), language)).encode())


def _in_language(value: Any, language: str) -> Any:
    """Return a value of JSON-LD without texts and pages in other languages, where there are any in this one.

    >>> _in_language([{"@language": "fr", "@value": "Fosse"}, {"@language": "en", "@value": "Pit"}], "en")
    {'@language': 'en', '@value': 'Pit'}
    >>> _in_language([{"@language": "fr", "@value": "Fosse"}, "CC0-1.0"], "en")
    [{'@language': 'fr', '@value': 'Fosse'}, 'CC0-1.0']
    >>> _in_language([{"@type": "WebPage", "inLanguage": "fr"}, {"@type": "Place"}], "en")
    [{'@type': 'Place'}]
    """
    if isinstance(value, dict):
        return {key: _in_language(each, language) for key, each in value.items()}
    if not isinstance(value, list):
        return value
    told = [each for each in value if not _is_page_in_another(each, language)]
    if told and all(isinstance(each, dict) and "@language" in each for each in told):
        found = [each for each in told if each["@language"] == language]
        return found[0] if len(found) == 1 else found or told
    return [_in_language(each, language) for each in told]


def _is_page_in_another(value: Any, language: str) -> bool:
    return isinstance(value, dict) and value.get("@type") == "WebPage" and value.get("inLanguage") != language


_DEMONSTRATION = "demonstration"


class SharePicture(NamedTuple):
    """A picture.

    url : relative to the origin
    alt : alternative text
    is_emblem : whether it is the drawing of its kind, as there is no picture of the place
    """

    url: str
    width: int
    height: int
    alt: str
    is_emblem: bool = False

    def absolute(self, base_url: str) -> tuple[str, int, int, str]:
        """Return it as `Head.picture` has it."""
        return base_url + self.url, self.width, self.height, self.alt


def share_picture(site: Site, edition: SiteContent) -> SharePicture | None:
    """Return the poster of a state, else a picture, else its corner of the table, else the emblem of its kind."""
    for state in site.states:
        if state.poster and safe_url(state.poster[0].url):
            poster = state.poster[0]
            return SharePicture(poster.url, poster.width, poster.height, plain(state.title))
    if image := _image(site.media):
        return image
    corner = edition.corner(site.slug, site.lang)
    if corner and corner.picture:
        return SharePicture(corner.picture.url, corner.picture.width, corner.picture.height, plain(site.name))
    return _emblem(_DEMONSTRATION if site.is_demonstration else site.kind.code, site.kind.text, edition)


def route_picture(route: Route, edition: SiteContent) -> SharePicture | None:
    """Return the first picture of the route itself, else of the places on it, else the emblem of its way to travel."""
    if image := _image(route.media):
        return image
    sites = [edition.sites[stop.site][route.lang] for stop in route.stops if stop.site in edition.sites]
    pictures = [picture for site in sites if (picture := share_picture(site, edition)) and not picture.is_emblem]
    return pictures[0] if pictures else _emblem(route.mode.code, route.mode.text, edition)


def trail_picture(trail: Trail, edition: SiteContent) -> SharePicture | None:
    """Return the first picture of the trail itself, else of the places that it is told at, else an emblem."""
    if image := _image(trail.media):
        return image
    slugs = dict.fromkeys(each.where.site for each in trail.chapters if each.where and each.where.site in edition.sites)
    sites = (edition.sites[slug][trail.lang] for slug in slugs)
    pictures = (picture for site in sites if (picture := share_picture(site, edition)) and not picture.is_emblem)
    return next(pictures, None) or _emblem("trail", plain(trail.name), edition)


def _image(media: Iterable[Medium]) -> SharePicture | None:
    """Return the largest form of the first image."""
    for medium in media:
        for variant in reversed(medium.variants):
            if medium.kind == "image" and variant.width and variant.height and safe_url(variant.url):
                return SharePicture(variant.url, variant.width, variant.height, plain(medium.alt))
    return None


def _emblem(code: str, label: str, edition: SiteContent) -> SharePicture | None:
    pictures = edition.assets.share_pictures
    url = pictures.get(code.replace("/", "-")) or pictures.get("other", "")
    return SharePicture(url, *SHARE_SIZE, label, is_emblem=True) if url else None


def shares(edition: SiteContent, texts: PageTexts) -> Shares:
    """Return how oEmbed shows all places, routes and trails in the language of the texts."""
    lang = texts.language
    sites = {slug: by_language[lang] for slug, by_language in edition.sites.items()}
    routes = {slug: by_language[lang] for slug, by_language in edition.routes.items()}
    trails = {slug: by_language[lang] for slug, by_language in edition.trails.items()}
    return Shares(
        lang=lang,
        sites={slug: _share(invitation(site, texts), share_picture(site, edition)) for slug, site in sites.items()},
        routes={
            slug: _share(route_invitation(route, texts), route_picture(route, edition))
            for slug, route in routes.items()
        },
        trails={
            slug: _share(trail_invitation(trail, texts), trail_picture(trail, edition))
            for slug, trail in trails.items()
        },
    )


def _share(words: str, picture: SharePicture | None) -> Share:
    if picture is None:
        return Share(invitation=words)
    return Share(invitation=words, picture=picture.url, width=picture.width, height=picture.height)
