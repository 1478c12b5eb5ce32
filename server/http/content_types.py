"""Media types of sites and routes, by suffix of the URL and by Accept."""

from __future__ import annotations

from collections.abc import Mapping

from server.errors import NotAcceptableError
from server.http.context import RequestContext
from server.http.negotiation import select_media_type

JSON = "application/json"
GEOJSON = "application/geo+json"
IIIF_3, IIIF_4 = (
    f'application/ld+json;profile="http://iiif.io/api/presentation/{version}/context.json"' for version in (3, 4)
)
IIIF_PATHS: Mapping[str, str] = {IIIF_3: "/iiif/3/{slug}/manifest.json", IIIF_4: "/iiif/{slug}/manifest.json"}
"""Path of a site's IIIF manifest, by media type."""

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
"""Of a site, by suffix; of two with the same media type Accept selects the first."""

ROUTE: Mapping[str, str] = {
    "gpx": "application/gpx+xml",
    "geojson": GEOJSON,
    "jsonld": "application/ld+json",
    "datatourisme.jsonld": "application/ld+json",
}
"""Of a route, by suffix."""


def select_path(context: RequestContext, kind: str, slug: str, suffixes: Mapping[str, str]) -> str:
    """Return the path of the representation that Accept selects; raises NotAcceptableError when there is none.

    The JSON document is the first choice, and what clients get that accept anything.
    """
    document = f"/v1/{kind}/{slug}"
    accept = context.header(b"accept")
    if accept in ("", "*/*", JSON):
        return document
    available = {JSON: document}
    for suffix, media_type in suffixes.items():
        path = f"{document}.{suffix}"
        if media_type not in available and context.bundle.responses(path):
            available[media_type] = path
    # A plain application/ld+json is schema.org's, which comes first; with its profile it is IIIF's.
    for media_type, template in IIIF_PATHS.items() if kind == "sites" else ():
        if context.bundle.responses(path := template.format(slug=slug)):
            available[media_type] = path
    selected = select_media_type(accept, tuple(available))
    if not selected and select_media_type(accept, ("text/html",)):
        return document  # a person in a browser, which shows JSON well
    if not selected:
        raise NotAcceptableError(values={"media_types": ", ".join(available)}, headers={"Vary": "Accept"})
    return available[selected]
