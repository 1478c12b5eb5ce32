"""The page of a site, and its version for frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from pipeline.pages.directions import directions
from pipeline.pages.head import Head
from pipeline.pages.links import format_links, safe_url
from pipeline.pages.page_texts import PageTexts, plain, shortened
from pipeline.pages.rendering import Renderer
from pipeline.pages.shared_content import SharedContent
from pipeline.pages.table_overlay import corner_height, table_fetched
from pipeline.schema.site import Site
from pipeline.schema.state import State
from pipeline.schema.territory import TablePlace
from pipeline.schema.words import Text


def site_page(site: Site, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page of a site in the language of its document."""
    texts, edition = renderer.texts([each.id for each in site.media]), renderer.edition
    first = next((state for state in site.states if state.levels or state.poster), None)
    corner = None if first else _corner(site, renderer)
    values = {
        "site": site,
        "map": shared.sites[site.slug],
        "first": first,
        "corner": corner,
        "corner_height": corner_height(edition.territory[site.lang], corner, texts) if corner else "",
        "is_relief": corner is not None and edition.territory[site.lang].relief is not None,
        "others": [state for state in site.states if state is not first],
        "then_and_now": sorted(site.states, key=_when) if len(site.states) > 1 else [],
        "media_by_id": {each.id: each for each in site.media},
        "pins": {each.id: each for each in site.annotations},
        "tours": [tour for tour in site.tours if tour.steps],
        "dates": sorted(site.dates, key=lambda each: each.when.edtf),
        "visit": _visit(site, texts),
        "go": directions(site.position, plain(site.name), texts, site.visit),
        "routes": [edition.route_cards[slug][site.lang] for slug in site.routes if slug in edition.route_cards],
        "related": [edition.cards[slug][site.lang] for slug in site.related if slug in edition.cards],
        "thumbnails": shared.thumbnails,
        "formats": format_links(site.links),
    }
    values["contents"] = list(_contents(site, values, texts))
    content = renderer.render("site.html", texts, **values)
    head = _head(site, first, renderer, shared.jsonld.get(site.slug), corner)
    return renderer.page(content, head, texts)


def embed_page(site: Site, renderer: Renderer) -> bytes:
    """Return the page with the first model of a site only, for frames of other sites; a script shows other states."""
    first = next((state for state in site.states if state.levels or state.poster), None)
    return renderer.render(
        "embed.html",
        renderer.texts(),
        site=site,
        first=first,
        others=[state for state in site.states if state is not first] if first else [],
        script=renderer.edition.assets.viewer_script if any(state.levels for state in site.states) else "",
        languages=" ".join(renderer.edition.languages),
        fetched=_fetched(site) if first and first.levels else (),
    ).encode()


def _corner(site: Site, renderer: Renderer) -> TablePlace | None:
    """Return the corner of the table model that shows a place; None where it is not on it."""
    territory = renderer.edition.territory.get(renderer.language)
    places = territory.places if territory else ()
    return next((place for place in places if place.slug == site.slug and place.picture), None)


def _head(
    site: Site, first: State | None, renderer: Renderer, jsonld: Markup | None, corner: TablePlace | None
) -> Head:
    edition = renderer.edition
    has_viewer = corner is not None or any(state.levels for state in site.states)
    fetched = table_fetched(site.lang) if corner else _fetched(site) if first and first.levels else ()
    kinds = ", ".join(part for part in (site.kind.text, site.commune) if part)
    return Head(
        title=f"{plain(site.name)} ({kinds}) – Carreau",
        description=shortened(plain(site.summary)),
        language=site.lang,
        base_url=edition.base_url,
        address=site.pages[site.lang],
        versions=site.pages,
        kind="article",
        picture=_picture(site, edition.base_url, corner),
        jsonld=jsonld or Markup(""),
        has_oembed=True,
        script=edition.assets.viewer_script if has_viewer else "",
        fetched=fetched,
    )


def _fetched(site: Site) -> tuple[str, ...]:
    """Return the addresses that the viewer loads before a model, as in `documents.ts`."""
    return f"/viewer/{site.lang}.json", f"/v1/sites/{site.slug}?lang={site.lang}"


def _picture(site: Site, base_url: str, corner: TablePlace | None) -> tuple[str, int, int, str] | None:
    """Return the preview image of the page: the poster of a state, the first picture, or the corner of the table."""
    for state in site.states:
        if state.poster and safe_url(state.poster[0].url):
            poster = state.poster[0]
            return base_url + poster.url, poster.width, poster.height, plain(state.title)
    for medium in site.media:
        for variant in reversed(medium.variants):
            if medium.kind == "image" and variant.width and variant.height and safe_url(variant.url):
                return base_url + variant.url, variant.width, variant.height, plain(medium.alt)
    if corner and corner.picture:
        return base_url + corner.picture.url, corner.picture.width, corner.picture.height, plain(site.name)
    return None


def _when(state: State) -> str:
    """Return the sort key of a state: its date, those without one last."""
    return state.date.edtf if state.date else "~"


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
        ("story", texts.gettext("Story"), site.description),
        ("dates", texts.gettext("Dates"), site.dates),
        ("states", texts.gettext("Then and now"), values["then_and_now"]),
        ("annotations", texts.gettext("Points of interest"), site.annotations),
        ("tours", texts.gettext("Guided tours of the model"), values["tours"]),
        ("media", texts.gettext("Pictures, sounds and documents"), site.media),
        ("facts", texts.gettext("Facts and figures"), site.facts),
        ("visit", texts.gettext("Before you go"), values["visit"]),
        ("go", texts.gettext("Go there"), values["go"]),
        ("routes", texts.gettext("Routes through this place"), values["routes"]),
        ("sources", texts.gettext("Sources"), site.sources),
    )
    yield from ((name, label) for name, label, is_there in sections if is_there)
