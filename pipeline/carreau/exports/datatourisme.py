"""DATAtourisme JSON-LD of sites and routes, not validated.

The official ontology was not available: classes and properties follow published examples. The document says so.
`lacking` names the required ones that a document has not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from carreau.base.errors import ERROR, QUESTION, Diagnostic
from carreau.base.messages import Message, message, plural_message
from carreau.base.terms import licence_url
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.site import Position, Site
from carreau.exports.record import (
    NothingToExportError,
    RouteRecord,
    SiteRecord,
    StopRecord,
    refuse_apart,
    route_record,
    site_record,
)
from carreau.exports.serializers import (
    DATATOURISME,
    DISPUTED,
    STANDINGS,
    UNVERIFIED,
    Phrase,
    compact,
    json_bytes,
    note_unreviewed,
    plain_texts,
)
from carreau.formats.geodata import COMMUNES, Commune

_LANGUAGES = ("rdfs:label", "rdfs:comment", "shortDescription", "dc:description", "skos:editorialNote")
CONTEXT: dict[str, Any] = {
    "@vocab": "https://www.datatourisme.fr/ontology/core#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "ebucore": "http://www.ebu.ch/metadata/ontologies/ebucore/ebucore#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "kb": "https://www.datatourisme.fr/resource/core#",
    "olo": "http://purl.org/ontology/olo/core#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{key: {"@container": "@language"} for key in _LANGUAGES},
    "lastUpdate": {"@type": "xsd:date"},
    "schema:latitude": {"@type": "xsd:decimal"},
    "schema:longitude": {"@type": "xsd:decimal"},
    "ebucore:locator": {"@type": "xsd:anyURI"},
    "foaf:homepage": {"@type": "xsd:anyURI"},
}

POSTCODE, POSITION = "schema:postalCode", "schema:geo"
OF_PUBLISHER = ("hasBeenCreatedBy", "hasBeenPublishedBy", "hasContact", "lastUpdate")
"""What is only known when somebody publishes."""

REQUIRED: Mapping[str, Message] = MappingProxyType(
    {
        "rdfs:label": message("its name"),
        "hasDescription": message("its summary"),
        POSITION: message("its position"),
        "schema:addressLocality": message("its commune"),
        "hasAddressCity": message("the INSEE code of its commune"),
        POSTCODE: message("its postal code"),
        **dict.fromkeys(OF_PUBLISHER[:3], message("the publisher")),
        OF_PUBLISHER[3]: message("the date of the edition"),
    }
)
"""What every point of interest must have, in words: of the shapes, all that a document can lack."""

_INDUSTRIAL = ("fosse", "terril", "chevalement", "cavalier/gare")
_BUILDINGS = ("ecole", "hopital/dispensaire", "eglise", "salle-des-fetes", "chateau/maison-directeur")


def datatourisme_site(record: SiteRecord) -> bytes:
    """Return a site as a point of interest; raises NothingToExportError for a demonstration."""
    refuse_apart(record)
    site, address = record.entry.of, record.urls.site(record.slug)
    types = ["PointOfInterest", "PlaceOfInterest", "CulturalSite"]
    types += ["TechnicalHeritage", "IndustrialSite"] if site.kind in _INDUSTRIAL else []
    types += ["RemarkableBuilding"] if site.kind in _BUILDINGS else []
    doubts = [UNVERIFIED] if site.confidence != "high" else []
    is_disputed = any(each.disputed for each in site.date) or any(each.disputed for each in site.fact)
    doubts += [DISPUTED] if is_disputed else []
    document = {
        **_poi(record, address, types, doubts),
        "isLocatedAt": [_locate(record, address, site.position, site.commune, site.insee, site.postcode)],
        "hasMainRepresentation": [_picture(each.poster_url) for each in record.models[:1] if each.poster_url],
    }
    return json_bytes(compact(document))


def datatourisme_route(record: RouteRecord) -> bytes:
    """Return a route as a tour, located at its first stop whose place is known.

    Raises NothingToExportError for one without any stop.
    """
    route, stops, address = record.entry.of, record.stops(), record.urls.route(record.slug)
    if not stops:
        raise NothingToExportError(
            f"{record.entry.document.name}, stop", message("a tour needs a first stop"), message("add one")
        )
    first = next((stop for stop in stops if _geo(stop.position)), stops[0])
    insee = first.site.of.insee if first.site else first.stop.place.insee if first.stop.place else ""
    postcode = first.site.of.postcode if first.site else ""
    types = ["PointOfInterest", "Tour", *(["WalkingTour"] if route.mode == "walk" else [])]
    document = {
        **_poi(record, address, types, [STANDINGS[route.standing]]),
        "isLocatedAt": [_locate(record, address, first.position, first.commune, insee, postcode)],
        "olo:slot": [_slot(record, stop) for stop in stops],
    }
    return json_bytes(compact(document))


def _poi(record: SiteRecord | RouteRecord, address: str, types: list[str], doubts: list[Phrase]) -> dict[str, Any]:
    agent = _agent(record)
    notes = [DATATOURISME, *doubts, note_unreviewed(record.list_unreviewed())]
    descriptions = compact(
        {"shortDescription": plain_texts(record.summaries()), "dc:description": plain_texts(record.descriptions())}
    )
    return {
        "@context": CONTEXT,
        "@id": address,
        "@type": types,
        "dc:identifier": f"carreau-{record.slug}",
        "rdfs:label": plain_texts(record.names()),
        "rdfs:comment": plain_texts(record.summaries()),
        "skos:editorialNote": {code: " ".join(note[code] for note in notes if note) for code in DATATOURISME},
        "hasDescription": [{"@type": "Description", **descriptions}] if descriptions else [],
        "hasBeenCreatedBy": agent,
        "hasBeenPublishedBy": [agent] if agent else [],
        "hasContact": [agent] if agent else [],
        "dc:rights": [
            ", ".join(text for text in (each.of, each.credit, each.licence) if text)
            for each in record.entry.of.rights
            if each.credit or each.licence
        ],
        "dcterms:license": [
            {"@id": url} for url in dict.fromkeys(licence_url(each.licence) for each in record.entry.of.rights) if url
        ],
        "lastUpdate": record.edition.day,
    }


def _agent(record: SiteRecord | RouteRecord) -> dict[str, Any] | None:
    edition = record.edition
    if not edition.publisher:
        return None
    return compact(
        {
            "@id": f"{record.urls.base}/id/publisher",
            "@type": ["Agent", "schema:Organization", "foaf:Agent"],
            "dc:identifier": "publisher",
            "schema:legalName": edition.publisher,
            "schema:email": [edition.email] if edition.email else [],
            "foaf:homepage": [edition.homepage] if edition.homepage else [],
        }
    )


def _locate(
    record: SiteRecord | RouteRecord,
    address: str,
    position: Position | None,
    commune: str,
    insee: str,
    postcode: str = "",
) -> dict[str, Any]:
    """Return the location, without a street, which the catalogue does not have.

    postcode : where the commune has several, or the catalogue does not say which
    """
    city = {"@id": f"kb:{insee}", "@type": "City", "rdfs:label": {"fr": _name(record.catalogue, insee, commune)}}
    address_of = {
        "@type": ["PostalAddress", "schema:PostalAddress"],
        "schema:addressLocality": commune,
        "schema:postalCode": postcode or _only_postcode(record.catalogue, insee),
        "hasAddressCity": city | {"insee": insee} if insee else None,
    }
    return compact(
        {
            "@id": f"{address}/place",
            "@type": ["Place", "schema:Place"],
            "schema:geo": _geo(position),
            "schema:address": [compact(address_of)] if commune else [],
        }
    )


def _name(catalogue: Catalogue, insee: str, commune: str) -> str:
    entry = catalogue.communes.get(insee)
    return entry.name if entry is not None else commune


def _only_postcode(catalogue: Catalogue, insee: str) -> str:
    """Return the postal code of a commune that has only one, else an empty text."""
    entry = catalogue.communes.get(insee)
    return entry.postcodes[0] if entry is not None and len(entry.postcodes) == 1 else ""


def _geo(position: Position | None) -> dict[str, str] | None:
    if position is None or position.lat is None or position.lon is None:
        return None
    return {
        "@type": "schema:GeoCoordinates",
        "schema:latitude": str(position.lat),
        "schema:longitude": str(position.lon),
    }


def _slot(record: RouteRecord, stop: StopRecord) -> dict[str, Any]:
    identity = {"@id": record.urls.site(stop.site.slug)} if stop.site is not None else {"@type": "Place"}
    item = {
        **identity,
        "rdfs:label": plain_texts(stop.names),
        "schema:geo": _geo(stop.position) if stop.site is None else None,
    }
    return {"@type": "olo:Slot", "olo:index": stop.number, "olo:item": compact(item)}


def _picture(url: str) -> dict[str, Any]:
    resource = {"@type": "ebucore:Resource", "ebucore:locator": [url]}
    return {"@type": ["EditorialObject", "ebucore:EditorialObject"], "ebucore:hasRelatedResource": [resource]}


def lacking(document: bytes) -> tuple[str, ...]:
    """Return the keys of `REQUIRED` that a document has not, in that order."""
    present = set(_list_present(json.loads(document)))
    return tuple(key for key in REQUIRED if key not in present)


def lacking_words(document: bytes) -> tuple[Message, ...]:
    """Return what a document lacks, in words, each once."""
    return tuple(dict.fromkeys(REQUIRED[key] for key in lacking(document)))


def _list_present(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the properties of a point of interest, its first place and its address."""
    yield from document
    for place in document.get("isLocatedAt", ())[:1]:
        yield from place
        for address in place.get("schema:address", ())[:1]:
            yield from address


def check_tourism(catalogue: Catalogue) -> list[Diagnostic]:
    """Return a question for each place and route whose record is incomplete for tourist offices.

    Postal codes are a question of the communes, and asked once, unless a commune has several: then of its places. What
    is only known when somebody publishes is left to the export.
    """
    translations = Translations(catalogue.root)  # has none: what is lacking is lacking in French
    diagnostics, without = list[Diagnostic](), 0
    entries: list[Entry[Any]] = [*catalogue.sites.values(), *catalogue.routes.values()]
    for entry in entries:
        lacks = [key for key in _lacking(entry, catalogue, translations) if key not in OF_PUBLISHER]
        communes = _communes(entry, catalogue)
        is_of_place = isinstance(entry.of, Site) and not (communes and len(communes[0].postcodes) < 2)
        if POSTCODE in lacks and not is_of_place:
            lacks.remove(POSTCODE)
            without += bool(communes) and not any(commune.postcodes for commune in communes)
        if lacks:
            cause = message("DATAtourisme asks for more: %(keys)s", keys=tuple(REQUIRED[key] for key in lacks))
            cure = message("write it, so that tourist offices get a complete record")
            diagnostics.append(Diagnostic(QUESTION, "tourist offices", entry.document.name, None, "", cause, cure))
    if without and catalogue.communes:
        cause = plural_message(
            "DATAtourisme asks for a postal code, which %(count)s entry lacks",
            "DATAtourisme asks for a postal code, which %(count)s entries lack",
            without,
        )
        cure = message("write %(example)s into the properties of each commune", example='"codesPostaux": ["…"]')
        diagnostics.append(Diagnostic(QUESTION, "tourist offices", COMMUNES, None, "", cause, cure))
    return diagnostics


def _lacking(entry: Entry[Any], catalogue: Catalogue, translations: Translations) -> tuple[str, ...]:
    """Return what the document of an entry lacks; nothing where there is none, or the entry has errors to correct."""
    if not entry.document.is_read or any(each.level == ERROR for each in entry.document.findings):
        return ()
    try:
        if isinstance(entry.of, Site):
            return lacking(datatourisme_site(site_record(entry, catalogue, translations)))
        return lacking(datatourisme_route(route_record(entry, catalogue, translations)))
    except NothingToExportError:
        return ()


def _communes(entry: Entry[Any], catalogue: Catalogue) -> list[Commune]:
    """Return the commune of a site, or those of the stops of a route, as far as the catalogue knows them."""
    if isinstance(entry.of, Site):
        codes = [entry.of.insee]
    else:
        codes = [stop.place.insee for stop in entry.of.stop if stop.place is not None]
        codes += [catalogue.sites[stop.site].of.insee for stop in entry.of.stop if stop.site in catalogue.sites]
    return [catalogue.communes[code] for code in codes if code in catalogue.communes]
