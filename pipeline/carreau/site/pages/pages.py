"""Generate all pages of an edition, and those about the website: credits, open data, accessibility and others."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import escape

from carreau.base.languages import OWN_NAMES
from carreau.base.schema.bundle import plain as folded
from carreau.base.schema.itineraries import Route, Trail
from carreau.base.schema.parts import ANNOTATIONS, NAMELESS, PUBLISHER, STATES, TOURS, Text, fragment, identifier
from carreau.base.schema.site import Rights, Site
from carreau.base.terms import TERMS, translate_term
from carreau.catalogue.i18n.formatting import format_day
from carreau.exports.urls import ROUTE_WORDS, SITE_WORDS, TRAIL_WORDS, is_public
from carreau.site.pages.addresses import FIRST, NOT_FOUND, WORDS, embed, page_path, page_paths
from carreau.site.pages.api_pages import api_page, problems_page
from carreau.site.pages.cards import Head
from carreau.site.pages.list_pages import home_page, places_page, search_page, trails_page
from carreau.site.pages.page_texts import PageTexts, plain, shorten_text
from carreau.site.pages.place_actions import list_plate_spots, plate_address, plate_page, plates_address, plates_page
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.site_and_route_pages import embed_page, embed_route_page, route_page, site_page
from carreau.site.pages.site_content import Page, SharedContent, SiteContent, part_name
from carreau.site.pages.trail_and_show_pages import (
    embed_trail_page,
    scene_page,
    sheets_address,
    show_page,
    trail_page,
    trail_sheets_page,
)


def make_pages(edition: SiteContent, without: Collection[str] = ()) -> Iterator[Page]:
    """Yield every page in every language, then the sitemap and robots.txt; equal editions give equal bytes.

    The home page comes twice in each language: under its own address, and under `/`, which has no language.
    without : parts, as in `Page.part`, whose pages are up to date
    """
    shared = SharedContent(edition)
    for language in edition.languages:
        yield from _pages(Renderer(edition, language), shared, without)
    yield Page("/sitemap.xml", "", sitemap(edition), "xml")
    yield Page("/robots.txt", "", robots(edition), "txt")


def _pages(renderer: Renderer, shared: SharedContent, without: Collection[str]) -> Iterator[Page]:
    edition, language = renderer.edition, renderer.language

    def page(address: str, content: bytes, part: str = "") -> Page:
        return Page(address, language, content, "html", part)

    home = home_page(renderer, shared)
    yield page(FIRST, home)
    yield page(page_path("home", language), home)
    yield page(page_path("places", language), places_page(renderer, shared))
    yield page(page_path("search", language), search_page(renderer))
    if edition.trails:
        yield page(page_path("trails", language), trails_page(renderer))
    for name, content in info_pages(renderer):
        yield page(page_path(name, language), content)
    yield page(page_path("embed", language), snippet_page(renderer))
    yield page(page_path("api", language), api_page(renderer))
    yield page(page_path("problems", language), problems_page(renderer))
    yield page(NOT_FOUND, not_found_page(renderer))
    yield page(page_path("offline", language), offline_page(renderer))
    if language == edition.languages[0]:
        yield page(*publisher_page(renderer))
    for slug, sites in edition.sites.items():
        if (part := part_name("site", slug, language)) not in without:
            site = sites[language]
            yield page(site.pages[language], site_page(site, renderer, shared), part)
            yield page(embed(slug), embed_page(site, renderer, shared), part)
            yield from (
                page(each.pages[language], scene_page(each, site, renderer, shared), part) for each in site.maps
            )
            if language == edition.languages[0]:
                yield from (page(address, content, part) for address, content in identifier_pages(site, renderer))
    for slug, routes in edition.routes.items():
        if (part := part_name("route", slug, language)) not in without:
            yield page(routes[language].pages[language], route_page(routes[language], renderer, shared), part)
            yield page(embed(f"routes/{slug}"), embed_route_page(routes[language], renderer, shared), part)
            yield page(plates_address(routes[language], language), plates_page(routes[language], renderer), part)
            if language == edition.languages[0]:
                for address, content in identifier_pages(routes[language], renderer):
                    yield page(address, content, part)
                yield from (page(*each, part) for each in _plates(routes[language], renderer))
    for shows in edition.shows.values():
        yield page(shows[language].pages[language], show_page(shows, renderer))
    for slug, trails in edition.trails.items():
        if (part := part_name("trail", slug, language)) not in without:
            trail = trails[language]
            yield page(trail.pages[language], trail_page(trail, renderer, shared), part)
            yield page(embed(f"trails/{slug}"), embed_trail_page(trail, renderer, shared), part)
            yield from (
                page(each.pages[language], scene_page(each, trail, renderer, shared), part) for each in trail.maps
            )
            yield page(sheets_address(trail, language), trail_sheets_page(trail, renderer), part)
            if list_plate_spots(trail):
                yield page(plates_address(trail, language), plates_page(trail, renderer), part)
            if language == edition.languages[0]:
                yield from (page(address, content, part) for address, content in identifier_pages(trail, renderer))
                yield from (page(*each, part) for each in _plates(trail, renderer))


def _plates(of: Route | Trail, renderer: Renderer) -> Iterator[tuple[str, bytes]]:
    """Yield the addresses that plates lead to, each with its page."""
    for spot in list_plate_spots(of):
        yield plate_address(of.slug, spot.number), plate_page(of, spot, renderer)


_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)
_UNLISTED = "offline"
"""The offline page, which is not for search engines."""


def sitemap(edition: SiteContent) -> bytes:
    """Return the sitemap (sitemaps.org protocol 0.9) with `hreflang` links."""
    return (_OPEN + "".join(_urls(edition)) + "</urlset>\n").encode()


def robots(edition: SiteContent) -> bytes:
    """Return robots.txt (RFC 9309): everything is allowed; it links to the sitemap."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {edition.base_url}/sitemap.xml\n".encode()


def _urls(edition: SiteContent) -> Iterator[str]:
    for versions, modified in _sitemap_pages(edition):
        changed = f"<lastmod>{modified}</lastmod>" if modified else ""
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(edition.base_url + address)}"/>'
            for code, address in versions.items()
        )
        for address in versions.values():
            yield f"<url><loc>{escape(edition.base_url + address)}</loc>{changed}{links}</url>\n"


def _sitemap_pages(edition: SiteContent) -> Iterable[tuple[Mapping[str, str], str]]:
    """Yield the addresses of each page by language, with the last change of its entry, if it has one."""
    unlisted = (_UNLISTED,) if edition.trails else (_UNLISTED, "trails")
    yield from ((page_paths(name, edition.languages), "") for name in WORDS if name not in unlisted)
    for site in (next(iter(documents.values())) for documents in edition.sites.values()):
        yield site.pages, site.modified
        yield from ((each.pages, site.modified) for each in site.maps)
    for route in (next(iter(documents.values())) for documents in edition.routes.values()):
        yield route.pages, route.modified
    for trail in (next(iter(documents.values())) for documents in edition.trails.values()):
        yield trail.pages, trail.modified
        yield from ((each.pages, trail.modified) for each in trail.maps)
    for show in (next(iter(documents.values())) for documents in edition.shows.values()):
        yield show.pages, ""


_KINDS = {Site: "sites", Route: "routes", Trail: "trails"}


def identifier_pages(entry: Site | Route | Trail, renderer: Renderer) -> Iterator[tuple[str, bytes]]:
    """Yield the address and the page of each identifier: it leads on at once, in the language of the renderer.

    Browsers that do not follow it show links to the page in every language.
    """
    kind, name = _KINDS[type(entry)], plain(entry.name)
    yield identifier(kind, entry.slug), _page(name, entry.pages, renderer)
    yield identifier(kind, entry.slug, NAMELESS[0]), _page(name, entry.pages, renderer)
    if isinstance(entry, Site):
        parts = [(STATES, state.id, state.id) for state in entry.states]
        parts += [(ANNOTATIONS, annotation.id, annotation.state) for annotation in entry.annotations]
        parts += [(TOURS, tour.id, tour.state) for tour in entry.tours]
        for part, own, state in parts:
            shown = {code: page + fragment(part, own, state) for code, page in entry.pages.items()}
            yield identifier(kind, entry.slug, part, own), _page(name, shown, renderer)


def publisher_page(renderer: Renderer) -> tuple[str, bytes]:
    """Return the address and the page of the identifier of the publisher, which leads to the legal notice."""
    name = renderer.texts().gettext("Legal notice")
    return PUBLISHER, _page(name, page_paths("legal", renderer.edition.languages), renderer)


def _page(name: str, addresses: Mapping[str, str], renderer: Renderer) -> bytes:
    links = [(code, OWN_NAMES.get(code, code), address) for code, address in addresses.items()]
    first = addresses[renderer.language]
    return renderer.document("identifier.html", renderer.texts(), name=name, first=first, links=links)


def info_pages(renderer: Renderer) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the pages that are linked from every page."""
    for name in ("about", "credits", "data", "legal", "accessibility"):
        texts = renderer.texts()
        title, description = _titles(name, texts)
        content = renderer.render(f"{name}.html", texts, **_values(name, renderer, texts))
        head = Head(
            title=f"{title} – Carreau",
            description=description,
            language=renderer.language,
            base_url=renderer.edition.base_url,
            address=page_path(name, renderer.language),
            versions=page_paths(name, renderer.edition.languages),
        )
        yield name, renderer.page(content, head, texts, name)


def not_found_page(renderer: Renderer) -> bytes:
    """Return the page for unknown addresses."""
    texts = renderer.texts()
    title = texts.gettext("Page not found")
    head = Head(f"{title} – Carreau", title, renderer.language, renderer.edition.base_url, is_indexed=False)
    return renderer.page(renderer.render("not_found.html", texts), head, texts)


def offline_page(renderer: Renderer) -> bytes:
    """Return the page for an unavailable network; its script lists the walks stored on the device."""
    texts, edition = renderer.texts(), renderer.edition
    title = texts.gettext("You are offline")
    head = Head(
        f"{title} – Carreau",
        title,
        renderer.language,
        edition.base_url,
        address=page_path("offline", renderer.language),
        versions=page_paths("offline", edition.languages),
        is_indexed=False,
        script=edition.assets.walk_script,
    )
    return renderer.page(renderer.render("offline.html", texts), head, texts)


def _titles(name: str, texts: PageTexts) -> tuple[str, str]:
    return {
        "about": (texts.gettext("About this site"), texts.gettext("The content of this site and its reliability.")),
        "credits": (
            texts.gettext("Credits"),
            texts.gettext("Rights holders and licences of the texts, pictures, sounds and models."),
        ),
        "data": (texts.gettext("Open data"), texts.gettext("All content of this site as open data.")),
        "legal": (texts.gettext("Legal notice"), texts.gettext("Publisher of this site and use of personal data.")),
        "accessibility": (
            texts.gettext("Accessibility statement"),
            texts.gettext("Accessibility of this site, and how to report problems."),
        ),
    }[name]


def _values(name: str, renderer: Renderer, texts: PageTexts) -> dict[str, object]:
    if name == "about":
        codes = TERMS["evidence"]
        meanings = {
            "attested": texts.gettext("shown by sources"),
            "deduced": texts.gettext("deduced from sources"),
            "typical": texts.gettext("known to have stood; drawn with the measures of its type"),
            "hypothetical": texts.gettext("possible, but not shown by any source"),
        }
        return {
            "evidence": [(code, translate_term("evidence", code, renderer.wording)) for code in codes],
            "evidence_words": lambda code: meanings.get(code, ""),
        }
    if name == "credits":
        return {"rights": list(_rights(renderer)), "works": list(_works(renderer))}
    if name == "accessibility":
        return statement_values(texts)
    return {}


def _rights(renderer: Renderer) -> Iterator[Rights]:
    """Yield each distinct right of the catalogue once."""
    entries = [documents[renderer.language].rights for documents in renderer.edition.sites.values()]
    entries += [documents[renderer.language].rights for documents in renderer.edition.routes.values()]
    yield from {
        (each.of.text, each.credit, each.licence, each.url): each for rights in entries for each in rights
    }.values()


def _works(renderer: Renderer) -> Iterator[tuple[Text, str, str, str, str]]:
    """Yield name, page, credit and licence of each model, picture, sound, film and document."""
    for sites in renderer.edition.sites.values():
        site = sites[renderer.language]
        address = site.pages[renderer.language]
        for state in site.states:
            if state.levels:
                yield state.title, address, state.credit or state.author, state.licence, state.licence_url
        for medium in site.media:
            name = medium.title or medium.alt or site.name
            yield name, address, medium.credit, medium.licence, medium.licence_url
    for routes in renderer.edition.routes.values():
        route = routes[renderer.language]
        for medium in route.media:
            name = medium.title or medium.alt or route.name
            yield name, route.pages[renderer.language], medium.credit, medium.licence, medium.licence_url


RECORD = Path(__file__).with_name("accessibility.json")
"""Date, tools, pages and number of faults of each check."""
CHECKS = ("axe", "targets", "keyboard", "motion", "zoom", "reflow", "spacing", "scripts")


class Check(NamedTuple):
    """A check with its requirement, number of pages and number of faults, as text."""

    name: str
    pages: str
    faults: str


def statement_values(texts: PageTexts) -> dict[str, Any]:
    """Return the values for the template of the statement."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    return {
        "record": record,
        "day": format_day(record["date"], texts.wording),
        "checks": [_check(check, record["pages"], texts) for check in CHECKS],
        "states": [_state(state, texts) for state in record["states"]],
    }


def _check(check: str, pages: list[dict[str, Any]], texts: PageTexts) -> Check:
    faults = sum(page["faults"][check] for page in pages)
    return Check(
        {
            "axe": texts.gettext("No violations of axe-core rules"),
            "targets": texts.gettext("Controls are at least 24 pixels in size (WCAG 2.5.8)"),
            "keyboard": texts.gettext("The Tab key reaches every control, shows the focus and never gets stuck"),
            "motion": texts.gettext("No motion if reduced motion is requested"),
            "zoom": texts.gettext("No horizontal scrolling at 200%% zoom"),
            "reflow": texts.gettext("No horizontal scrolling in a window of 320 pixels (WCAG 1.4.10)"),
            "spacing": texts.gettext("No text cut off with wider spacing of letters, words and lines (WCAG 1.4.12)"),
            "scripts": texts.gettext("Pages are readable without scripts"),
        }[check],
        texts.ngettext("%(number)s page", "%(number)s pages", len(pages)),
        texts.ngettext("%(number)s fault", "%(number)s faults", faults) if faults else texts.gettext("no faults"),
    )


def _state(state: str, texts: PageTexts) -> str:
    return {
        "compare": texts.gettext("two states of a place compared"),
        "tour": texts.gettext("a guided tour in progress"),
        "panels": texts.gettext("the viewer’s panels: annotations, parts, augmented reality, measuring, view, sharing"),
        "no_webgl": texts.gettext("a browser that cannot show models"),
        "daylight": texts.gettext("daylight by date and time"),
        "standing": texts.gettext("viewing on site: position and direction"),
        "pyramid": texts.gettext("four views for a hologram"),
        "framed": texts.gettext("a model in a frame on another website"),
        "filled": texts.gettext("the embedding page, filled in"),
        "walk": texts.gettext("a walk being downloaded, and offline"),
        "broken": texts.gettext("a walk with damaged files"),
    }[state]


ALLOWED = "fullscreen; autoplay; xr-spatial-tracking; accelerometer; gyroscope; magnetometer"
"""Permissions policy of an embedded frame, the same as in `server/carreau_server/pages.py`."""
ALLOWED_SITE = f"{ALLOWED}; geolocation"
"""Of the frame of a place: its viewer tells visitors how far they are from where its model stood."""


class Choice(NamedTuple):
    """A place, route or trail to embed.

    names : in other languages, where they differ, as JSON
    states : ids and titles of its states, as JSON
    """

    slug: str
    name: str
    names: str
    states: str = "[]"


class SnippetGroup(NamedTuple):
    """Choices of one kind.

    kind : "site", "route" or "trail"
    pages : addresses of their pages by language, with `{slug}` in them, as JSON
    """

    kind: str
    label: str
    pages: str
    choices: tuple[Choice, ...]


def snippet_page(renderer: Renderer) -> bytes:
    """Return the page; without its script it shows an example to edit by hand."""
    texts, edition = renderer.texts(), renderer.edition
    groups = [group for group in _groups(renderer, texts) if group.choices]
    example = groups[0].choices[0] if groups and groups[0].kind == "site" else None
    content = renderer.render(
        "snippets.html",
        texts,
        groups=groups,
        example=example,
        frame=embed(example.slug if example else "…"),
        page=f"/{renderer.language}/{SITE_WORDS[renderer.language]}/{example.slug if example else '…'}",
        allowed=ALLOWED,
        allowed_site=ALLOWED_SITE,
        is_local=not is_public(edition.base_url),
        names=[(code, OWN_NAMES.get(code, code)) for code in edition.languages],
    )
    title = texts.gettext("Embed a place, route or trail")
    head = Head(
        title=f"{title} – Carreau",
        description=shorten_text(texts.gettext("Show one of our models, routes or trails on your own page.")),
        language=renderer.language,
        base_url=edition.base_url,
        address=page_path("embed", renderer.language),
        versions=page_paths("embed", edition.languages),
        script=edition.assets.snippet_script,
    )
    return renderer.page(content, head, texts)


def _groups(renderer: Renderer, texts: PageTexts) -> Iterator[SnippetGroup]:
    edition, language = renderer.edition, renderer.language
    sites, routes, trails = (_pages_of_info(each, edition.languages) for each in (SITE_WORDS, ROUTE_WORDS, TRAIL_WORDS))
    with_models, others = list[Choice](), list[Choice]()
    for slug, documents in edition.sites.items():
        site = documents[language]
        # In the order of `embed_page`: the first state with content comes first.
        available = [state for state in site.states if state.levels or state.poster]
        states = [(state.id, plain(state.title)) for state in available]
        choice = Choice(
            slug, *_names({code: document.name for code, document in documents.items()}, language), _json(states)
        )
        (with_models if available else others).append(choice)
    yield SnippetGroup("site", texts.gettext("Places with models"), sites, _sort(with_models))
    yield SnippetGroup("site", texts.gettext("Other places"), sites, _sort(others))
    yield SnippetGroup("route", texts.gettext("Routes"), routes, _choices(edition.routes, language))
    yield SnippetGroup("trail", texts.gettext("Trails"), trails, _choices(edition.trails, language))


def _choices(
    entries: Mapping[str, Mapping[str, Route]] | Mapping[str, Mapping[str, Trail]], language: str
) -> tuple[Choice, ...]:
    """Return the choices of routes or trails, which have no states."""
    return _sort(
        [
            Choice(slug, *_names({code: document.name for code, document in documents.items()}, language))
            for slug, documents in entries.items()
        ]
    )


def _sort(choices: list[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: (folded(choice.name), choice.slug)))


def _names(names: Mapping[str, Text], language: str) -> tuple[str, str]:
    """Return the name in a language, and as JSON the names in other languages that differ."""
    own = plain(names[language])
    return own, _json({code: name for code, text in names.items() if (name := plain(text)) != own})


def _pages_of_info(words: Mapping[str, str], languages: tuple[str, ...]) -> str:
    return _json({code: f"/{code}/{words[code]}/{{slug}}" for code in languages})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
