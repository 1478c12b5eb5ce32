"""The page of a route, and its version for frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from carreau.base.schema.parts import Medium
from carreau.base.schema.route import Route
from carreau.catalogue.i18n.typography import typeset
from carreau.site.pages.addresses import format_links, safe_url
from carreau.site.pages.cards import route_invitation
from carreau.site.pages.head import Head, page_jsonld, route_picture
from carreau.site.pages.labels import level_label
from carreau.site.pages.page_texts import PageTexts, plain, shortened
from carreau.site.pages.place_actions import Directions, directions
from carreau.site.pages.qr_plates import plates_address
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.site_content import SharedContent, SiteContent


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


WIDTH, HEIGHT = 640, 180
"""Of the drawing, in its own units."""
_LEFT, _RIGHT, _TOP, _FOOT = 14.0, 14.0, 38.0, 26.0
_LEAST_RANGE_M = 40.0
"""A flat way is drawn flat: no hill is made of a kerb."""


@dataclass(frozen=True)
class Mark:
    """A stop on the profile, at a place of the drawing."""

    number: int
    x: float
    y: float


@dataclass(frozen=True)
class ElevationProfile:
    """A drawing.

    line, area : SVG paths: the heights, and what is under them
    marks : of the stops that do not hide each other
    lowest_m, highest_m, highest_at_m, length_m : for the text
    times : how many times as large as lengths heights are drawn
    """

    line: str
    area: str
    marks: tuple[Mark, ...]
    lowest_m: float
    highest_m: float
    highest_at_m: float
    length_m: float
    times: int
    width: int = WIDTH
    height: int = HEIGHT


def elevation_profile(route: Route) -> ElevationProfile | None:
    """Return the profile of a route; None where heights are unknown."""
    if len(route.profile) < 2 or route.profile[-1][0] <= 0:
        return None
    length = route.profile[-1][0]
    heights = [height for _, height in route.profile]
    lowest, highest = min(heights), max(heights)
    shown = max(highest - lowest, _LEAST_RANGE_M)
    across, up = (WIDTH - _LEFT - _RIGHT) / length, (HEIGHT - _TOP - _FOOT) / shown

    def placed(along: float, height: float) -> tuple[float, float]:
        return round(_LEFT + along * across, 1), round(HEIGHT - _FOOT - (height - lowest) * up, 1)

    points = [placed(*pair) for pair in route.profile]
    line = "M" + "L".join(f"{x} {y}" for x, y in points)
    marks = list[Mark]()
    for stop in route.stops:
        if stop.along_m is None or stop.along_m > length:
            continue
        x, y = placed(stop.along_m, _height_at(route.profile, stop.along_m))
        if all(abs(x - each.x) >= 30 for each in marks):
            marks.append(Mark(stop.number, x, y))
    return ElevationProfile(
        line=line,
        area=f"{line}V{HEIGHT - _FOOT + 6}H{points[0][0]}Z",
        marks=tuple(marks),
        lowest_m=lowest,
        highest_m=highest,
        highest_at_m=route.profile[heights.index(highest)][0],
        length_m=length,
        times=max(1, round(up / across)),
    )


def _height_at(profile: tuple[tuple[float, float], ...], along: float) -> float:
    """Return the height at a place along the way, between its neighbours."""
    for (before, low), (after, high) in pairwise(profile):
        if before <= along <= after:
            return low + (high - low) * (along - before) / (after - before) if after > before else low
    return profile[-1][1]
