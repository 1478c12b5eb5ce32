"""Smithsonian Voyager and eCorpus: a ZIP with an SVX document and articles for each state.

It follows the schemas and sources of Voyager (github.com/Smithsonian/dpo-voyager, Apache-2.0) and the layout that
eCorpus imports (github.com/Holusion/eCorpus): `scenes/NAME/scene.svx.json`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from carreau.base.i18n.languages import SOURCE
from carreau.base.levels import AR, LEVELS, OFFERED
from carreau.base.messages import message
from carreau.catalogue.media import IMAGE, SOUND
from carreau.catalogue.state import Annotation
from carreau.exports.records.publication import NothingToExportError
from carreau.exports.records.record import USDZ, ModelFile, SiteRecord, StateRecord
from carreau.exports.records.rights import credit_lines, model_credit
from carreau.exports.records.serializers import filled, json_bytes, plain
from carreau.exports.standards.svx_articles import (
    CODES,
    Articles,
    annotation_article,
    in_each,
    spoken_languages,
    step_name,
    voyager_code,
)
from carreau.exports.standards.svx_setup import FIELD_DEG, setup, start
from carreau.formats.writers.stored_zip import StoredZip

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
    return filled(
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
    return {"usage": usage, "quality": quality, "assets": [filled(asset)]}


def _annotation(
    record: SiteRecord, model: StateRecord, number: int, annotation: Annotation, articles: Articles
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
        "asset": filled(
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
    image = filled({"uri": model.poster_url, "quality": "Thumb", "width": model.poster_px[0] or None})
    if image.get("width"):
        image["height"] = model.poster_px[1]
    collection = {"titles": in_each(record.names(), languages), "intros": in_each(record.summaries(), languages)}
    return filled(
        {
            "collection": filled(collection),
            "images": [image] if model.poster_url else [],
            "articles": articles.entries(),
            "leadArticle": 0,
        }
    )
