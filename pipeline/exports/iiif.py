"""Hand a site with its models to IIIF viewers: a manifest of the IIIF Presentation API 4.0, which is still a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from pipeline.exports.credits import credit_lines, model_credit
from pipeline.exports.edition import NothingToExportError
from pipeline.exports.iiif_scene import scene, scene_address
from pipeline.exports.iiif_tour import tour_pages
from pipeline.exports.iiif_values import lines, pair, strings
from pipeline.exports.jsonld import filled, json_bytes
from pipeline.exports.phrases import DEMONSTRATION, KINDS, UNVERIFIED, Phrase, unreviewed
from pipeline.exports.places import point_of
from pipeline.exports.record import SiteRecord, StateRecord
from pipeline.exports.rights import rights_uri

CONTEXT = "http://iiif.io/api/presentation/4/context.json"

CREDIT: Phrase = {"fr": "Crédit", "en": "Credit"}
COMMUNE: Phrase = {"fr": "Commune", "en": "Municipality"}
KIND: Phrase = {"fr": "Nature", "en": "Kind"}
PERIOD: Phrase = {"fr": "Période", "en": "Period"}
ELEMENT: Phrase = {"fr": "Élément du patrimoine mondial", "en": "World Heritage element"}
STANDING: Phrase = {"fr": "À savoir", "en": "Please note"}
HOME: Phrase = {"fr": "Accueil", "en": "Home page"}


def iiif(record: SiteRecord) -> bytes:
    """Return a manifest with a scene a state that has a model; raises NothingToExportError where none has."""
    if not record.models:
        raise NothingToExportError(f"{record.entry.sheet.name}: no state of it has a model yet; make one")
    return json_bytes({"@context": CONTEXT, **filled(_manifest(record))})


def _manifest(record: SiteRecord) -> dict[str, Any]:
    urls, slug, first = record.urls, record.slug, record.models[0]
    credits_ = [*filter(None, map(model_credit, record.models)), *credit_lines(record.entry.of.rights)]
    return {
        "id": urls.iiif(slug),
        "type": "Manifest",
        "label": strings(record.names()),
        "summary": strings(record.summaries()),
        "metadata": list(_metadata(record)),
        "requiredStatement": pair(CREDIT, lines(dict.fromkeys(credits_))) if credits_ else {},
        "rights": _rights(record),
        "provider": [_provider(record)] if _provider_name(record) else [],
        "homepage": [
            {
                "id": urls.page(slug, code),
                "type": "Text",
                "label": {code: [name.text]},
                "format": "text/html",
                "language": [code],
            }
            for code, name in record.names().items()
        ],
        "seeAlso": [
            {"id": urls.jsonld(slug), "type": "Dataset", "format": "application/ld+json"},
            {"id": urls.document("sites", slug, "geojson"), "type": "Dataset", "format": "application/geo+json"},
        ],
        "thumbnail": _picture(first) if first.poster_url else [],
        "navPlace": _place(record),
        "items": [scene(record, made) for made in record.models],
        "annotations": [
            page for made in record.models for page in tour_pages(record, made.state.id, scene_address(record, made))
        ],
    }


def _metadata(record: SiteRecord) -> Iterable[dict[str, Any]]:
    site, inscription = record.entry.of, record.entry.of.inscription
    if site.commune:
        yield pair(COMMUNE, lines([site.commune]))
    yield pair(KIND, strings(KINDS[site.kind]))
    written = lines([site.period.text]) if site.period else {}
    if record.text("period_note") or written:
        yield pair(PERIOD, strings(record.text("period_note")) or written)
    if inscription is not None:
        yield pair(ELEMENT, lines([f"{inscription.list}, {inscription.element}"]))
    simulated, doubted = DEMONSTRATION if site.demonstration else {}, UNVERIFIED if site.confidence != "high" else {}
    for doubt in (simulated, doubted, unreviewed(record.unreviewed())):
        if doubt:
            yield pair(STANDING, strings(doubt))


def _rights(record: SiteRecord) -> str:
    """Return the licence that all models share, where IIIF takes it; else each scene names its own."""
    found = {rights_uri(made.state.licence) for made in record.models}
    return found.pop() if len(found) == 1 else ""


def _provider_name(record: SiteRecord) -> str:
    return record.edition.publisher or next((made.state.credit for made in record.models if made.state.credit), "")


def _provider(record: SiteRecord) -> dict[str, Any]:
    """Return who answers for the edition, or as long as nobody is named, who made the first model."""
    home = record.edition.homepage if urlsplit(record.edition.homepage).scheme else record.urls.base
    page = {"id": home, "type": "Text", "label": strings(HOME), "format": "text/html"}
    return {"id": home, "type": "Agent", "label": lines([_provider_name(record)]), "homepage": [page]}


def _place(record: SiteRecord) -> Mapping[str, Any]:
    point = point_of(record.entry.of.position)
    if point is None:
        return {}
    address = record.urls.part(record.slug, "place", "point")
    feature = {
        "id": address,
        "type": "Feature",
        "properties": {"label": strings(record.names())},
        "geometry": {"type": "Point", "coordinates": list(point)},
    }
    return {"id": f"{address}s", "type": "FeatureCollection", "features": [feature]}


def _picture(made: StateRecord) -> list[dict[str, Any]]:
    size = dict(zip(("width", "height"), made.poster_px, strict=True)) if all(made.poster_px) else {}
    return [{"id": made.poster_url, "type": "Image", "format": "image/webp", **size}]
