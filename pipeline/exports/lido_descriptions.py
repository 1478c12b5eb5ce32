"""Say in one language what a site is, in LIDO's order: kind, names and notes, events, and what it belongs to."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pipeline.catalogue.site import Dated, Fact
from pipeline.exports.dates import iso_ends
from pipeline.exports.labels import (
    APPROXIMATE,
    BASIN,
    DISPUTED,
    EVENTS,
    KINDS,
    UNREVIEWED,
    UNVERIFIED,
    Phrase,
    spoken_in,
)
from pipeline.exports.record import SiteRecord, Texts
from pipeline.exports.xml import add


def classification(parent: Element, record: SiteRecord, code: str) -> None:
    """Add what kind of thing it is."""
    wrap = add(add(parent, "lido:objectClassificationWrap"), "lido:objectWorkTypeWrap")
    add(add(wrap, "lido:objectWorkType"), "lido:term", *spoken_in(KINDS[record.entry.of.kind], code))


def identification(parent: Element, record: SiteRecord, code: str) -> None:
    """Add names, notes and facts, each with its source and what is doubted about it."""
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
    if code in record.unreviewed():
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
    add(note, "lido:descriptiveNoteValue", *spoken_in(phrase, code))


def _fact(notes: Element, record: SiteRecord, number: int, fact: Fact, code: str) -> None:
    """Add a fact; one without a value is a question, and left out."""
    label, value = record.text("fact", number, "label"), record.text("fact", number, "value")
    known = f"{fact.value:.12g}" if isinstance(fact.value, int | float) else value[code].text if code in value else ""
    if code not in label or not known:
        return
    note = add(notes, "lido:objectDescriptionSet", lido__type=fact.name)
    said = f"{label[code].text} – {known} {fact.unit}".strip()
    add(note, "lido:descriptiveNoteValue", said, code)
    more = record.text("fact", number, "note")
    if code in more:
        add(note, "lido:descriptiveNoteValue", more[code].text, code)
    if fact.disputed:
        add(note, "lido:descriptiveNoteValue", *spoken_in(DISPUTED, code))
    if fact.source:
        add(note, "lido:sourceDescriptiveNote", fact.source)


def events(parent: Element, record: SiteRecord, code: str) -> None:
    """Add what happened, and who designed it."""
    site = record.entry.of
    if not site.date and not site.architect:
        return
    wrap = add(parent, "lido:eventWrap")
    for number, dated in enumerate(site.date):
        _event(add(add(wrap, "lido:eventSet"), "lido:event"), record, number, dated, code)
    if site.architect:
        event = add(add(wrap, "lido:eventSet"), "lido:event")
        add(add(event, "lido:eventType"), "lido:term", *spoken_in({"fr": "conception", "en": "designing"}, code))
    for number, architect in enumerate(site.architect):
        in_role = add(add(event, "lido:eventActor"), "lido:actorInRole")
        add(add(add(in_role, "lido:actor"), "lido:nameActorSet"), "lido:appellationValue", architect.name)
        role = record.text("architect", number, "role")
        if code in role:
            add(add(in_role, "lido:roleActor"), "lido:term", role[code].text, code)
        if architect.source:
            add(in_role, "lido:sourceActorInRole", architect.source)


def _event(event: Element, record: SiteRecord, number: int, dated: Dated, code: str) -> None:
    add(add(event, "lido:eventType"), "lido:term", *spoken_in(EVENTS[dated.event], code))
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
        add(about, "lido:descriptiveNoteValue", *spoken_in(DISPUTED, code))
    if dated.when is not None and dated.when.is_about:
        add(about, "lido:descriptiveNoteValue", *spoken_in(APPROXIMATE, code))
    if dated.source:
        add(about, "lido:sourceDescriptiveNote", dated.source)
    if not len(about):
        event.remove(about)


def relations(parent: Element, record: SiteRecord, code: str) -> None:
    """Add its keywords, where it lies, and the World Heritage that it is part of."""
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
        listed = add(related, "lido:object")
        add(listed, "lido:objectWebResource", "https://whc.unesco.org/en/list/1360")
        add(listed, "lido:objectNote", *spoken_in(BASIN, code))
