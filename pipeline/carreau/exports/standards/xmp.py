"""XMP metadata of a site, embedded in the GLBs of its states."""

from __future__ import annotations

from typing import Any

from carreau.base.licences import licence_url
from carreau.exports.records.export_labels import DEMONSTRATION, DISPUTED, KINDS, UNVERIFIED, evidence, unreviewed
from carreau.exports.records.record import SiteRecord, StateRecord
from carreau.exports.records.serializers import plain_texts
from carreau.formats.writers.xmp_packet import UNSAID, alternatives, in_order, packet, together

_OF_THE_PAGE = ("dc:description", "dc:subject")


def state_packet(record: SiteRecord, model: StateRecord) -> dict[str, Any]:
    """Return the metadata of a state: names and summaries in all languages, place, time, evidence, doubts, rights.

    Descriptions are left to the page in `dc:source`: in five languages they would be a tenth of a preview model.
    """
    state, site = model.state, record.entry.of
    credit = ", ".join(dict.fromkeys(text for text in (state.credit, state.author, state.licence) if text))
    when = state.date.text if state.date is not None else ""
    kinds = [KINDS[site.kind]["en"]] if site.kind else []
    return packet(
        {
            "dc:title": alternatives(plain_texts(record.names())),
            "dc:description": alternatives(plain_texts(record.summaries())),
            "dc:type": together([evidence(state.shown_as, state.evidence)["en"], *kinds]),
            "dc:creator": in_order([state.author] if state.author else []),
            "dc:publisher": together([record.edition.publisher] if record.edition.publisher else []),
            "dc:identifier": record.urls.part(record.slug, "states", state.id),
            "dc:source": record.urls.page(record.slug, "fr"),
            "dc:coverage": ", ".join(record.communes),
            "dc:subject": together(
                [text for texts in record.texts("keywords") for text in plain_texts(texts).values()]
            ),
            "dc:language": together(list(record.names())),
            "dc:format": "model/gltf-binary",
            "dc:rights": alternatives({UNSAID: credit}),
            "dcterms:created": when if state.is_capture else "",
            "dcterms:temporal": when if not state.is_capture else "",
            "skos:editorialNote": alternatives(_doubts(record)),
            "xmpRights:UsageTerms": alternatives({UNSAID: state.licence}),
            "xmpRights:WebStatement": licence_url(state.licence),
        }
    )


def model_packet(record: SiteRecord, model: StateRecord) -> dict[str, Any]:
    """Return the metadata embedded in published models: without summaries and keywords.

    Those change often, and every phone would download a changed model again; the page in `dc:source` has them.
    """
    return {key: value for key, value in state_packet(record, model).items() if key not in _OF_THE_PAGE}


def _doubts(record: SiteRecord) -> dict[str, str]:
    site = record.entry.of
    is_disputed = any(each.disputed for each in site.date) or any(each.disputed for each in site.fact)
    phrases = [
        DEMONSTRATION if site.demonstration else {},
        UNVERIFIED if site.confidence != "high" else {},
        DISPUTED if is_disputed else {},
        unreviewed(record.unreviewed()),
    ]
    return {code: " ".join(phrase[code] for phrase in phrases if phrase) for code in ("fr", "en")}
