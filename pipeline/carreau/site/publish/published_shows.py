"""The shows of a release by language, as far as the script in their page has them: they have no document of the API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from carreau.base.i18n.languages import LANGUAGES, SOURCE, path_words
from carreau.site.bundle.release_answers import ReleaseAnswers
from carreau.site.publish.static_paths import WORDS

PAGE_WORDS = "page_words"
"""Key of all that can be read in the French page, which has more than its script, such as sources."""

SHOW_PAGE = re.compile(
    rf"/{SOURCE}/(?:{WORDS['sites'][SOURCE]}|{WORDS['trails'][SOURCE]})/([a-z0-9-]+)/{path_words('show')[SOURCE]}"
)
"""Path of the French page of a show, with the slug of the trail or site that it is of."""

_SCRIPT = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)
_MAIN = re.compile(r"<main.*?</main>", re.DOTALL)
_NO_WORDS = re.compile(r"<script.*?</script>|<[^>]*>", re.DOTALL)


def show_documents(release: ReleaseAnswers | None, path: str) -> dict[str, dict[str, Any]]:
    """Return what a show says and plays in each language; empty where the release does not have it.

    path : of its French page
    Raises OSError where the file of the page is missing.
    """
    file = release.exactly(path, SOURCE) if release else None
    if release is None or file is None:
        return {}
    page = release.place_of(file).read_text("utf-8")
    script, main = _SCRIPT.search(page), _MAIN.search(page)
    if script is None:
        return {}
    show = json.loads(script[1])
    words = " ".join(_NO_WORDS.sub(" ", main[0] if main else "").split())
    return {language: {**_document(show, language, release), PAGE_WORDS: words} for language in LANGUAGES}


def _document(show: Mapping[str, Any], language: str, release: ReleaseAnswers) -> dict[str, Any]:
    attract = show["attract"]
    return {
        "name": show["name"].get(language),
        "start": show["start"],
        "volume": show["volume"],
        "quiet": show["quiet"],
        "attract": {"text": attract["text"].get(language), "light": attract["light"]},
        "scenes": [_scene(each, language, release) for each in show["scenes"]],
    }


def _scene(scene: Mapping[str, Any], language: str, release: ReleaseAnswers) -> dict[str, Any]:
    voice, figure = scene.get("voice", {}), scene.get("figure", {})
    return {
        "id": scene["id"],
        "seconds": scene["seconds"],
        "light": scene["light"],
        "text": scene["text"].get(language),
        "lines": scene["lines"],
        "translation": scene["translation"].get(language, []),
        "credit": scene["credit"].get(language),
        "voice": _files(voice, release),
        "figure": {**_files(figure, release), "alt": figure.get("alt", {}).get(language)},
        "model": scene.get("model", {}).get("is", {}).get(language),
    }


def _files(medium: Mapping[str, Any], release: ReleaseAnswers) -> dict[str, Any]:
    """Return the files of a sound, picture or film as documents of the API have them."""
    files = [release.find(each["url"]) for each in medium.get("sources", ())]
    captions = [release.find(url) for url in dict.fromkeys(each["url"] for each in _captions(medium))]
    return {
        name: [{"sha256": file.sha256, "bytes": file.bytes} for file in found if file]
        for name, found in (("variants", files), ("tracks", captions))
        if found or name == "variants"
    }


def _captions(medium: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """Return the captions that a script names; one that was made before they had languages names none here."""
    captions = medium.get("captions", {})
    return list(captions.values()) if isinstance(captions, dict) else []
