"""Give every answer about one site or route."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.exports.records.record import RouteRecord, SiteRecord
from pipeline.exports.records.serialize import json_bytes
from pipeline.exports.standards.geojson import site_feature
from pipeline.i18n.languages import LANGUAGES
from pipeline.publish import addresses
from pipeline.publish.answers import Answers
from pipeline.publish.artifacts import EntryArtifacts
from pipeline.publish.exported import add_exports
from pipeline.publish.localizer import Localizer
from pipeline.publish.route_document import route_document
from pipeline.publish.site_document import site_document
from pipeline.schema.route import Line


def answer_site(
    record: SiteRecord,
    built: EntryArtifacts,
    speakers: Mapping[str, Localizer],
    routes: tuple[str, ...],
    answers: Answers,
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
    built: EntryArtifacts,
    speakers: Mapping[str, Localizer],
    packs: Mapping[str, str],
    answers: Answers,
) -> None:
    """Keep all answers about a route but its packs."""
    links = add_exports(record, answers)
    for language in LANGUAGES:
        document = route_document(record, line, built, speakers[language], links[language], packs)
        answers.add_document(addresses.api("routes", record.slug), language, document)
