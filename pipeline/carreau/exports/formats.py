"""Table of export formats, one row each.

The command, the bundle, the server's content negotiation and the pages derive from the rows. A row imports the module
of its format when a document is made, so that the server can read the table alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carreau.base.errors import OptionError
from carreau.base.messages import Message, message

if TYPE_CHECKING:
    from carreau.exports.records.record import NothingToExportError, RouteRecord, SiteRecord, TrailRecord

    Content = bytes | Mapping[str, bytes | NothingToExportError]
    """A document, or one for each state by its id, or why that state has none."""


@dataclass(frozen=True)
class ExportFormat:
    """An export format.

    purpose : what it is for, in English
    media_type, ending : of its files; the suffix without a dot
    label : name on pages
    site, route, trail, catalogue : make the document of one record, or of all of them; None where the format has none.
        They raise NothingToExportError where nothing true can be expressed.
    is_per_language : whether there is a document for each language
    lacks : says what a document lacks that its readers ask for; None where the format has no such rule, or where
        nothing is made without it
    path : URL path of the document of a site, with {slug}; empty for `/v1/sites/{slug}.ENDING`
    """

    name: str
    purpose: str
    media_type: str
    ending: str
    label: str
    site: Callable[[SiteRecord, str], Content] | None = None
    route: Callable[[RouteRecord, str], Content] | None = None
    trail: Callable[[TrailRecord, str], Content] | None = None
    catalogue: Callable[[Sequence[SiteRecord], Sequence[RouteRecord], str], bytes] | None = None
    is_per_language: bool = False
    path: str = ""
    lacks: Callable[[bytes], tuple[Message, ...]] | None = None

    @property
    def is_catalogue_only(self) -> bool:
        """Return whether there are documents of the whole catalogue only."""
        return self.site is None and self.route is None and self.trail is None

    @property
    def extension(self) -> str:
        """Return the last part of the suffix, under which files are stored."""
        return self.ending.rpartition(".")[2]


def _iiif_type(version: int) -> str:
    return f'application/ld+json;profile="http://iiif.io/api/presentation/{version}/context.json"'


def _schema_org_site(record: SiteRecord, _language: str) -> Content:
    from carreau.exports.standards.schema_org import schema_org_site

    return schema_org_site(record)


def _schema_org_route(record: RouteRecord, _language: str) -> Content:
    from carreau.exports.standards.schema_org import schema_org_route

    return schema_org_route(record)


def _schema_org_trail(record: TrailRecord, _language: str) -> Content:
    from carreau.exports.standards.trails import schema_org_trail

    return schema_org_trail(record)


def _datatourisme_site(record: SiteRecord, _language: str) -> Content:
    from carreau.exports.standards.datatourisme import datatourisme_site

    return datatourisme_site(record)


def _datatourisme_route(record: RouteRecord, _language: str) -> Content:
    from carreau.exports.standards.datatourisme import datatourisme_route

    return datatourisme_route(record)


def _datatourisme_lacks(document: bytes) -> tuple[Message, ...]:
    from carreau.exports.standards.datatourisme import lacking_words

    return lacking_words(document)


def _edm(record: SiteRecord, _language: str) -> Content:
    from carreau.exports.standards.edm import edm

    return edm(record)


def _iiif(record: SiteRecord, _language: str) -> Content:
    from carreau.exports.standards.iiif_4 import iiif

    return iiif(record)


def _iiif_3(record: SiteRecord, _language: str) -> Content:
    from carreau.exports.standards.iiif_3 import iiif_3

    return iiif_3(record)


def _svx(record: SiteRecord, language: str) -> Content:
    from carreau.exports.standards.svx import svx

    return svx(record, language)


def _geojson_site(record: SiteRecord, language: str) -> Content:
    from carreau.exports.standards.geojson import geojson_site

    return geojson_site(record, language)


def _geojson_route(record: RouteRecord, language: str) -> Content:
    from carreau.exports.standards.geojson import geojson_route

    return geojson_route(record, language)


def _geojson_trail(record: TrailRecord, language: str) -> Content:
    from carreau.exports.standards.trails import geojson_trail

    return geojson_trail(record, language)


def _geojson_all(sites: Sequence[SiteRecord], routes: Sequence[RouteRecord], language: str) -> bytes:
    from carreau.exports.standards.geojson import geojson_all

    return geojson_all(sites, routes, language)


def _geoposes(record: SiteRecord, _language: str) -> Content:
    from carreau.exports.standards.geopose import geoposes

    return geoposes(record)


def _moving_features(record: SiteRecord | TrailRecord, _language: str) -> Content:
    from carreau.exports.standards.moving_features import moving_features

    return moving_features(record)


def _gpx(record: RouteRecord, language: str) -> Content:
    from carreau.exports.standards.gpx import gpx

    return gpx(record, language)


def _lido(record: SiteRecord, _language: str) -> Content:
    from carreau.exports.standards.lido import lido

    return lido(record)


def _dublin_core_site(record: SiteRecord, _language: str) -> Content:
    from carreau.exports.standards.dublin_core import dublin_core_site

    return dublin_core_site(record)


def _dublin_core_route(record: RouteRecord, _language: str) -> Content:
    from carreau.exports.standards.dublin_core import dublin_core_route

    return dublin_core_route(record)


def _csv_table(sites: Sequence[SiteRecord], _routes: Sequence[RouteRecord], _language: str) -> bytes:
    from carreau.exports.standards.csv_table import csv_table

    return csv_table(sites)


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat(
        "schema-org", "for search engines: schema.org JSON-LD", "application/ld+json", "jsonld", "schema.org",
        _schema_org_site, _schema_org_route, _schema_org_trail,
    ),
    ExportFormat(
        "datatourisme", "for tourist offices: DATAtourisme JSON-LD, unverified: the official ontology was not at hand",
        "application/ld+json", "datatourisme.jsonld", "DATAtourisme", _datatourisme_site, _datatourisme_route,
        lacks=_datatourisme_lacks,
    ),
    ExportFormat(
        "edm", "for Europeana: EDM for 3D, shown through our oEmbed; asks for --publisher and --aggregator",
        "application/rdf+xml", "edm.xml", "Europeana (EDM)", _edm,
    ),
    ExportFormat(
        "iiif", "for IIIF viewers: a Presentation 4 manifest, of which the specification is still a draft",
        _iiif_type(4), "iiif.json", "IIIF 4", _iiif, path="/iiif/{slug}/manifest.json",
    ),
    ExportFormat(
        "iiif-3", "for the IIIF viewers there are: a Presentation 3 manifest; the models to download",
        _iiif_type(3), "iiif3.json", "IIIF 3", _iiif_3, path="/iiif/3/{slug}/manifest.json",
    ),
    ExportFormat(
        "svx", "for Voyager and eCorpus: scenes with articles and tours, zipped; no Polish, which Voyager has not",
        "application/zip", "svx.zip", "Voyager (SVX)", _svx, is_per_language=True,
    ),
    ExportFormat(
        "geojson", "for maps and OGC API Features", "application/geo+json", "geojson", "GeoJSON",
        _geojson_site, _geojson_route, _geojson_trail, _geojson_all, is_per_language=True,
    ),
    ExportFormat(
        "geopose", "for augmented reality: where a model stands and how it is turned (OGC GeoPose 1.0)",
        "application/json", "geopose.json", "GeoPose", _geoposes,
    ),
    ExportFormat(
        "mf-json", "for maps that move: OGC Moving Features JSON (19-045r3)",
        "application/json", "mf.json", "Moving Features", _moving_features, trail=_moving_features,
    ),
    ExportFormat(
        "gpx", "for phones and receivers: a route with its stops", "application/gpx+xml", "gpx", "GPX",
        route=_gpx, is_per_language=True,
    ),
    ExportFormat("lido", "for museums: LIDO 1.1", "application/xml", "lido.xml", "LIDO", _lido),
    ExportFormat(
        "dublin-core", "for libraries that harvest: Dublin Core (oai_dc)", "application/xml", "dc.xml", "Dublin Core",
        _dublin_core_site, _dublin_core_route,
    ),
    ExportFormat(
        "csv", "for a spreadsheet: a row a site, all languages", "text/csv", "csv", "CSV", catalogue=_csv_table,
    ),
)  # fmt: skip


def named(name: str) -> ExportFormat:
    """Return a format by name; raises OptionError for an unknown name."""
    for each in FORMATS:
        if each.name == name:
            return each
    names = tuple(each.name for each in FORMATS)
    raise OptionError(message("unknown format '%(name)s'; choose one of %(names)s, or all", name=name, names=names))


def listing() -> list[str]:
    """Return a line for each format: name, purpose and suffix."""
    width = max(len(each.name) for each in FORMATS)
    return [f"{each.name:<{width}}  {each.purpose} (.{each.ending})" for each in FORMATS]
