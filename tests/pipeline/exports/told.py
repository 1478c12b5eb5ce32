"""Keep the records of the 53 sites and five routes, read once for all tests of exports."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from carreau.catalogue.catalogue import Catalogue, read_catalogue
from carreau.catalogue.i18n.check_translations import Translations
from carreau.exports.record import RouteRecord, SiteRecord, route_record, site_record

ASSETS = Path(__file__).parents[3] / "assets"
SITES = sorted(path.parent.name for path in (ASSETS / "sites").glob("*/site.toml"))
APART = ("demonstration", "maisons-vues-du-ciel", "ancienne-abbaye-de-saint-amand")
REAL = [slug for slug in SITES if slug not in APART]
ROUTES = sorted(path.stem for path in (ASSETS / "routes").glob("*.toml"))


@cache
def _catalogue() -> Catalogue:
    return read_catalogue(ASSETS)


@cache
def _translations() -> Translations:
    return Translations()


@cache
def site(slug: str) -> SiteRecord:
    """Return the record of a site as it is in assets/."""
    return site_record(_catalogue().sites[slug], _catalogue(), _translations())


@cache
def route(slug: str) -> RouteRecord:
    """Return the record of a route as it is in assets/."""
    return route_record(_catalogue().routes[slug], _catalogue(), _translations())
