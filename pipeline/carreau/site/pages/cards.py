"""What cards of places and routes show: a picture, one tag, and the order of what to see first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from carreau.base.schema.file_links import Picture
from carreau.base.schema.folding import plain as folded
from carreau.base.schema.route import Route
from carreau.base.schema.site import Card, Site
from carreau.site.pages.labels import content_label
from carreau.site.pages.maps.projection import frame_around
from carreau.site.pages.maps.simplify_lines import line_path
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
