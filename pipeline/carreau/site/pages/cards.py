"""How a page is shown elsewhere: the card of a place or route, and the metadata in the HTML head."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from markupsafe import Markup

from carreau.base.languages import BY_CODE
from carreau.base.levels import AR_FILES
from carreau.base.schema.bundle import plain as folded
from carreau.base.schema.itineraries import Route, Trail
from carreau.base.schema.parts import Medium, Picture, Share, Shares
from carreau.base.schema.site import Card, Site, State
from carreau.site.pages.addresses import SHARE_SIZE, oembed_url, safe_url, script_json
from carreau.site.pages.basemap import frame_around, line_path
from carreau.site.pages.page_texts import PageTexts, content_label, plain
from carreau.site.pages.site_content import SiteContent

_TAGS = ("then-and-now", "tour", "model", "video", "sound", "image")
"""Codes of `Card.has` that a tag names, the most inviting first."""
_KINDS = ("fosse", "chevalement", "terril", "etang-affaissement", "cite", "eglise")
"""Kinds that stand for mining in the eyes of visitors from elsewhere; they come first."""
_SKETCH = (300, 260)
_CARD_PX = 320
"""Least width of a picture on a card, which is about 300 CSS pixels wide."""


@dataclass(frozen=True)
class RouteSketch:
    """A route as a line with its stops, in a box of 300 by 260 units."""

    way: str
    stops: tuple[tuple[int, int], ...]
    is_indicative: bool


def card_picture(card: Card, corner: Picture | None) -> Picture | None:
    """Return the picture of a place in a list: the smallest of its own that fills a card, else of its corner.

    corner : the picture of its corner of the table model; None where there is none
    """
    wide = [each for each in card.pictures if each.width >= _CARD_PX] or list(card.pictures[-1:])
    return wide[0] if wide else card.picture or corner


def card_tag(card: Card, edition: SiteContent, texts: PageTexts) -> str:
    """Return the one tag of a place: that it is not real, or the best that it has; empty for texts alone."""
    if card.is_demonstration:
        return texts.gettext("Demonstration: fictional place")
    has = next((what for what in _TAGS if what in card.has), "")
    if has == "model" and _is_survey(edition.sites[card.slug][card.lang]):
        return texts.gettext("Aerial survey")
    return content_label(has, texts) if has else ""


def _is_survey(site: Site) -> bool:
    return all(state.survey is not None for state in site.states if state.levels)


def first_to_see(cards: Iterable[Card], edition: SiteContent, most: int) -> list[Card]:
    """Return the places to see first: models before the rest, each kind in turn, and of a kind those on most routes.

    Samples come last, whatever they have.
    """

    def rank(card: Card) -> tuple[bool, bool, int]:
        best = next((at for at, what in enumerate(_TAGS) if what in card.has), len(_TAGS))
        return card.is_sample, "model" not in card.has, best

    def rank_kind(card: Card) -> int:
        return _KINDS.index(card.kind.code) if card.kind.code in _KINDS else len(_KINDS)

    chosen, per_kind = list[Card](), Counter[str]()
    routes = {slug: -len(documents[edition.languages[0]].routes) for slug, documents in edition.sites.items()}
    waiting = sorted(cards, key=lambda card: (rank_kind(card), routes[card.slug], folded(card.name.text)))
    while waiting and len(chosen) < most:
        card = min(waiting, key=lambda card: (*rank(card), per_kind[card.kind.code]))
        waiting.remove(card)
        per_kind[card.kind.code] += not card.is_apart
        chosen.append(card)
    return chosen


def route_sketch(route: Route) -> RouteSketch | None:
    """Return a route as a small drawing; None without two positions."""
    placed = [(stop.position.lon, stop.position.lat) for stop in route.stops if stop.position]
    frame = frame_around([*route.path, *placed], *_SKETCH, margin=0.16)
    way = line_path(route.path or placed, frame, 1.0) if frame else ""
    if frame is None or not way:
        return None
    stops = tuple((round(x), round(y)) for x, y in (frame.at(*place) for place in placed))
    return RouteSketch(way, stops, route.path_measure.code == "indicative")


_YEAR = re.compile(r"-?\d{4}")
_PAST = 2000
"""Models of years before this are shown as a look into the past, not as a survey."""


def invitation(site: Site, texts: PageTexts) -> str:
    """Return what to do at a place, from what it really has: the past, 3D, pictures, sounds, or its story."""
    shown = [state for state in site.states if state.levels]
    years = sorted(year for state in shown if (year := _year(state)) is not None and year < _PAST)
    kinds = {medium.kind for medium in site.media}
    if years:
        return texts.gettext("See it in %(year)s", year=years[0])
    if shown:
        return texts.gettext("See it in 3D")
    if "sound" in kinds or any(tour.steps for tour in site.tours):
        return texts.gettext("Listen to its story")
    if kinds & {"image", "video"}:
        return texts.gettext("See it in pictures")
    return texts.gettext("Read its story")


def more(site: Site, texts: PageTexts) -> list[str]:
    """Return what else a place has: 3D beside the past, augmented reality, sounds."""
    shown = [state for state in site.states if state.levels]
    has_ar = any(level.level in AR_FILES for state in shown for level in state.levels)
    has_past = any((year := _year(state)) is not None and year < _PAST for state in shown)
    extras = [
        texts.gettext("in 3D") if has_past else "",
        texts.gettext("in augmented reality") if has_ar else "",
        texts.gettext("with sound") if shown and any(medium.kind == "sound" for medium in site.media) else "",
    ]
    return [each for each in extras if each]


def route_invitation(route: Route, texts: PageTexts) -> str:
    """Return what to do on a route: walk or ride in its commune, or past its places; by car or bus, see them."""
    communes = {stop.commune for stop in route.stops if stop.commune}
    is_bike, number = route.mode.code == "bike", len(route.stops)
    if route.mode.code not in ("walk", "bike"):
        return texts.ngettext("See %(number)s place", "See all %(number)s places", number)
    if len(communes) == 1:
        [commune] = communes
        if is_bike:
            return texts.gettext("Ride in %(commune)s", commune=commune)
        return texts.gettext("Walk in %(commune)s", commune=commune)
    if is_bike:
        return texts.ngettext("Ride to %(number)s place", "Ride past %(number)s places", number)
    return texts.ngettext("Walk to %(number)s place", "Walk past %(number)s places", number)


def trail_invitation(trail: Trail, texts: PageTexts) -> str:
    """Return what to do with a trail: follow it chapter by chapter."""
    return texts.ngettext(
        "Follow the story in %(number)s chapter", "Follow the story in %(number)s chapters", len(trail.chapters)
    )


def _year(state: State) -> int | None:
    """Return the first year of a state, None where its date tells none, as "19XX" does."""
    match = _YEAR.match(state.date.edtf) if state.date else None
    return int(match[0]) if match else None


MOST = 3


def onward(site: Site, cards: Iterable[Card]) -> list[Card]:
    """Return the cards of the related places, or else of the nearest ones.

    cards : of all places, in one language
    """
    by_slug = {card.slug: card for card in cards}
    return [by_slug[slug] for slug in site.related if slug in by_slug] or nearby(site, by_slug.values())


def nearby(site: Site, cards: Iterable[Card]) -> list[Card]:
    """Return the cards of the nearest places of the territory, nearest first; none where the place is off the map."""
    at = site.position
    if at is None or site.is_off_map:
        return []
    east = math.cos(math.radians(at.lat))

    def away(card: Card) -> float:
        return (
            math.hypot((card.position.lon - at.lon) * east, card.position.lat - at.lat) if card.position else math.inf
        )

    others = (card for card in cards if card.slug != site.slug and not card.is_apart and not card.is_off_map)
    return sorted((card for card in others if card.position), key=lambda card: (away(card), card.slug))[:MOST]


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
    values = [each for each in value if not _is_page_in_another(each, language)]
    if values and all(isinstance(each, dict) and "@language" in each for each in values):
        matches = [each for each in values if each["@language"] == language]
        return matches[0] if len(matches) == 1 else matches or values
    return [_in_language(each, language) for each in values]


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
