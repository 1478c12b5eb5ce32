"""Say what a site is in the words of schema.org: its place, what happened there, what is known, and what is doubted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.catalogue.site import Inscription, Position
from pipeline.exports.dates import iso_ends
from pipeline.exports.jsonld import filled, tagged
from pipeline.exports.labels import APPROXIMATE, BASIN, DEMONSTRATION, DISPUTED, UNVERIFIED
from pipeline.exports.record import SiteRecord

WORLD_HERITAGE = "https://whc.unesco.org/en/list/"


def place(record: SiteRecord) -> dict[str, Any]:
    """Return a site as `LandmarksOrHistoricalBuildings`; a demonstration is none, and only a work."""
    if record.entry.of.demonstration:
        return _demonstration(record)
    site, urls = record.entry.of, record.urls
    return filled(
        {
            "@id": urls.site(record.slug),
            "@type": "LandmarksOrHistoricalBuildings",
            "name": tagged(record.names()),
            "alternateName": [each for texts in record.other_names() for each in tagged(texts)],
            "description": tagged(record.descriptions() or record.summaries()),
            "disambiguatingDescription": tagged(record.summaries()) if record.descriptions() else [],
            "identifier": list(_identifiers(site.inscription)),
            "url": urls.page(record.slug, "fr"),
            "geo": coordinates(site.position),
            "address": {"@type": "PostalAddress", "addressLocality": site.commune, "addressCountry": "FR"},
            "containedInPlace": list(_around(record)),
            "hasMap": urls.document("sites", record.slug, "geojson"),
            "image": next((each.poster_url for each in record.models if each.poster_url), ""),
            "keywords": [each for texts in record.texts("keywords") for each in tagged(texts)],
            "event": [_event(record, number) for number in range(len(site.date))],
            "additionalProperty": [*_properties(record), *_facts(record)],
            "subjectOf": [{"@id": urls.part(record.slug, "states", each.state.id)} for each in record.models],
        }
    )


def _demonstration(record: SiteRecord) -> dict[str, Any]:
    return filled(
        {
            "@id": record.urls.site(record.slug),
            "@type": "CreativeWork",
            "name": tagged(record.names()),
            "description": tagged(record.descriptions() or record.summaries()),
            "disambiguatingDescription": tagged(DEMONSTRATION),
            "url": record.urls.page(record.slug, "fr"),
            "image": next((each.poster_url for each in record.models if each.poster_url), ""),
        }
    )


def coordinates(position: Position | None) -> dict[str, Any] | None:
    """Return a position, None where nobody knows it."""
    if position is None or position.lon is None or position.lat is None:
        return None
    return {"@type": "GeoCoordinates", "latitude": position.lat, "longitude": position.lon}


def _identifiers(inscription: Inscription | None) -> Iterator[dict[str, str]]:
    """Yield the ids as published; what was never seen is in none of them."""
    if inscription is not None:
        for house, value in (("Mission Bassin Minier", inscription.element), ("UNESCO", inscription.code)):
            if value:
                yield {"@type": "PropertyValue", "propertyID": house, "value": value}


def _around(record: SiteRecord) -> Iterator[dict[str, Any]]:
    site = record.entry.of
    yield from ({"@type": "City", "name": name} for name in record.communes)
    if site.inscription is not None and site.inscription.list is not None:
        listed = {"@type": "LandmarksOrHistoricalBuildings", "sameAs": f"{WORLD_HERITAGE}{site.inscription.list}"}
        yield listed | ({"name": tagged(BASIN)} if site.inscription.list == 1360 else {})


def _event(record: SiteRecord, number: int) -> dict[str, Any]:
    dated = record.entry.of.date[number]
    first, last = iso_ends(dated.when)
    is_about = dated.when is not None and dated.when.is_about
    doubts = [*(tagged(DISPUTED) if dated.disputed else []), *(tagged(APPROXIMATE) if is_about else [])]
    return filled(
        {
            "@type": "Event",
            "name": tagged(record.text("date", number, "label")) or dated.event,
            "description": tagged(record.text("date", number, "of")),
            "startDate": first,
            "endDate": last if last != first else "",
            "disambiguatingDescription": doubts,
            "subjectOf": cited(dated.source),
        }
    )


def cited(source: str) -> dict[str, str] | None:
    """Return where something was read."""
    return {"@type": "CreativeWork", "name": source} if source else None


def _facts(record: SiteRecord) -> Iterator[dict[str, Any]]:
    """Yield what is known; what nobody knows yet is left out."""
    for number, fact in enumerate(record.entry.of.fact):
        if fact.value is None or fact.value == "":
            continue
        value = tagged(record.text("fact", number, "value")) if isinstance(fact.value, str) else fact.value
        yield filled(
            {
                "@type": "PropertyValue",
                "propertyID": fact.name,
                "name": tagged(record.text("fact", number, "label")),
                "value": value,
                "unitText": fact.unit,
                "description": tagged(record.text("fact", number, "note")),
                "disambiguatingDescription": tagged(DISPUTED) if fact.disputed else [],
                "subjectOf": cited(fact.source),
            }
        )


_PLAIN = (
    ("company",),
    ("visit", "see_today"),
    ("visit", "access"),
    ("visit", "safety"),
    ("visit", "accessibility"),
    ("inscription", "component"),
    ("inscription", "typology"),
    ("inscription", "company"),
    ("inscription", "period"),
    ("inscription", "interest"),
    ("inscription", "protection"),
)


def _properties(record: SiteRecord) -> Iterator[dict[str, Any]]:
    """Yield what has no property of its own in schema.org, by its key in the site's file."""
    site = record.entry.of
    if site.period is not None or site.period_note:
        written = site.period.text if site.period is not None else ""
        yield _property("period", written or tagged(record.text("period_note")), tagged(record.text("period_note")))
    for key in _PLAIN:
        said = tagged(record.text(*key))
        if said:
            yield _property(".".join(key), said, subject=site.inscription.source if site.inscription else "")
    for number, architect in enumerate(site.architect):
        role = tagged(record.text("architect", number, "role"))
        yield _property("architect", architect.name, role, architect.source)
    if site.confidence != "high":
        yield _property("confidence", site.confidence, tagged(UNVERIFIED))


def _property(name: str, value: Any, description: Any = None, subject: str = "") -> dict[str, Any]:
    source = cited(subject) if not name.startswith(("company", "visit")) else None
    return filled(
        {
            "@type": "PropertyValue",
            "propertyID": name,
            "value": value,
            "description": description,
            "subjectOf": source,
        }
    )
