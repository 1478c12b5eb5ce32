"""The page of a route, and its version for frames."""

from __future__ import annotations

import math

from carreau.base.schema.medium import Medium
from carreau.base.schema.route import Route
from carreau.catalogue.i18n.typography import typeset
from carreau.site.pages.directions import Directions, directions
from carreau.site.pages.elevation_profile import elevation_profile
from carreau.site.pages.head import Head
from carreau.site.pages.invitations import route_invitation
from carreau.site.pages.labels import level_label
from carreau.site.pages.links import format_links, safe_url
from carreau.site.pages.page_jsonld import page_jsonld
from carreau.site.pages.page_texts import PageTexts, plain, shortened
from carreau.site.pages.qr_plates import plates_address
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.share_pictures import route_picture
from carreau.site.pages.shared_content import SharedContent
from carreau.site.pages.site_content import SiteContent


def route_page(route: Route, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page of a route in the language of its document."""
    texts, edition = renderer.texts([each.id for each in route.media]), renderer.edition
    content = renderer.render(
        "route.html",
        texts,
        route=route,
        map=shared.routes[route.slug],
        by_slug={slug: cards[route.lang] for slug, cards in edition.cards.items()},
        is_indicative=route.path_measure.code == "indicative",
        sounds=_sounds(route, edition),
        plates=plates_address(route, route.lang),
        go=_to_the_start(route, texts),
        profile=elevation_profile(route),
        least_m=_least_m,
        optional=sum(stop.is_optional for stop in route.stops),
        unknown=_unknown(route, texts),
        is_foot_for_bicycles=_is_foot_for_bicycles(route),
        gpx=safe_url(route.links.get("gpx", "")),
        packs=[
            (level, level_label(level, texts), address) for level, address in route.packs.items() if safe_url(address)
        ],
        formats=format_links(route.links),
    )
    picture = route_picture(route, edition)
    head = Head(
        title=f"{plain(route.name)} – Carreau",
        description=shortened(
            f"{route_invitation(route, texts)}. {typeset(route.standing.text, route.lang)}. {plain(route.summary)}"
        ),
        language=route.lang,
        base_url=edition.base_url,
        address=route.pages[route.lang],
        versions=route.pages,
        kind="article",
        picture=picture.absolute(edition.base_url) if picture else None,
        jsonld=page_jsonld(edition.route_jsonld.get(route.slug), route.lang),
        has_oembed=True,
    )
    return renderer.page(content, head, texts)


def _to_the_start(route: Route, texts: PageTexts) -> Directions | None:
    """Return how to go to the first stop."""
    first = route.stops[0] if route.stops else None
    return directions(first.position, plain(first.name), texts, is_start=True) if first else None


def _least_m(kilometres: float) -> float:
    """Return metres rounded down as lengths are shown, so that “at least” stays true."""
    return math.floor(kilometres * 10) * 100 if kilometres >= 1 else kilometres * 1000


def _unknown(route: Route, texts: PageTexts) -> list[str]:
    """Return what is not known of a route, for one sentence."""
    facts = (
        (texts.gettext("length of the way"), route.length_km),
        (texts.gettext("ascent"), route.climb_m),
        (texts.gettext("duration"), route.duration_min),
        (texts.gettext("surface"), route.surface),
        (texts.gettext("step-free access"), route.is_step_free),
    )
    return [label for label, value in facts if value is None]


def _is_foot_for_bicycles(route: Route) -> bool:
    """Return whether a bicycle route was computed by an engine that knows ways on foot only."""
    return route.mode.code == "bike" and route.line is not None and route.line.profile == "pedestrian"


def _sounds(route: Route, edition: SiteContent) -> dict[str, list[Medium]]:
    """Return the sounds of the stops, by slug of their site."""
    sites = {stop.site: edition.sites[stop.site][route.lang] for stop in route.stops if stop.site in edition.sites}
    return {slug: [each for each in site.media if each.kind == "sound"] for slug, site in sites.items()}


def embed_route_page(route: Route, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page with the map and stops of a route only, for frames of other sites."""
    return renderer.document(
        "embed_route.html",
        renderer.texts(),
        route=route,
        map=shared.routes[route.slug],
        is_indicative=route.path_measure.code == "indicative",
        languages=" ".join(renderer.edition.languages),
    )
