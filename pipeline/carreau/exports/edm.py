"""Europeana Data Model (EDM) of sites with a model, shown by our oEmbed (Europeana, EDM for 3D, 2025)."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from carreau.base.levels import ARCHIVE, by_detail
from carreau.base.messages import message
from carreau.base.terms import rights_uri
from carreau.catalogue.table_reader import When
from carreau.exports.record import (
    ModelFile,
    NothingToExportError,
    SiteRecord,
    StateRecord,
    Texts,
    refuse_apart,
    require_kind,
)
from carreau.exports.serializers import (
    APPROXIMATE,
    BASIN,
    DISPUTED,
    KINDS,
    UNVERIFIED,
    Phrase,
    add,
    add_texts,
    begin,
    evidence,
    iso_ends,
    note_unreviewed,
    xml_bytes,
)


def place(root: Element, record: SiteRecord) -> None:
    """Add the place of a site; its notes list what is unverified, for which EDM has no other property."""
    site = record.entry.of
    element = add(root, "edm:Place", rdf__about=record.urls.part(record.slug, "contexts", "place"))
    if site.position is not None and site.position.lat is not None and site.position.lon is not None:
        add(element, "wgs84_pos:lat", f"{site.position.lat:.7g}")
        add(element, "wgs84_pos:long", f"{site.position.lon:.7g}")
    for name in record.communes:
        add(element, "skos:altLabel" if name != site.commune else "skos:prefLabel", name, "fr")
    add_texts(element, "skos:note", UNVERIFIED if site.confidence != "high" else {})
    add_texts(element, "skos:note", note_unreviewed(record.list_unreviewed()))


def times(root: Element, record: SiteRecord) -> None:
    """Add the dates, each with its doubts."""
    site = record.entry.of
    if site.period is not None or site.period_note:
        _span(root, record, "period", site.period, {}, record.text("period_note"), {})
    for number, dated in enumerate(site.date):
        label = record.text("date", number, "label")
        disputed = DISPUTED if dated.disputed else {}
        _span(root, record, f"date-{number + 1}", dated.when, label, record.text("date", number, "of"), disputed)


def _span(
    root: Element, record: SiteRecord, name: str, when: When | None, label: Texts, note: Texts, doubt: Phrase
) -> None:
    element = add(root, "edm:TimeSpan", rdf__about=record.urls.part(record.slug, "contexts", name))
    first, last = iso_ends(when)
    if label:
        add_texts(element, "skos:prefLabel", label)
    elif when is not None:
        add(element, "skos:prefLabel", when.text)
    add_texts(element, "skos:note", note)
    add_texts(element, "skos:note", doubt)
    add_texts(element, "skos:note", APPROXIMATE if when is not None and when.is_about else {})
    if first:
        add(element, "edm:begin", first)
    if last:
        add(element, "edm:end", last)


def concept(root: Element, record: SiteRecord) -> None:
    """Add the kind of the site."""
    element = add(root, "skos:Concept", rdf__about=record.urls.part(record.slug, "contexts", "kind"))
    add_texts(element, "skos:prefLabel", KINDS[record.entry.of.kind])


def service(root: Element, record: SiteRecord) -> None:
    """Add our oEmbed."""
    element = add(root, "svcs:Service", rdf__about=record.urls.oembed_service())
    add(element, "dcterms:conformsTo", rdf__resource="https://oembed.com/")


_SOURCE_TYPES = "https://cv.iptc.org/newscodes/digitalsourcetype/"
_VOCABULARY = "http://data.europeana.eu/vocabulary/"
_LEVELS = (*by_detail(), ARCHIVE)
"""The best that a large screen can show comes first."""


def edm(record: SiteRecord) -> bytes:
    """Return a site as EDM: the place itself, its models, and our viewer with the first of them.

    Scans come before reconstructions. Raises NothingToExportError for a site without a model, a licence that Europeana
    does not accept, a demonstration, and an edition without publisher or aggregator.
    """
    _refuse(record)
    models = _models(record)
    root = begin("rdf:RDF")
    _object(root, record)
    _viewer(root, record, *models[0])
    for model, file in models:
        _model(root, record, model, file)
    place(root, record)
    times(root, record)
    concept(root, record)
    _aggregation(root, record, models)
    service(root, record)
    return xml_bytes(root)


def _models(record: SiteRecord) -> list[tuple[StateRecord, ModelFile]]:
    """Return the states that Europeana accepts, each with its best file."""
    models = [
        (model, file)
        for model in record.models
        if (file := model.first(*_LEVELS)) is not None and rights_uri(model.state.licence)
    ]
    return sorted(models, key=lambda each: not each[0].state.is_capture)


def _refuse(record: SiteRecord) -> None:
    refuse_apart(record)
    require_kind(record)
    where, edition = record.entry.document.name, record.edition
    if not record.models:
        raise NothingToExportError(
            where, message("it has no model yet, and Europeana needs one to show"), message("build one")
        )
    if not _models(record):
        licences = tuple(dict.fromkeys(model.state.licence or "none" for model in record.models))
        raise NothingToExportError(
            f"{where}, state, licence",
            message("Europeana does not accept the licence %(licences)s", licences=licences),
            message("if its owner agrees, add another: etalab-2.0 OR CC-BY-4.0"),
        )
    if not edition.publisher or not edition.aggregator:
        raise NothingToExportError(
            where,
            message("Europeana requires a data provider and an aggregator"),
            message("name them with --publisher and --aggregator"),
        )


def _object(root: Element, record: SiteRecord) -> None:
    site, urls = record.entry.of, record.urls
    cho = add(root, "edm:ProvidedCHO", rdf__about=urls.site(record.slug))
    for architect in site.architect:
        add(cho, "dc:creator", architect.name)
    add_texts(cho, "dc:description", record.summaries())
    add_texts(cho, "dc:description", record.descriptions())
    add(cho, "dc:identifier", record.slug)
    if site.inscription is not None and site.inscription.element:
        add(cho, "dc:identifier", f"Mission Bassin Minier: {site.inscription.element}")
    for texts in record.texts("keywords"):
        add_texts(cho, "dc:subject", texts)
    add_texts(cho, "dc:title", record.names())
    add(cho, "dc:type", rdf__resource=urls.part(record.slug, "contexts", "kind"))
    for texts in record.other_names():
        add_texts(cho, "dcterms:alternative", texts)
    if site.inscription is not None and site.inscription.list == 1360:
        add_texts(cho, "dcterms:isPartOf", BASIN)
    add(cho, "dcterms:spatial", rdf__resource=urls.part(record.slug, "contexts", "place"))
    if site.period is not None or site.period_note:
        add(cho, "dcterms:temporal", rdf__resource=urls.part(record.slug, "contexts", "period"))
    for number in range(len(site.date)):
        add(cho, "dcterms:temporal", rdf__resource=urls.part(record.slug, "contexts", f"date-{number + 1}"))
    add(cho, "edm:type", "3D")


def _viewer(root: Element, record: SiteRecord, model: StateRecord, file: ModelFile) -> None:
    page = add(root, "edm:WebResource", rdf__about=_address(record))
    add(page, "dcterms:isFormatOf", rdf__resource=file.url)
    add(page, "edm:rights", rdf__resource=rights_uri(model.state.licence))
    add(page, "svcs:has_service", rdf__resource=record.urls.oembed_service())
    _digital(page, model)


def _model(root: Element, record: SiteRecord, model: StateRecord, file: ModelFile) -> None:
    state, number = model.state, record.states.index(model)
    resource = add(root, "edm:WebResource", rdf__about=file.url)
    if state.author:
        add(resource, "dc:creator", state.author)
    add_texts(resource, "dc:description", evidence(state.shown_as, state.evidence))
    add_texts(resource, "dc:description", record.text("state", number, "note"))
    add(resource, "dc:format", file.media_type)
    if state.credit:
        add(resource, "dc:rights", ", ".join((state.credit, state.licence)))
    for source in state.sources:
        add(resource, "dc:source", source)
    add(resource, "dc:type", rdf__resource=f"{_VOCABULARY}modelType/3DMesh")
    add_texts(resource, "dc:title", record.state_titles(number) or record.names())
    if state.date is not None:
        add(resource, "dcterms:created" if state.is_capture else "dcterms:temporal", state.date.text)
    add(resource, "edm:rights", rdf__resource=rights_uri(state.licence))
    if file.triangles is not None:
        add(resource, "edm:polygonCount", str(file.triangles))
    _digital(resource, model)


def _digital(resource: Element, model: StateRecord) -> None:
    source = "digitalCapture" if model.state.is_capture else "digitalCreation"
    add(resource, "edm:type", "3D")
    add(resource, "schema:digitalSourceType", rdf__resource=f"{_SOURCE_TYPES}{source}")
    for area in ("Education", "Tourism"):
        add(resource, "edm:intendedUsage", rdf__resource=f"{_VOCABULARY}usageArea/{area}")


def _address(record: SiteRecord) -> str:
    return record.urls.oembed(record.urls.page(record.slug, "fr"))


def _aggregation(root: Element, record: SiteRecord, models: list[tuple[StateRecord, ModelFile]]) -> None:
    urls, edition, model = record.urls, record.edition, models[0][0]
    element = add(root, "ore:Aggregation", rdf__about=urls.part(record.slug, "contexts", "aggregation"))
    add(element, "edm:aggregatedCHO", rdf__resource=urls.site(record.slug))
    add(element, "edm:dataProvider", edition.publisher)
    for _, file in models:
        add(element, "edm:hasView", rdf__resource=file.url)
    add(element, "edm:isShownAt", rdf__resource=urls.page(record.slug, "fr"))
    add(element, "edm:isShownBy", rdf__resource=_address(record))
    if model.poster_url:
        add(element, "edm:object", rdf__resource=model.poster_url)
    add(element, "edm:provider", edition.aggregator)
    add(element, "edm:rights", rdf__resource=rights_uri(model.state.licence))
