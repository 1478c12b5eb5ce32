"""Put the pages for people into the bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.catalogue.communes import FILE as COMMUNES
from pipeline.exports.places import outlines
from pipeline.exports.record import RouteRecord, SiteRecord
from pipeline.exports.schema_org import schema_org_route, schema_org_site
from pipeline.languages.languages import LANGUAGES
from pipeline.manifest.route import Route, RouteCard
from pipeline.pages.edition import Assets, Edition, Publisher
from pipeline.pages.pages import make_pages
from pipeline.publishing.answers import Answers
from pipeline.publishing.asked import Publishing
from pipeline.publishing.database import SiteRows


def add_pages(
    asked: Publishing,
    assets: Assets,
    sites: Mapping[str, tuple[SiteRecord, SiteRows]],
    routes: Mapping[str, tuple[RouteRecord, Mapping[str, Route]]],
    route_cards: Mapping[str, Mapping[str, RouteCard]],
    answers: Answers,
) -> None:
    """Keep every page in every language, the map of the site and what robots may fetch."""
    publisher = asked.edition
    edition = Edition(
        languages=LANGUAGES,
        base_url=asked.base_url.rstrip("/"),
        assets=assets,
        sites={slug: rows.documents for slug, (_, rows) in sites.items()},
        cards={slug: rows.cards for slug, (_, rows) in sites.items()},
        routes={slug: told for slug, (_, told) in routes.items()},
        route_cards=route_cards,
        jsonld={slug: schema_org_site(record) for slug, (record, _) in sites.items()},
        route_jsonld={slug: schema_org_route(record) for slug, (record, _) in routes.items()},
        outlines={slug: found for slug, (record, _) in sites.items() if (found := _geometry(record))},
        communes=_communes(asked),
        publisher=Publisher(publisher.publisher, publisher.homepage, publisher.email),
    )
    for page in make_pages(edition):
        answers.add(page.address, page.language, page.content, page.ext)


def _geometry(record: SiteRecord) -> dict[str, Any] | None:
    polygons = [polygon for area in outlines(record) for polygon in area.polygons]
    return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None


def _communes(asked: Publishing) -> dict[str, Any]:
    path = asked.assets / COMMUNES
    found: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
    return found
