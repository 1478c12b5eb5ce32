"""The places nearest to a place, for who has seen it and wants to go on."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pipeline.schema.site import Card, Site

MOST = 3


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
