"""Put the files that pages ask for into the bundle: our own, and the viewer's libraries."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from pipeline.errors import ToolError
from pipeline.i18n.languages import LANGUAGES
from pipeline.messages import message
from pipeline.pages.assets import own_files
from pipeline.pages.edition import Assets
from pipeline.publish.answers import Answers
from pipeline.publish.models import link
from pipeline.publish.viewer_words import start_document
from pipeline.schema.files import Link

STATIC = Path(__file__).parents[2] / "server" / "static"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_DECODERS = ("basis", "draco")
"""No level of ours needs Draco; without an address of ours the library would look for it at its maker's."""
_OWN = "carreau-viewer.js"
_EMBED = "carreau-embed.js"
_PLACES, _API = "places.js", "api.js"


def add_viewer(answers: Answers, static: Path = STATIC) -> tuple[Assets, tuple[Link, ...]]:
    """Keep them; returns their addresses, and as files for the offline packs all that a published level needs.

    What is named by its content alone is fetched once; the decoders have addresses of their own, for the library looks
    for several of them in a folder.
    Raises ToolError where the libraries were not built.
    """
    if not all((static / name).is_file() for name in ("model-viewer.js", _OWN, _EMBED, _PLACES, _API)):
        raise ToolError(message("%(path)s: the viewer is missing; run `make setup`", path=str(static)))
    own = {name: link(answers.store.add_bytes(content, ext)) for name, (content, ext) in own_files().items()}
    viewer = answers.store.add_file(static / _OWN)
    embed = link(answers.store.add_file(static / _EMBED))
    map_script = link(answers.store.add_file(static / _PLACES))
    api_script = link(answers.store.add_file(static / _API))
    library = link(answers.store.add_file(static / "model-viewer.js"))
    meshopt = link(answers.store.add_file(static / "meshopt.js"))
    decoders = {
        folder: [
            answers.put(f"/viewer/{folder}/{path.name}", "", answers.store.add_file(path))
            for path in sorted((static / folder).iterdir())
        ]
        for folder in _DECODERS
    }
    folders: dict[str, Any] = {folder: f"/viewer/{folder}/" for folder in _DECODERS}
    places = {"library": library.url, "meshopt": meshopt.url, **folders}
    starts = [answers.add(f"/viewer/{code}.json", "", start_document(code, places), "json") for code in LANGUAGES]
    # Pages of others name it by an address that stays.
    answers.put(f"/viewer/{_OWN}", "", viewer)
    known = {field.name for field in fields(Assets)}
    addresses: dict[str, Any] = {name: file.url for name, file in own.items() if name in known}
    assets = Assets(
        **addresses,
        viewer_script=link(viewer).url,
        embed_script=embed.url,
        places_script=map_script.url,
        api_script=api_script.url,
        model_viewer=library.url,
        meshopt=meshopt.url,
        **folders,
    )
    return assets, (*own.values(), link(viewer), map_script, library, meshopt, *decoders["basis"], *starts)


def styles_of(library: bytes) -> str:
    """Return the digests of styles that a library writes into pages, as a Content-Security-Policy names them, as JSON.

    >>> styles_of(b"html`<style>p{}</style>`")
    '["sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y="]'
    """
    found = sorted({_digest(text) for text in _STYLE.findall(library.decode("utf-8"))})
    return json.dumps(found)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
