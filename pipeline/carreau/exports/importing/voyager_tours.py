"""Tours of a Voyager scene: each step is a snapshot of the viewer, of which view, annotation and article are kept.

Voyager turns its camera about a pivot, the origin in older scenes, by heading, then by pitch, then by roll, and moves
it by an offset in its own axes (CVOrbitNavigation.ts; `carreau.exports.standards.svx_setup` is the inverse).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carreau.base.messages import message
from carreau.catalogue.state import Triple
from carreau.exports.importing.record import Outcomes, SourceCamera, SourceStep, SourceTour, Texts
from carreau.exports.importing.source_json import members, objects, string, triple
from carreau.exports.importing.texts import joined_texts, main_title
from carreau.exports.importing.transforms import X, Y, Z, even_scaling, moved, product, translation, turn
from carreau.exports.importing.voyager_articles import Articles, told

_NEAREST = 1e-3
"""Of the distance to a target, as a share of an offset that has none: the direction is all that counts then."""


def orbit_camera(
    orbit: Triple, offset: Triple, pivot: Triple, metres: float, field_deg: float | None = None
) -> SourceCamera:
    """Return the camera of Voyager's orbit navigation.

    orbit : pitch, heading and roll in degrees
    offset : right, up and away in the camera's axes, in the units of the scene
    pivot : in the units of the scene
    metres : of such a unit

    The target is the point of the view that lies beside the pivot, since Voyager knows a direction only.

    >>> orbit_camera((0, 90, 0), (0, 2, 10), (0, 0, 0), 0.01)
    SourceCamera(position=(0.1, 0.02, 0.0), target=(0.0, 0.02, 0.0), field_deg=None)
    """
    pitch, heading, roll = orbit
    axes = product(
        even_scaling(metres), translation(pivot), turn(Y, heading), turn(X, pitch), turn(Z, roll)
    )  # fmt: skip
    right, up, away = offset
    beside = 0.0 if away > 0 else away - max(_NEAREST * math.hypot(right, up, away), _NEAREST)
    return SourceCamera(moved(axes, (right, up, away)), moved(axes, (right, up, beside)), field_deg)


@dataclass(frozen=True)
class Snapshot:
    """The part of a snapshot that a step of a tour has."""

    camera: SourceCamera | None
    annotation: str
    article: str


def snapshots(setup: Mapping[str, Any], metres: float, field_deg: float | None) -> dict[str, Snapshot]:
    """Return the snapshots of a setup by id.

    metres : of a unit of the scene
    """
    recorded = members(setup.get("snapshots"))
    targets = recorded.get("targets")
    names = [string(each) for each in targets] if isinstance(targets, list) else []

    def value(values: Any, *endings: str) -> Any:
        places = [place for place, name in enumerate(names) if name.endswith(endings)]
        known = [values[place] for place in places if isinstance(values, list) and place < len(values)]
        return known[0] if known else None

    found = dict[str, Snapshot]()
    for state in objects(recorded.get("states", [])):
        values = state.get("values")
        orbit, offset = (
            triple(value(values, f"navigation/{name}", f"navigation/orbit/{name}")) for name in ("orbit", "offset")
        )
        pivot = triple(value(values, "navigation/pivot", "navigation/orbit/pivot")) or (0.0, 0.0, 0.0)
        camera = None if orbit is None or offset is None else orbit_camera(orbit, offset, pivot, metres, field_deg)
        annotation, article = value(values, "viewer/activeAnnotation"), value(values, "reader/articleId")
        found[string(state.get("id"))] = Snapshot(camera, string(annotation), string(article))
    return found


def tours(
    setup: Mapping[str, Any], shots: Mapping[str, Snapshot], annotations: Mapping[str, Texts],
    sounds: Mapping[str, str], articles: Articles, outcomes: Outcomes,
) -> tuple[SourceTour, ...]:  # fmt: skip
    """Return the tours of a setup.

    shots : snapshots by id
    annotations : their titles by id
    sounds : names of media by id of the step that they are heard at
    """
    found = list[SourceTour]()
    for place, tour in enumerate(objects(setup.get("tours", []))):
        titles, leads = told(tour, "titles", "title"), told(tour, "leads", "lead")
        name = main_title(titles, string(tour.get("id")) or f"{place + 1}")
        steps = list[SourceStep]()
        for count, step in enumerate(objects(tour.get("steps", [])), 1):
            shot = shots.get(string(step.get("id")), Snapshot(None, "", ""))
            annotation = shot.annotation if shot.annotation in annotations else ""
            if shot.camera is None and not annotation:
                item = message("step %(number)s of tour '%(name)s'", number=count, name=name)
                outcomes.lose(item, message("it has neither a view nor an annotation"))
                continue
            own = told(step, "titles", "title")
            text = articles.texts(shot.article, own) or told(step, "altTexts", "altText")
            texts = joined_texts(_new_titles(own, titles, annotations.get(annotation, {}), text), text)
            steps.append(SourceStep(shot.camera, annotation, texts, sounds.get(string(step.get("id")), "")))
        found.append(SourceTour(string(tour.get("id")), titles, leads, tuple(steps)))
    return tuple(found)


def _new_titles(own: Texts, of_tour: Texts, of_annotation: Texts, text: Texts) -> Texts:
    """Return the title of a step, but not one that only counts the steps, or repeats what is shown with it anyway."""

    def is_new(code: str, title: str) -> bool:
        is_count = re.fullmatch(rf"{re.escape(of_tour.get(code, ''))}\W*\d+", title) is not None
        repeats = title == of_annotation.get(code) or text.get(code, "").startswith(title)
        return not (repeats or (is_count and code in text))

    return {code: title for code, title in own.items() if is_new(code, title)}
