"""URL paths of the pages that do not belong to a site or route."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from carreau.base.i18n.languages import LANGUAGES, path_words

_PAGES = (
    "places", "search", "about", "embed", "offline", "credits", "data", "api", "problems", "legal",
    "accessibility", "trails",
)  # fmt: skip

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"home": dict.fromkeys(LANGUAGES, "")} | {page: path_words(page) for page in _PAGES}
)
"""Last part of their paths, by page and language."""

PLATES: Mapping[str, str] = MappingProxyType(path_words("plates"))
"""Last part of the path of the plates of a route, by language."""

SHEETS: Mapping[str, str] = MappingProxyType(path_words("sheets"))
"""Last part of the path of the sheets of a trail, by language."""

SHOW: Mapping[str, str] = MappingProxyType(path_words("show"))
"""Last part of the path of the show of a trail or site, by language."""

NOT_FOUND = "/404"
FIRST = "/"
"""Paths without a language, which the server answers in the language of the request."""


def page_path(name: str, language: str) -> str:
    """Return the path of a page.

    >>> page_path("home", "de"), page_path("legal", "de")
    ('/de/', '/de/impressum')
    """
    return f"/{language}/{WORDS[name][language]}"


def page_paths(name: str, languages: tuple[str, ...]) -> dict[str, str]:
    """Return the path of a page in each language."""
    return {language: page_path(name, language) for language in languages}


def embed(slug: str) -> str:
    """Return the path of the page of a site for frames; `?lang=` selects its language."""
    return f"/embed/{slug}"
