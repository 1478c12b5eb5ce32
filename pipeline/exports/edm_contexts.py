"""Say what an EDM record refers to: where, when, what kind of thing, and the service that shows it."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pipeline.catalogue.dates import When
from pipeline.exports.dates import iso_ends
from pipeline.exports.labels import APPROXIMATE, DISPUTED, KINDS, UNVERIFIED, Phrase, unreviewed
from pipeline.exports.record import SiteRecord, Texts
from pipeline.exports.xml import add, add_texts


def place(root: Element, record: SiteRecord) -> None:
    """Add where a site lies; its notes say what nobody has verified or reviewed, for which EDM has no other room."""
    site = record.entry.of
    made = add(root, "edm:Place", rdf__about=record.urls.part(record.slug, "contexts", "place"))
    if site.position is not None and site.position.lat is not None and site.position.lon is not None:
        add(made, "wgs84_pos:lat", f"{site.position.lat:.7g}")
        add(made, "wgs84_pos:long", f"{site.position.lon:.7g}")
    for name in record.communes:
        add(made, "skos:altLabel" if name != site.commune else "skos:prefLabel", name, "fr")
    add_texts(made, "skos:note", UNVERIFIED if site.confidence != "high" else {})
    add_texts(made, "skos:note", unreviewed(record.unreviewed()))


def times(root: Element, record: SiteRecord) -> None:
    """Add when it was made and what happened since, each with what is doubted about it."""
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
    made = add(root, "edm:TimeSpan", rdf__about=record.urls.part(record.slug, "contexts", name))
    first, last = iso_ends(when)
    if label:
        add_texts(made, "skos:prefLabel", label)
    elif when is not None:
        add(made, "skos:prefLabel", when.text)
    add_texts(made, "skos:note", note)
    add_texts(made, "skos:note", doubt)
    add_texts(made, "skos:note", APPROXIMATE if when is not None and when.is_about else {})
    if first:
        add(made, "edm:begin", first)
    if last:
        add(made, "edm:end", last)


def concept(root: Element, record: SiteRecord) -> None:
    """Add what kind of thing it is."""
    made = add(root, "skos:Concept", rdf__about=record.urls.part(record.slug, "contexts", "kind"))
    add_texts(made, "skos:prefLabel", KINDS[record.entry.of.kind])


def service(root: Element, record: SiteRecord) -> None:
    """Add our oEmbed."""
    made = add(root, "svcs:Service", rdf__about=record.urls.oembed_service())
    add(made, "dcterms:conformsTo", rdf__resource="https://oembed.com/")
