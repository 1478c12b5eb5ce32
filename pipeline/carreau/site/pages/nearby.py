"""Where to go on from a place: related places, or else the nearest ones."""

from __future__ import annotations

import math
from collections.abc import Iterable

from carreau.base.schema.site import Card, Site

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
