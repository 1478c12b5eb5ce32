"""Write the page of a site, and the light one for frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from pipeline.pages.drawings import Drawings
from pipeline.pages.formats import formats
from pipeline.pages.head import Head
from pipeline.pages.links import safe
from pipeline.pages.rendering import Voice
from pipeline.pages.speech import Speech, plain, shortened
from pipeline.schema.site import Site
from pipeline.schema.state import State
from pipeline.schema.words import Text


def site_page(site: Site, voice: Voice, drawn: Drawings) -> bytes:
    """Return the page of a site in the language of its document."""
    speech, edition = voice.speech([each.id for each in site.media]), voice.edition
    first = next((state for state in site.states if state.levels or state.poster), None)
    values = {
        "site": site,
        "map": drawn.sites[site.slug],
        "first": first,
        "others": [state for state in site.states if state is not first],
        "then_and_now": sorted(site.states, key=_when) if len(site.states) > 1 else [],
        "media_by_id": {each.id: each for each in site.media},
        "pins": {each.id: each for each in site.annotations},
        "tours": [tour for tour in site.tours if tour.steps],
        "dates": sorted(site.dates, key=lambda each: each.when.edtf),
        "visit": _visit(site, speech),
        "routes": [edition.route_cards[slug][site.lang] for slug in site.routes if slug in edition.route_cards],
        "related": [edition.cards[slug][site.lang] for slug in site.related if slug in edition.cards],
        "thumbnails": drawn.thumbnails,
        "formats": formats(site.links),
    }
    values["contents"] = list(_contents(site, values, speech))
    content = voice.content("site.html", speech, **values)
    return voice.page(content, _head(site, first, voice, drawn.jsonld.get(site.slug)), speech)


def embed_page(site: Site, voice: Voice) -> bytes:
    """Return a page of nothing but the site's first model, for frames of other sites; a script shows another state."""
    first = next((state for state in site.states if state.levels or state.poster), None)
    return voice.content(
        "embed.html",
        voice.speech(),
        site=site,
        first=first,
        others=[state for state in site.states if state is not first] if first else [],
        script=voice.edition.assets.viewer_script if any(state.levels for state in site.states) else "",
        languages=" ".join(voice.edition.languages),
        fetched=_fetched(site) if first and first.levels else (),
    ).encode()


def _head(site: Site, first: State | None, voice: Voice, jsonld: Markup | None) -> Head:
    edition = voice.edition
    kinds = ", ".join(part for part in (site.kind.text, site.commune) if part)
    return Head(
        title=f"{plain(site.name)} ({kinds}) – Carreau",
        description=shortened(plain(site.summary)),
        language=site.lang,
        base_url=edition.base_url,
        address=site.pages[site.lang],
        versions=site.pages,
        kind="article",
        picture=_picture(site, edition.base_url),
        jsonld=jsonld or Markup(""),
        has_oembed=True,
        script=edition.assets.viewer_script if any(state.levels for state in site.states) else "",
        fetched=_fetched(site) if first and first.levels else (),
    )


def _fetched(site: Site) -> tuple[str, ...]:
    """Return what the viewer asks for before it can show a model, by the names that `documents.ts` gives it."""
    return f"/viewer/{site.lang}.json", f"/v1/sites/{site.slug}?lang={site.lang}"


def _picture(site: Site, base_url: str) -> tuple[str, int, int, str] | None:
    """Return the picture that others show of a page: that of the first state that has one, else the first picture."""
    for state in site.states:
        if state.poster and safe(state.poster[0].url):
            one = state.poster[0]
            return base_url + one.url, one.width, one.height, plain(state.title)
    for medium in site.media:
        for variant in reversed(medium.variants):
            if medium.kind == "image" and variant.width and variant.height and safe(variant.url):
                return base_url + variant.url, variant.width, variant.height, plain(medium.alt)
    return None


def _when(state: State) -> str:
    """Return what states are in the order of; one without a date comes last."""
    return state.date.edtf if state.date else "~"


def _visit(site: Site, speech: Speech) -> list[tuple[str, Text | None]]:
    visit = site.visit
    if visit is None:
        return []
    return [
        (speech.words("Visible today"), visit.see_today),
        (speech.words("Access"), visit.access),
        (speech.words("Safety"), visit.safety),
        (speech.words("Accessibility"), visit.accessibility),
    ]


def _contents(site: Site, values: dict[str, Any], speech: Speech) -> Iterator[tuple[str, str]]:
    """Yield the sections that a page has, in their order."""
    found = (
        ("story", speech.words("Story"), site.description),
        ("dates", speech.words("Dates"), site.dates),
        ("states", speech.words("Then and now"), values["then_and_now"]),
        ("annotations", speech.words("Points of interest"), site.annotations),
        ("tours", speech.words("Guided tours of the model"), values["tours"]),
        ("media", speech.words("Pictures, sounds and documents"), site.media),
        ("facts", speech.words("Facts and figures"), site.facts),
        ("visit", speech.words("Before you go"), site.visit),
        ("routes", speech.words("Routes through this place"), values["routes"]),
        ("questions", speech.words("Open questions"), site.questions),
        ("sources", speech.words("Sources"), site.sources),
    )
    yield from ((name, label) for name, label, is_there in found if is_there)
