"""The HTML pages of a bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.catalogue.geodata import COMMUNES
from pipeline.exports.records.geometries import outlines
from pipeline.exports.records.record import RouteRecord, SiteRecord
from pipeline.i18n.languages import LANGUAGES
from pipeline.pages.nearby import onward
from pipeline.pages.pages import make_pages
from pipeline.pages.rendering import Renderer
from pipeline.pages.share_pictures import shares
from pipeline.pages.site_content import Assets, Publisher, SiteContent
from pipeline.publish import static_paths
from pipeline.publish.answers import Answers
from pipeline.publish.incremental import BuildCache, key_of
from pipeline.publish.offline_packs import sites_of
from pipeline.publish.sqlite_writer import SiteRows
from pipeline.publish.stages import PAGES, OnProgress, tell
from pipeline.publish.types import PublishOptions
from pipeline.schema.route import Route, RouteCard
from pipeline.schema.share import SHARES
from pipeline.schema.show import Show
from pipeline.schema.territory import Territory
from pipeline.schema.trail import Trail, TrailCard

_JSONLD = "jsonld"
"""Suffix of the schema.org documents."""


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
    parts = {name: answers.scoped() for name in keys}
    begun, total = set[tuple[str, str]](), len(LANGUAGES) * (len(keys) - len(cached))
    tell(on_progress, PAGES)
    for page in make_pages(edition, cached):
        if page.of and (page.of, page.language) not in begun:
            tell(on_progress, PAGES, len(begun), total)
            begun.add((page.of, page.language))
        parts.get(page.of, answers).add(page.address, page.language, page.content, page.ext)
    for name, key in keys.items():
        if name not in cached:
            build_cache.store(name, key, parts[name], {})
            answers.merge(parts[name])
    return edition


def _page_keys(edition: SiteContent, answers: Answers, common: str) -> dict[str, str]:
    """Return a digest of the inputs of the pages of each site, route and trail, by `Page.of`.

    These are its documents, including those for search engines, the cards of related and near entries, the outlines
    that its map may show, and the dates of all sites, among which its timeline stands.
    """
    chapters = {slug: [each.id for each in next(iter(of.values())).chapters] for slug, of in edition.trails.items()}
    names = sorted(edition.sites), sorted(edition.routes), chapters
    land = key_of(common, edition.assets, edition.publisher, names, edition.outlines, edition.territory)
    events = key_of(
        [[(document.theme.code, document.dates) for document in each.values()] for each in edition.sites.values()]
    )
    keys = dict[str, str]()
    for slug, documents in edition.sites.items():
        site = next(iter(documents.values()))
        routes = [edition.route_cards.get(each) for each in site.routes]
        further = onward(site, (next(iter(cards.values())) for cards in edition.cards.values()))
        cards = [edition.cards[card.slug] for card in further]
        keys[f"pages.site.{slug}"] = key_of(
            land, _own("sites", slug, answers), routes, cards, events, slug in edition.shows
        )
    for slug, by_language in edition.routes.items():
        stop_slugs = [stop.site for stop in next(iter(by_language.values())).stops if stop.site in edition.sites]
        stops = [(edition.cards.get(each), _own("sites", each, answers)) for each in stop_slugs]
        keys[f"pages.route.{slug}"] = key_of(land, _own("routes", slug, answers), stops)
    for slug, versions in edition.trails.items():
        places = [each for each in sites_of(next(iter(versions.values()))) if each in edition.sites]
        own = [_own("sites", each, answers) for each in places]
        keys[f"pages.trail.{slug}"] = key_of(land, _own("trails", slug, answers), own, slug in edition.shows)
    return keys


def _own(kind: str, slug: str, answers: Answers) -> list[str]:
    """Return the digests of the documents of an entry, in every language."""
    digests = [answers.links[static_paths.api(kind, slug), language].sha256 for language in LANGUAGES]
    jsonld = answers.links.get((static_paths.api(kind, slug, _JSONLD), ""))
    return [*digests, jsonld.sha256 if jsonld else ""]


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
