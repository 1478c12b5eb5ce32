"""Smithsonian Voyager and eCorpus: a ZIP with an SVX document and articles for each state.

It follows the schemas and sources of Voyager (github.com/Smithsonian/dpo-voyager, Apache-2.0) and the layout that
eCorpus imports (github.com/Holusion/eCorpus): `scenes/NAME/scene.svx.json`.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from carreau.base.languages import SOURCE
from carreau.base.levels import AR, LEVELS, OFFERED
from carreau.base.messages import message
from carreau.catalogue.media import IMAGE, SOUND
from carreau.catalogue.site import Annotation, Step, Triple
from carreau.exports.record import (
    USDZ,
    ModelFile,
    NothingToExportError,
    SiteRecord,
    StateRecord,
    credit_lines,
    model_credit,
)
from carreau.exports.serializers import compact, json_bytes, plain
from carreau.exports.svx_articles import (
    CODES,
    Articles,
    annotation_article,
    in_each,
    spoken_languages,
    step_name,
    voyager_code,
)
from carreau.formats.writers.zip_packages import StoredZip

QUALITIES = {name: LEVELS[name].voyager for name in OFFERED}
_NO_MARKUP = str.maketrans({"<": "‹", ">": "›"})
"""Some versions of Voyager set a lead as HTML, others as text: so nothing in it may be markup, or look escaped."""


def _model_node(record: SiteRecord, model: StateRecord, articles: Articles) -> dict[str, Any]:
    """Return the model of a state, with URLs of its published files."""
    low, high = model.bounds_m or (None, None)
    pinned = [
        _annotation(record, model, number, each, articles)
        for number, each in enumerate(record.entry.of.annotation)
        if each.state == model.state.id
    ]
    return compact(
        {
            "units": "m",
            "boundingBox": {"min": list(low), "max": list(high)} if low and high else None,
            "derivatives": list(_derivatives(model)),
            "annotations": pinned,
        }
    )


def _derivatives(model: StateRecord) -> Iterator[dict[str, Any]]:
    """Yield the files; augmented reality needs Web3D, App3D and iOSApp3D of quality AR, all three or none."""
    for level, quality in QUALITIES.items():
        if file := model.first(level):
            yield _derivative("Web3D", quality, file)
    plain, usdz = model.first(AR.name), model.first(AR.name, media_type=USDZ)
    if plain and not any(model.first(level) for level in QUALITIES):
        yield _derivative("Web3D", "High", plain)
    if plain and usdz:
        yield _derivative("Web3D", "AR", plain)
        yield _derivative("App3D", "AR", plain)
        yield _derivative("iOSApp3D", "AR", usdz)


def _derivative(usage: str, quality: str, file: ModelFile) -> dict[str, Any]:
    asset = {
        "uri": file.url,
        "type": "Model",
        "mimeType": file.media_type,
        "byteSize": file.bytes,
        "numFaces": file.triangles,
        "imageSize": file.texture_px or None,
    }
    return {"usage": usage, "quality": quality, "assets": [compact(asset)]}


def _annotation(
    record: SiteRecord, model: StateRecord, number: int, annotation: Annotation, articles: Articles
) -> dict[str, Any]:
    languages, article = spoken_languages(record), annotation_article(annotation.id)
    leads = in_each(record.annotation_text(number), languages)
    kinds = {medium.id: (place, medium) for place, medium in enumerate(record.entry.of.media)}
    media = [kinds[name] for name in annotation.media if name in kinds]
    place, picture = next(((place, each) for place, each in media if each.kind == IMAGE), (0, None))
    return compact(
        {
            "id": annotation.id,
            "titles": in_each(record.text("annotation", number, "title"), languages),
            "leads": {code: text.translate(_NO_MARKUP) for code, text in leads.items()},
            "articleId": article if article in articles else "",
            "imageUri": record.medium_url(picture) if picture else "",
            "imageCredit": {CODES[code]: picture.credit for code in languages} if picture and picture.credit else {},
            "imageAltText": in_each(record.text("media", place, "alt"), languages) if picture else {},
            "audioId": next((each.id for _, each in media if each.kind == SOUND and record.medium_url(each)), ""),
            "style": "Extended",
            "visible": True,
            "position": list(annotation.point or ()),
            "direction": list(annotation.normal or ()),
            "scale": _scale(model),
        }
    )


def _scale(model: StateRecord) -> float:
    """Return the length of annotation stems: a twentieth of the model, or a metre for unknown size."""
    if model.bounds_m is None:
        return 1.0
    return round(max(high - low for low, high in zip(*model.bounds_m, strict=True)) / 20, 3) or 1.0


def meta_of_model(record: SiteRecord, model: StateRecord, number: int) -> dict[str, Any]:
    """Return the title of a model, the sounds that go with it, and which is heard at which step of a tour."""
    languages = spoken_languages(record)
    titles = record.state_titles(number) or record.names()
    sounds = [each for each in record.entry.of.media if each.kind == SOUND and record.medium_url(each)]
    return compact(
        {
            "collection": {"titles": in_each(titles, languages)},
            "audio": [
                {
                    "id": each.id,
                    "name": each.title or each.id,
                    "uris": {CODES[code]: record.medium_url(each) for code in languages},
                }
                for each in sounds
            ],
            "actions": list(_sounds_of_tours(record, model.state.id, {each.id for each in sounds})),
        }
    )


def _name(record: SiteRecord, number: int) -> str:
    titles = record.state_titles(number)
    return plain(titles[SOURCE].text) if titles else record.slug


def _sounds_of_tours(record: SiteRecord, state: str, sounds: set[str]) -> Iterator[dict[str, Any]]:
    for tour in record.entry.of.tour:
        for place, step in enumerate(tour.step if tour.state == state else ()):
            if step.sound in sounds:
                name = step_name(tour.id, place)
                yield {
                    "id": f"{name}-sound",
                    "type": "PlayAudio",
                    "trigger": "OnTourStep",
                    "triggerDetail": name,
                    "audioId": step.sound,
                }


MIME = "application/si-dpo-3d.document+json"


def svx(record: SiteRecord, language: str = SOURCE) -> bytes:
    """Return a ZIP with a scene a state that has a model; raises NothingToExportError where none has.

    language : that Voyager begins in, the next of its chain where Voyager does not know it
    """
    if not record.models:
        raise NothingToExportError(
            record.entry.document.name, message("none of its states has a model yet"), message("build one")
        )
    stream = io.BytesIO()
    with StoredZip(stream, alignment=1) as package:
        for model in record.models:
            folder = f"scenes/{record.slug}-{model.state.id}"
            for name, content in sorted(scene_files(record, model, language).items()):
                package.add(f"{folder}/{name}", content)
    return stream.getvalue()


def scene_files(record: SiteRecord, model: StateRecord, language: str = SOURCE) -> dict[str, bytes]:
    """Return the files of a state's scene by name: `scene.svx.json`, and its articles in HTML."""
    articles = Articles(record, model)
    document = _document(record, model, articles, language)
    return {"scene.svx.json": json_bytes(document), **articles.files()}


def _document(record: SiteRecord, model: StateRecord, articles: Articles, language: str) -> dict[str, Any]:
    languages, number = spoken_languages(record), record.states.index(model)
    titles = in_each(record.names(), languages)
    orbit, offset = start(record, model)
    scene = {"units": "m", "name": titles[voyager_code(SOURCE)], "nodes": [0, 1, 3], "meta": 0, "setup": 0}
    return {
        "asset": compact(
            {
                "type": MIME,
                "version": "1.0",
                "generator": f"Carreau {version('carreau')}",
                "copyright": plain("; ".join([model_credit(model), *credit_lines(record.entry.of.rights)]).strip("; ")),
            }
        ),
        "scene": 0,
        "scenes": [scene],
        "nodes": [
            {"id": "camera", "name": "Camera", "translation": [0, 0, offset[2]], "camera": 0},
            {"id": "lights", "name": "Lights", "children": [2]},
            {"id": "environment", "name": "Environment", "light": 0},
            {"id": "model", "name": _name(record, number), "meta": 1, "model": 0},
        ],
        "cameras": [
            {
                "type": "perspective",
                "perspective": {"yfov": FIELD_DEG, "znear": 0.1, "zfar": 100_000},
                "autoNearFar": True,
            }
        ],
        "lights": [{"enabled": True, "type": "environment", "intensity": 1.0}],
        "models": [_model_node(record, model, articles)],
        "metas": [_meta(record, model, articles), meta_of_model(record, model, number)],
        "setups": [setup(record, model, articles, voyager_code(language), orbit, offset)],
    }


def _meta(record: SiteRecord, model: StateRecord, articles: Articles) -> dict[str, Any]:
    languages = spoken_languages(record)
    image = compact({"uri": model.poster_url, "quality": "Thumb", "width": model.poster_px[0] or None})
    if image.get("width"):
        image["height"] = model.poster_px[1]
    collection = {"titles": in_each(record.names(), languages), "intros": in_each(record.summaries(), languages)}
    return compact(
        {
            "collection": compact(collection),
            "images": [image] if model.poster_url else [],
            "articles": articles.entries(),
            "leadArticle": 0,
        }
    )


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
    return compact(
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
    return compact({"id": step_name(of.id, place), "titles": own or numbered, "altTexts": texts})


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
