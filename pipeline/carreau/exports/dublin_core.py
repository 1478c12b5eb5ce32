"""Dublin Core of sites and routes, and its words in the XMP that is embedded in models."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from carreau.base.terms import licence_url
from carreau.exports.record import RouteRecord, SiteRecord, StateRecord
from carreau.exports.serializers import (
    BASIN,
    DEMONSTRATION,
    DISPUTED,
    KINDS,
    STANDINGS,
    UNVERIFIED,
    add,
    add_texts,
    begin,
    evidence,
    note_unreviewed,
    plain_texts,
    xml_bytes,
)
from carreau.formats.writers.xmp_packet import UNSAID, alternatives, in_order, packet, together


def dublin_core_site(record: SiteRecord) -> bytes:
    """Return a site; with a model its type is InteractiveResource, without one it has none."""
    site, root = record.entry.of, begin("oai_dc:dc")
    _titles(root, record)
    for texts in record.other_names():
        add_texts(root, "dc:title", texts)
    add(root, "dc:identifier", record.urls.site(record.slug))
    if site.inscription is not None and site.inscription.element:
        add(root, "dc:identifier", f"Mission Bassin Minier: {site.inscription.element}")
    add_texts(root, "dc:type", KINDS.get(site.kind, {}))
    if record.models:
        add(root, "dc:type", "InteractiveResource")
    for media_type in dict.fromkeys(file.media_type for model in record.models for file in model.files):
        add(root, "dc:format", media_type)
    for texts in record.texts("keywords"):
        add_texts(root, "dc:subject", texts)
    for architect in site.architect:
        add(root, "dc:creator", architect.name)
    _coverage(root, record)
    _doubts(root, record)
    _rest(root, record)
    for model in record.models:
        add_texts(root, "dc:description", evidence(model.state.shown_as, model.state.evidence))
        _rights(root, model.state.credit, model.state.licence)
    return xml_bytes(root)


def dublin_core_route(record: RouteRecord) -> bytes:
    """Return a route, its stops as relations."""
    root = begin("oai_dc:dc")
    _titles(root, record)
    add(root, "dc:identifier", record.urls.route(record.slug))
    add_texts(root, "dc:type", {"fr": "itinéraire", "en": "route"})
    add_texts(root, "dc:description", STANDINGS[record.entry.of.standing])
    for commune in dict.fromkeys(stop.commune for stop in record.stops() if stop.commune):
        add(root, "dc:coverage", commune, "fr")
    for stop in record.stops():
        if stop.site is not None:
            add(root, "dc:relation", record.urls.site(stop.site.slug))
        else:
            add_texts(root, "dc:relation", stop.names)
    _rest(root, record)
    return xml_bytes(root)


def _titles(root: Element, record: SiteRecord | RouteRecord) -> None:
    add_texts(root, "dc:title", record.names())
    add_texts(root, "dc:description", record.summaries())
    add_texts(root, "dc:description", record.descriptions())
    for code in record.names():
        add(root, "dc:language", code)
    add_texts(root, "dc:description", note_unreviewed(record.list_unreviewed()))


def _coverage(root: Element, record: SiteRecord) -> None:
    site = record.entry.of
    for commune in record.communes:
        add(root, "dc:coverage", commune, "fr")
    if site.position is not None and site.position.lon is not None and site.position.lat is not None:
        # DCMI Point, https://www.dublincore.org/specifications/dublin-core/dcmi-point/
        add(root, "dc:coverage", f"east={site.position.lon}; north={site.position.lat}; projection=WGS84")
    if site.period is not None:
        add(root, "dc:coverage", site.period.text)
    add_texts(root, "dc:coverage", record.text("period_note"))
    if site.inscription is not None and site.inscription.list == 1360:
        add_texts(root, "dc:relation", BASIN)


def _doubts(root: Element, record: SiteRecord) -> None:
    """Add the doubts: an unverified entry, and each date and fact on which sources disagree."""
    if record.entry.of.demonstration:
        add_texts(root, "dc:description", DEMONSTRATION)
    if record.entry.of.confidence != "high":
        add_texts(root, "dc:description", UNVERIFIED)
    for key in ("date", "fact"):
        for number, each in enumerate(getattr(record.entry.of, key)):
            if each.disputed:
                label = record.text(key, number, "label")
                phrase = {code: label.get(code, label.get("fr")) for code in DISPUTED}
                texts = {code: f"{each.text} — {DISPUTED[code]}" for code, each in phrase.items() if each is not None}
                add_texts(root, "dc:description", texts)


def _rest(root: Element, record: SiteRecord | RouteRecord) -> None:
    add(root, "dc:publisher", record.edition.publisher) if record.edition.publisher else None
    add(root, "dc:date", record.edition.day) if record.edition.day else None
    for source in record.entry.of.source:
        add(root, "dc:source", ", ".join(text for text in (source.title, source.url) if text))
    for rights in record.entry.of.rights:
        _rights(root, rights.credit, rights.licence)


def _rights(root: Element, credit: str, licence: str) -> None:
    text = ", ".join(text for text in (credit, licence) if text)
    if text:
        add(root, "dc:rights", text)
    if licence_url(licence):
        add(root, "dc:rights", licence_url(licence))


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
            "skos:editorialNote": alternatives(_words_of_doubt(record)),
            "xmpRights:UsageTerms": alternatives({UNSAID: state.licence}),
            "xmpRights:WebStatement": licence_url(state.licence),
        }
    )


def model_packet(record: SiteRecord, model: StateRecord) -> dict[str, Any]:
    """Return the metadata embedded in published models: without summaries and keywords.

    Those change often, and every phone would download a changed model again; the page in `dc:source` has them.
    """
    return {key: value for key, value in state_packet(record, model).items() if key not in _OF_THE_PAGE}


def _words_of_doubt(record: SiteRecord) -> dict[str, str]:
    site = record.entry.of
    is_disputed = any(each.disputed for each in site.date) or any(each.disputed for each in site.fact)
    phrases = [
        DEMONSTRATION if site.demonstration else {},
        UNVERIFIED if site.confidence != "high" else {},
        DISPUTED if is_disputed else {},
        note_unreviewed(record.list_unreviewed()),
    ]
    return {code: " ".join(phrase[code] for phrase in phrases if phrase) for code in ("fr", "en")}
