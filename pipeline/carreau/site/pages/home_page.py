"""The home page: the model, kinds, what to see first, routes and the timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from carreau.base.schema.folding import plain as folded
from carreau.base.schema.site import Card, Site
from carreau.base.schema.state import State
from carreau.base.schema.territory import Territory
from carreau.base.schema.words import Term
from carreau.site.pages.cards import first_to_see
from carreau.site.pages.list_pages import all_routes, all_trails, list_head, listed_cards, places_among
from carreau.site.pages.page_texts import PageTexts
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.shared_content import SharedContent
from carreau.site.pages.table_overlay import (
    table_heights,
    table_overlays,
    table_picture,
    table_seen,
    table_sources,
    table_title,
)
from carreau.site.pages.timeline import timeline

FIRST = 8
"""Places to see first."""


def home_page(renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the home page; without a model of the territory a demonstration turns on it."""
    texts, cards = renderer.texts(), listed_cards(renderer)
    edition, language, places = renderer.edition, renderer.language, places_among(cards)
    territory = edition.territory.get(language)
    sites = [documents[language] for documents in edition.sites.values()]
    example, state = (None, None) if territory else _example(sites)
    content = renderer.render(
        "home.html",
        texts,
        all_places=len(places),
        in_3d=sum("model" in card.has for card in places),
        kinds=_kinds([card for card in cards if not card.is_apart]),
        first=first_to_see(cards, edition, FIRST),
        routes=all_routes(renderer),
        trails=all_trails(renderer),
        ages=timeline(sites, texts),
        has_map=shared.home is not None,
        example=example,
        state=state,
        **_table(territory, cards, texts),
    )
    title = f"Carreau – {texts.gettext('The mining heritage of La Porte du Hainaut')}"
    head = list_head("home", title, renderer, texts, edition.assets.home_script)
    if territory or example:
        head = replace(head, viewer_later=edition.assets.viewer_script)
    if territory:
        head = replace(head, picture=table_picture(territory, edition.base_url))
    return renderer.page(content, head, texts, "home")


def _table(territory: Territory | None, cards: Iterable[Card], texts: PageTexts) -> Mapping[str, Any]:
    if territory is None:
        return {"territory": None}
    return {
        "territory": territory,
        "by_slug": {card.slug: card for card in cards},
        "overlays": table_overlays(territory),
        "table_title": table_title(territory, texts),
        "table_seen": table_seen(territory, texts),
        "table_heights": table_heights(territory, texts),
        "table_sources": table_sources(territory, texts),
    }


def _example(sites: Iterable[Site]) -> tuple[Site, State] | tuple[None, None]:
    """Return the demonstration and its first state with a model and a picture."""
    candidates = (
        (site, state)
        for site in sites
        if site.is_demonstration
        for state in site.states
        if state.levels and state.poster
    )
    return next(candidates, (None, None))


def _kinds(cards: Sequence[Card]) -> list[tuple[Term, int]]:
    """Return the kinds of places with their number, the most frequent first."""
    terms = {card.kind.code: card.kind for card in cards if card.kind.code}
    counts = Counter(card.kind.code for card in cards)
    return sorted(
        ((term, counts[code]) for code, term in terms.items()), key=lambda each: (-each[1], folded(each[0].text))
    )
