"""The page of a site, and its version for frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.pages.directions import directions
from pipeline.pages.head import Head
from pipeline.pages.invitations import invitation
from pipeline.pages.links import format_links
from pipeline.pages.maps.draw import Map
from pipeline.pages.nearby import onward
from pipeline.pages.page_texts import PageTexts, plain, shortened
from pipeline.pages.place_actions import place_actions, supposed, viewer_actions, when
from pipeline.pages.rendering import Renderer
from pipeline.pages.responsive_images import responsive_image
from pipeline.pages.share_pictures import share_picture
from pipeline.pages.shared_content import SharedContent
from pipeline.pages.story import story
from pipeline.pages.table_overlay import corner_height, table_fetched
from pipeline.pages.timeline import timeline
from pipeline.pages.wanted_photograph import wanted_photograph
from pipeline.schema.medium import Medium
from pipeline.schema.site import Site
from pipeline.schema.state import State
from pipeline.schema.territory import TablePlace
from pipeline.schema.words import Text


def site_page(site: Site, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page of a site in the language of its document."""
    texts, edition = renderer.texts([each.id for each in site.media]), renderer.edition
    stage = _stage(site, renderer, shared)
    pictures = [each for each in site.media if each.kind == "image"]
    sites = (documents[site.lang] for documents in edition.sites.values())
    go = directions(site.position, plain(site.name), texts, site.visit)
    has_map = stage.map is not None and stage.fill != "map"
    place_shown = bool(site.position) or has_map
    further = onward(site, (cards[site.lang] for cards in edition.cards.values()))
    are_related = any(card.slug in site.related for card in further)
    values = {
        "site": site,
        **stage.names(),
        "said": _said(site, stage, renderer, texts),
        "actions": place_actions(site, stage.first, "#go" if go else "#where" if place_shown else "", texts),
        "wanted": None if stage.first or site.is_apart else wanted_photograph(site, edition.publisher, texts),
        "states": sorted(site.states, key=when),
        "others": [state for state in site.states if state is not stage.first],
        "parts": story(site.description, pictures, texts),
        "media": [each for each in site.media if each.kind != "image"],
        "media_title": _media_title(site, texts),
        "media_by_id": {each.id: each for each in site.media},
        "pins": {each.id: each for each in site.annotations},
        "tours": [tour for tour in site.tours if tour.steps],
        "dates": sorted(site.dates, key=lambda each: each.when.edtf),
        "visit": _visit(site, texts),
        "go": go,
        "has_map": has_map,
        "ages": timeline(sites, texts, site.slug),
        "routes": [edition.route_cards[slug][site.lang] for slug in site.routes if slug in edition.route_cards],
        "onward": further,
        "onward_title": texts.gettext("See also") if are_related else texts.gettext("Close by"),
        "formats": format_links(site.links),
    }
    values["contents"] = list(_contents(site, values, texts))
    content = renderer.render("site.html", texts, **values)
    head = _head(site, stage.first, renderer, shared.jsonld.get(site.slug), stage.corner)
    return renderer.page(content, head, texts)


def embed_page(site: Site, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return what fills the stage of a site, with what a visitor can do, for frames of other sites.

    A script shows other states, each of which is in a template.
    """
    texts, stage = renderer.texts(), _stage(site, renderer, shared)
    first = stage.first
    return renderer.render(
        "embed.html",
        texts,
        site=site,
        **stage.names(),
        actions=viewer_actions(site, first, texts),
        others=[state for state in site.states if state is not first] if first else [],
        script=renderer.edition.assets.viewer_script if any(state.levels for state in site.states) else "",
        languages=" ".join(renderer.edition.languages),
        fetched=_fetched(site) if first and first.levels else (),
    ).encode()


@dataclass(frozen=True)
class Stage:
    """What there is to see of a site first; the page shows the first of them that is there.

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


def _stage(site: Site, renderer: Renderer, shared: SharedContent) -> Stage:
    territory = renderer.edition.territory.get(renderer.language)
    first = next((state for state in site.states if state.levels or state.poster), None)
    shown = (each for each in site.media if each.kind == "image" and responsive_image(each))
    picture = None if first else next(shown, None)
    corner = None if first or picture else renderer.edition.corner(site.slug, site.lang)
    is_relief = territory is not None and territory.relief is not None
    return Stage(first, picture, corner, shared.sites[site.slug], is_relief)


def _said(site: Site, stage: Stage, renderer: Renderer, texts: PageTexts) -> list[str]:
    """Return in sentences what is simulated, supposed or symbolic about what the stage shows."""
    if stage.first:
        return supposed(
            [stage.first, *(each for each in site.states if each.levels and each is not stage.first)], texts
        )
    if stage.corner:
        height = corner_height(renderer.edition.territory[site.lang], stage.corner, texts)
        return [height, texts.gettext("Outlines of the places: Mission Bassin Minier, Licence Ouverte 2.0.")]
    return (
        [texts.gettext("There is no picture of this place yet: this is a drawing.")] if stage.fill == "emblem" else []
    )


def _media_title(site: Site, texts: PageTexts) -> str:
    """Return the heading of the media that are not in the story."""
    kinds = {each.kind for each in site.media} - {"image"}
    if kinds == {"sound"}:
        return texts.gettext("Sounds")
    return texts.gettext("Documents") if kinds == {"document"} else texts.gettext("Sounds, films and documents")


def _head(
    site: Site, first: State | None, renderer: Renderer, jsonld: Markup | None, corner: TablePlace | None
) -> Head:
    edition = renderer.edition
    has_viewer = corner is not None or any(state.levels for state in site.states)
    fetched = table_fetched(site.lang) if corner else _fetched(site) if first and first.levels else ()
    kinds = ", ".join(part for part in (site.kind.text, site.commune) if part)
    picture, texts = share_picture(site, edition), renderer.texts()
    return Head(
        title=f"{plain(site.name)} ({kinds}) – Carreau",
        description=shortened(f"{invitation(site, texts)}. {plain(site.summary)}"),
        language=site.lang,
        base_url=edition.base_url,
        address=site.pages[site.lang],
        versions=site.pages,
        kind="article",
        picture=picture.absolute(edition.base_url) if picture else None,
        jsonld=jsonld or Markup(""),
        has_oembed=True,
        script=edition.assets.viewer_script if has_viewer else "",
        fetched=fetched,
    )


def _fetched(site: Site) -> tuple[str, ...]:
    """Return the addresses that the viewer loads before a model, as in `documents.ts`."""
    return f"/viewer/{site.lang}.json", f"/v1/sites/{site.slug}?lang={site.lang}"


def _visit(site: Site, texts: PageTexts) -> list[tuple[str, Text]]:
    visit = site.visit
    if visit is None:
        return []
    told = (
        (texts.gettext("Visible today"), visit.see_today),
        (texts.gettext("Access"), visit.access),
        (texts.gettext("Safety"), visit.safety),
        (texts.gettext("Accessibility"), visit.accessibility),
    )
    return [(label, text) for label, text in told if text]


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
