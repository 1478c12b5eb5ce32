"""Make the offline packs of routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.i18n.languages import LANGUAGES
from pipeline.pages.addresses import page_path
from pipeline.pages.qr_plates import plate_address
from pipeline.publish import addresses
from pipeline.publish.answers import Answers
from pipeline.publish.app_files import app_manifest
from pipeline.publish.packs import LEVELS, Role, files_of_media, pack_file, pack_of
from pipeline.schema.files import Link
from pipeline.schema.pack import Pack, PackFile
from pipeline.schema.route import Route
from pipeline.schema.site import Site

_ROLES: Mapping[str, Role] = {"html": "page", "webmanifest": "app"}


def pack_addresses(slug: str) -> dict[str, str]:
    """Return where the packs of a route are had, by level."""
    return {level: f"{addresses.api('routes', slug)}/pack/{level}" for level in LEVELS}


def add_packs(
    route: Mapping[str, Route],
    sites: Mapping[str, Mapping[str, Site]],
    app: tuple[Link, ...],
    answers: Answers,
    day: str = "",
) -> Iterator[tuple[Pack, str]]:
    """Keep the packs of a route in every language and level; yields each with the digest of its document.

    app : what pages need, such as styles and the viewer
    day : of the edition
    """
    for language in LANGUAGES:
        told = route[language]
        stops = [sites[stop.site][language] for stop in told.stops if stop.site in sites]
        core = [*_core(told, stops, answers), *files_of_media(told.media), *(pack_file("app", link) for link in app)]
        for level, path in zip(LEVELS, pack_addresses(told.slug).values(), strict=True):
            pack = pack_of(told.slug, language, level, core, stops, day)
            yield pack, answers.add_document(path, language, pack).sha256


def _core(route: Route, sites: list[Site], answers: Answers) -> Iterator[PackFile]:
    language = route.lang
    wanted = [(route.pages[language], language), (addresses.api("routes", route.slug), language)]
    wanted += [(page_path(name, language), language) for name in ("search", "offline")]
    wanted += [(app_manifest(language), ""), (route.links.get("gpx", ""), language)]
    # Where the codes on the plates lead: a phone that scans one has no network, either.
    wanted += [(plate_address(route.slug, stop.number), language) for stop in route.stops]
    for site in sites:
        wanted += [(site.pages[language], language), (addresses.api("sites", site.slug), language)]
        wanted += [(site.outline, language)] if site.outline else []
    for path, lang in wanted:
        link = answers.links.get((path, lang)) or answers.links.get((path, ""))
        if link is not None:
            yield pack_file(_ROLES.get(link.ext, "data"), link)
