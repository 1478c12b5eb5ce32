"""Let phones install the pages, and keep walks: manifests of the app, its icons, scripts and service worker."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import ToolError
from pipeline.i18n.languages import LANGUAGES
from pipeline.i18n.translator import Translator
from pipeline.messages import message
from pipeline.pages.addresses import page_path
from pipeline.pages.assets import ICON_SIDES, TOUCH_SIDE, icon_file
from pipeline.pages.edition import Assets
from pipeline.pages.page_texts import CONTEXT
from pipeline.publish.answers import Answers
from pipeline.publish.models import link
from pipeline.publish.viewer_files import STATIC
from pipeline.publish.walk_words import walk_document
from pipeline.schema.files import Link

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
    told = json.dumps(settings, separators=(",", ":"))
    content = f"self.CARREAU={told};\n".encode() + (static / _WORKER).read_bytes()
    return answers.add(WORKER, "", content, "js")


def _icons(answers: Answers) -> list[dict[str, str]]:
    found = []
    for side in ICON_SIDES:
        for purpose in ("any", "maskable"):
            file = link(answers.store.add_file(icon_file(side, purpose)))
            found.append({"src": file.url, "sizes": f"{side}x{side}", "type": file.media_type, "purpose": purpose})
    return found


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
