"""Tell Voyager of a state's model: its files by use and quality, and what is pinned to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.catalogue.media import IMAGE, SOUND
from pipeline.catalogue.state import Annotation
from pipeline.exports.jsonld import filled
from pipeline.exports.media_types import USDZ
from pipeline.exports.record import ModelFile, SiteRecord, StateRecord
from pipeline.exports.svx_articles import Articles, annotation_article, step_name
from pipeline.exports.svx_languages import CODES, in_each, spoken_languages
from pipeline.levels import AR, LEVELS

QUALITIES = {level.name: level.voyager for level in LEVELS.values()}
_NO_MARKUP = str.maketrans({"<": "‹", ">": "›"})
"""Some versions of Voyager set a lead as HTML, others as text: so nothing in it may be markup, or look escaped."""


def model(record: SiteRecord, made: StateRecord, articles: Articles) -> dict[str, Any]:
    """Return a state's model; its files stay where they are published."""
    low, high = made.bounds_m or (None, None)
    pinned = [
        _annotation(record, made, number, each, articles)
        for number, each in enumerate(record.entry.of.annotation)
        if each.state == made.state.id
    ]
    return filled(
        {
            "units": "m",
            "boundingBox": {"min": list(low), "max": list(high)} if low and high else None,
            "derivatives": list(_derivatives(made)),
            "annotations": pinned,
        }
    )


def _derivatives(made: StateRecord) -> Iterator[dict[str, Any]]:
    """Yield the files; augmented reality needs Web3D, App3D and iOSApp3D of quality AR, all three or none."""
    for level, quality in QUALITIES.items():
        if file := made.first(level):
            yield _derivative("Web3D", quality, file)
    plain, usdz = made.first(AR.name), made.first(AR.name, media_type=USDZ)
    if plain and not any(made.first(level) for level in QUALITIES):
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
    return {"usage": usage, "quality": quality, "assets": [filled(asset)]}


def _annotation(
    record: SiteRecord, made: StateRecord, number: int, annotation: Annotation, articles: Articles
) -> dict[str, Any]:
    languages, article = spoken_languages(record), annotation_article(annotation.id)
    leads = in_each(record.text("annotation", number, "text"), languages)
    kinds = {medium.id: (place, medium) for place, medium in enumerate(record.entry.of.media)}
    media = [kinds[name] for name in annotation.media if name in kinds]
    place, picture = next(((place, each) for place, each in media if each.kind == IMAGE), (0, None))
    return filled(
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
            "scale": _scale(made),
        }
    )


def _scale(made: StateRecord) -> float:
    """Return how long the stems are: a twentieth of the model, or a metre for one whose size nobody said."""
    if made.bounds_m is None:
        return 1.0
    return round(max(high - low for low, high in zip(*made.bounds_m, strict=True)) / 20, 3) or 1.0


def meta_of_model(record: SiteRecord, made: StateRecord, number: int) -> dict[str, Any]:
    """Return the title of a model, the sounds that go with it, and which is heard at which step of a tour."""
    languages = spoken_languages(record)
    titles = record.text("state", number, "title") or record.names()
    sounds = [each for each in record.entry.of.media if each.kind == SOUND and record.medium_url(each)]
    return filled(
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
            "actions": list(_sounds_of_tours(record, made.state.id, {each.id for each in sounds})),
        }
    )


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
