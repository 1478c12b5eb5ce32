"""Make a IIIF scene of a state: its model, what is told on it, and the views of its tours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.catalogue.media import DOCUMENT, IMAGE, SOUND, VIDEO
from pipeline.catalogue.state import Triple
from pipeline.exports.credits import model_credit
from pipeline.exports.iiif_about import CREDIT
from pipeline.exports.iiif_tour import views
from pipeline.exports.iiif_values import annotation, at_point, choice, lines, pair, strings
from pipeline.exports.jsonld import filled
from pipeline.exports.labels import Phrase, evidence
from pipeline.exports.markup import plain
from pipeline.exports.media_types import media_type
from pipeline.exports.record import SiteRecord, StateRecord, Texts
from pipeline.exports.rights import rights_uri
from pipeline.levels import AR, by_default

LEVELS = (AR.name, *by_default())
"""The plain file first: a viewer that knows IIIF need not know meshopt, WebP or KTX2."""

EVIDENCE: Phrase = {"fr": "Valeur de preuve", "en": "Evidence"}
DATE: Phrase = {"fr": "Date montrée", "en": "Date shown"}
SOURCES: Phrase = {"fr": "Sources", "en": "Sources"}

_TYPES = {IMAGE: "Image", SOUND: "Audio", VIDEO: "Video", DOCUMENT: "Text"}


def scene_address(record: SiteRecord, made: StateRecord) -> str:
    """Return what identifies the scene of a state."""
    return record.urls.part(record.slug, "scenes", made.state.id)


def scene(record: SiteRecord, made: StateRecord) -> dict[str, Any]:
    """Return the scene of a state that has files."""
    state, number = made.state, record.states.index(made)
    address = scene_address(record, made)
    title = record.text("state", number, "title") or record.names()
    credit, told = model_credit(made), list(_told(record, state.id, address))
    page = {"id": f"{address}/told", "type": "AnnotationPage", "items": told}
    return filled(
        {
            "id": address,
            "type": "Scene",
            "label": strings(title),
            "summary": strings(record.text("state", number, "note")),
            "metadata": list(state_metadata(made)),
            "requiredStatement": pair(CREDIT, lines([credit])) if credit else {},
            "rights": rights_uri(state.licence),
            "backgroundColor": "#202020",
            "spatialScale": {"type": "Quantity", "quantityValue": 1.0, "unit": "m"},
            "rendering": list(_renderings(made)),
            "items": [_shown(record, made, address, title)],
            "annotations": [page] if told else [],
        }
    )


def state_metadata(made: StateRecord) -> Iterable[dict[str, Any]]:
    """Yield how sure a state is, when it was, and after what it was made."""
    state = made.state
    yield pair(EVIDENCE, strings(evidence(state.kind, state.evidence)))
    if state.date is not None:
        yield pair(DATE, lines([state.date.text]))
    if state.sources:
        yield pair(SOURCES, {"fr": [plain(source) for source in state.sources]})


def _shown(record: SiteRecord, made: StateRecord, address: str, title: Texts) -> dict[str, Any]:
    """Return what is drawn: the model, and the cameras of the tours, hidden until they are asked for."""
    file = made.first(*LEVELS)
    body = {"id": file.url, "type": "Model", "format": file.media_type, "label": strings(title)} if file else {}
    painting = {
        "id": f"{address}/model",
        "type": "Annotation",
        "motivation": ["painting"],
        "body": body,
        "target": {"id": address, "type": "Scene"},
    }
    items = [*([painting] if body else []), *views(record, made.state.id, address)]
    return {"id": f"{address}/shown", "type": "AnnotationPage", "items": items}


def _renderings(made: StateRecord) -> Iterator[dict[str, Any]]:
    first = made.first(*LEVELS)
    for file in made.files:
        if file != first:
            yield {"id": file.url, "type": "Model", "format": file.media_type, "label": lines([file.name])}


def _told(record: SiteRecord, state: str, address: str) -> Iterator[dict[str, Any]]:
    """Yield what is pinned to points: the texts, then the media that belong to them."""
    for number, pinned in enumerate(record.entry.of.annotation):
        if pinned.state != state or pinned.point is None:
            continue
        own = f"{address}/annotations/{pinned.id}"
        texts = titled(record.text("annotation", number, "title"), record.text("annotation", number, "text"))
        target = at_point(f"{own}/target", address, pinned.point)
        yield annotation(own, "commenting", choice(f"{own}/texts", texts), target)
        for name in pinned.media:
            yield from _medium(record, name, f"{own}/media/{name}", address, pinned.point)


def _medium(record: SiteRecord, name: str, own: str, address: str, place: Triple) -> Iterator[dict[str, Any]]:
    for number, medium in enumerate(record.entry.of.media):
        url = record.medium_url(medium)
        if medium.id == name and url:
            body = {
                "id": url,
                "type": _TYPES[medium.kind],
                "format": media_type(url),
                "label": strings(record.text("media", number, "alt") or record.text("media", number, "title")),
            }
            yield annotation(own, "linking", filled(body), at_point(f"{own}/target", address, place))


def titled(titles: Texts, texts: Texts) -> dict[str, str]:
    """Return in each language that has a title, the title with the text below it; a text not translated is left out."""
    said = {code: plain(title.text) for code, title in titles.items()}
    return {code: f"{title}\n\n{plain(texts[code].text)}" if code in texts else title for code, title in said.items()}
