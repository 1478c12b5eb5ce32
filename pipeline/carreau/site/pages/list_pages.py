"""The pages that list entries: all places with filters and the map, all trails, and the timeline of the basin.

The timeline adds nothing: events are those of the catalogue, and a few of the whole basin with their source. An event
that lasted, or is known to a span only, stands at its first year.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carreau.base.schema.bundle import plain as folded
from carreau.base.schema.itineraries import RouteCard, TrailCard
from carreau.base.schema.lists import Territory
from carreau.base.schema.parts import Term, Text
from carreau.base.schema.site import Card, Dated, Site, State
from carreau.site.pages.addresses import page_path, page_paths
from carreau.site.pages.cards import Head, first_to_see
from carreau.site.pages.page_texts import PageTexts, content_label
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


_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_PIT = "fosse"
_MARGIN, _FOOT, _ROW = 10.0, 26.0, 26.0
"""Pixels beside the years, of the line of centuries, and of a row of numbers."""


@dataclass(frozen=True)
class Moment:
    """An event in words.

    label : what happened; a text of the catalogue, or of the interface
    place : whose page tells more; None for the whole basin
    source : in French, of what no page of a place tells
    is_own : whether it belongs to the place that stands out
    number : of it on the drawing, from 1
    """

    year: int
    when: str
    label: Text | str
    place: Site | None = None
    source: str = ""
    is_own: bool = False
    number: int = 0


@dataclass(frozen=True)
class Dot:
    """An event as a dot: its middle, in pixels, and the theme of its place."""

    x: float
    y: float
    theme: str
    is_own: bool


@dataclass(frozen=True)
class Drawing:
    """The timeline in pixels.

    axis : height of the line
    centuries : x and year
    numbers : x, y and number of each moment
    span : x of begin and end of the period of the place that stands out; None without one
    """

    width: int
    height: int
    axis: float
    radius: float
    dots: tuple[Dot, ...]
    centuries: tuple[tuple[float, int], ...]
    numbers: tuple[tuple[float, float, Moment], ...]
    span: tuple[float, float] | None


@dataclass(frozen=True)
class Timeline:
    """The timeline for wide and for narrow screens, and its moments in words, oldest first."""

    wide: Drawing
    tall: Drawing
    moments: tuple[Moment, ...]
    first: int
    last: int
    events: int


def timeline(sites: Iterable[Site], texts: PageTexts, own: str = "") -> Timeline | None:
    """Return the timeline of the places of the territory; None without a dated event, or where `own` has none.

    sites : in the language of the texts
    own : slug of the place that stands out; empty for the basin, whose pits that opened are listed
    """
    places = [site for site in sites if not site.is_apart]
    events = _events(places)
    mine = next((site for site in places if site.slug == own), None)
    if not events or (own and (mine is None or not (mine.dates or mine.period))):
        return None
    unnumbered = [*_basin(texts), *(_own_moments(mine) if mine else _pits(events))]
    moments = tuple(
        replace(moment, number=number)
        for number, moment in enumerate(sorted(unnumbered, key=lambda each: (each.year, each.when)), start=1)
    )
    years = [year for year, *_ in events] + [moment.year for moment in moments]
    first, last = min(years) // 20 * 20, -(-max(years) // 10) * 10
    dots = [(year, theme, slug == own) for year, theme, slug in date_events(places)]
    wide, tall = (_draw(dots, moments, mine, (first, last), *size) for size in ((1200, 5, 18.0), (360, 10, 30.0)))
    return Timeline(wide, tall, moments, min(years), max(years), len(events))


def date_events(sites: Iterable[Site]) -> list[tuple[int, str, str]]:
    """Return year, theme and slug of each event, which is all that the timeline of a place shows of others."""
    return [(year, site.theme.code, site.slug) for year, _, site in _events(sites)]


def _events(sites: Iterable[Site]) -> list[tuple[int, Dated, Site]]:
    places = (site for site in sites if not site.is_apart)
    return [(year, each, site) for site in places for each in site.dates if (year := first_year(each.when.edtf))]


def first_year(edtf: str) -> int:
    """Return the first year of a date, 0 without one.

    >>> first_year("1914/1945"), first_year("../1862"), first_year("")
    (1914, 1862, 0)
    """
    match = _YEAR.search(edtf)
    return int(match[0]) if match else 0


def _basin(texts: PageTexts) -> list[Moment]:
    """Return what concerns the whole basin; each date was read at its source."""
    of_basin = (
        (
            1720,
            texts.gettext("The first coal of the basin is found, at Fresnes-sur-Escaut"),
            "Département du Nord, « Il y a 300 ans, la première veine de charbon du Bassin minier découverte dans le "
            "Nord », info.lenord.fr",
        ),
        (
            1990,
            texts.gettext("Mining ends in the basin, at Oignies"),
            "« 21 décembre 1990, la fin du charbon en Nord-Pas de Calais », mineurdefond.fr",
        ),
        (
            2012,
            texts.gettext("The Nord-Pas de Calais Mining Basin joins the World Heritage List"),
            "UNESCO, whc.unesco.org/fr/decisions/4800",
        ),
    )
    return [Moment(year, str(year), label, source=source) for year, label, source in of_basin]


def _pits(events: Sequence[tuple[int, Dated, Site]]) -> list[Moment]:
    """Return when pits that are places themselves opened, and when the last of them closed."""
    pits = [each for each in events if each[2].kind.code == _PIT and each[1].of is None]
    opened = {site.slug: (year, each, site) for year, each, site in reversed(pits) if each.event.code == "opened"}
    closed = sorted((each for each in pits if each[1].event.code == "closed"), key=lambda each: each[0])[-1:]
    return [_make_moment(*each) for each in (*opened.values(), *closed)]


def _own_moments(site: Site) -> list[Moment]:
    dated = [(year, each) for each in site.dates if (year := first_year(each.when.edtf))]
    return [_make_moment(year, each, site, is_own=True) for year, each in dated]


def _make_moment(year: int, event: Dated, site: Site, is_own: bool = False) -> Moment:
    return Moment(year, event.when.text, event.label or event.event.text, site, is_own=is_own)


def _draw(
    events: Sequence[tuple[int, str, bool]],
    moments: Sequence[Moment],
    mine: Site | None,
    years: tuple[int, int],
    width: int,
    column: int,
    gap: float,
) -> Drawing:
    """Return a drawing; events of the same `column` of years are stacked, numbers are at least `gap` apart."""
    first, last = years
    scale = (width - 2 * _MARGIN) / (last - first)
    size = column * scale

    def at(year: float) -> float:
        return round(_MARGIN + (year - first) * scale, 1)

    stacks = Counter(year // column for year, *_ in events)
    axis = round(max(stacks.values()) * size + _MARGIN, 1)
    filled = Counter[int]()
    dots = []
    for year, theme, is_own in sorted(events, key=lambda each: (not each[2], each[0])):
        place = year // column
        dots.append(Dot(at((place + 0.5) * column), round(axis - (filled[place] + 0.5) * size, 1), theme, is_own))
        filled[place] += 1
    numbers, ends = [], list[float]()
    for moment in moments:
        x = min(max(at(moment.year), gap / 2), width - gap / 2)
        row = next((row for row, end in enumerate(ends) if x - end >= gap), len(ends))
        ends[row : row + 1] = [x]
        numbers.append((x, axis + _FOOT + (row + 0.5) * _ROW, moment))
    height = round(axis + _FOOT + max(1, len(ends)) * _ROW)
    centuries = tuple((at(year), year) for year in range(-(-first // 50) * 50, last, 50))
    return Drawing(width, height, axis, round(size * 0.42, 1), tuple(dots), centuries, tuple(numbers), _span(mine, at))


def _span(mine: Site | None, at: Callable[[float], float]) -> tuple[float, float] | None:
    """Return begin and end of a period with both; one that is open has no end to draw."""
    years = [int(year) for year in _YEAR.findall(mine.period.edtf)] if mine and mine.period else []
    return (at(years[0]), at(years[-1] + 1)) if len(years) == 2 else None
