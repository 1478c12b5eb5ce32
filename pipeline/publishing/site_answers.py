"""Give every answer about one site or route."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.exports.geojson import site_feature
from pipeline.exports.jsonld import json_bytes
from pipeline.exports.record import RouteRecord, SiteRecord
from pipeline.languages.languages import LANGUAGES
from pipeline.manifest.route import Line
from pipeline.publishing import addresses
from pipeline.publishing.answers import Answers
from pipeline.publishing.built import Built
from pipeline.publishing.exported import add_exports
from pipeline.publishing.route_document import route_document
from pipeline.publishing.site_document import site_document
from pipeline.publishing.speaker import Speaker


def answer_site(
    record: SiteRecord, built: Built, speakers: Mapping[str, Speaker], routes: tuple[str, ...], answers: Answers
) -> dict[str, str]:
    """Keep all answers about a site; returns it as one Feature of GeoJSON, by language."""
    links = add_exports(record, answers)
    for language in LANGUAGES:
        document = site_document(record, built, speakers[language], links[language], routes)
        answers.add_document(addresses.api("sites", record.slug), language, document)
    return {language: json_bytes(site_feature(record, language)).decode() for language in LANGUAGES}


def answer_route(
    record: RouteRecord,
    line: Line,
    built: Built,
    speakers: Mapping[str, Speaker],
    packs: Mapping[str, str],
    answers: Answers,
) -> None:
    """Keep all answers about a route but its packs."""
    links = add_exports(record, answers)
    for language in LANGUAGES:
        document = route_document(record, line, built, speakers[language], links[language], packs)
        answers.add_document(addresses.api("routes", record.slug), language, document)
