"""Media types of sites and routes, by suffix of the URL and by Accept."""

from __future__ import annotations

from collections.abc import Mapping

from carreau.exports.formats import FORMATS
from carreau_server.errors import NotAcceptableError
from carreau_server.http.context import RequestContext
from carreau_server.http.negotiation import select_media_type

JSON = "application/json"
GEOJSON = "application/geo+json"
_BY_NAME = {each.name: each for each in FORMATS}
IIIF_3, IIIF_4 = _BY_NAME["iiif-3"].media_type, _BY_NAME["iiif"].media_type
SITE_PATHS: Mapping[str, str] = {each.media_type: each.path for each in reversed(FORMATS) if each.path}
"""Path of a site's document by media type, for formats that have one of their own: IIIF 3 before the draft of 4."""

SITE: Mapping[str, str] = {each.ending: each.media_type for each in FORMATS if each.site and not each.path}
"""Of a site, by suffix; of two with the same media type Accept selects the first."""

ROUTE: Mapping[str, str] = {each.ending: each.media_type for each in FORMATS if each.route}
"""Of a route, by suffix."""

TRAIL: Mapping[str, str] = {each.ending: each.media_type for each in FORMATS if each.trail}
"""Of a trail, by suffix."""


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
    for media_type, template in SITE_PATHS.items() if kind == "sites" else ():
        if context.bundle.responses(path := template.format(slug=slug)):
            available[media_type] = path
    selected = select_media_type(accept, tuple(available))
    if not selected and select_media_type(accept, ("text/html",)):
        return document  # a person in a browser, which shows JSON well
    if not selected:
        raise NotAcceptableError(values={"media_types": ", ".join(available)}, headers={"Vary": "Accept"})
    return available[selected]
