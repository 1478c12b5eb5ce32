"""Scripts, styles and icons of the viewer and the app, with the manifests and the service worker."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from carreau.base.errors import ToolError
from carreau.base.i18n.languages import LANGUAGES
from carreau.base.i18n.translator import Translator
from carreau.base.messages import message
from carreau.base.package_folders import STATIC
from carreau.base.schema.file_links import Link
from carreau.site.pages.addresses import page_path
from carreau.site.pages.assets import ICON_SIDES, TOUCH_SIDE, font_files, icon_file, own_files, share_files
from carreau.site.pages.page_texts import CONTEXT
from carreau.site.pages.site_content import Assets
from carreau.site.publish.answers import Answers, link
from carreau.site.publish.viewer_words import start_document
from carreau.site.publish.walk_words import walk_document

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_DECODERS = ("basis", "draco")
"""No published level uses Draco; without a URL of ours the library would fetch it from its vendor."""
_OWN = "carreau-viewer.js"
_EMBED = "carreau-embed.js"
_PLACES, _TRAIL, _MOVING, _SHOW, _API = "places.js", "trail.js", "moving-map.js", "show.js", "api.js"
_FILES = ("model-viewer.js", _OWN, _EMBED, _PLACES, _TRAIL, _MOVING, _SHOW, _API)


def add_viewer(answers: Answers, static: Path = STATIC) -> tuple[Assets, tuple[Link, ...]]:
    """Store the viewer; returns the URLs of its files, and the files that offline packs need.

    Files named by a digest of their content are fetched once; decoders have fixed URLs, because the library looks for
    them in a folder.
    Raises ToolError where the viewer is not built.
    """
    if not all((static / name).is_file() for name in _FILES):
        raise ToolError(message("%(path)s: the viewer is missing; run `make setup`", path=str(static)))
    fonts = {path.name: link(answers.store.add_file(path)) for path in font_files()}
    files = own_files({name: font.url for name, font in fonts.items()})
    own = {name: link(answers.store.add_bytes(content, ext)) for name, (content, ext) in files.items()}
    viewer = answers.store.add_file(static / _OWN)
    embed = link(answers.store.add_file(static / _EMBED))
    map_script = link(answers.store.add_file(static / _PLACES))
    trail_script = link(answers.store.add_file(static / _TRAIL))
    api_script = link(answers.store.add_file(static / _API))
    show_script = link(answers.store.add_file(static / _SHOW))
    scene_script = link(answers.store.add_file(static / _MOVING))
    library = link(answers.store.add_file(static / "model-viewer.js"))
    decoders = {
        folder: [
            answers.put(f"/viewer/{folder}/{path.name}", "", answers.store.add_file(path))
            for path in sorted((static / folder).iterdir())
        ]
        for folder in _DECODERS
    }
    folders: dict[str, Any] = {folder: f"/viewer/{folder}/" for folder in _DECODERS}
    places = {"library": library.url, **folders}
    starts = [
        answers.add(f"/viewer/{code}.json", "", start_document(code, places, library.bytes), "json")
        for code in LANGUAGES
    ]
    # Pages of other websites embed it by a stable URL.
    answers.put(f"/viewer/{_OWN}", "", viewer)
    names = {field.name for field in fields(Assets)}
    addresses: dict[str, Any] = {name: file.url for name, file in own.items() if name in names}
    assets = Assets(
        **addresses,
        viewer_script=link(viewer).url,
        embed_script=embed.url,
        places_script=map_script.url,
        trail_script=trail_script.url,
        api_script=api_script.url,
        show_script=show_script.url,
        scene_script=scene_script.url,
        model_viewer=library.url,
        fonts=tuple(font.url for font in fonts.values()),
        **folders,
    )
    scripts = (link(viewer), map_script, trail_script, scene_script, library, *decoders["basis"])
    return assets, (*own.values(), *fonts.values(), *scripts, *starts)


def styles_of(library: bytes) -> str:
    """Return the digests of the styles that a library inserts, as JSON, for a Content-Security-Policy.

    >>> styles_of(b"html`<style>p{}</style>`")
    '["sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y="]'
    """
    digests = sorted({_digest(text) for text in _STYLE.findall(library.decode("utf-8"))})
    return json.dumps(digests)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


WORKER = "/service-worker.js"
"""At the root, so that its scope covers every page."""
_APP, _WALK, _WORKER = "app.js", "walk.js", "service-worker.js"
_BAND, _GROUND = "#1f2225", "#f8f6f2"
"""Header and background of every page, as in `pipeline/carreau/site/pages/styles/base.css`."""


def app_manifest(language: str) -> str:
    """Return the path of the app manifest in a language.

    >>> app_manifest("fr")
    '/fr/carreau.webmanifest'
    """
    return f"/{language}/carreau.webmanifest"


def add_app(answers: Answers, assets: Assets, static: Path = STATIC) -> tuple[Assets, tuple[Link, ...]]:
    """Store the app without its service worker; returns the URLs with those of the app, and the files that packs need.

    Raises ToolError where the scripts are not built.
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
        share_pictures={name: link(answers.store.add_file(path)).url for name, path in share_files().items()},
    )
    return more, (app, walk, *words.values())


def add_worker(answers: Answers, assets: Assets, static: Path = STATIC) -> Link:
    """Store the service worker; it refers to the offline pages, which must be stored before."""
    offline = {code: answers.links[page_path("offline", code), code] for code in LANGUAGES}
    settings = {
        "offline": {code: {"page": page.url, "sha256": page.sha256} for code, page in offline.items()},
        "files": [
            *(assets.style, assets.icon, *assets.fonts, assets.app_script, assets.walk_script),
            *assets.walk_words.values(),
        ],
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
    """Return the app manifest (W3C Web Application Manifest); its id is the same in all languages."""
    wording, home = Translator(language), page_path("home", language)
    return {
        "id": "/",
        "name": f"Carreau – {wording.within(CONTEXT, 'The mining heritage of La Porte du Hainaut')}",
        "short_name": "Carreau",
        "description": wording.within(CONTEXT, "The mining heritage of La Porte du Hainaut: map and sourced texts."),
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
