"""JSON-LD of sites and routes in the vocabulary of schema.org (release 30)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from carreau.base.languages import SOURCE
from carreau.base.terms import licence_url
from carreau.catalogue.media import DOCUMENT, IMAGE, SOUND, VIDEO
from carreau.catalogue.site import VISIT_TEXTS, Inscription, Position
from carreau.exports.record import ModelFile, RouteRecord, SiteRecord, StateRecord, StopRecord
from carreau.exports.serializers import (
    APPROXIMATE,
    BASIN,
    DEMONSTRATION,
    DISPUTED,
    EVIDENCE,
    STANDINGS,
    UNREVIEWED,
    UNVERIFIED,
    compact,
    evidence,
    iso_ends,
    json_bytes,
    length_phrase,
    measures,
    tag_texts,
)

WORLD_HERITAGE = "https://whc.unesco.org/en/list/"


def place(record: SiteRecord) -> dict[str, Any]:
    """Return a site as `LandmarksOrHistoricalBuildings`.

    An example from elsewhere is a `Place`, and a demonstration a `CreativeWork`.
    """
    if record.entry.of.demonstration:
        return _demonstration(record)
    site, urls = record.entry.of, record.urls
    return compact(
        {
            "@id": urls.site(record.slug),
            "@type": "Place" if site.is_apart else "LandmarksOrHistoricalBuildings",
            "name": tag_texts(record.names()),
            "alternateName": [each for texts in record.other_names() for each in tag_texts(texts)],
            "description": tag_texts(record.descriptions() or record.summaries()),
            "disambiguatingDescription": tag_texts(record.summaries()) if record.descriptions() else [],
            "identifier": list(_identifiers(site.inscription)),
            "url": urls.page(record.slug, "fr"),
            "geo": coordinates(site.position),
            "address": compact({"@type": "PostalAddress", "addressLocality": site.commune, "addressCountry": "FR"}),
            "containedInPlace": list(_list_surroundings(record)),
            "hasMap": urls.document("sites", record.slug, "geojson"),
            "image": next((each.poster_url for each in record.models if each.poster_url), ""),
            "keywords": [each for texts in record.texts("keywords") for each in tag_texts(texts)],
            "event": [_event(record, number) for number in range(len(site.date))],
            "additionalProperty": [*_properties(record), *_facts(record)],
            "subjectOf": [{"@id": urls.part(record.slug, "states", each.state.id)} for each in record.models],
        }
    )


def _demonstration(record: SiteRecord) -> dict[str, Any]:
    return compact(
        {
            "@id": record.urls.site(record.slug),
            "@type": "CreativeWork",
            "name": tag_texts(record.names()),
            "description": tag_texts(record.descriptions() or record.summaries()),
            "disambiguatingDescription": tag_texts(DEMONSTRATION),
            "url": record.urls.page(record.slug, "fr"),
            "image": next((each.poster_url for each in record.models if each.poster_url), ""),
        }
    )


def coordinates(position: Position | None) -> dict[str, Any] | None:
    """Return a position, or None where it is unknown."""
    if position is None or position.lon is None or position.lat is None:
        return None
    return {"@type": "GeoCoordinates", "latitude": position.lat, "longitude": position.lon}


def _identifiers(inscription: Inscription | None) -> Iterator[dict[str, str]]:
    """Yield the published identifiers."""
    if inscription is not None:
        for house, value in (("Mission Bassin Minier", inscription.element), ("UNESCO", inscription.code)):
            if value:
                yield {"@type": "PropertyValue", "propertyID": house, "value": value}


def _list_surroundings(record: SiteRecord) -> Iterator[dict[str, Any]]:
    site = record.entry.of
    yield from ({"@type": "City", "name": name} for name in record.communes)
    if site.inscription is not None and site.inscription.list is not None:
        heritage = {"@type": "LandmarksOrHistoricalBuildings", "sameAs": f"{WORLD_HERITAGE}{site.inscription.list}"}
        yield heritage | ({"name": tag_texts(BASIN)} if site.inscription.list == 1360 else {})


def _event(record: SiteRecord, number: int) -> dict[str, Any]:
    dated = record.entry.of.date[number]
    first, last = iso_ends(dated.when)
    is_about = dated.when is not None and dated.when.is_about
    doubts = [*(tag_texts(DISPUTED) if dated.disputed else []), *(tag_texts(APPROXIMATE) if is_about else [])]
    return compact(
        {
            "@type": "Event",
            "name": tag_texts(record.text("date", number, "label")) or dated.event,
            "description": tag_texts(record.text("date", number, "of")),
            "startDate": first,
            "endDate": last if last != first else "",
            "disambiguatingDescription": doubts,
            "subjectOf": cite(dated.source),
        }
    )


def cite(source: str) -> dict[str, str] | None:
    """Return a source."""
    return {"@type": "CreativeWork", "name": source} if source else None


def _facts(record: SiteRecord) -> Iterator[dict[str, Any]]:
    """Yield the facts that have a value."""
    for number, fact in enumerate(record.entry.of.fact):
        if fact.value is None or fact.value == "":
            continue
        value = tag_texts(record.text("fact", number, "value")) if isinstance(fact.value, str) else fact.value
        yield compact(
            {
                "@type": "PropertyValue",
                "propertyID": fact.name,
                "name": tag_texts(record.text("fact", number, "label")),
                "value": value,
                "unitText": fact.unit,
                "description": tag_texts(record.text("fact", number, "note")),
                "disambiguatingDescription": tag_texts(DISPUTED) if fact.disputed else [],
                "subjectOf": cite(fact.source),
            }
        )


_PLAIN = (
    ("company",),
    *(("visit", key) for key in VISIT_TEXTS),
    ("inscription", "component"),
    ("inscription", "typology"),
    ("inscription", "company"),
    ("inscription", "period"),
    ("inscription", "interest"),
    ("inscription", "protection"),
)


def _properties(record: SiteRecord) -> Iterator[dict[str, Any]]:
    """Yield values without a property in schema.org, by their key in the file of the site."""
    site = record.entry.of
    if site.period is not None or site.period_note:
        period = site.period.text if site.period is not None else ""
        yield _property(
            "period", period or tag_texts(record.text("period_note")), tag_texts(record.text("period_note"))
        )
    for key in _PLAIN:
        value = tag_texts(record.text(*key))
        if value:
            yield _property(".".join(key), value, subject=site.inscription.source if site.inscription else "")
    for number, architect in enumerate(site.architect):
        role = tag_texts(record.text("architect", number, "role"))
        yield _property("architect", architect.name, role, architect.source)
    if site.confidence != "high":
        yield _property("confidence", site.confidence, tag_texts(UNVERIFIED))


def _property(name: str, value: Any, description: Any = None, subject: str = "") -> dict[str, Any]:
    source = cite(subject) if not name.startswith(("company", "visit")) else None
    return compact(
        {
            "@type": "PropertyValue",
            "propertyID": name,
            "value": value,
            "description": description,
            "subjectOf": source,
        }
    )


def pages(
    record: SiteRecord | RouteRecord, addresses: Sequence[str], identity: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """Yield a `WebPage` for each language that has a name, the French one with sources and rights.

    addresses : of the pages, in the order of the languages
    """
    for code, address in zip(record.names(), addresses, strict=True):
        page: dict[str, Any] = {
            "@id": address,
            "@type": "WebPage",
            "url": address,
            "inLanguage": code,
            "about": {"@id": identity(record.slug)},
        }
        if code != SOURCE:
            page["translationOfWork"] = {"@id": addresses[0]}
            page["creativeWorkStatus"] = tag_texts(UNREVIEWED) if code in record.list_unreviewed() else []
        else:
            page |= _origin(record)
        yield compact(page)


def _origin(record: SiteRecord | RouteRecord) -> dict[str, Any]:
    of, edition = record.entry.of, record.edition
    publisher = compact({"@type": "Organization", "name": edition.publisher, "url": edition.homepage})
    return {
        "publisher": publisher if edition.publisher else None,
        "dateModified": record.modified or edition.day,
        "citation": [
            compact({"@type": "CreativeWork", "name": each.title, "url": each.url}) for each in of.source if each.title
        ],
        "isBasedOn": [
            compact(
                {
                    "@type": "CreativeWork",
                    "name": each.of,
                    "creditText": each.credit,
                    "license": licence_url(each.licence),
                    "copyrightNotice": each.licence,
                    "url": each.url,
                }
            )
            for each in of.rights
            if each.credit or each.licence
        ],
    }


_MEDIA = {IMAGE: "ImageObject", SOUND: "AudioObject", VIDEO: "VideoObject", DOCUMENT: "DigitalDocument"}


def _model_work(record: SiteRecord, model: StateRecord) -> dict[str, Any]:
    """Return a state that has files as `3DModel`."""
    state, number = model.state, record.states.index(model)
    pose = state.geopose
    is_real = not record.entry.of.demonstration
    here = coordinates(Position(pose.lon, pose.lat)) if pose is not None and is_real else None
    return compact(
        {
            "@id": record.urls.part(record.slug, "states", state.id),
            "@type": "3DModel",
            "name": tag_texts(record.state_titles(number) or record.names()),
            "description": tag_texts(record.text("state", number, "note")),
            "disambiguatingDescription": [
                *tag_texts(evidence(state.shown_as, state.evidence)),
                *(tag_texts(DEMONSTRATION) if not is_real else []),
            ],
            "about": {"@id": record.urls.site(record.slug)},
            "temporalCoverage": state.date.text if state.date is not None else "",
            "contentLocation": {"@type": "Place", "geo": here} if here else None,
            "license": licence_url(state.licence),
            "copyrightNotice": state.licence,
            "creditText": ", ".join(dict.fromkeys(text for text in (state.credit, state.author) if text)),
            "citation": list(state.sources),
            "thumbnailUrl": model.poster_url,
            "encoding": [_file(each) for each in model.files],
            "inLanguage": list(record.names()),
            "accessMode": ["visual"],
            "hasPart": [*_parts(record, number), *_annotations(record, state.id), *_tours(record, state.id)],
            "associatedMedia": list(_media(record)) if number == 0 else [],
        }
    )


def _file(file: ModelFile) -> dict[str, Any]:
    return {
        "@type": "MediaObject",
        "name": file.level,
        "contentUrl": file.url,
        "encodingFormat": file.media_type,
        "contentSize": f"{file.bytes} B",
        "sha256": file.sha256,
    }


def _parts(record: SiteRecord, number: int) -> Iterator[dict[str, Any]]:
    """Yield the named parts of a model, each with its own evidence."""
    for index, part in enumerate(record.states[number].state.part):
        yield compact(
            {
                "@type": "CreativeWork",
                "name": tag_texts(record.text("state", number, "part", index, "title")) or part.spelt_name,
                "description": tag_texts(record.text("state", number, "part", index, "note")),
                "disambiguatingDescription": tag_texts(EVIDENCE[part.evidence]),
                "citation": list(part.sources),
            }
        )


def _annotations(record: SiteRecord, state: str) -> Iterator[dict[str, Any]]:
    for number, annotation in enumerate(record.entry.of.annotation):
        if annotation.state == state:
            yield compact(
                {
                    "@id": record.urls.part(record.slug, "annotations", annotation.id),
                    "@type": "CreativeWork",
                    "name": tag_texts(record.text("annotation", number, "title")),
                    "text": tag_texts(record.annotation_text(number)),
                    "citation": list(annotation.sources),
                }
            )


def _tours(record: SiteRecord, state: str) -> Iterator[dict[str, Any]]:
    for number, tour in enumerate(record.entry.of.tour):
        if tour.state == state:
            seconds = sum(step.duration_s or 0 for step in tour.step)
            yield compact(
                {
                    "@id": record.urls.part(record.slug, "tours", tour.id),
                    "@type": "CreativeWork",
                    "name": tag_texts(record.text("tour", number, "title")),
                    "abstract": tag_texts(record.text("tour", number, "summary")),
                    "timeRequired": f"PT{seconds:.0f}S" if seconds else "",
                }
            )


def _media(record: SiteRecord) -> Iterator[dict[str, Any]]:
    for number, medium in enumerate(record.entry.of.media):
        is_written = medium.kind in (SOUND, VIDEO) and not medium.transcript.endswith((".md", ".txt"))
        yield compact(
            {
                "@type": _MEDIA[medium.kind],
                "name": tag_texts(record.text("media", number, "title")),
                "description": tag_texts(record.text("media", number, "alt")),
                "contentUrl" if medium.kind != DOCUMENT else "url": record.medium_url(medium),
                "creditText": medium.credit,
                "license": licence_url(medium.licence),
                "copyrightNotice": medium.licence,
                "transcript": tag_texts(record.text("media", number, "transcript")) if is_written else [],
                "temporalCoverage": medium.date.text if medium.date is not None else "",
            }
        )


CONTEXT = "https://schema.org"


def schema_org_site(record: SiteRecord) -> bytes:
    """Return a site as `LandmarksOrHistoricalBuildings`, each state that has files as `3DModel`, and its pages.

    A site without a model has no 3DModel.
    """
    pages_of = pages(record, [record.urls.page(record.slug, code) for code in record.names()], record.urls.site)
    graph = [place(record), *(_model_work(record, state) for state in record.models), *pages_of]
    return json_bytes({"@context": CONTEXT, "@graph": graph})


def schema_org_route(record: RouteRecord) -> bytes:
    """Return a route as `TouristTrip` over its stops, and its pages."""
    pages_of = pages(record, [record.urls.route_page(record.slug, code) for code in record.names()], record.urls.route)
    return json_bytes({"@context": CONTEXT, "@graph": [_trip(record), *pages_of]})


def _trip(record: RouteRecord) -> dict[str, Any]:
    route, stops = record.entry.of, record.stops()
    itinerary = {
        "@type": "ItemList",
        "numberOfItems": len(stops),
        "itemListOrder": "https://schema.org/ItemListOrderAscending",
        "description": _length(record),
        "itemListElement": [_list_item(record, stop) for stop in stops],
    }
    return compact(
        {
            "@id": record.urls.route(record.slug),
            "@type": "TouristTrip",
            "name": tag_texts(record.names()),
            "description": tag_texts(record.descriptions() or record.summaries()),
            "disambiguatingDescription": [*tag_texts(STANDINGS[route.standing]), *tag_texts(record.text("safety"))],
            "itinerary": compact(itinerary),
        }
    )


def _list_item(record: RouteRecord, stop: StopRecord) -> dict[str, Any]:
    item = _elsewhere(stop)
    if stop.site is not None:
        item |= {"@id": record.urls.site(stop.site.slug), "@type": "LandmarksOrHistoricalBuildings"}
    return compact({"@type": "ListItem", "position": stop.number, "item": item, "description": tag_texts(stop.texts)})


def _elsewhere(stop: StopRecord) -> dict[str, Any]:
    address = {"@type": "PostalAddress", "addressLocality": stop.commune} if stop.commune else None
    return compact(
        {"@type": "Place", "name": tag_texts(stop.names), "geo": coordinates(stop.position), "address": address}
    )


def _length(record: RouteRecord) -> list[dict[str, str]]:
    """Return the length as text: TouristTrip has no property for it."""
    return tag_texts(length_phrase(measures(record)))
