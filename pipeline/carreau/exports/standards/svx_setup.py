"""Setup of a Voyager document: the initial view, and tours with a snapshot for each step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from carreau.catalogue.state import Step, Triple
from carreau.exports.records.record import SiteRecord, StateRecord
from carreau.exports.records.serializers import filled
from carreau.exports.standards.svx_articles import Articles, in_each, spoken_languages, step_name

FIELD_DEG = 52.0
"""Of Voyager's default scene. Voyager has one camera, so the field of view of a step is lost."""

START_ORBIT = (-15.0, 20.0, 0.0)
TARGETS = (
    "reader/enabled", "reader/position", "reader/articleId", "viewer/annotationsVisible", "viewer/activeAnnotation",
    "viewer/activeTags", "viewer/shader", "viewer/exposure", "navigation/orbit", "navigation/offset",
)  # fmt: skip
OVERLAY, RIGHT = 0, 2
"""Where Voyager shows an article: over the model, or beside it (`EReaderPosition`)."""

TWEEN_SECONDS = 1.5
View = tuple[Triple, Triple]
"""Voyager's orbit (pitch, heading, roll in degrees) and offset (metres right, up and away in camera space)."""


def view(position: Triple, target: Triple) -> View:
    """Return the orbit and offset of a camera: Voyager turns about the origin, by heading, then by pitch.

    >>> view((0.0, 2.0, 10.0), (0.0, 2.0, 0.0))
    ((0.0, 0.0, 0.0), (0.0, 2.0, 10.0))
    """
    back = [position_axis - target_axis for position_axis, target_axis in zip(position, target, strict=True)]
    flat = math.hypot(back[0], back[2])
    heading = math.atan2(back[0], back[2]) if flat > 1e-9 else 0.0
    pitch = -math.atan2(back[1], flat)
    (cx, sx), (cy, sy) = ((math.cos(angle), math.sin(angle)) for angle in (pitch, heading))
    axes = ((cy, 0.0, -sy), (sy * sx, cx, cy * sx), (sy * cx, -sx, cy * cx))
    offset = [round(sum(a * p for a, p in zip(axis, position, strict=True)), 6) + 0.0 for axis in axes]
    turn = (round(math.degrees(pitch), 6) + 0.0, round(math.degrees(heading), 6) + 0.0, 0.0)
    return turn, (offset[0], offset[1], offset[2])


def start(record: SiteRecord, model: StateRecord) -> View:
    """Return the initial view: the whole model, or the first step of a tour if its size is unknown."""
    if model.bounds_m is not None:
        low, high = model.bounds_m
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        away = 0.6 * math.dist(low, high) / math.tan(math.radians(FIELD_DEG / 2))
        pitch, heading = (math.radians(each) for each in START_ORBIT[:2])
        back = (math.sin(heading) * math.cos(pitch), -math.sin(pitch), math.cos(heading) * math.cos(pitch))
        here = tuple(m + away * b for m, b in zip(middle, back, strict=True))
        return view((here[0], here[1], here[2]), (middle[0], middle[1], middle[2]))
    steps = (step for tour in record.entry.of.tour if tour.state == model.state.id for step in tour.step)
    return next((first for first in map(_step_view, steps) if first), (START_ORBIT, (0.0, 0.0, 40.0)))


def _step_view(step: Step) -> View | None:
    camera = step.camera
    if camera is None or camera.position is None or camera.target is None:
        return None
    return view(camera.position, camera.target)


def setup(
    record: SiteRecord, model: StateRecord, articles: Articles, language: str, orbit: Triple, offset: Triple
) -> dict[str, Any]:
    """Return the setup of a state's scene.

    language : Voyager's code of the initial language; French if the scene does not have it
    """
    states = [_state("scene-default", (orbit, offset), "", ""), *_states(record, model, articles, (orbit, offset))]
    codes = in_each(record.names(), spoken_languages(record))
    nearest = min(0.1, *(state["values"][-1][2] for state in states))
    return filled(
        {
            "units": "m",
            "interface": {"visible": True, "logo": True, "menu": True, "tools": True},
            "viewer": {
                "shader": "Default", "exposure": 1, "gamma": 2, "toneMapping": False, "isWallMountAR": False,
                "arScale": 1, "annotationsVisible": True,
            },
            "reader": {"enabled": False, "position": "Overlay"},
            "navigation": {
                "type": "Orbit", "enabled": True, "autoZoom": True, "lightsFollowCamera": True, "autoRotation": False,
                "orbit": {
                    "orbit": orbit, "offset": offset,
                    "minOrbit": [-90, None, None], "maxOrbit": [90, None, None],
                    "minOffset": [None, None, nearest], "maxOffset": [None, None, 10_000],
                },
            },
            "background": {"style": "LinearGradient", "color0": [0.2, 0.25, 0.3], "color1": [0.01, 0.03, 0.05]},
            "language": {"language": language if language in codes else "FR"},
            "tours": list(_tours(record, model.state.id)),
            "snapshots": {
                "features": ["reader", "viewer", "navigation"],
                "targets": [f"scenes/0/setup/{target}" for target in TARGETS],
                "states": states,
            },
        }
    )  # fmt: skip


def _tours(record: SiteRecord, state: str) -> Iterator[dict[str, Any]]:
    languages = spoken_languages(record)
    for number, tour in enumerate(record.entry.of.tour):
        if tour.state == state:
            titles = in_each(record.text("tour", number, "title"), languages)
            yield {
                "id": tour.id,
                "titles": titles,
                "leads": in_each(record.text("tour", number, "summary"), languages),
                "taglist": {},
                "steps": [_step(record, number, place, titles) for place in range(len(tour.step))],
            }


def _step(record: SiteRecord, tour: int, place: int, titles: dict[str, str]) -> dict[str, Any]:
    of, languages = record.entry.of.tour[tour], spoken_languages(record)
    pinned = [number for number, each in enumerate(record.entry.of.annotation) if each.id == of.step[place].annotation]
    own = in_each(record.text("annotation", pinned[0], "title"), languages) if pinned else {}
    texts = in_each(record.text("tour", tour, "step", place, "text"), languages)
    numbered = {code: f"{title} {place + 1}" for code, title in titles.items()}
    return filled({"id": step_name(of.id, place), "titles": own or numbered, "altTexts": texts})


def _states(record: SiteRecord, model: StateRecord, articles: Articles, first: View) -> Iterator[dict[str, Any]]:
    """Yield a snapshot for each step; a step without a camera keeps the view of the one before."""
    for tour in record.entry.of.tour:
        current = first
        for place, step in enumerate(tour.step if tour.state == model.state.id else ()):
            current = _step_view(step) or current
            name = step_name(tour.id, place)
            yield _state(name, current, name if name in articles else "", step.annotation)


def _state(name: str, current: View, article: str, annotation: str) -> dict[str, Any]:
    orbit, offset = current
    position = RIGHT if article else OVERLAY
    values = [bool(article), position, article, True, annotation, "", 0, 1, list(orbit), list(offset)]
    return {"id": name, "curve": "EaseOutQuad", "duration": TWEEN_SECONDS, "threshold": 0.5, "values": values}
