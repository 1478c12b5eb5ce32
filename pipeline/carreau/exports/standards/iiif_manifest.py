"""Parts that manifests of IIIF Presentation 3 and 4 have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from carreau.catalogue.state import Triple
from carreau.exports.records.export_labels import DEMONSTRATION, KINDS, UNVERIFIED, Phrase, unreviewed
from carreau.exports.records.geometries import point_of
from carreau.exports.records.record import SiteRecord, StateRecord, Texts
from carreau.exports.records.serializers import plain

Strings = dict[str, list[str]]
"""A language map: the texts of a language by its code."""


def strings(texts: Texts | Mapping[str, str]) -> Strings:
    """Return a text as a language map.

    >>> strings({"fr": "fosse"})
    {'fr': ['fosse']}
    """
    return {code: [plain(text if isinstance(text, str) else text.text)] for code, text in texts.items()}


def lines(texts: Iterable[str]) -> Strings:
    """Return names and the like, which are in no language."""
    return {"none": [plain(text) for text in texts]}


def pair(label: Mapping[str, str], value: Strings) -> dict[str, Any]:
    """Return a labelled value."""
    return {"label": strings(label), "value": value}


def point(place: Triple) -> dict[str, Any]:
    """Return a point of a scene, in metres."""
    x, y, z = place
    return {"type": "PointSelector", "x": x, "y": y, "z": z}


def at_point(address: str, scene: str, place: Triple) -> dict[str, Any]:
    """Return a point of a scene as a target."""
    return {
        "id": address,
        "type": "SpecificResource",
        "source": {"id": scene, "type": "Scene"},
        "selector": [point(place)],
    }


def choice(address: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return texts of which a viewer shows the one in its language."""
    bodies = [
        {"id": f"{address}/{code}", "type": "TextualBody", "value": text, "language": [code], "format": "text/plain"}
        for code, text in texts.items()
    ]
    return {"id": address, "type": "Choice", "items": bodies}


def annotation(address: str, motivation: str, body: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    """Return an annotation."""
    return {"id": address, "type": "Annotation", "motivation": [motivation], "body": body, "target": target}


CREDIT: Phrase = {"fr": "Crédit", "en": "Credit"}
COMMUNE: Phrase = {"fr": "Commune", "en": "Municipality"}
KIND: Phrase = {"fr": "Nature", "en": "Kind"}
PERIOD: Phrase = {"fr": "Période", "en": "Period"}
ELEMENT: Phrase = {"fr": "Élément du patrimoine mondial", "en": "World Heritage element"}
STANDING: Phrase = {"fr": "À savoir", "en": "Please note"}
HOME: Phrase = {"fr": "Accueil", "en": "Home page"}


def about(record: SiteRecord, credits_: Sequence[str], provider: str) -> dict[str, Any]:
    """Return the properties that manifests of a site share.

    credits_ : lines that viewers have to show
    provider : publisher of the edition, or creator of the content
    """
    urls, slug = record.urls, record.slug
    return {
        "label": strings(record.names()),
        "summary": strings(record.summaries()),
        "metadata": list(_metadata(record)),
        "requiredStatement": pair(CREDIT, lines(dict.fromkeys(credits_))) if credits_ else {},
        "provider": [_provider(record, provider)] if provider else [],
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
        "navPlace": _place(record),
    }


def shared_rights(uris: Iterable[str]) -> str:
    """Return the licence that all parts share; empty if they differ, so that each part has its own."""
    distinct = set(uris)
    return distinct.pop() if len(distinct) == 1 else ""


def poster(model: StateRecord) -> list[dict[str, Any]]:
    """Return the poster of a state, if it has one."""
    size = dict(zip(("width", "height"), model.poster_px, strict=True)) if all(model.poster_px) else {}
    return [{"id": model.poster_url, "type": "Image", "format": "image/webp", **size}] if model.poster_url else []


def _metadata(record: SiteRecord) -> Iterable[dict[str, Any]]:
    site, inscription = record.entry.of, record.entry.of.inscription
    if site.commune:
        yield pair(COMMUNE, lines([site.commune]))
    if site.kind:
        yield pair(KIND, strings(KINDS[site.kind]))
    period = lines([site.period.text]) if site.period else {}
    if record.text("period_note") or period:
        yield pair(PERIOD, strings(record.text("period_note")) or period)
    if inscription is not None:
        yield pair(ELEMENT, lines([f"{inscription.list}, {inscription.element}"]))
    simulated, doubted = DEMONSTRATION if site.demonstration else {}, UNVERIFIED if site.confidence != "high" else {}
    for doubt in (simulated, doubted, unreviewed(record.unreviewed())):
        if doubt:
            yield pair(STANDING, strings(doubt))


def _provider(record: SiteRecord, name: str) -> dict[str, Any]:
    home = record.edition.homepage if urlsplit(record.edition.homepage).scheme else record.urls.base
    page = {"id": home, "type": "Text", "label": strings(HOME), "format": "text/html"}
    return {"id": home, "type": "Agent", "label": lines([name]), "homepage": [page]}


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
