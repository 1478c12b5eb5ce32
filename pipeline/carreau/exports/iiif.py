"""Manifests for IIIF viewers: Presentation API 4.0, still a draft, with 3D scenes, and 3.0 with pictures.

In version 4 a state is a 3D scene, and a tour follows the example uc08_3d_comments_with_cameras of the specification: a
camera and a text for each step. In version 3 a state is a canvas with its poster, and its models are downloads; images,
sounds and videos are canvases of their own. Annotations and tours need a 3D scene, and are in version 4 only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from carreau.base.levels import AR, by_default
from carreau.base.messages import message
from carreau.base.terms import rights_uri
from carreau.catalogue.media import DOCUMENT, IMAGE, SOUND, VIDEO
from carreau.catalogue.media import Medium as WrittenMedium
from carreau.catalogue.site import Camera, Step, Triple
from carreau.exports.record import (
    MediumFile,
    ModelFile,
    NothingToExportError,
    SiteRecord,
    StateRecord,
    Texts,
    credit_lines,
    media_type,
    medium_credit,
    model_credit,
)
from carreau.exports.serializers import (
    DEMONSTRATION,
    KINDS,
    UNVERIFIED,
    Phrase,
    compact,
    evidence,
    json_bytes,
    lon_lat,
    note_unreviewed,
    plain,
    plain_texts,
)


def views(record: SiteRecord, state: str, scene: str) -> Iterator[dict[str, Any]]:
    """Yield a hidden camera for each step that has one."""
    for number, tour in enumerate(record.entry.of.tour):
        if tour.state == state:
            for place, step in enumerate(tour.step):
                if step.camera is not None and step.camera.position is not None:
                    yield _camera(record, number, place, step.camera, scene)


def _camera(record: SiteRecord, tour: int, step: int, camera: Camera, scene: str) -> dict[str, Any]:
    own, titles = _view(record, tour, step, scene), plain_texts(record.text("tour", tour, "title"))
    body = {
        "id": f"{own}/camera",
        "type": "PerspectiveCamera",
        "label": strings({code: f"{title} {step + 1}" for code, title in titles.items()}),
        "fieldOfView": camera.field_deg,
        "lookAt": point(camera.target) if camera.target is not None else None,
    }
    return {
        "id": own,
        "type": "Annotation",
        "motivation": ["painting"],
        "behavior": ["hidden"],
        "body": compact(body),
        "target": at_point(f"{own}/target", scene, camera.position or (0.0, 0.0, 0.0)),
    }


def tour_pages(record: SiteRecord, state: str, scene: str) -> Iterator[dict[str, Any]]:
    """Yield an annotation page for each tour: text, sound and camera of each step."""
    for number, tour in enumerate(record.entry.of.tour):
        items = [each for place in range(len(tour.step)) for each in _step(record, number, place, scene)]
        if tour.state == state and items:
            label = strings(record.text("tour", number, "title"))
            address = f"{scene}/tours/{tour.id}"
            yield {"id": address, "type": "AnnotationPage", "label": label, "items": items}


def _step(record: SiteRecord, tour: int, place: int, scene: str) -> Iterator[dict[str, Any]]:
    step, own = record.entry.of.tour[tour].step[place], _view(record, tour, place, scene)
    texts = plain_texts(record.text("tour", tour, "step", place, "text"))
    target = _target(record, step, own, scene)
    if texts:
        yield annotation(f"{own}/said", "commenting", choice(f"{own}/texts", texts), target)
    for medium in record.entry.of.media:
        url = record.medium_url(medium)
        if medium.id == step.sound and url:
            sound = compact({"id": url, "type": "Audio", "format": media_type(url)})
            yield annotation(f"{own}/heard", "linking", sound, target)
    about = f"{own}/said" if texts else f"{scene}/annotations/{step.annotation}" if step.annotation else ""
    if about and step.camera is not None:
        body = {
            "id": f"{own}/activated",
            "type": "SpecificResource",
            "source": {"id": own, "type": "Annotation"},
            "action": ["show", "enable", "select"],
        }
        yield annotation(f"{own}/activating", "activating", body, {"id": about, "type": "Annotation"})


def _target(record: SiteRecord, step: Step, own: str, scene: str) -> dict[str, Any]:
    """Return the target of a step: the point of its annotation, else of its camera, else the whole scene."""
    pinned = (each.point for each in record.entry.of.annotation if each.id == step.annotation)
    place = next(pinned, None) or (step.camera.target if step.camera is not None else None)
    return at_point(f"{own}/about", scene, place) if place is not None else {"id": scene, "type": "Scene"}


def _view(record: SiteRecord, tour: int, step: int, scene: str) -> str:
    return f"{scene}/tours/{record.entry.of.tour[tour].id}/{step + 1}"


LEVELS = (AR.name, *by_default())
"""The plain file first: a viewer that knows IIIF need not know meshopt, WebP or KTX2."""

EVIDENCE: Phrase = {"fr": "Valeur de preuve", "en": "Evidence"}
DATE: Phrase = {"fr": "Date montrée", "en": "Date shown"}
SOURCES: Phrase = {"fr": "Sources", "en": "Sources"}

_TYPES = {IMAGE: "Image", SOUND: "Audio", VIDEO: "Video", DOCUMENT: "Text"}


def scene_address(record: SiteRecord, model: StateRecord) -> str:
    """Return the id of the scene of a state."""
    return record.urls.part(record.slug, "scenes", model.state.id)


def scene(record: SiteRecord, model: StateRecord) -> dict[str, Any]:
    """Return the scene of a state that has files."""
    state, number = model.state, record.states.index(model)
    address = scene_address(record, model)
    title = record.state_titles(number) or record.names()
    credit, annotations = model_credit(model), list(_annotations(record, state.id, address))
    page = {"id": f"{address}/told", "type": "AnnotationPage", "items": annotations}
    return compact(
        {
            "id": address,
            "type": "Scene",
            "label": strings(title),
            "summary": strings(record.text("state", number, "note")),
            "metadata": list(state_metadata(model)),
            "requiredStatement": pair(CREDIT, lines([credit])) if credit else {},
            "rights": rights_uri(state.licence),
            "backgroundColor": "#202020",
            "spatialScale": {"type": "Quantity", "quantityValue": 1.0, "unit": "m"},
            "rendering": _models(model, model.first(*LEVELS)),
            "items": [_painting(record, model, address, title)],
            "annotations": [page] if annotations else [],
        }
    )


def state_metadata(model: StateRecord) -> Iterable[dict[str, Any]]:
    """Yield evidence, date and sources of a state."""
    state = model.state
    yield pair(EVIDENCE, strings(evidence(state.shown_as, state.evidence)))
    if state.date is not None:
        yield pair(DATE, lines([state.date.text]))
    if state.sources:
        yield pair(SOURCES, {"fr": [plain(source) for source in state.sources]})


def _painting(record: SiteRecord, model: StateRecord, address: str, title: Texts) -> dict[str, Any]:
    """Return the painting annotations: the model, and the cameras of tours, which are hidden at first."""
    file = model.first(*LEVELS)
    body = {"id": file.url, "type": "Model", "format": file.media_type, "label": strings(title)} if file else {}
    painting = annotation(f"{address}/model", "painting", body, {"id": address, "type": "Scene"})
    items = [*([painting] if body else []), *views(record, model.state.id, address)]
    return {"id": f"{address}/shown", "type": "AnnotationPage", "items": items}


def _models(model: StateRecord, shown: ModelFile | None = None) -> list[dict[str, Any]]:
    """Return the files of a state but the one that is shown, as downloads."""
    return [
        {"id": file.url, "type": "Model", "format": file.media_type, "label": lines([file.name])}
        for file in model.files
        if file != shown
    ]


def _annotations(record: SiteRecord, state: str, address: str) -> Iterator[dict[str, Any]]:
    """Yield the annotations at points: their texts, then their media."""
    for number, pinned in enumerate(record.entry.of.annotation):
        if pinned.state != state or pinned.point is None:
            continue
        own = f"{address}/annotations/{pinned.id}"
        texts = add_texts(record.text("annotation", number, "title"), record.annotation_text(number))
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
            yield annotation(own, "linking", compact(body), at_point(f"{own}/target", address, place))


def add_texts(titles: Texts, texts: Texts) -> dict[str, str]:
    """Return in each language that has a title, the title with the text below it; a text not translated is left out."""
    names = {code: plain(title.text) for code, title in titles.items()}
    return {code: f"{name}\n\n{plain(texts[code].text)}" if code in texts else name for code, name in names.items()}


CONTEXT = "http://iiif.io/api/presentation/4/context.json"


def iiif(record: SiteRecord) -> bytes:
    """Return a manifest with a scene a state that has a model; raises NothingToExportError where none has."""
    if not record.models:
        raise NothingToExportError(
            record.entry.document.name, message("none of its states has a model yet"), message("build one")
        )
    return json_bytes({"@context": CONTEXT, **compact(_manifest(record))})


def _manifest(record: SiteRecord) -> dict[str, Any]:
    credits_ = [*filter(None, map(model_credit, record.models)), *credit_lines(record.entry.of.rights)]
    own = [model.state.credit for model in record.models]
    return {
        "id": record.urls.iiif(record.slug),
        "type": "Manifest",
        **about(record, credits_, record.edition.publisher or next(filter(None, own), "")),
        "rights": shared_rights(rights_uri(model.state.licence) for model in record.models),
        "thumbnail": poster(record.models[0]),
        "items": [scene(record, model) for model in record.models],
        "annotations": [
            page for model in record.models for page in tour_pages(record, model.state.id, scene_address(record, model))
        ],
    }


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
        "provider": [_manifest_provider(record, provider)] if provider else [],
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
    for doubt in (simulated, doubted, note_unreviewed(record.list_unreviewed())):
        if doubt:
            yield pair(STANDING, strings(doubt))


def _manifest_provider(record: SiteRecord, name: str) -> dict[str, Any]:
    home = record.edition.homepage if urlsplit(record.edition.homepage).scheme else record.urls.base
    page = {"id": home, "type": "Text", "label": strings(HOME), "format": "text/html"}
    return {"id": home, "type": "Agent", "label": lines([name]), "homepage": [page]}


def _place(record: SiteRecord) -> Mapping[str, Any]:
    point = lon_lat(record.entry.of.position)
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


CONTEXT_3 = "http://iiif.io/api/presentation/3/context.json"
NAV_PLACE = "http://iiif.io/api/extension/navplace/context.json"

Canvas = dict[str, Any]
_TYPES_3: Mapping[str, str] = {IMAGE: "Image", SOUND: "Sound", VIDEO: "Video"}


def iiif_3(record: SiteRecord) -> bytes:
    """Return a manifest with a canvas a state, picture, sound and film; raises NothingToExportError without any."""
    canvases = [*_canvases_of_states(record), *_canvases_of_media(record)]
    if not canvases:
        raise NothingToExportError(
            record.entry.document.name,
            message("it has no published image, sound, video or model yet"),
            message("add one"),
        )
    return json_bytes({"@context": [NAV_PLACE, CONTEXT_3], **compact(_manifest_3(record, canvases))})


def _manifest_3(record: SiteRecord, canvases: list[Canvas]) -> dict[str, Any]:
    credits_ = [
        text for each in canvases for text in each.get("requiredStatement", {}).get("value", {}).get("none", ())
    ]
    bodies = [canvas["items"][0]["items"][0]["body"] for canvas in canvases]
    own = [*(model.state.credit for model in record.models), *(each.credit for _, each, _ in _list_published(record))]
    provider = record.edition.publisher or next(filter(None, own), "")
    return {
        "id": record.urls.iiif_3(record.slug),
        "type": "Manifest",
        **about(record, [*credits_, *credit_lines(record.entry.of.rights)], provider),
        "rights": shared_rights(each.get("rights", "") for each in canvases),
        "thumbnail": [body for body in bodies if body["type"] == "Image"][:1],
        "rendering": list(_documents(record)),
        "items": canvases,
    }


def _canvases_of_states(record: SiteRecord) -> Iterator[Canvas]:
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
                "rendering": _models(model),
            }
            yield _canvas(address, properties, picture)


def _canvases_of_media(record: SiteRecord) -> Iterator[Canvas]:
    """Yield a canvas for each picture, sound and film whose size or length is known."""
    for number, medium, file in _list_published(record):
        size = {"width": file.width, "height": file.height} if medium.kind != SOUND and file.width else {}
        length = {"duration": file.duration_s} if medium.kind in (SOUND, VIDEO) and file.duration_s else {}
        if medium.kind not in _TYPES_3 or not (length if medium.kind == SOUND else size):
            continue
        body = {"id": file.url, "type": _TYPES_3[medium.kind], "format": file.media_type, **size, **length}
        credit = medium_credit(medium)
        properties = {
            "label": strings(_label(record, number) or record.names()),
            "summary": strings(record.text("media", number, "alt")) if medium.kind == IMAGE else {},
            "requiredStatement": pair(CREDIT, lines([credit])) if credit else {},
            "rights": rights_uri(medium.licence),
        }
        yield _canvas(_address(record, "media", medium.id), properties, body)


def _documents(record: SiteRecord) -> Iterator[dict[str, Any]]:
    for number, medium, file in _list_published(record):
        if medium.kind == DOCUMENT:
            label = strings(_label(record, number) or record.names())
            yield {"id": file.url, "type": "Text", "format": file.media_type, "label": label}


def _list_published(record: SiteRecord) -> Iterator[tuple[int, WrittenMedium, MediumFile]]:
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
    return compact({"id": address, "type": "Canvas", **properties, **extent, "items": [page]})
