"""Say in which forms sites, routes and the catalogue can be had, by the ending of the address and by Accept."""

from __future__ import annotations

from collections.abc import Mapping

from server.asked import Asked
from server.errors import NotAcceptableError
from server.negotiation import media_type

JSON = "application/json"
GEOJSON = "application/geo+json"
IIIF = 'application/ld+json;profile="http://iiif.io/api/presentation/4/context.json"'

SITE: Mapping[str, str] = {
    "jsonld": "application/ld+json",
    "geojson": GEOJSON,
    "edm.xml": "application/rdf+xml",
    "lido.xml": "application/xml",
    "svx.zip": "application/zip",
    "dc.xml": "application/xml",
    "datatourisme.jsonld": "application/ld+json",
    "geopose.json": JSON,
}
"""Of a site, by ending; of two with the same media type Accept gives the first."""

ROUTE: Mapping[str, str] = {
    "gpx": "application/gpx+xml",
    "geojson": GEOJSON,
    "jsonld": "application/ld+json",
    "datatourisme.jsonld": "application/ld+json",
}
"""Of a route, by ending."""


def chosen(asked: Asked, kind: str, slug: str, forms: Mapping[str, str]) -> str:
    """Return the address of the form that Accept asks for; raises NotAcceptableError when there is none such.

    The document itself is the first choice, and what whoever accepts anything gets.
    """
    own = f"/v1/{kind}/{slug}"
    accepted = asked.header(b"accept")
    if accepted in ("", "*/*", JSON):
        return own
    there = {JSON: own}
    if kind == "sites":
        there |= {IIIF: f"/iiif/{slug}/manifest.json"} if asked.bundle.answers(f"/iiif/{slug}/manifest.json") else {}
    for ending, form in forms.items():
        path = f"{own}.{ending}"
        if form not in there and asked.bundle.answers(path):
            there[form] = path
    # A plain application/ld+json is schema.org's; with its profile it is IIIF's.
    order = sorted(there, key=lambda form: form == IIIF)
    found = media_type(accepted, tuple(order))
    if not found and media_type(accepted, ("text/html",)):
        return own  # a person looks, and a browser shows JSON well
    if not found:
        raise NotAcceptableError("form", {"forms": ", ".join(there)}, headers={"Vary": "Accept"})
    return there[found]
