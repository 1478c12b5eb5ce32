"""What cards of places and routes show: a picture, one tag, and the order of what to see first."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from carreau.base.levels import AR_FILES
from carreau.base.schema.bundle import plain as folded
from carreau.base.schema.parts import Picture
from carreau.base.schema.route import Route
from carreau.base.schema.site import Card, Site
from carreau.base.schema.state import State
from carreau.base.schema.trail import Trail
from carreau.site.pages.labels import content_label
from carreau.site.pages.maps.basemap import frame_around, line_path
from carreau.site.pages.page_texts import PageTexts
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

    def place_of(card: Card) -> int:
        return _KINDS.index(card.kind.code) if card.kind.code in _KINDS else len(_KINDS)

    chosen, per_kind = list[Card](), Counter[str]()
    routes = {slug: -len(documents[edition.languages[0]].routes) for slug, documents in edition.sites.items()}
    waiting = sorted(cards, key=lambda card: (place_of(card), routes[card.slug], folded(card.name.text)))
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
