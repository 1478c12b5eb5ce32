"""Write the page of a route."""

from __future__ import annotations

from markupsafe import Markup

from pipeline.pages.drawings import Drawings
from pipeline.pages.edition import Edition
from pipeline.pages.formats import formats
from pipeline.pages.head import Head
from pipeline.pages.labels import level_words
from pipeline.pages.links import safe
from pipeline.pages.qr_plates import plates_address
from pipeline.pages.rendering import Voice
from pipeline.pages.speech import plain, shortened, spaced
from pipeline.schema.medium import Medium
from pipeline.schema.route import Route


def route_page(route: Route, voice: Voice, drawn: Drawings) -> bytes:
    """Return the page of a route in the language of its document."""
    speech, edition = voice.speech([each.id for each in route.media]), voice.edition
    content = voice.content(
        "route.html",
        speech,
        route=route,
        map=drawn.routes[route.slug],
        by_slug={slug: cards[route.lang] for slug, cards in edition.cards.items()},
        is_indicative=route.path_measure.code == "indicative",
        sounds=_sounds(route, edition),
        plates=plates_address(route, route.lang),
        gpx=safe(route.links.get("gpx", "")),
        packs=[(level, level_words(level, speech), address) for level, address in route.packs.items() if safe(address)],
        formats=formats(route.links),
    )
    head = Head(
        title=f"{plain(route.name)} – Carreau",
        description=shortened(f"{spaced(route.standing.text, route.lang)}. {plain(route.summary)}"),
        language=route.lang,
        base_url=edition.base_url,
        address=route.pages[route.lang],
        versions=route.pages,
        kind="article",
        jsonld=drawn.route_jsonld.get(route.slug) or Markup(""),
        has_oembed=True,
    )
    return voice.page(content, head, speech)


def _sounds(route: Route, edition: Edition) -> dict[str, list[Medium]]:
    """Return what there is to hear at the stops, by the slug of their site."""
    sites = {stop.site: edition.sites[stop.site][route.lang] for stop in route.stops if stop.site in edition.sites}
    return {slug: [each for each in site.media if each.kind == "sound"] for slug, site in sites.items()}


def embed_route_page(route: Route, voice: Voice, drawn: Drawings) -> bytes:
    """Return a page of nothing but the route's map and stops, for frames of other sites."""
    return voice.content(
        "embed_route.html",
        voice.speech(),
        route=route,
        map=drawn.routes[route.slug],
        is_indicative=route.path_measure.code == "indicative",
        languages=" ".join(voice.edition.languages),
    ).encode()
