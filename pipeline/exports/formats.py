"""List the formats that the catalogue is told in: what each is for, and what makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import OptionError
from pipeline.exports.csv_table import csv_table
from pipeline.exports.datatourisme import datatourisme_route, datatourisme_site
from pipeline.exports.dublin_core import dublin_core_route, dublin_core_site
from pipeline.exports.edition import NothingToExportError
from pipeline.exports.edm import edm
from pipeline.exports.geojson import MEDIA_TYPE, geojson_all, geojson_route, geojson_site
from pipeline.exports.geopose import geoposes
from pipeline.exports.gpx import gpx
from pipeline.exports.iiif import iiif
from pipeline.exports.iiif_3 import iiif_3
from pipeline.exports.lido import lido
from pipeline.exports.record import RouteRecord, SiteRecord
from pipeline.exports.schema_org import schema_org_route, schema_org_site
from pipeline.exports.svx import svx

Content = bytes | Mapping[str, bytes | NothingToExportError]
"""A document, or one for each state by its id, or why that state has none."""


@dataclass(frozen=True)
class Format:
    """A way to tell the catalogue.

    purpose : what it is for, in English
    media_type, ending : of its files, the ending without a dot
    site, route, whole : make the document of one record, or of all of them; None where the format has none.
        They raise NothingToExportError where there is nothing that could truthfully be told.
    """

    name: str
    purpose: str
    media_type: str
    ending: str
    site: Callable[[SiteRecord, str], Content] | None = None
    route: Callable[[RouteRecord, str], Content] | None = None
    whole: Callable[[Sequence[SiteRecord], Sequence[RouteRecord], str], bytes] | None = None

    @property
    def is_whole_alone(self) -> bool:
        """Say whether it tells of many records in one document and in no other way."""
        return self.site is None and self.route is None


def _every_language(make: Callable[..., Content]) -> Callable[..., Content]:
    """Return what makes a document that tells all languages, whichever was asked for."""
    return lambda record, _language: make(record)


FORMATS: tuple[Format, ...] = (
    Format(
        "schema-org", "for search engines: schema.org JSON-LD", "application/ld+json", "jsonld",
        _every_language(schema_org_site), _every_language(schema_org_route),
    ),
    Format(
        "datatourisme", "for tourist offices: DATAtourisme JSON-LD, unverified: the official ontology was not at hand",
        "application/ld+json", "datatourisme.jsonld",
        _every_language(datatourisme_site), _every_language(datatourisme_route),
    ),
    Format(
        "edm", "for Europeana: EDM for 3D, shown through our oEmbed; asks for --publisher and --aggregator",
        "application/rdf+xml", "edm.xml", _every_language(edm),
    ),
    Format(
        "iiif", "for IIIF viewers: a Presentation 4 manifest, of which the specification is still a draft",
        'application/ld+json;profile="http://iiif.io/api/presentation/4/context.json"', "iiif.json",
        _every_language(iiif),
    ),
    Format(
        "iiif-3", "for the IIIF viewers there are: a Presentation 3 manifest; the models to download",
        'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"', "iiif3.json",
        _every_language(iiif_3),
    ),
    Format(
        "svx", "for Voyager and eCorpus: scenes with articles and tours, zipped; no Polish, which Voyager has not",
        "application/zip", "svx.zip", svx,
    ),
    Format("geojson", "for maps and OGC API Features", MEDIA_TYPE, "geojson", geojson_site, geojson_route, geojson_all),
    Format(
        "geopose", "for augmented reality: where a model stands and how it is turned (OGC GeoPose 1.0)",
        "application/json", "geopose.json", _every_language(geoposes),
    ),
    Format("gpx", "for phones and receivers: a route with its stops", "application/gpx+xml", "gpx", None, gpx),
    Format("lido", "for museums: LIDO 1.1", "application/xml", "lido.xml", _every_language(lido)),
    Format(
        "dublin-core", "for libraries that harvest: Dublin Core (oai_dc)", "application/xml", "dc.xml",
        _every_language(dublin_core_site), _every_language(dublin_core_route),
    ),
    Format(
        "csv", "for a spreadsheet: a row a site, all languages", "text/csv", "csv",
        whole=lambda sites, _routes, _language: csv_table(sites),
    ),
)  # fmt: skip


def named(name: str) -> Format:
    """Return the format of a name; raises OptionError where there is none."""
    for each in FORMATS:
        if each.name == name:
            return each
    raise OptionError(f"'{name}': is no format; choose one of {', '.join(each.name for each in FORMATS)}, or all")


def listing() -> list[str]:
    """Return a line a format for a person: its name, what it is for, its ending."""
    width = max(len(each.name) for each in FORMATS)
    return [f"{each.name:<{width}}  {each.purpose} (.{each.ending})" for each in FORMATS]
