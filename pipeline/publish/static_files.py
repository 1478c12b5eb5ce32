"""Scripts, styles and icons of the viewer and the app, with the manifests and the service worker."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from pipeline.errors import ToolError
from pipeline.i18n.languages import LANGUAGES
from pipeline.i18n.translator import Translator
from pipeline.messages import message
from pipeline.pages.addresses import page_path
from pipeline.pages.assets import ICON_SIDES, TOUCH_SIDE, icon_file, own_files
from pipeline.pages.edition import Assets
from pipeline.pages.page_texts import CONTEXT
from pipeline.publish.answers import Answers, link
from pipeline.publish.viewer_words import start_document
from pipeline.publish.walk_words import walk_document
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
    names = {field.name for field in fields(Assets)}
    addresses: dict[str, Any] = {name: file.url for name, file in own.items() if name in names}
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
    digests = sorted({_digest(text) for text in _STYLE.findall(library.decode("utf-8"))})
    return json.dumps(digests)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


WORKER = "/service-worker.js"
"""At the root, so that it may answer for every page."""
_APP, _WALK, _WORKER = "app.js", "walk.js", "service-worker.js"
_BAND, _GROUND = "#1f2225", "#f8f6f2"
"""Of the band on top of every page and of its ground, as in `pipeline/pages/assets/style.css`."""


def app_manifest(language: str) -> str:
    """Return where the manifest of the app in a language is had.

    >>> app_manifest("fr")
    '/fr/carreau.webmanifest'
    """
    return f"/{language}/carreau.webmanifest"


def add_app(answers: Answers, assets: Assets, static: Path = STATIC) -> tuple[Assets, tuple[Link, ...]]:
    """Keep all but the worker; returns the addresses with theirs, and what offline packs need of it.

    Raises ToolError where the scripts were not built.
    """
    if not all((static / name).is_file() for name in (_APP, _WALK, _WORKER)):
        raise ToolError(
            message("%(path)s: the scripts of the visit app are missing; run `make setup`", path=str(static))
        )
    app, walk = (link(answers.store.add_file(static / name)) for name in (_APP, _WALK))
    words = {code: link(answers.store.add_bytes(walk_document(code), "json")) for code in LANGUAGES}
    touch = link(answers.store.add_file(icon_file(TOUCH_SIDE, "touch")))
    icons = _icons(answers)
    largest = next(each for each in reversed(icons) if each["purpose"] == "any")
    for code in LANGUAGES:
        content = json.dumps(_manifest(code, icons), ensure_ascii=False, separators=(",", ":")).encode()
        answers.add(app_manifest(code), "", content, "webmanifest")
    more = replace(
        assets,
        app_script=app.url,
        walk_script=walk.url,
        walk_words={code: each.url for code, each in words.items()},
        app_manifests={code: app_manifest(code) for code in LANGUAGES},
        touch_icon=touch.url,
        emblem=largest["src"],
    )
    return more, (app, walk, *words.values())


def add_worker(answers: Answers, assets: Assets, static: Path = STATIC) -> Link:
    """Keep the service worker, which knows the pages that say there is no network; these must be there before."""
    offline = {code: answers.links[page_path("offline", code), code] for code in LANGUAGES}
    settings = {
        "offline": {code: {"page": page.url, "sha256": page.sha256} for code, page in offline.items()},
        "files": [assets.style, assets.icon, assets.app_script, assets.walk_script, *assets.walk_words.values()],
    }
    settings_json = json.dumps(settings, separators=(",", ":"))
    content = f"self.CARREAU={settings_json};\n".encode() + (static / _WORKER).read_bytes()
    return answers.add(WORKER, "", content, "js")


def _icons(answers: Answers) -> list[dict[str, str]]:
    icons = []
    for side in ICON_SIDES:
        for purpose in ("any", "maskable"):
            file = link(answers.store.add_file(icon_file(side, purpose)))
            icons.append({"src": file.url, "sizes": f"{side}x{side}", "type": file.media_type, "purpose": purpose})
    return icons


def _manifest(language: str, icons: list[dict[str, str]]) -> dict[str, Any]:
    """Return the manifest of the app (W3C Web Application Manifest); the same app whatever its language."""
    wording, home = Translator(language), page_path("home", language)
    return {
        "id": "/",
        "name": f"Carreau – {wording.within(CONTEXT, 'The mining heritage of La Porte du Hainaut')}",
        "short_name": "Carreau",
        "description": wording.within(
            CONTEXT, "The mining heritage of La Porte du Hainaut: map, sourced texts and 3D models."
        ),
        "lang": language,
        "dir": "ltr",
        "start_url": home,
        "scope": "/",
        "display": "standalone",
        "background_color": _GROUND,
        "theme_color": _BAND,
        "categories": ["travel", "education"],
        "icons": icons,
        "shortcuts": [{"name": wording.within(CONTEXT, "Search"), "url": page_path("search", language)}],
    }
