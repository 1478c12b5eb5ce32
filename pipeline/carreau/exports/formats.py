"""Table of export formats, one row each.

The command, the bundle, the server's content negotiation and the pages derive from the rows. Functions are written as
text, `module:function`, and imported when a document is made, so that the server can read the table alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from carreau.base.errors import OptionError
from carreau.base.messages import Message, message

if TYPE_CHECKING:
    from carreau.exports.record import NothingToExportError, RouteRecord, SiteRecord, TrailRecord

    Content = bytes | Mapping[str, bytes | NothingToExportError]
    """A document, or one for each state by its id, or why that state has none."""


@dataclass(frozen=True)
class ExportFormat:
    """An export format.

    purpose : what it is for, in English
    media_type, ending : of its files; the suffix without a dot
    label : name on pages
    site, route, trail : functions of a record that make its document; empty where the format has none. They raise
        NothingToExportError where nothing true can be expressed.
    catalogue : function of all sites that makes one document of them; with `is_per_language` of all sites and routes
    is_per_language : whether there is a document for each language, which the functions are given as well
    lacks : function of a document that says what it lacks and its readers ask for; empty where the format has no such
        rule, or where nothing is made without it
    path : URL path of the document of a site, with {slug}; empty for `/v1/sites/{slug}.ENDING`
    """

    name: str
    purpose: str
    media_type: str
    ending: str
    label: str
    site: str = ""
    route: str = ""
    trail: str = ""
    catalogue: str = ""
    is_per_language: bool = False
    path: str = ""
    lacks: str = ""

    @property
    def is_catalogue_only(self) -> bool:
        """Return whether there are documents of the whole catalogue only."""
        return not (self.site or self.route or self.trail)

    def document(self, record: SiteRecord | RouteRecord | TrailRecord, language: str) -> Content | None:
        """Return the document of a record, None where the format has none of its kind.

        language : of the document, where there is one for each
        Raises NothingToExportError where nothing true can be expressed.
        """
        function = getattr(self, record.kind)
        if not function:
            return None
        content: Content = resolve_name(function)(record, *((language,) if self.is_per_language else ()))
        return content

    def catalogue_document(self, sites: Sequence[SiteRecord], routes: Sequence[RouteRecord], language: str) -> bytes:
        """Return the document of all sites, or of all sites and routes in a language."""
        content: bytes = resolve_name(self.catalogue)(sites, *((routes, language) if self.is_per_language else ()))
        return content

    def lacking(self, document: bytes) -> tuple[Message, ...]:
        """Return what a document lacks that its readers ask for."""
        messages: tuple[Message, ...] = resolve_name(self.lacks)(document) if self.lacks else ()
        return messages

    @property
    def extension(self) -> str:
        """Return the last part of the suffix, under which files are stored."""
        return self.ending.rpartition(".")[2]


def _iiif_type(version: int) -> str:
    return f'application/ld+json;profile="http://iiif.io/api/presentation/{version}/context.json"'


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat(
        "schema-org",
        "for search engines: schema.org JSON-LD",
        "application/ld+json",
        "jsonld",
        "schema.org",
        "carreau.exports.schema_org:schema_org_site",
        "carreau.exports.schema_org:schema_org_route",
        "carreau.exports.geojson:schema_org_trail",
    ),
    ExportFormat(
        "datatourisme",
        "for tourist offices: DATAtourisme JSON-LD, unverified: the official ontology was not at hand",
        "application/ld+json",
        "datatourisme.jsonld",
        "DATAtourisme",
        "carreau.exports.datatourisme:datatourisme_site",
        "carreau.exports.datatourisme:datatourisme_route",
        lacks="carreau.exports.datatourisme:lacking_words",
    ),
    ExportFormat(
        "edm",
        "for Europeana: EDM for 3D, shown through our oEmbed; asks for --publisher and --aggregator",
        "application/rdf+xml",
        "edm.xml",
        "Europeana (EDM)",
        "carreau.exports.edm:edm",
    ),
    ExportFormat(
        "iiif",
        "for IIIF viewers: a Presentation 4 manifest, of which the specification is still a draft",
        _iiif_type(4),
        "iiif.json",
        "IIIF 4",
        "carreau.exports.iiif:iiif",
        path="/iiif/{slug}/manifest.json",
    ),
    ExportFormat(
        "iiif-3",
        "for the IIIF viewers there are: a Presentation 3 manifest; the models to download",
        _iiif_type(3),
        "iiif3.json",
        "IIIF 3",
        "carreau.exports.iiif:iiif_3",
        path="/iiif/3/{slug}/manifest.json",
    ),
    ExportFormat(
        "svx",
        "for Voyager and eCorpus: scenes with articles and tours, zipped; no Polish, which Voyager has not",
        "application/zip",
        "svx.zip",
        "Voyager (SVX)",
        "carreau.exports.svx:svx",
        is_per_language=True,
    ),
    ExportFormat(
        "geojson",
        "for maps and OGC API Features",
        "application/geo+json",
        "geojson",
        "GeoJSON",
        "carreau.exports.geojson:geojson_site",
        "carreau.exports.geojson:geojson_route",
        "carreau.exports.geojson:geojson_trail",
        "carreau.exports.geojson:geojson_all",
        is_per_language=True,
    ),
    ExportFormat(
        "geopose",
        "for augmented reality: where a model stands and how it is turned (OGC GeoPose 1.0)",
        "application/json",
        "geopose.json",
        "GeoPose",
        "carreau.exports.ogc_json:geoposes",
    ),
    ExportFormat(
        "mf-json",
        "for maps that move: OGC Moving Features JSON (19-045r3)",
        "application/json",
        "mf.json",
        "Moving Features",
        "carreau.exports.ogc_json:moving_features",
        trail="carreau.exports.ogc_json:moving_features",
    ),
    ExportFormat(
        "gpx",
        "for phones and receivers: a route with its stops",
        "application/gpx+xml",
        "gpx",
        "GPX",
        route="carreau.exports.gpx:gpx",
        is_per_language=True,
    ),
    ExportFormat("lido", "for museums: LIDO 1.1", "application/xml", "lido.xml", "LIDO", "carreau.exports.lido:lido"),
    ExportFormat(
        "dublin-core",
        "for libraries that harvest: Dublin Core (oai_dc)",
        "application/xml",
        "dc.xml",
        "Dublin Core",
        "carreau.exports.dublin_core:dublin_core_site",
        "carreau.exports.dublin_core:dublin_core_route",
    ),
    ExportFormat(
        "csv",
        "for a spreadsheet: a row a site, all languages",
        "text/csv",
        "csv",
        "CSV",
        catalogue="carreau.exports.serializers:csv_table",
    ),
)


def find_format(name: str) -> ExportFormat:
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
