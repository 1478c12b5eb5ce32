"""Check one route alone, as it is on disk or with values that are not saved yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from carreau.base.document import open_document, read_document
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.checks.check_links import check_links_of_route
from carreau.catalogue.checks.check_routes import check_route
from carreau.catalogue.i18n.check_translations import check_lengths
from carreau.catalogue.route import Route
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import read_table
from carreau.desk.place_check import Surroundings


def checked_route(root: Path, name: str, content: bytes, around: Surroundings) -> Entry[Route]:
    """Return a route with the diagnostics of its readers and checks, those of its translations left out.

    root : folder of the catalogue, of which only the places that the route stops at are read
    name : of its file there; content : of the file, or what is to be written there
    """
    path = root / name
    document = read_document(path, name, content)
    route = read_table(Route, document.data, document) if document.is_read else Route()
    entry = Entry(path.stem, route, document)
    if document.is_read:
        check_route(entry, Catalogue(root, _stops(root, route, around), {}, around.communes))
        check_links_of_route(entry, around.sites, around.routes, around.trails)
        document.findings.extend(check_lengths(entry))
        document.findings.sort(key=lambda each: each.line or 0)
    return entry


def _stops(root: Path, route: Route, around: Surroundings) -> Mapping[str, Entry[Site]]:
    """Return the places of the stops; a name that is none is not looked for."""
    found: dict[str, Entry[Site]] = {}
    for slug in {stop.site for stop in route.stop if stop.site in around.sites}:
        name = f"sites/{slug}/site.toml"
        document = open_document(root / name, name)
        if document.is_read:
            found[slug] = Entry(slug, read_table(Site, document.data, document), document)
    return found
