"""Name the other formats that a site or route can be had in."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.pages.links import safe

_NAMES = {
    "json": "JSON",
    "jsonld": "schema.org",
    "schema-org": "schema.org",
    "geojson": "GeoJSON",
    "datatourisme": "DATAtourisme",
    "edm": "Europeana (EDM)",
    "iiif": "IIIF 4",
    "iiif-3": "IIIF 3",
    "svx": "Voyager (SVX)",
    "geopose": "GeoPose",
    "gpx": "GPX",
    "lido": "LIDO",
    "dublin-core": "Dublin Core",
    "dc": "Dublin Core",
    "csv": "CSV",
}


def formats(links: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return name and address of each format; one that has no name of its own here is called as it is there.

    >>> formats({"iiif": "/iiif/a/manifest.json", "new": "/v1/a", "bad": "javascript:1"})
    [('IIIF 4', '/iiif/a/manifest.json'), ('new', '/v1/a')]
    """
    return [(_NAMES.get(name, name), address) for name, address in links.items() if safe(address)]
