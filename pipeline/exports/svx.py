"""Open a site in Smithsonian Voyager and in eCorpus: a scene (SVX document) a state, with its articles, in a ZIP.

Written after the schemas and sources of Voyager (github.com/Smithsonian/dpo-voyager, Apache-2.0), and laid out as
eCorpus imports it (github.com/Holusion/eCorpus): `scenes/NAME/scene.svx.json`.
"""

from __future__ import annotations

import io
from importlib.metadata import version
from typing import Any

from pipeline.exports.credits import credit_lines, model_credit
from pipeline.exports.edition import NothingToExportError
from pipeline.exports.jsonld import filled, json_bytes
from pipeline.exports.markup import plain
from pipeline.exports.record import SiteRecord, StateRecord
from pipeline.exports.svx_articles import Articles
from pipeline.exports.svx_languages import in_each, spoken_languages, voyager_code
from pipeline.exports.svx_model import meta_of_model, model
from pipeline.exports.svx_setup import FIELD_DEG, setup, start
from pipeline.formats.writers.stored_zip import StoredZip
from pipeline.i18n.languages import SOURCE
from pipeline.messages import message

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
        for made in record.models:
            folder = f"scenes/{record.slug}-{made.state.id}"
            for name, content in sorted(scene_files(record, made, language).items()):
                package.add(f"{folder}/{name}", content)
    return stream.getvalue()


def scene_files(record: SiteRecord, made: StateRecord, language: str = SOURCE) -> dict[str, bytes]:
    """Return the files of a state's scene by name: `scene.svx.json`, and its articles in HTML."""
    articles = Articles(record, made)
    document = _document(record, made, articles, language)
    return {"scene.svx.json": json_bytes(document), **articles.files()}


def _document(record: SiteRecord, made: StateRecord, articles: Articles, language: str) -> dict[str, Any]:
    languages, number = spoken_languages(record), record.states.index(made)
    titles = in_each(record.names(), languages)
    orbit, offset = start(record, made)
    scene = {"units": "m", "name": titles[voyager_code(SOURCE)], "nodes": [0, 1, 3], "meta": 0, "setup": 0}
    return {
        "asset": filled(
            {
                "type": MIME,
                "version": "1.0",
                "generator": f"Carreau {version('carreau')}",
                "copyright": plain("; ".join([model_credit(made), *credit_lines(record.entry.of.rights)]).strip("; ")),
            }
        ),
        "scene": 0,
        "scenes": [scene],
        "nodes": [
            {"id": "camera", "name": "Camera", "translation": [0, 0, offset[2]], "camera": 0},
            {"id": "lights", "name": "Lights", "children": [2]},
            {"id": "environment", "name": "Environment", "light": 0},
            {"id": "model", "name": plain(made.state.title) or record.slug, "meta": 1, "model": 0},
        ],
        "cameras": [
            {
                "type": "perspective",
                "perspective": {"yfov": FIELD_DEG, "znear": 0.1, "zfar": 100_000},
                "autoNearFar": True,
            }
        ],
        "lights": [{"enabled": True, "type": "environment", "intensity": 1.0}],
        "models": [model(record, made, articles)],
        "metas": [_meta(record, made, articles), meta_of_model(record, made, number)],
        "setups": [setup(record, made, articles, voyager_code(language), orbit, offset)],
    }


def _meta(record: SiteRecord, made: StateRecord, articles: Articles) -> dict[str, Any]:
    languages = spoken_languages(record)
    image = filled({"uri": made.poster_url, "quality": "Thumb", "width": made.poster_px[0] or None})
    if image.get("width"):
        image["height"] = made.poster_px[1]
    collection = {"titles": in_each(record.names(), languages), "intros": in_each(record.summaries(), languages)}
    return filled(
        {
            "collection": filled(collection),
            "images": [image] if made.poster_url else [],
            "articles": articles.entries(),
            "leadArticle": 0,
        }
    )
