"""IIIF Presentation API 3.0, which has no 3D scenes.

A state is a canvas with its poster, and its models are downloads; images, sounds and videos are canvases of their own.
Annotations and tours need a 3D scene, and are in version 4 only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from carreau.base.licences import rights_uri
from carreau.base.messages import message
from carreau.catalogue.media import DOCUMENT, IMAGE, SOUND, VIDEO
from carreau.catalogue.media import Medium as WrittenMedium
from carreau.exports.records.record import (
    MediumFile,
    NothingToExportError,
    SiteRecord,
    StateRecord,
    credit_lines,
    medium_credit,
    model_credit,
)
from carreau.exports.records.serializers import filled, json_bytes
from carreau.exports.standards.iiif_4 import CREDIT, about, lines, pair, poster, shared_rights, state_metadata, strings

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
NAV_PLACE = "http://iiif.io/api/extension/navplace/context.json"

Canvas = dict[str, Any]
_TYPES: Mapping[str, str] = {IMAGE: "Image", SOUND: "Sound", VIDEO: "Video"}


def iiif_3(record: SiteRecord) -> bytes:
    """Return a manifest with a canvas a state, picture, sound and film; raises NothingToExportError without any."""
    canvases = [*_states(record), *_media(record)]
    if not canvases:
        raise NothingToExportError(
            record.entry.document.name,
            message("it has no published image, sound, video or model yet"),
            message("add one"),
        )
    return json_bytes({"@context": [NAV_PLACE, CONTEXT], **filled(_manifest(record, canvases))})


def _manifest(record: SiteRecord, canvases: list[Canvas]) -> dict[str, Any]:
    credits_ = [
        text for each in canvases for text in each.get("requiredStatement", {}).get("value", {}).get("none", ())
    ]
    bodies = [canvas["items"][0]["items"][0]["body"] for canvas in canvases]
    return {
        "id": record.urls.iiif_3(record.slug),
        "type": "Manifest",
        **about(record, [*credits_, *credit_lines(record.entry.of.rights)], _provider(record)),
        "rights": shared_rights(each.get("rights", "") for each in canvases),
        "thumbnail": [body for body in bodies if body["type"] == "Image"][:1],
        "rendering": list(_documents(record)),
        "items": canvases,
    }


def _provider(record: SiteRecord) -> str:
    """Return the publisher of the edition, or the credit of the first item."""
    credits_ = [
        *(model.state.credit for model in record.models),
        *(medium.credit for _, medium, _ in _published(record)),
    ]
    return record.edition.publisher or next(filter(None, credits_), "")


def _states(record: SiteRecord) -> Iterator[Canvas]:
    """Yield a canvas for each state that has a model and a poster of known size."""
    for number, model in enumerate(record.states):
        if model.files and model.poster_url and all(model.poster_px):
            (picture,) = poster(model)
            address, credit = _address(record, "states", model.state.id), model_credit(model)
            properties = {
                "label": strings(record.state_titles(number) or record.names()),
                "summary": strings(record.text("state", number, "note")),
                "metadata": list(state_metadata(model)),
                "requiredStatement": pair(CREDIT, lines([credit])) if credit else {},
                "rights": rights_uri(model.state.licence),
                "rendering": list(_models(model)),
            }
            yield _canvas(address, properties, picture)


def _models(model: StateRecord) -> Iterator[dict[str, Any]]:
    for file in model.files:
        yield {"id": file.url, "type": "Model", "format": file.media_type, "label": lines([file.name])}


def _media(record: SiteRecord) -> Iterator[Canvas]:
    """Yield a canvas for each picture, sound and film whose size or length is known."""
    for number, medium, file in _published(record):
        size = {"width": file.width, "height": file.height} if medium.kind != SOUND and file.width else {}
        length = {"duration": file.duration_s} if medium.kind in (SOUND, VIDEO) and file.duration_s else {}
        if medium.kind not in _TYPES or not (length if medium.kind == SOUND else size):
            continue
        body = {"id": file.url, "type": _TYPES[medium.kind], "format": file.media_type, **size, **length}
        credit = medium_credit(medium)
        properties = {
            "label": strings(_label(record, number) or record.names()),
            "summary": strings(record.text("media", number, "alt")) if medium.kind == IMAGE else {},
            "requiredStatement": pair(CREDIT, lines([credit])) if credit else {},
            "rights": rights_uri(medium.licence),
        }
        yield _canvas(_address(record, "media", medium.id), properties, body)


def _documents(record: SiteRecord) -> Iterator[dict[str, Any]]:
    for number, medium, file in _published(record):
        if medium.kind == DOCUMENT:
            label = strings(_label(record, number) or record.names())
            yield {"id": file.url, "type": "Text", "format": file.media_type, "label": label}


def _published(record: SiteRecord) -> Iterator[tuple[int, WrittenMedium, MediumFile]]:
    for number, medium in enumerate(record.entry.of.media):
        if (file := record.media.get(medium.id)) is not None:
            yield number, medium, file


def _label(record: SiteRecord, number: int) -> Any:
    return record.text("media", number, "title") or record.text("media", number, "alt")


def _address(record: SiteRecord, kind: str, name: str) -> str:
    """Return the id of a canvas; scenes of version 4 have other ids."""
    return record.urls.part(record.slug, "canvases", f"{kind}/{name}")


def _canvas(address: str, properties: Mapping[str, Any], body: Mapping[str, Any]) -> Canvas:
    """Return a canvas with the size and duration of its content."""
    painting = {
        "id": f"{address}/painting",
        "type": "Annotation",
        "motivation": "painting",
        "body": body,
        "target": address,
    }
    extent = {key: body[key] for key in ("width", "height", "duration") if key in body}
    page = {"id": f"{address}/page", "type": "AnnotationPage", "items": [painting]}
    return filled({"id": address, "type": "Canvas", **properties, **extent, "items": [page]})
