"""LIDO 1.1 for museums and collections, with a section for each language."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from carreau.base.terms import licence_url
from carreau.catalogue.site import Dated, Fact
from carreau.exports.record import ModelFile, SiteRecord, StateRecord, Texts, refuse_apart, require_kind
from carreau.exports.serializers import (
    APPROXIMATE,
    BASIN,
    DISPUTED,
    EVENTS,
    KINDS,
    UNREVIEWED,
    UNVERIFIED,
    Phrase,
    add,
    add_texts,
    begin,
    evidence,
    iso_ends,
    label_in,
    xml_bytes,
)


def classification(parent: Element, record: SiteRecord, code: str) -> None:
    """Add the kind of the site."""
    wrap = add(add(parent, "lido:objectClassificationWrap"), "lido:objectWorkTypeWrap")
    add(add(wrap, "lido:objectWorkType"), "lido:term", *label_in(KINDS[record.entry.of.kind], code))


def identification(parent: Element, record: SiteRecord, code: str) -> None:
    """Add names, notes and facts, each with its source and doubts."""
    site, wrap = record.entry.of, add(parent, "lido:objectIdentificationWrap")
    titles = add(wrap, "lido:titleWrap")
    for texts in (record.names(), *record.other_names()):
        if code in texts:
            add(add(titles, "lido:titleSet"), "lido:appellationValue", texts[code].text, code)
    notes = add(wrap, "lido:objectDescriptionWrap")
    for kind, texts in _notes(record):
        _note(notes, kind, texts, code)
    for number, fact in enumerate(site.fact):
        _fact(notes, record, number, fact, code)
    if site.confidence != "high":
        _remark(notes, "confidence", UNVERIFIED, code)
    if code in record.list_unreviewed():
        _remark(notes, "translation", UNREVIEWED, code)
    if not len(notes):
        wrap.remove(notes)


def _notes(record: SiteRecord) -> tuple[tuple[str, Texts], ...]:
    return (
        ("summary", record.summaries()),
        ("description", record.descriptions()),
        ("period", record.text("period_note")),
        ("company", record.text("company")),
        *((key, record.text("visit", key)) for key in ("see_today", "access", "safety", "accessibility")),
        *((key, record.text("inscription", key)) for key in ("interest", "protection")),
    )


def _note(notes: Element, kind: str, texts: Texts, code: str) -> None:
    if code in texts:
        note = add(notes, "lido:objectDescriptionSet", lido__type=kind)
        add(note, "lido:descriptiveNoteValue", texts[code].text, code)


def _remark(notes: Element, kind: str, phrase: Phrase, code: str) -> None:
    note = add(notes, "lido:objectDescriptionSet", lido__type=kind)
    add(note, "lido:descriptiveNoteValue", *label_in(phrase, code))


def _fact(notes: Element, record: SiteRecord, number: int, fact: Fact, code: str) -> None:
    """Add a fact, unless it has no value."""
    label, value = record.text("fact", number, "label"), record.text("fact", number, "value")
    value_text = (
        f"{fact.value:.12g}" if isinstance(fact.value, int | float) else value[code].text if code in value else ""
    )
    if code not in label or not value_text:
        return
    note = add(notes, "lido:objectDescriptionSet", lido__type=fact.name)
    text = f"{label[code].text} – {value_text} {fact.unit}".strip()
    add(note, "lido:descriptiveNoteValue", text, code)
    more = record.text("fact", number, "note")
    if code in more:
        add(note, "lido:descriptiveNoteValue", more[code].text, code)
    if fact.disputed:
        add(note, "lido:descriptiveNoteValue", *label_in(DISPUTED, code))
    if fact.source:
        add(note, "lido:sourceDescriptiveNote", fact.source)


def events(parent: Element, record: SiteRecord, code: str) -> None:
    """Add events and architects."""
    site = record.entry.of
    if not site.date and not site.architect:
        return
    wrap = add(parent, "lido:eventWrap")
    for number, dated in enumerate(site.date):
        _event(add(add(wrap, "lido:eventSet"), "lido:event"), record, number, dated, code)
    if site.architect:
        event = add(add(wrap, "lido:eventSet"), "lido:event")
        add(add(event, "lido:eventType"), "lido:term", *label_in({"fr": "conception", "en": "designing"}, code))
    for number, architect in enumerate(site.architect):
        in_role = add(add(event, "lido:eventActor"), "lido:actorInRole")
        add(add(add(in_role, "lido:actor"), "lido:nameActorSet"), "lido:appellationValue", architect.name)
        role = record.text("architect", number, "role")
        if code in role:
            add(add(in_role, "lido:roleActor"), "lido:term", role[code].text, code)
        if architect.source:
            add(in_role, "lido:sourceActorInRole", architect.source)


def _event(event: Element, record: SiteRecord, number: int, dated: Dated, code: str) -> None:
    add(add(event, "lido:eventType"), "lido:term", *label_in(EVENTS[dated.event], code))
    label, part = record.text("date", number, "label"), record.text("date", number, "of")
    if code in label:
        add(add(event, "lido:eventName"), "lido:appellationValue", label[code].text, code)
    if dated.when is not None:
        first, last = iso_ends(dated.when)
        when = add(event, "lido:eventDate")
        add(when, "lido:displayDate", dated.when.text)
        span = add(when, "lido:date")
        for name, end in (("lido:earliestDate", first), ("lido:latestDate", last)):
            if end:
                add(span, name, end)
    about = add(event, "lido:eventDescriptionSet")
    if code in part:
        add(about, "lido:descriptiveNoteValue", part[code].text, code)
    if dated.disputed:
        add(about, "lido:descriptiveNoteValue", *label_in(DISPUTED, code))
    if dated.when is not None and dated.when.is_about:
        add(about, "lido:descriptiveNoteValue", *label_in(APPROXIMATE, code))
    if dated.source:
        add(about, "lido:sourceDescriptiveNote", dated.source)
    if not len(about):
        event.remove(about)


def relations(parent: Element, record: SiteRecord, code: str) -> None:
    """Add keywords, place and World Heritage site."""
    site, wrap = record.entry.of, add(parent, "lido:objectRelationWrap")
    subject = add(add(add(wrap, "lido:subjectWrap"), "lido:subjectSet"), "lido:subject")
    for texts in record.texts("keywords"):
        if code in texts:
            add(add(subject, "lido:subjectConcept"), "lido:term", texts[code].text, code)
    place = add(add(subject, "lido:subjectPlace"), "lido:place")
    for name in record.communes:
        add(add(place, "lido:namePlaceSet"), "lido:appellationValue", name, "fr")
    if site.position is not None and site.position.lon is not None and site.position.lat is not None:
        point = add(add(place, "lido:gml"), "gml:Point", srsName="urn:ogc:def:crs:EPSG::4326")
        add(point, "gml:pos", f"{site.position.lat} {site.position.lon}")
    if site.inscription is not None and site.inscription.list == 1360:
        related = add(add(add(wrap, "lido:relatedWorksWrap"), "lido:relatedWorkSet"), "lido:relatedWork")
        element = add(related, "lido:object")
        add(element, "lido:objectWebResource", "https://whc.unesco.org/en/list/1360")
        add(element, "lido:objectNote", *label_in(BASIN, code))


_LOCAL = "http://terminology.lido-schema.org/identifier_type/local_identifier"
_URI = "http://terminology.lido-schema.org/lido00099"


def lido(record: SiteRecord) -> bytes:
    """Return a site, with a resource for each file of its models where there are some.

    Raises NothingToExportError for a demonstration.
    """
    refuse_apart(record)
    require_kind(record)
    root = begin("lido:lido")
    add(root, "lido:lidoRecID", record.slug, lido__type=_LOCAL, lido__source=record.urls.base)
    add(root, "lido:objectPublishedID", record.urls.site(record.slug), lido__type=_URI)
    for code in record.names():
        described = add(root, "lido:descriptiveMetadata", lang=code)
        classification(described, record, code)
        identification(described, record, code)
        events(described, record, code)
        relations(described, record, code)
    administrative = add(root, "lido:administrativeMetadata", lang="fr")
    _record(administrative, record)
    _resources(administrative, record)
    return xml_bytes(root)


def _record(administrative: Element, record: SiteRecord) -> None:
    wrap, edition = add(administrative, "lido:recordWrap"), record.edition
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


def _resources(administrative: Element, record: SiteRecord) -> None:
    if record.models:
        wrap = add(administrative, "lido:resourceWrap")
        for model in record.models:
            for file in model.files:
                _resource(add(wrap, "lido:resourceSet"), record, model, file)


def _resource(resource: Element, record: SiteRecord, model: StateRecord, file: ModelFile) -> None:
    state, number = model.state, record.states.index(model)
    representation = add(resource, "lido:resourceRepresentation", lido__type=file.level)
    add(representation, "lido:linkResource", file.url, lido__formatResource=file.media_type)
    add_texts(resource, "lido:resourceDescription", record.state_titles(number))
    add_texts(resource, "lido:resourceDescription", evidence(state.shown_as, state.evidence))
    add_texts(resource, "lido:resourceDescription", record.text("state", number, "note"))
    if state.author:
        source = add(resource, "lido:resourceSource")
        add(add(source, "lido:legalBodyName"), "lido:appellationValue", state.author)
    _rights(resource, "lido:rightsResource", state.credit, state.licence)
