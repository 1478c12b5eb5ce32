"""The pages of sites and routes, and their versions for frames."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from carreau.base.schema.itineraries import Route
from carreau.base.schema.lists import TablePlace
from carreau.base.schema.parts import Medium, Text
from carreau.base.schema.site import Site, State
from carreau.catalogue.i18n.formatting import typeset
from carreau.catalogue.site import annotation_labels
from carreau.exports.serializers import paragraphs
from carreau.site.pages.addresses import format_links, safe_url
from carreau.site.pages.cards import (
    Head,
    invitation,
    onward,
    page_jsonld,
    route_invitation,
    route_picture,
    share_picture,
    site_documents,
)
from carreau.site.pages.list_pages import timeline
from carreau.site.pages.map_drawing import Map
from carreau.site.pages.page_texts import PageTexts, level_label, plain, shorten_text
from carreau.site.pages.place_actions import (
    Directions,
    describe_supposed,
    directions,
    place_actions,
    plates_address,
    sort_key,
    viewer_actions,
)
from carreau.site.pages.rendering import Renderer, responsive_image
from carreau.site.pages.site_content import Publisher, SharedContent, SiteContent
from carreau.site.pages.table_overlay import corner_height
from carreau.site.pages.trail_and_show_pages import show_address


def site_page(site: Site, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page of a site in the language of its document."""
    texts, edition = renderer.texts([each.id for each in site.media]), renderer.edition
    stage = build_stage(site, renderer, shared)
    pictures = [each for each in site.media if each.kind == "image"]
    sites = (documents[site.lang] for documents in edition.sites.values())
    go = None if site.is_sample else directions(site.position, plain(site.name), texts, site.visit)
    has_map = stage.map is not None and stage.fill != "map"
    place_shown = not site.is_sample and (bool(site.position) or has_map)
    further = onward(site, (cards[site.lang] for cards in edition.cards.values()))
    are_related = any(card.slug in site.related for card in further)
    values = {
        "site": site,
        **stage.names(),
        "caveats": caveats(site, stage, renderer, texts),
        "actions": place_actions(site, stage.first, "#go" if go else "#where" if place_shown else "", texts),
        "wanted": None if stage.first or site.is_apart else wanted_photograph(site, edition.publisher, texts),
        "states": sorted(site.states, key=sort_key),
        "others": [state for state in site.states if state is not stage.first],
        "parts": story(site.description, pictures, texts),
        "media": [each for each in site.media if each.kind != "image"],
        "media_title": _media_title(site, texts),
        "media_by_id": {each.id: each for each in site.media},
        "annotation_labels": annotation_labels(texts.wording),
        "pins": {each.id: each for each in site.annotations},
        "tours": [tour for tour in site.tours if tour.steps],
        "map_picture": shared.moving_map,
        "dates": sorted(site.dates, key=lambda each: each.when.edtf),
        "visit": _visit(site, texts),
        "bounds": site.visit.safety if site.visit else None,
        "go": go,
        "has_map": has_map,
        "ages": timeline(sites, texts, site.slug),
        "routes": [edition.route_cards[slug][site.lang] for slug in site.routes if slug in edition.route_cards],
        "onward": further,
        "onward_title": texts.gettext("See also") if are_related else texts.gettext("Close by"),
        "formats": format_links(site.links),
        "show": show_address(site.slug, renderer),
    }
    values["contents"] = list(_contents(site, values, texts))
    content = renderer.render("site.html", texts, **values)
    head = _head(site, stage.first, renderer, stage.corner)
    return renderer.page(content, head, texts)


def embed_page(site: Site, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return what fills the stage of a site, with what a visitor can do, for frames of other sites.

    A script shows other states, each of which is in a template.
    """
    texts, stage = renderer.texts(), build_stage(site, renderer, shared)
    first = stage.first
    return renderer.document(
        "embed.html",
        texts,
        site=site,
        **stage.names(),
        actions=viewer_actions(site, first, texts),
        others=[state for state in site.states if state is not first] if first else [],
        script=renderer.edition.assets.viewer_script if any(state.levels for state in site.states) else "",
        languages=" ".join(renderer.edition.languages),
        fetched=site_documents(site.slug, site.lang) if first and first.levels else (),
    )


def _media_title(site: Site, texts: PageTexts) -> str:
    """Return the heading of the media that are not in the story."""
    kinds = {each.kind for each in site.media} - {"image"}
    if kinds == {"sound"}:
        return texts.gettext("Sounds")
    return texts.gettext("Documents") if kinds == {"document"} else texts.gettext("Sounds, films and documents")


def _head(site: Site, first: State | None, renderer: Renderer, corner: TablePlace | None) -> Head:
    edition = renderer.edition
    has_viewer = any(state.levels for state in site.states)
    fetched = site_documents(site.slug, site.lang) if first and first.levels else ()
    kinds = ", ".join(part for part in (site.kind.text, site.commune) if part)
    picture, texts = share_picture(site, edition), renderer.texts()
    return Head(
        title=f"{plain(site.name)} ({kinds}) – Carreau",
        description=shorten_text(f"{invitation(site, texts)}. {plain(site.summary)}"),
        language=site.lang,
        base_url=edition.base_url,
        address=site.pages[site.lang],
        versions=site.pages,
        kind="article",
        picture=picture.absolute(edition.base_url) if picture else None,
        jsonld=page_jsonld(edition.jsonld.get(site.slug), site.lang),
        has_oembed=True,
        script=edition.assets.viewer_script if has_viewer else "",
        fetched=fetched,
        viewer_later=edition.assets.viewer_script if corner and not has_viewer else "",
    )


def _visit(site: Site, texts: PageTexts) -> list[tuple[str, Text]]:
    visit = site.visit
    if visit is None:
        return []
    parts = (
        (texts.gettext("Visible today"), visit.see_today),
        (texts.gettext("Access"), visit.access),
        (texts.gettext("Safety"), visit.safety),
        (texts.gettext("Accessibility"), visit.accessibility),
    )
    return [(label, text) for label, text in parts if text]


def _contents(site: Site, values: dict[str, Any], texts: PageTexts) -> Iterator[tuple[str, str]]:
    """Yield anchor and label of each section of the page, in order."""
    sections = (
        ("story", texts.gettext("Story"), values["parts"]),
        ("brief", texts.gettext("In brief"), True),
        ("states", texts.gettext("Then and now") if len(site.states) > 1 else texts.gettext("The model"), site.states),
        ("annotations", texts.gettext("Points of interest"), site.annotations),
        ("tours", texts.gettext("Guided tours of the model"), values["tours"]),
        ("media", values["media_title"], values["media"]),
        ("timeline", texts.gettext("In the history of the basin"), values["ages"]),
        ("go", texts.gettext("Go there"), values["go"]),
        ("routes", texts.gettext("Routes through this place"), values["routes"]),
        ("onward", values["onward_title"], values["onward"]),
        ("sources", texts.gettext("Sources"), site.sources),
    )
    yield from ((name, label) for name, label, is_there in sections if is_there)


@dataclass(frozen=True)
class Stage:
    """The views with which a page may begin; it shows the first that exists.

    first : a state with a model, or a picture of one
    picture : of its media
    corner : of the table model
    map : of its surroundings; shown on the stage only where it has the outline of the site
    """

    first: State | None
    picture: Medium | None
    corner: TablePlace | None
    map: Map | None
    is_relief: bool

    @property
    def fill(self) -> str:
        """Return what fills the stage: "model", "picture", "corner", "map" or "emblem"."""
        if self.first:
            return "model"
        if self.picture:
            return "picture"
        if self.corner:
            return "corner"
        return "map" if self.map and self.map.shape else "emblem"

    def names(self) -> dict[str, Any]:
        """Return the values of `scene.html`."""
        return {
            "fill": self.fill,
            **{name: getattr(self, name) for name in ("first", "picture", "corner", "map", "is_relief")},
        }


def build_stage(site: Site, renderer: Renderer, shared: SharedContent) -> Stage:
    """Return the stage of a site."""
    territory = renderer.edition.territory.get(renderer.language)
    first = next((state for state in site.states if state.levels or state.poster), None)
    shown = (each for each in site.media if each.kind == "image" and responsive_image(each))
    picture = None if first else next(shown, None)
    corner = None if first or picture else renderer.edition.corner(site.slug, site.lang)
    is_relief = territory is not None and territory.relief is not None
    return Stage(first, picture, corner, shared.sites[site.slug], is_relief)


def caveats(site: Site, stage: Stage, renderer: Renderer, texts: PageTexts) -> list[str]:
    """Return in sentences what is simulated, supposed or symbolic about what the stage shows."""
    if stage.first:
        others = (each for each in site.states if each.levels and each is not stage.first)
        return describe_supposed([stage.first, *others], texts)
    if stage.corner:
        height = corner_height(renderer.edition.territory[site.lang], stage.corner, texts)
        return [height, texts.gettext("Outlines of the places: Mission Bassin Minier, Licence Ouverte 2.0.")]
    if stage.fill == "emblem":
        return [texts.gettext("There is no picture of this place yet: this is a drawing.")]
    return []


_TO_MEDIUM = re.compile(r"\]\(media:([^)\s]+)\)")
_PARAGRAPH_ENDS = re.compile(r"(?<=</p>)(?=<p)")


@dataclass(frozen=True)
class Part:
    """A paragraph and the pictures that come after it."""

    text: Markup
    pictures: tuple[Medium, ...] = ()


def story(description: Text | None, pictures: Sequence[Medium], texts: PageTexts) -> list[Part]:
    """Return the parts of a story with every picture once.

    A picture follows the first paragraph that has a link to it. The others are dealt out in their order, one to each
    paragraph that has none; what is left follows the last. Without a story there is one part, without words.
    """
    if description is None:
        return [Part(Markup(""), tuple(pictures))] if pictures else []
    shown = _PARAGRAPH_ENDS.split(str(texts.paragraphs(description)))
    after: list[list[Medium]] = [[] for _ in shown]
    left = list(pictures)
    for number, words in enumerate(paragraphs(description.text)):
        named = set(_TO_MEDIUM.findall(words))
        after[number] += [each for each in left if each.id in named]
        left = [each for each in left if each.id not in named]
    for beside in after:
        if left and not beside:
            beside.append(left.pop(0))
    after[-1] += left
    return [
        Part(Markup(words), tuple(beside))  # noqa: S704 - PageTexts escaped it
        for words, beside in zip(shown, after, strict=True)
    ]


@dataclass(frozen=True)
class Invitation:
    """A link that reaches the publisher."""

    label: str
    href: str


def wanted_photograph(site: Site, publisher: Publisher, texts: PageTexts) -> Invitation | None:
    """Return how to send a photograph: by mail, else by the publisher's own page; None where neither is known."""
    if publisher.email and "@" in publisher.email:
        subject = texts.gettext("Photograph of %(place)s", place=plain(site.name))
        address = quote(publisher.email, safe="@.+-_")
        label = texts.gettext("Write to %(address)s", address=publisher.email)
        return Invitation(label, f"mailto:{address}?subject={quote(subject, safe='')}")
    page = safe_url(publisher.homepage)
    if not page or not urlsplit(page).netloc:
        return None
    return Invitation(texts.gettext("Contact %(name)s", name=publisher.name or urlsplit(page).netloc), page)


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
        unknown=_list_unknown(route, texts),
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
        description=shorten_text(
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


def _list_unknown(route: Route, texts: PageTexts) -> list[str]:
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

    def place(along: float, height: float) -> tuple[float, float]:
        return round(_LEFT + along * across, 1), round(HEIGHT - _FOOT - (height - lowest) * up, 1)

    points = [place(*pair) for pair in route.profile]
    line = "M" + "L".join(f"{x} {y}" for x, y in points)
    marks = list[Mark]()
    for stop in route.stops:
        if stop.along_m is None or stop.along_m > length:
            continue
        x, y = place(stop.along_m, _height_at(route.profile, stop.along_m))
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
