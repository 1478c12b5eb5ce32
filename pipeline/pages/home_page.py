"""The home page, with all sites and routes, and the search page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.pages.addresses import page_path, page_paths
from pipeline.pages.head import Head
from pipeline.pages.labels import content_label
from pipeline.pages.page_texts import PageTexts
from pipeline.pages.rendering import Renderer
from pipeline.pages.shared_content import SharedContent
from pipeline.pages.table_overlay import (
    table_fetched,
    table_heights,
    table_overlays,
    table_picture,
    table_seen,
    table_title,
)
from pipeline.schema.folding import plain as folded
from pipeline.schema.route import RouteCard
from pipeline.schema.site import Card
from pipeline.schema.words import Term

_HAS = ("model", "ar", "then-and-now", "tour", "sound", "image", "video")
_Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class SiteGroup:
    """The sites of a commune."""

    name: str
    cards: tuple[Card, ...]


def home_page(renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the home page: map, routes and list of all sites."""
    texts, cards = renderer.texts(), _cards(renderer)
    territory = renderer.edition.territory.get(renderer.language)
    real = [card for card in cards if not card.is_apart]
    content = renderer.render(
        "home.html",
        texts,
        inscribed=_inscribed(renderer),
        map=shared.home,
        by_slug={card.slug: card for card in cards},
        themes=_terms(card.theme for card in real),
        routes=_routes(renderer),
        groups=_groups(real),
        examples=[card for card in cards if card.is_apart],
        filters=_filters(cards, texts),
        thumbnails=shared.thumbnails,
        territory=territory,
        overlays=table_overlays(territory) if territory else {},
        table_title=table_title(territory, texts) if territory else "",
        table_seen=table_seen(territory, texts) if territory else "",
        table_heights=lambda: table_heights(territory, texts) if territory else "",
    )
    title = f"Carreau – {texts.gettext('The mining heritage of La Porte du Hainaut')}"
    head = _head("home", title, renderer, texts, renderer.edition.assets.list_script)
    if territory:
        head = replace(
            head,
            more_scripts=(renderer.edition.assets.viewer_script,),
            fetched=table_fetched(renderer.language),
            picture=table_picture(territory, renderer.edition.base_url),
        )
    return renderer.page(content, head, texts, "home")


def search_page(renderer: Renderer) -> bytes:
    """Return the search page: a script searches, or the server without scripts; it also has an index."""
    texts = renderer.texts()
    entries: list[Card | RouteCard] = sorted(
        [*_cards(renderer), *_routes(renderer)], key=lambda each: folded(each.name.text)
    )

    def of(card: Card | RouteCard) -> str:
        return ", ".join(filter(None, (card.kind.text, card.commune))) if isinstance(card, Card) else card.mode.text

    content = renderer.render("search.html", texts, entries=entries, of=of)
    title = f"{texts.gettext('Search')} – Carreau"
    return renderer.page(
        content, _head("search", title, renderer, texts, renderer.edition.assets.search_script), texts, "search"
    )


def _head(name: str, title: str, renderer: Renderer, texts: PageTexts, script: str) -> Head:
    return Head(
        title=title,
        description=texts.gettext("The mining heritage of La Porte du Hainaut: map, sourced texts and 3D models."),
        language=renderer.language,
        base_url=renderer.edition.base_url,
        address=page_path(name, renderer.language),
        versions=page_paths(name, renderer.edition.languages),
        script=script,
    )


def _cards(renderer: Renderer) -> list[Card]:
    cards = [by_language[renderer.language] for by_language in renderer.edition.cards.values()]
    return sorted(cards, key=lambda card: (folded(card.name.text), card.slug))


def _routes(renderer: Renderer) -> list[RouteCard]:
    cards = [by_language[renderer.language] for by_language in renderer.edition.route_cards.values()]
    return sorted(cards, key=lambda card: (folded(card.name.text), card.slug))


def _inscribed(renderer: Renderer) -> int:
    return sum(sites[renderer.language].inscription is not None for sites in renderer.edition.sites.values())


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
