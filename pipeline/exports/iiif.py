"""Hand a site with its models to IIIF viewers: a manifest of the IIIF Presentation API 4.0, which is still a draft."""

from __future__ import annotations

from typing import Any

from pipeline.exports.credits import credit_lines, model_credit
from pipeline.exports.edition import NothingToExportError
from pipeline.exports.iiif_about import about, poster, shared_rights
from pipeline.exports.iiif_scene import scene, scene_address
from pipeline.exports.iiif_tour import tour_pages
from pipeline.exports.jsonld import filled, json_bytes
from pipeline.exports.record import SiteRecord
from pipeline.exports.rights import rights_uri
from pipeline.messages import message

CONTEXT = "http://iiif.io/api/presentation/4/context.json"


def iiif(record: SiteRecord) -> bytes:
    """Return a manifest with a scene a state that has a model; raises NothingToExportError where none has."""
    if not record.models:
        raise NothingToExportError(
            record.entry.document.name, message("none of its states has a model yet"), message("build one")
        )
    return json_bytes({"@context": CONTEXT, **filled(_manifest(record))})


def _manifest(record: SiteRecord) -> dict[str, Any]:
    credits_ = [*filter(None, map(model_credit, record.models)), *credit_lines(record.entry.of.rights)]
    return {
        "id": record.urls.iiif(record.slug),
        "type": "Manifest",
        **about(record, credits_, _provider(record)),
        "rights": shared_rights(rights_uri(made.state.licence) for made in record.models),
        "thumbnail": poster(record.models[0]),
        "items": [scene(record, made) for made in record.models],
        "annotations": [
            page for made in record.models for page in tour_pages(record, made.state.id, scene_address(record, made))
        ],
    }


def _provider(record: SiteRecord) -> str:
    """Return who answers for the edition, or as long as nobody is named, who made the first model."""
    return record.edition.publisher or next((made.state.credit for made in record.models if made.state.credit), "")
