"""The pages that list entries: all places with filters and the map, all trails, and the search page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carreau.base.schema.bundle import plain as folded
from carreau.base.schema.parts import Term
from carreau.base.schema.route import RouteCard
from carreau.base.schema.site import Card, Site
from carreau.base.schema.state import State
from carreau.base.schema.territory import Territory
from carreau.base.schema.trail import TrailCard
from carreau.site.pages.addresses import page_path, page_paths
from carreau.site.pages.cards import first_to_see
from carreau.site.pages.head import Head
from carreau.site.pages.labels import content_label
from carreau.site.pages.page_texts import PageTexts
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.site_content import SharedContent
from carreau.site.pages.table_overlay import (
    table_heights,
    table_overlays,
    table_picture,
    table_seen,
    table_sources,
    table_title,
)
from carreau.site.pages.timeline import timeline

_HAS = ("model", "ar", "then-and-now", "tour", "sound", "image", "video")
_Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class SiteGroup:
    """The sites of a commune."""

    name: str
    cards: tuple[Card, ...]


def places_page(renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page with all places; a script filters and sorts them."""
    texts, cards = renderer.texts(), listed_cards(renderer)
    real = [card for card in cards if not card.is_apart]
    content = renderer.render(
        "places.html",
        texts,
        map=shared.home,
        by_slug={card.slug: card for card in cards},
        themes=_terms(card.theme for card in real),
        groups=_groups(real),
        examples=[card for card in cards if card.is_apart],
        filters=_filters(cards, texts),
    )
    title = f"{texts.gettext('All places')} – Carreau"
    head = list_head("places", title, renderer, texts, renderer.edition.assets.list_script)
    return renderer.page(content, head, texts, "places")


def search_page(renderer: Renderer) -> bytes:
    """Return the search page: a script searches, or the server without scripts; it also has an index."""
    texts = renderer.texts()
    entries: list[Card | RouteCard | TrailCard] = sorted(
        [*all_cards(renderer), *all_routes(renderer), *all_trails(renderer)],
        key=lambda each: (isinstance(each, Card) and each.is_sample, folded(each.name.text)),
    )

    def of(card: Card | RouteCard | TrailCard) -> str:
        if isinstance(card, Card):
            return ", ".join(filter(None, (card.kind.text, card.commune)))
        return card.mode.text if isinstance(card, RouteCard) else texts.gettext("Trail")

    content = renderer.render("search.html", texts, entries=entries, of=of)
    title = f"{texts.gettext('Search')} – Carreau"
    return renderer.page(
        content, list_head("search", title, renderer, texts, renderer.edition.assets.search_script), texts, "search"
    )


def trails_page(renderer: Renderer) -> bytes:
    """Return the page with all trails."""
    texts = renderer.texts()
    content = renderer.render("trails.html", texts, trails=all_trails(renderer))
    head = list_head("trails", f"{texts.gettext('Trails')} – Carreau", renderer, texts)
    about = texts.gettext(
        "Stories in chapters, told on the spot or at home: what is known, what is not, and where sources differ."
    )
    return renderer.page(content, replace(head, description=about), texts, "trails")


def list_head(name: str, title: str, renderer: Renderer, texts: PageTexts, script: str = "") -> Head:
    """Return the head of a page that lists places."""
    return Head(
        title=title,
        description=_promise(renderer, texts),
        language=renderer.language,
        base_url=renderer.edition.base_url,
        address=page_path(name, renderer.language),
        versions=page_paths(name, renderer.edition.languages),
        script=script,
    )


def _promise(renderer: Renderer, texts: PageTexts) -> str:
    """Return what there is, in a sentence: models only where places have some."""
    if any("model" in card.has for card in places_among(listed_cards(renderer))):
        return texts.gettext("The mining heritage of La Porte du Hainaut: map, sourced texts and 3D models.")
    return texts.gettext("The mining heritage of La Porte du Hainaut: map and sourced texts.")


def all_cards(renderer: Renderer) -> list[Card]:
    """Return the places by name, samples last."""
    cards = [by_language[renderer.language] for by_language in renderer.edition.cards.values()]
    return sorted(cards, key=lambda card: (card.is_sample, folded(card.name.text), card.slug))


def listed_cards(renderer: Renderer) -> list[Card]:
    """Return the places that lists have, by name."""
    return [card for card in all_cards(renderer) if card.is_listed]


def places_among(cards: Iterable[Card]) -> list[Card]:
    """Return the cards of places to visit, which every page counts: samples are none."""
    return [card for card in cards if not card.is_sample]


def all_routes(renderer: Renderer) -> list[RouteCard]:
    """Return the routes by name."""
    cards = [by_language[renderer.language] for by_language in renderer.edition.route_cards.values()]
    return sorted(cards, key=lambda card: (folded(card.name.text), card.slug))


def all_trails(renderer: Renderer) -> list[TrailCard]:
    """Return the trails by name."""
    cards = [by_language[renderer.language] for by_language in renderer.edition.trail_cards.values()]
    return sorted(cards, key=lambda card: (folded(card.name.text), card.slug))


def _groups(cards: Iterable[Card]) -> dict[str, SiteGroup]:
    """Return the sites by the INSEE code of their commune, the communes by name."""
    by_insee: dict[str, list[Card]] = {}
    for card in sorted(cards, key=lambda card: (folded(card.commune), card.insee)):
        by_insee.setdefault(card.insee, []).append(card)
    return {
        insee: SiteGroup(
            members[0].commune, tuple(sorted(members, key=lambda card: (folded(card.name.text), card.slug)))
        )
        for insee, members in by_insee.items()
    }


def _terms(terms: Iterable[Term]) -> list[Term]:
    by_code = {term.code: term for term in terms if term.code}
    return sorted(by_code.values(), key=lambda term: folded(term.text))


def _filters(cards: list[Card], texts: PageTexts) -> list[tuple[str, str, str, _Choices]]:
    """Return name, label, label of no choice, and choices of each filter; filters without choices are left out."""
    available = {what for card in cards for what in card.has}
    kinds, themes = _terms(card.kind for card in cards), _terms(card.theme for card in cards)
    communes = sorted({(card.insee, card.commune) for card in cards if card.commune}, key=lambda each: folded(each[1]))
    filters = [
        ("kind", texts.gettext("Kind"), texts.gettext("All kinds"), [(term.code, term.text) for term in kinds]),
        ("theme", texts.gettext("Theme"), texts.gettext("All themes"), [(term.code, term.text) for term in themes]),
        ("commune", texts.gettext("Commune"), texts.gettext("All communes"), communes),
        (
            "has",
            texts.gettext("Content"),
            texts.gettext("Any content"),
            [(what, content_label(what, texts)) for what in _HAS if what in available],
        ),
    ]
    return [each for each in filters if each[3]]


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
