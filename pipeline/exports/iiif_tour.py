"""Tell the tours of a state to IIIF: a camera a step, and what is said there, as the specification's `uc08` has it.

https://iiif.io/api/presentation/4.0/example/uc08_3d_comments_with_cameras.json
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.catalogue.state import Camera, Step
from pipeline.exports.iiif_values import annotation, at_point, choice, point, strings
from pipeline.exports.jsonld import filled
from pipeline.exports.markup import plain_texts
from pipeline.exports.media_types import media_type
from pipeline.exports.record import SiteRecord

ACTIONS = ("show", "enable", "select")


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
        "body": filled(body),
        "target": at_point(f"{own}/target", scene, camera.position or (0.0, 0.0, 0.0)),
    }


def tour_pages(record: SiteRecord, state: str, scene: str) -> Iterator[dict[str, Any]]:
    """Yield a page a tour: what each step says and lets hear, and the camera that it is seen with."""
    for number, tour in enumerate(record.entry.of.tour):
        items = [each for place in range(len(tour.step)) for each in _step(record, number, place, scene)]
        if tour.state == state and items:
            label = strings(record.text("tour", number, "title"))
            address = f"{scene}/tours/{tour.id}"
            yield {"id": address, "type": "AnnotationPage", "label": label, "items": items}


def _step(record: SiteRecord, tour: int, place: int, scene: str) -> Iterator[dict[str, Any]]:
    step, own = record.entry.of.tour[tour].step[place], _view(record, tour, place, scene)
    said = plain_texts(record.text("tour", tour, "step", place, "text"))
    target = _target(record, step, own, scene)
    if said:
        yield annotation(f"{own}/said", "commenting", choice(f"{own}/texts", said), target)
    for medium in record.entry.of.media:
        url = record.medium_url(medium)
        if medium.id == step.sound and url:
            sound = filled({"id": url, "type": "Audio", "format": media_type(url)})
            yield annotation(f"{own}/heard", "linking", sound, target)
    about = f"{own}/said" if said else f"{scene}/annotations/{step.annotation}" if step.annotation else ""
    if about and step.camera is not None:
        body = {
            "id": f"{own}/activated",
            "type": "SpecificResource",
            "source": {"id": own, "type": "Annotation"},
            "action": list(ACTIONS),
        }
        yield annotation(f"{own}/activating", "activating", body, {"id": about, "type": "Annotation"})


def _target(record: SiteRecord, step: Step, own: str, scene: str) -> dict[str, Any]:
    """Return what a step speaks of: its annotation's point, else what its camera looks at, else the whole."""
    pinned = (each.point for each in record.entry.of.annotation if each.id == step.annotation)
    place = next(pinned, None) or (step.camera.target if step.camera is not None else None)
    return at_point(f"{own}/about", scene, place) if place is not None else {"id": scene, "type": "Scene"}


def _view(record: SiteRecord, tour: int, step: int, scene: str) -> str:
    return f"{scene}/tours/{record.entry.of.tour[tour].id}/{step + 1}"
