"""All responses of a bundle: sites, routes, trails, lists, exports, pages and offline packs."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

from carreau.base.languages import LANGUAGES
from carreau.base.package_folders import STATIC
from carreau.base.process import cores
from carreau.base.schema.itineraries import Route, RouteCard, Show, Trail, TrailCard
from carreau.base.schema.lists import PAGE_SIZE, Pack, RouteList, SiteList, Terms, Territory, TrailList, make_cursor
from carreau.base.schema.parts import SHARES, File
from carreau.base.schema.site import Card
from carreau.base.terms import TERMS
from carreau.catalogue.catalogue import SITES, TRAILS, Catalogue, Entry
from carreau.catalogue.i18n.check_translations import Translations
from carreau.exports.formats import FORMATS
from carreau.exports.geojson import MEDIA_TYPE, geojson_joined, geojson_list
from carreau.exports.record import RouteRecord, ShowRecord, SiteRecord, route_record, site_record, trail_record
from carreau.exports.serializers import outlines
from carreau.exports.urls import Urls
from carreau.formats.geodata import COMMUNES
from carreau.runs.cache import Cache
from carreau.runs.progress import Progress
from carreau.site.content_store import ContentStore
from carreau.site.pages.cards import onward, shares
from carreau.site.pages.list_pages import date_events
from carreau.site.pages.pages import make_pages
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.site_content import Assets, Page, Publisher, SiteContent, part_name
from carreau.site.publish import bundle_answers
from carreau.site.publish.artifacts import EntryArtifacts, medium_files, state_record
from carreau.site.publish.bundle_answers import Answers, SiteRows, sort_key
from carreau.site.publish.entry_builder import EntryBuilder, create_entry_builder
from carreau.site.publish.map_documents import add_territory, table_artifacts
from carreau.site.publish.offline_packs import add_packs, list_sites
from carreau.site.publish.publication import (
    GATHER,
    LISTS,
    PACKS,
    PAGES,
    PLACE_DATA,
    ROUTE_DATA,
    TRAIL_DATA,
    BuildCache,
    OnProgress,
    PublishOptions,
    code,
    digest_values,
    follow,
    tell,
)
from carreau.site.publish.route_documents import route_card, show_document, trail_card
from carreau.site.publish.shared_fields import Localizer
from carreau.site.publish.static_files import add_app, add_viewer, add_worker, digest_styles

MAP, _FEATURES = "geojson", "/v1/sites.geojson"


def add_lists(
    cards: Sequence[Mapping[str, Card]],
    routes: Sequence[Mapping[str, RouteCard]],
    trails: Sequence[Mapping[str, TrailCard]],
    answers: Answers,
) -> None:
    """Store the first page of the list of sites, and the lists of routes and trails, by language.

    cards : by language, one mapping for each site in the order of the list
    """
    for language in LANGUAGES:
        page = tuple(each[language] for each in cards[:PAGE_SIZE])
        more = len(cards) > PAGE_SIZE
        after = make_cursor(sort_key(cards[PAGE_SIZE - 1][LANGUAGES[0]].name.text, page[-1].slug)) if more else ""
        following = f"/v1/sites?lang={language}&limit={PAGE_SIZE}&cursor={after}" if more else None
        answers.add_document(
            "/v1/sites", language, SiteList(lang=language, matched=len(cards), next=following, sites=page)
        )
        document = RouteList(lang=language, routes=tuple(each[language] for each in routes))
        answers.add_document("/v1/routes", language, document)
        trail_list = TrailList(lang=language, trails=tuple(each[language] for each in trails))
        answers.add_document("/v1/trails", language, trail_list)


def add_terms(localizers: Mapping[str, Localizer], answers: Answers) -> None:
    """Store the closed lists with their terms."""
    for language, localizer in localizers.items():
        lists = {of: tuple(localizer.term(of, code) for code in TERMS[of]) for of in TERMS}
        answers.add_document("/v1/terms", language, Terms(lang=language, lists=lists))


def add_catalogue_exports(
    sites: Sequence[SiteRecord], routes: Sequence[RouteRecord], urls: Urls, answers: Answers
) -> None:
    """Store the exports of the whole catalogue: tables, and a map joined from the maps of the sites."""
    for of in FORMATS:
        if of.catalogue and of.ending != MAP:
            content = of.catalogue_document(sites, routes, LANGUAGES[0])
            answers.add(f"/v1/catalogue.{of.ending}", "", content, of.ending, of.media_type)
    for language in LANGUAGES:
        maps = [answers.content(bundle_answers.api_path("sites", record.slug, MAP), language) for record in sites]
        content = geojson_joined(maps, routes, urls.catalogue(MAP), language)
        answers.add(f"/v1/catalogue.{MAP}", language, content, MAP, MEDIA_TYPE)


def add_features(features: Sequence[Mapping[str, bytes]], urls: Urls, answers: Answers) -> None:
    """Store the list of sites as GeoJSON, a feature for each, by language.

    features : by language, one mapping for each site in the order of the list
    """
    for language in LANGUAGES:
        content = geojson_list((each[language] for each in features), _feature_links(urls, language))
        answers.add(_FEATURES, language, content, MAP, MEDIA_TYPE)


def _feature_links(urls: Urls, language: str) -> list[dict[str, str]]:
    """Return links to the collection itself, to other languages and other formats."""

    def link(path: str, rel: str, media_type: str, of: str) -> dict[str, str]:
        return {"href": f"{urls.base}{path}", "rel": rel, "type": media_type, "hreflang": of}

    paths = {each: bundle_answers.anywhere(_FEATURES, each, MAP) for each in LANGUAGES}
    return [
        link(paths.pop(language), "self", MEDIA_TYPE, language),
        *(link(path, "alternate", MEDIA_TYPE, each) for each, path in paths.items()),
        link(bundle_answers.anywhere("/v1/sites", language, "json"), "alternate", "application/json", language),
        link(f"/{language}/", "alternate", "text/html", language),
    ]


@dataclass(frozen=True)
class BuiltResponses:
    """All responses of a bundle.

    sites, routes, trails : by slug
    packs : with the digests of their documents
    styles : digests of the styles that scripts insert, as JSON
    """

    answers: Answers
    sites: Mapping[str, SiteRows]
    routes: Mapping[str, Mapping[str, Route]]
    trails: Mapping[str, Mapping[str, Trail]]
    packs: tuple[tuple[Pack, str], ...]
    styles: str


def build_responses(
    options: PublishOptions,
    catalogue: Catalogue,
    store: ContentStore,
    translations: Translations,
    cache: Cache,
    progress: Progress,
    on_progress: OnProgress,
) -> BuiltResponses:
    """Add all responses to the store; reuses those of the former release whose inputs did not change."""
    urls, answers = Urls(options.base_url), Answers(store)
    localizers = {language: Localizer(language) for language in LANGUAGES}
    builder = create_entry_builder(options, catalogue, localizers, translations, code())
    entries: dict[str, Entry[Any]] = {**catalogue.sites, **catalogue.routes, **catalogue.trails}
    built = _gather(entries, builder, answers, cache, progress, on_progress)
    site_records = {
        slug: site_record(
            entry, catalogue, translations, urls,
            {state.id: state_record(state, built[slug].states[state.id], urls.base)
             for state in entry.of.state if state.id in built[slug].states},
            options.edition,
            medium_files(built[slug], urls.base),
        )
        for slug, entry in catalogue.sites.items()
    }  # fmt: skip
    route_records = {
        slug: route_record(entry, catalogue, translations, urls, options.edition)
        for slug, entry in catalogue.routes.items()
    }
    sites = {
        slug: builder.site(record, built[slug], _routes_through(slug, route_records), answers)
        for slug, record in follow(on_progress, PLACE_DATA, site_records.items(), lambda item: item[1].entry.of.name)
    }
    routes = {
        slug: builder.route(record, built[slug], answers)
        for slug, record in follow(on_progress, ROUTE_DATA, route_records.items(), lambda item: item[1].entry.of.name)
    }
    trail_records = {
        slug: trail_record(entry, catalogue, translations, urls, options.edition)
        for slug, entry in catalogue.trails.items()
    }
    trails = {
        slug: builder.trail(record, built[slug], trail_records, answers)
        for slug, record in follow(on_progress, TRAIL_DATA, trail_records.items(), lambda item: item[1].entry.of.name)
    }
    trail_cards = {
        slug: {lang: trail_card(trail) for lang, trail in by_language.items()} for slug, by_language in trails.items()
    }
    shows = {}
    for slug, show in catalogue.shows.items():
        played, kind = builder.gather_artifacts(show, answers, cache, progress), TRAILS if slug in trails else SITES
        record = ShowRecord(show, catalogue, translations, urls, edition=options.edition)
        shows[slug] = {lang: show_document(record, kind, played, each) for lang, each in localizers.items()}
    tell(on_progress, LISTS)
    by_name = sorted(sites.values(), key=lambda rows: _sorted_by(rows))
    cards = {
        slug: {lang: route_card(route) for lang, route in by_language.items()} for slug, by_language in routes.items()
    }
    add_lists([rows.cards for rows in by_name], list(cards.values()), list(trail_cards.values()), answers)
    add_terms(localizers, answers)
    add_features([rows.features for rows in by_name], urls, answers)
    add_catalogue_exports(list(site_records.values()), list(route_records.values()), urls, answers)
    table = table_artifacts(options.models, store, cache)
    site_cards = {slug: rows.cards for slug, rows in sites.items()}
    territory = add_territory(table, localizers, site_cards, answers) if table else {}
    assets, viewer = add_viewer(answers)
    assets, app = add_app(answers, assets)
    paired_sites = {slug: (record, sites[slug]) for slug, record in site_records.items()}
    paired_routes = {slug: (record, routes[slug]) for slug, record in route_records.items()}
    documents = Documents(paired_sites, paired_routes, cards, trails, trail_cards, shows, territory)
    edition = add_pages(options, assets, documents, answers, builder.build_cache, builder.common, on_progress)
    add_worker(answers, assets)
    visits: list[Mapping[str, Route | Trail]] = [*routes.values(), *trails.values()]
    packs = [
        pack
        for by_language in follow(on_progress, PACKS, visits)
        for pack in add_packs(by_language, edition, (*viewer, *app), answers, options.edition.day)
    ]
    builder.build_cache.forget_others()
    styles = digest_styles((STATIC / "model-viewer.js").read_bytes())
    return BuiltResponses(answers, sites, routes, trails, tuple(packs), styles)


def _gather(
    entries: Mapping[str, Entry[Any]],
    builder: EntryBuilder,
    answers: Answers,
    cache: Cache,
    progress: Progress,
    on_progress: OnProgress,
) -> dict[str, EntryArtifacts]:
    """Return the files built for each entry, by slug, and add them to the store.

    Files are hashed and posters encoded for several entries at a time: one takes a second where both are new.
    """

    def gather(entry: Entry[Any]) -> tuple[EntryArtifacts, Answers]:
        part = answers.scope()
        return builder.gather_artifacts(entry, part, cache.with_own_listeners(), progress), part

    built = dict[str, EntryArtifacts]()
    pool = ThreadPoolExecutor(cores())
    try:
        items = follow(on_progress, GATHER, entries.items(), lambda item: str(item[1].of.name))
        for (slug, _), (files, part) in zip(items, pool.map(gather, entries.values()), strict=True):
            built[slug] = files
            answers.merge(part)
    finally:
        pool.shutdown(cancel_futures=True)
    return built


def _sorted_by(rows: SiteRows) -> str:
    site = rows.documents[LANGUAGES[0]]
    return sort_key(site.name.text, site.slug)


def _routes_through(slug: str, routes: Mapping[str, RouteRecord]) -> tuple[str, ...]:
    return tuple(name for name, route in routes.items() if any(stop.site == slug for stop in route.entry.of.stop))


_JSONLD = "jsonld"
"""Suffix of the schema.org documents."""

AHEAD = 64
"""Pages that may wait for another thread to compress them, which is half of the time, while further ones are made."""


@dataclass(frozen=True)
class Documents:
    """What pages show, by slug, and then by language.

    territory : the document of the table model by language; empty before it was built
    """

    sites: Mapping[str, tuple[SiteRecord, SiteRows]]
    routes: Mapping[str, tuple[RouteRecord, Mapping[str, Route]]]
    route_cards: Mapping[str, Mapping[str, RouteCard]]
    trails: Mapping[str, Mapping[str, Trail]]
    trail_cards: Mapping[str, Mapping[str, TrailCard]]
    shows: Mapping[str, Mapping[str, Show]]
    territory: Mapping[str, Territory]


def add_pages(
    options: PublishOptions,
    assets: Assets,
    documents: Documents,
    answers: Answers,
    build_cache: BuildCache,
    common: str,
    on_progress: OnProgress,
) -> SiteContent:
    """Store every page in every language, the sitemap and robots.txt; returns what they were made from.

    Pages with the same inputs are reused.
    common : digest of the inputs that all pages share
    """
    publisher, sites, routes, trails = options.edition, documents.sites, documents.routes, documents.trails
    edition = SiteContent(
        languages=LANGUAGES,
        base_url=options.base_url.rstrip("/"),
        assets=assets,
        sites={slug: rows.documents for slug, (_, rows) in sites.items()},
        cards={slug: rows.cards for slug, (_, rows) in sites.items()},
        routes={slug: by_language for slug, (_, by_language) in routes.items()},
        route_cards=documents.route_cards,
        trails=trails,
        trail_cards=documents.trail_cards,
        shows=documents.shows,
        jsonld={slug: _jsonld("sites", slug, answers) for slug in sites},
        route_jsonld={slug: _jsonld("routes", slug, answers) for slug in routes},
        trail_jsonld={slug: _jsonld("trails", slug, answers) for slug in trails},
        outlines={slug: outline for slug, (record, _) in sites.items() if (outline := _geometry(record))},
        communes=_communes(options),
        territory=documents.territory,
        publisher=Publisher(publisher.publisher, publisher.homepage, publisher.email),
    )
    for language in LANGUAGES:
        answers.add_document(SHARES, language, shares(edition, Renderer(edition, language).texts()))
    keys = _page_keys(edition, answers, common)
    cached = {name for name, key in keys.items() if build_cache.load(name, key, answers) is not None}
    parts = {name: answers.scope() for name in keys if name not in cached}
    begun = set[str]()
    tell(on_progress, PAGES)
    with ThreadPoolExecutor(1) as writer:
        stored = deque[tuple[Page, Answers, Future[File]]]()
        for page in make_pages(edition, cached):
            if page.part and page.part not in begun:
                tell(on_progress, PAGES, len(begun), len(parts))
                begun.add(page.part)
            part = parts.get(page.part, answers)
            stored.append((page, part, writer.submit(part.store.add_bytes, page.content, page.ext)))
            if len(stored) > AHEAD:
                _put(*stored.popleft())
        for each in stored:
            _put(*each)
    for name, part in parts.items():
        build_cache.store(name, keys[name], part, {})
        answers.merge(part)
    return edition


def _put(page: Page, part: Answers, file: Future[File]) -> None:
    part.put(page.address, page.language, file.result())


def _page_keys(edition: SiteContent, answers: Answers, common: str) -> dict[str, str]:
    """Return a digest of the inputs of the pages of each site, route and trail in each language, by `Page.part`.

    These are its documents, including those for search engines, the cards of related and near entries, the outlines
    that its map may show, and the years of all sites, among which its timeline stands.
    """
    chapters = {slug: [each.id for each in next(iter(of.values())).chapters] for slug, of in edition.trails.items()}
    names = sorted(edition.sites), sorted(edition.routes), chapters
    events = date_events(next(iter(documents.values())) for documents in edition.sites.values())
    land = digest_values(common, edition.assets, edition.publisher, names, edition.outlines, events)
    first, *others = edition.languages

    @cache
    def card(slug: str, language: str) -> str:
        """Return a digest of what a card shows of a site."""
        return digest_values(edition.cards[slug][language], edition.corner(slug, language))

    # Maps are drawn from the first language; a page that has no other, such as that of an identifier, may name all.
    read = {first: edition.languages, **{language: (first, language) for language in others}}
    return {
        part_name(kind, slug, language): key
        for language, languages in read.items()
        for (kind, slug), key in _keys_from(edition, answers, land, languages, card).items()
    }


def _keys_from(
    edition: SiteContent, answers: Answers, land: str, languages: Sequence[str], card: Callable[[str, str], str]
) -> dict[tuple[str, str], str]:
    """Return a digest of the inputs of the pages of each site, route and trail, by kind and slug.

    languages : of the documents and cards that the pages are made from
    card : returns a digest of the card of a site in a language
    """

    def of(by_language: Mapping[str, object]) -> list[object]:
        return [by_language.get(language) for language in languages]

    def own_digests(kind: str, slug: str) -> list[str]:
        """Return the digests of the documents of an entry."""
        digests = [answers.links[bundle_answers.api_path(kind, slug), language].sha256 for language in languages]
        jsonld = answers.links.get((bundle_answers.api_path(kind, slug, _JSONLD), ""))
        return [*digests, jsonld.sha256 if jsonld else ""]

    def list_cards(*slugs: str) -> list[str]:
        return [card(slug, language) for slug in slugs for language in languages]

    # A site is named on the table model too, which only the home page tells of.
    table = [
        edition.territory[each].model_copy(update={"places": ()}) for each in languages if each in edition.territory
    ]
    land = digest_values(land, table)
    keys = dict[tuple[str, str], str]()
    for slug, documents in edition.sites.items():
        site = next(iter(documents.values()))
        routes = [of(edition.route_cards.get(each, {})) for each in site.routes]
        further = onward(site, (next(iter(cards.values())) for cards in edition.cards.values()))
        cards = list_cards(slug, *(each.slug for each in further))
        keys["site", slug] = digest_values(land, own_digests("sites", slug), routes, cards, slug in edition.shows)
    for slug, by_language in edition.routes.items():
        stop_slugs = [stop.site for stop in next(iter(by_language.values())).stops if stop.site in edition.sites]
        stops = [(list_cards(each), own_digests("sites", each)) for each in stop_slugs]
        keys["route", slug] = digest_values(land, own_digests("routes", slug), stops)
    for slug, versions in edition.trails.items():
        places = [each for each in list_sites(next(iter(versions.values()))) if each in edition.sites]
        read = [(list_cards(each), own_digests("sites", each)) for each in places]
        keys["trail", slug] = digest_values(land, own_digests("trails", slug), read, slug in edition.shows)
    return keys


def _jsonld(kind: str, slug: str, answers: Answers) -> bytes:
    """Return the JSON-LD document, empty if there is none."""
    path = bundle_answers.api_path(kind, slug, _JSONLD)
    return answers.content(path, "") if (path, "") in answers.links else b""


def _geometry(record: SiteRecord) -> dict[str, Any] | None:
    polygons = [polygon for area in outlines(record) for polygon in area.polygons]
    return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None


def _communes(options: PublishOptions) -> dict[str, Any]:
    path = options.assets / COMMUNES
    communes: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return communes
