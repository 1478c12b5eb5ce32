"""Pages at the identifiers of sites, routes, trails and the publisher, for static hosts, which cannot redirect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from carreau.base.i18n.languages import OWN_NAMES
from carreau.base.schema.identifiers import ANNOTATIONS, NAMELESS, PUBLISHER, STATES, TOURS, fragment, identifier
from carreau.base.schema.route import Route
from carreau.base.schema.site import Site
from carreau.base.schema.trail import Trail
from carreau.site.pages.addresses import page_paths
from carreau.site.pages.page_texts import plain
from carreau.site.pages.rendering import Renderer

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
