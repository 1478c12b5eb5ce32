"""Make every answer about one site or route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.exports.geojson import site_feature
from pipeline.exports.jsonld import json_bytes
from pipeline.exports.record import RouteRecord, SiteRecord
from pipeline.languages.languages import LANGUAGES
from pipeline.manifest.route import Line, Route
from pipeline.manifest.site import Card, Site
from pipeline.publishing import addresses
from pipeline.publishing.answers import Answers
from pipeline.publishing.built import Built
from pipeline.publishing.exported import add_exports
from pipeline.publishing.route_document import route_document
from pipeline.publishing.site_document import card, site_document
from pipeline.publishing.speaker import Speaker


@dataclass(frozen=True)
class SiteAnswers:
    """What is said of a site, by language.

    features : it as one Feature of GeoJSON
    """

    documents: dict[str, Site] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    features: dict[str, bytes] = field(default_factory=dict)


def answer_site(
    record: SiteRecord, built: Built, speakers: Mapping[str, Speaker], routes: tuple[str, ...], answers: Answers
) -> SiteAnswers:
    """Keep all answers about a site; returns its documents."""
    links, said = add_exports(record, answers), SiteAnswers()
    for language in LANGUAGES:
        document = site_document(record, built, speakers[language], links[language], routes)
        answers.add_document(addresses.api("sites", record.slug), language, document)
        said.documents[language], said.cards[language] = document, card(document)
        said.features[language] = json_bytes(site_feature(record, language))
    return said


def answer_route(
    record: RouteRecord,
    line: Line,
    built: Built,
    speakers: Mapping[str, Speaker],
    packs: Mapping[str, str],
    answers: Answers,
) -> dict[str, Route]:
    """Keep all answers about a route but its packs; returns its documents by language."""
    links, documents = add_exports(record, answers), dict[str, Route]()
    for language in LANGUAGES:
        documents[language] = route_document(record, line, built, speakers[language], links[language], packs)
        answers.add_document(addresses.api("routes", record.slug), language, documents[language])
    return documents
