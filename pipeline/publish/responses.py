"""Say everything there is to say: the answers about every site and route, the lists, packs and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.bundle.content_store import ContentStore
from pipeline.cache.cache import Cache
from pipeline.catalogue.catalogue import Catalogue, Entry
from pipeline.console.progress import Progress
from pipeline.exports.records.record import RouteRecord, route_record, site_record
from pipeline.exports.records.urls import Urls
from pipeline.i18n.languages import LANGUAGES
from pipeline.i18n.translations import Translations
from pipeline.publish.answers import Answers
from pipeline.publish.app_files import add_app, add_worker
from pipeline.publish.artifacts import EntryArtifacts
from pipeline.publish.database import SiteRows
from pipeline.publish.entry_builder import create_entry_builder
from pipeline.publish.export_records import medium_files, state_record
from pipeline.publish.inputs import code
from pipeline.publish.lists import add_features, add_lists, add_terms, add_whole, sort_key
from pipeline.publish.localizer import Localizer
from pipeline.publish.options import PublishOptions
from pipeline.publish.route_document import route_card
from pipeline.publish.route_packs import add_packs
from pipeline.publish.site_pages import add_pages
from pipeline.publish.viewer_files import STATIC, add_viewer, styles_of
from pipeline.schema.pack import Pack
from pipeline.schema.route import Route


@dataclass(frozen=True)
class BuiltResponses:
    """Everything that is said.

    sites, routes : by slug
    packs : with the digest of their document
    styles : digests of those that scripts bring, as JSON
    """

    answers: Answers
    sites: Mapping[str, SiteRows]
    routes: Mapping[str, Mapping[str, Route]]
    packs: tuple[tuple[Pack, str], ...]
    styles: str


def build_responses(
    asked: PublishOptions,
    catalogue: Catalogue,
    store: ContentStore,
    translations: Translations,
    cache: Cache,
    progress: Progress,
    told: Callable[[int, int], None],
) -> BuiltResponses:
    """Put everything that is said into the store; of what did not change, what was said before.

    told : hears how many sites and routes are done, of how many
    """
    urls, answers = Urls(asked.base_url), Answers(store)
    speakers = {language: Localizer(language) for language in LANGUAGES}
    each = create_entry_builder(asked, speakers, translations, code())
    entries: dict[str, Entry[Any]] = {**catalogue.sites, **catalogue.routes}
    built = dict[str, EntryArtifacts]()
    for done, (slug, entry) in enumerate(entries.items()):
        built[slug] = each.gathered(entry, answers, cache, progress)
        told(done, len(entries))
    site_records = {
        slug: site_record(
            entry, catalogue, translations, urls,
            {state.id: state_record(state, built[slug].states[state.id], urls.base)
             for state in entry.of.state if state.id in built[slug].states},
            asked.edition,
            medium_files(built[slug], urls.base),
        )
        for slug, entry in catalogue.sites.items()
    }  # fmt: skip
    route_records = {
        slug: route_record(entry, catalogue, translations, urls, asked.edition)
        for slug, entry in catalogue.routes.items()
    }
    sites = {
        slug: each.site(record, built[slug], _routes_through(slug, route_records), answers)
        for slug, record in site_records.items()
    }
    routes = {slug: each.route(record, built[slug], answers) for slug, record in route_records.items()}
    by_name = sorted(sites.values(), key=lambda rows: _sorted_by(rows))
    cards = {slug: {lang: route_card(route) for lang, route in told.items()} for slug, told in routes.items()}
    add_lists([rows.cards for rows in by_name], list(cards.values()), answers)
    add_terms(speakers, answers)
    add_features([rows.features for rows in by_name], urls, answers)
    add_whole(list(site_records.values()), list(route_records.values()), urls, answers)
    assets, viewer = add_viewer(answers)
    assets, app = add_app(answers, assets)
    paired_sites = {slug: (record, sites[slug]) for slug, record in site_records.items()}
    paired_routes = {slug: (record, routes[slug]) for slug, record in route_records.items()}
    add_pages(asked, assets, paired_sites, paired_routes, cards, answers, each.memory, each.common)
    add_worker(answers, assets)
    documents = {slug: rows.documents for slug, rows in sites.items()}
    packs = [
        pack
        for told in routes.values()
        for pack in add_packs(told, documents, (*viewer, *app), answers, asked.edition.day)
    ]
    each.memory.forget_others()
    return BuiltResponses(answers, sites, routes, tuple(packs), styles_of((STATIC / "model-viewer.js").read_bytes()))


def _sorted_by(rows: SiteRows) -> str:
    site = rows.documents[LANGUAGES[0]]
    return sort_key(site.name.text, site.slug)


def _routes_through(slug: str, routes: Mapping[str, RouteRecord]) -> tuple[str, ...]:
    return tuple(name for name, route in routes.items() if any(stop.site == slug for stop in route.entry.of.stop))
