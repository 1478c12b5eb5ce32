"""The HTML pages of a bundle."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from carreau.base.i18n.languages import LANGUAGES
from carreau.base.schema.file_links import File
from carreau.base.schema.route import Route, RouteCard
from carreau.base.schema.share import SHARES
from carreau.base.schema.show import Show
from carreau.base.schema.territory import Territory
from carreau.base.schema.trail import Trail, TrailCard
from carreau.exports.records.geometries import outlines
from carreau.exports.records.record import RouteRecord, SiteRecord
from carreau.formats.geodata import COMMUNES
from carreau.site.pages.nearby import onward
from carreau.site.pages.pages import make_pages
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.share_pictures import shares
from carreau.site.pages.site_content import Assets, Page, Publisher, SiteContent, part_of
from carreau.site.pages.timeline import dated
from carreau.site.publish import static_paths
from carreau.site.publish.answers import Answers
from carreau.site.publish.incremental import BuildCache, key_of
from carreau.site.publish.offline_packs import sites_of
from carreau.site.publish.sqlite_writer import SiteRows
from carreau.site.publish.stages import PAGES, OnProgress, tell
from carreau.site.publish.types import PublishOptions

_JSONLD = "jsonld"
"""Suffix of the schema.org documents."""

AHEAD = 64
"""Pages that may wait for another thread to compress them, which is half of the time, while further ones are made."""


def add_pages(
    options: PublishOptions,
    assets: Assets,
    sites: Mapping[str, tuple[SiteRecord, SiteRows]],
    routes: Mapping[str, tuple[RouteRecord, Mapping[str, Route]]],
    route_cards: Mapping[str, Mapping[str, RouteCard]],
    trails: Mapping[str, Mapping[str, Trail]],
    trail_cards: Mapping[str, Mapping[str, TrailCard]],
    shows: Mapping[str, Mapping[str, Show]],
    territory: Mapping[str, Territory],
    answers: Answers,
    build_cache: BuildCache,
    common: str,
    on_progress: OnProgress,
) -> SiteContent:
    """Store every page in every language, the sitemap and robots.txt; returns what they were made from.

    Pages with the same inputs are reused.
    territory : the document of the table model by language; empty before it was built
    common : digest of the inputs that all pages share
    """
    publisher = options.edition
    edition = SiteContent(
        languages=LANGUAGES,
        base_url=options.base_url.rstrip("/"),
        assets=assets,
        sites={slug: rows.documents for slug, (_, rows) in sites.items()},
        cards={slug: rows.cards for slug, (_, rows) in sites.items()},
        routes={slug: documents for slug, (_, documents) in routes.items()},
        route_cards=route_cards,
        trails=trails,
        trail_cards=trail_cards,
        shows=shows,
        jsonld={slug: _jsonld("sites", slug, answers) for slug in sites},
        route_jsonld={slug: _jsonld("routes", slug, answers) for slug in routes},
        trail_jsonld={slug: _jsonld("trails", slug, answers) for slug in trails},
        outlines={slug: outline for slug, (record, _) in sites.items() if (outline := _geometry(record))},
        communes=_communes(options),
        territory=territory,
        publisher=Publisher(publisher.publisher, publisher.homepage, publisher.email),
    )
    for language in LANGUAGES:
        answers.add_document(SHARES, language, shares(edition, Renderer(edition, language).texts()))
    keys = _page_keys(edition, answers, common)
    cached = {name for name, key in keys.items() if build_cache.load(name, key, answers) is not None}
    parts = {name: answers.scoped() for name in keys if name not in cached}
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
    events = dated(next(iter(documents.values())) for documents in edition.sites.values())
    land = key_of(common, edition.assets, edition.publisher, names, edition.outlines, events)
    first, *others = edition.languages

    @cache
    def card(slug: str, language: str) -> str:
        """Return a digest of what a card shows of a site."""
        return key_of(edition.cards[slug][language], edition.corner(slug, language))

    # Maps are drawn from the first language; a page that has no other, such as that of an identifier, may name all.
    read = {first: edition.languages, **{language: (first, language) for language in others}}
    return {
        part_of(kind, slug, language): key
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

    def own(kind: str, slug: str) -> list[str]:
        """Return the digests of the documents of an entry."""
        digests = [answers.links[static_paths.api(kind, slug), language].sha256 for language in languages]
        jsonld = answers.links.get((static_paths.api(kind, slug, _JSONLD), ""))
        return [*digests, jsonld.sha256 if jsonld else ""]

    def cards_of(*slugs: str) -> list[str]:
        return [card(slug, language) for slug in slugs for language in languages]

    # A site is named on the table model too, which only the home page tells of.
    table = [
        edition.territory[each].model_copy(update={"places": ()}) for each in languages if each in edition.territory
    ]
    land = key_of(land, table)
    keys = dict[tuple[str, str], str]()
    for slug, documents in edition.sites.items():
        site = next(iter(documents.values()))
        routes = [of(edition.route_cards.get(each, {})) for each in site.routes]
        further = onward(site, (next(iter(cards.values())) for cards in edition.cards.values()))
        cards = cards_of(slug, *(each.slug for each in further))
        keys["site", slug] = key_of(land, own("sites", slug), routes, cards, slug in edition.shows)
    for slug, by_language in edition.routes.items():
        stop_slugs = [stop.site for stop in next(iter(by_language.values())).stops if stop.site in edition.sites]
        stops = [(cards_of(each), own("sites", each)) for each in stop_slugs]
        keys["route", slug] = key_of(land, own("routes", slug), stops)
    for slug, versions in edition.trails.items():
        places = [each for each in sites_of(next(iter(versions.values()))) if each in edition.sites]
        told = [(cards_of(each), own("sites", each)) for each in places]
        keys["trail", slug] = key_of(land, own("trails", slug), told, slug in edition.shows)
    return keys


def _jsonld(kind: str, slug: str, answers: Answers) -> bytes:
    """Return the JSON-LD document, empty if there is none."""
    path = static_paths.api(kind, slug, _JSONLD)
    return answers.content(path, "") if (path, "") in answers.links else b""


def _geometry(record: SiteRecord) -> dict[str, Any] | None:
    polygons = [polygon for area in outlines(record) for polygon in area.polygons]
    return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None


def _communes(options: PublishOptions) -> dict[str, Any]:
    path = options.assets / COMMUNES
    communes: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return communes
