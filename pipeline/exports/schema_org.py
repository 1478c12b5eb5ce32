"""Tell search engines of a site or a route, in the words of schema.org (JSON-LD, release 30)."""

from __future__ import annotations

from typing import Any

from pipeline.exports.jsonld import filled, json_bytes, tagged
from pipeline.exports.labels import MEASURES, STANDINGS
from pipeline.exports.record import RouteRecord, SiteRecord, StopRecord
from pipeline.exports.schema_org_models import model
from pipeline.exports.schema_org_pages import pages
from pipeline.exports.schema_org_places import coordinates, place

CONTEXT = "https://schema.org"


def schema_org_site(record: SiteRecord) -> bytes:
    """Return a site as `LandmarksOrHistoricalBuildings`, each state that has files as `3DModel`, and its pages.

    A site without a model is no 3DModel.
    """
    pages_of = pages(record, [record.urls.page(record.slug, code) for code in record.names()], record.urls.site)
    graph = [place(record), *(model(record, state) for state in record.models), *pages_of]
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
        "itemListElement": [_listed(record, stop) for stop in stops],
    }
    return filled(
        {
            "@id": record.urls.route(record.slug),
            "@type": "TouristTrip",
            "name": tagged(record.names()),
            "description": tagged(record.descriptions() or record.summaries()),
            "disambiguatingDescription": [*tagged(STANDINGS[route.standing]), *tagged(record.text("safety"))],
            "itinerary": filled(itinerary),
        }
    )


def _listed(record: RouteRecord, stop: StopRecord) -> dict[str, Any]:
    item = _elsewhere(stop)
    if stop.site is not None:
        item |= {"@id": record.urls.site(stop.site.slug), "@type": "LandmarksOrHistoricalBuildings"}
    return filled({"@type": "ListItem", "position": stop.number, "item": item, "description": tagged(stop.texts)})


def _elsewhere(stop: StopRecord) -> dict[str, Any]:
    address = {"@type": "PostalAddress", "addressLocality": stop.commune} if stop.commune else None
    return filled({"@type": "Place", "name": tagged(stop.names), "geo": coordinates(stop.position), "address": address})


def _length(record: RouteRecord) -> list[dict[str, str]]:
    """Return the length in words: a TouristTrip has no property for it."""
    route = record.entry.of
    if route.length_km is None:
        return []
    measure = MEASURES[route.length_measure]
    french = f"{route.length_km:g}".replace(".", ",")
    return tagged({"fr": f"{french} km ({measure['fr']})", "en": f"{route.length_km:g} km ({measure['en']})"})
