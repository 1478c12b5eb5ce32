"""Hand a site to museums and collections: LIDO 1.1, with a section for each language that names it."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pipeline.exports.demonstration_filter import refuse_demonstration
from pipeline.exports.labels import evidence
from pipeline.exports.lido_descriptions import classification, events, identification, relations
from pipeline.exports.record import ModelFile, SiteRecord, StateRecord
from pipeline.exports.rights import licence_url
from pipeline.exports.xml import add, add_texts, begin, xml_bytes

_LOCAL = "http://terminology.lido-schema.org/identifier_type/local_identifier"
_URI = "http://terminology.lido-schema.org/lido00099"


def lido(record: SiteRecord) -> bytes:
    """Return a site, with a resource for each file of its models where there are some.

    Raises NothingToExportError for a demonstration.
    """
    refuse_demonstration(record)
    root = begin("lido:lido")
    add(root, "lido:lidoRecID", record.slug, lido__type=_LOCAL, lido__source=record.urls.base)
    add(root, "lido:objectPublishedID", record.urls.site(record.slug), lido__type=_URI)
    for code in record.names():
        described = add(root, "lido:descriptiveMetadata", lang=code)
        classification(described, record, code)
        identification(described, record, code)
        events(described, record, code)
        relations(described, record, code)
    kept = add(root, "lido:administrativeMetadata", lang="fr")
    _record(kept, record)
    _resources(kept, record)
    return xml_bytes(root)


def _record(kept: Element, record: SiteRecord) -> None:
    wrap, edition = add(kept, "lido:recordWrap"), record.edition
    add(wrap, "lido:recordID", record.slug, lido__type=_LOCAL)
    kind = add(wrap, "lido:recordType")
    add(kind, "lido:term", "objet individuel", "fr")
    source = add(wrap, "lido:recordSource")
    if edition.publisher:
        add(add(source, "lido:legalBodyName"), "lido:appellationValue", edition.publisher)
    add(source, "lido:legalBodyWeblink", edition.homepage or record.urls.base)
    for rights in record.entry.of.rights:
        _rights(wrap, "lido:recordRights", rights.credit, rights.licence)
    about = add(wrap, "lido:recordInfoSet")
    add(about, "lido:recordInfoLink", record.urls.page(record.slug, "fr"), lido__formatResource="text/html")
    if record.modified or edition.day:
        add(about, "lido:recordMetadataDate", record.modified or edition.day)


def _rights(parent: Element, name: str, credit: str, licence: str) -> None:
    if not credit and not licence:
        return
    rights = add(parent, name)
    if licence:
        kind = add(rights, "lido:rightsType")
        if licence_url(licence):
            add(kind, "lido:conceptID", licence_url(licence), lido__type=_URI)
        add(kind, "lido:term", licence)
    if credit:
        add(rights, "lido:creditLine", credit)


def _resources(kept: Element, record: SiteRecord) -> None:
    if record.models:
        wrap = add(kept, "lido:resourceWrap")
        for made in record.models:
            for file in made.files:
                _resource(add(wrap, "lido:resourceSet"), record, made, file)


def _resource(resource: Element, record: SiteRecord, made: StateRecord, file: ModelFile) -> None:
    state, number = made.state, record.states.index(made)
    shown = add(resource, "lido:resourceRepresentation", lido__type=file.level)
    add(shown, "lido:linkResource", file.url, lido__formatResource=file.media_type)
    add_texts(resource, "lido:resourceDescription", record.text("state", number, "title"))
    add_texts(resource, "lido:resourceDescription", evidence(state.kind, state.evidence))
    add_texts(resource, "lido:resourceDescription", record.text("state", number, "note"))
    if state.author:
        source = add(resource, "lido:resourceSource")
        add(add(source, "lido:legalBodyName"), "lido:appellationValue", state.author)
    _rights(resource, "lido:rightsResource", state.credit, state.licence)
