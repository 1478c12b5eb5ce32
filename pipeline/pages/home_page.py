"""Write the first page, with all sites and routes, and the page they are searched from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.pages.addresses import own_page, own_pages
from pipeline.pages.drawings import Drawings
from pipeline.pages.head import Head
from pipeline.pages.labels import has_words
from pipeline.pages.rendering import Voice
from pipeline.pages.speech import Speech
from pipeline.schema.folding import plain as folded
from pipeline.schema.route import RouteCard
from pipeline.schema.site import Card
from pipeline.schema.words import Term

_HAS = ("model", "ar", "then-and-now", "tour", "sound", "image", "video")
_Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Group:
    """The sites of a commune."""

    name: str
    cards: tuple[Card, ...]


def home_page(voice: Voice, drawn: Drawings) -> bytes:
    """Return the page with the map and list of everything."""
    speech, cards = voice.speech(), _cards(voice)
    real = [card for card in cards if not card.is_demonstration]
    content = voice.content(
        "home.html",
        speech,
        inscribed=_inscribed(voice),
        map=drawn.home,
        by_slug={card.slug: card for card in cards},
        themes=_terms(card.theme for card in real),
        routes=_routes(voice),
        groups=_groups(real),
        examples=[card for card in cards if card.is_demonstration],
        filters=_filters(cards, speech),
        thumbnails=drawn.thumbnails,
    )
    title = f"Carreau – {speech.words('The mining heritage of La Porte du Hainaut')}"
    return voice.page(content, _head("home", title, voice, speech, voice.edition.assets.list_script), speech, "home")


def search_page(voice: Voice) -> bytes:
    """Return the page that searches with a script, is filled by our server without one, and lists everything."""
    speech = voice.speech()
    entries: list[Card | RouteCard] = sorted([*_cards(voice), *_routes(voice)], key=lambda each: folded(each.name.text))

    def of(card: Card | RouteCard) -> str:
        return ", ".join(filter(None, (card.kind.text, card.commune))) if isinstance(card, Card) else card.mode.text

    content = voice.content("search.html", speech, entries=entries, of=of)
    title = f"{speech.words('Search')} – Carreau"
    return voice.page(
        content, _head("search", title, voice, speech, voice.edition.assets.search_script), speech, "search"
    )


def _head(name: str, title: str, voice: Voice, speech: Speech, script: str) -> Head:
    return Head(
        title=title,
        description=speech.words("The mining heritage of La Porte du Hainaut: map, sourced texts and 3D models."),
        language=voice.language,
        base_url=voice.edition.base_url,
        address=own_page(name, voice.language),
        versions=own_pages(name, voice.edition.languages),
        script=script,
    )


def _cards(voice: Voice) -> list[Card]:
    found = [cards[voice.language] for cards in voice.edition.cards.values()]
    return sorted(found, key=lambda card: (folded(card.name.text), card.slug))


def _routes(voice: Voice) -> list[RouteCard]:
    found = [cards[voice.language] for cards in voice.edition.route_cards.values()]
    return sorted(found, key=lambda card: (folded(card.name.text), card.slug))


def _inscribed(voice: Voice) -> int:
    return sum(sites[voice.language].inscription is not None for sites in voice.edition.sites.values())


def _groups(cards: Iterable[Card]) -> dict[str, Group]:
    """Return the sites by the INSEE code of their commune, the communes by name."""
    found: dict[str, list[Card]] = {}
    for card in sorted(cards, key=lambda card: (folded(card.commune), card.insee)):
        found.setdefault(card.insee, []).append(card)
    return {
        insee: Group(members[0].commune, tuple(sorted(members, key=lambda card: (folded(card.name.text), card.slug))))
        for insee, members in found.items()
    }


def _terms(terms: Iterable[Term]) -> list[Term]:
    found = {term.code: term for term in terms if term.code}
    return sorted(found.values(), key=lambda term: folded(term.text))


def _filters(cards: list[Card], speech: Speech) -> list[tuple[str, str, str, _Choices]]:
    """Return name and label of each filter, how to choose nothing in it, and what there is to choose from."""
    there = {what for card in cards for what in card.has}
    kinds, themes = _terms(card.kind for card in cards), _terms(card.theme for card in cards)
    communes = sorted({(card.insee, card.commune) for card in cards if card.commune}, key=lambda each: folded(each[1]))
    found = [
        ("kind", speech.words("Kind"), speech.words("All kinds"), [(term.code, term.text) for term in kinds]),
        ("theme", speech.words("Theme"), speech.words("All themes"), [(term.code, term.text) for term in themes]),
        ("commune", speech.words("Commune"), speech.words("All communes"), communes),
        (
            "has",
            speech.words("Content"),
            speech.words("Any content"),
            [(what, has_words(what, speech)) for what in _HAS if what in there],
        ),
    ]
    return [each for each in found if each[3]]
