"""Name the pages that tell of no site or route."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.i18n.languages import LANGUAGES, path_words

_PAGES = (
    "search", "about", "embed", "offline", "credits", "data", "api", "problems", "legal", "accessibility",
)  # fmt: skip

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"home": dict.fromkeys(LANGUAGES, "")} | {page: path_words(page) for page in _PAGES}
)
"""What they are called in their own language."""

PLATES: Mapping[str, str] = MappingProxyType(path_words("plates"))
"""What the plates of a route are called, behind its address."""

NOT_FOUND = "/404"
FIRST = "/"
"""Answered in the reader's language: what is lost, and the first page without a language in its address."""


def own_page(name: str, language: str) -> str:
    """Return where a page is had.

    >>> own_page("home", "de"), own_page("legal", "de")
    ('/de/', '/de/impressum')
    """
    return f"/{language}/{WORDS[name][language]}"


def own_pages(name: str, languages: tuple[str, ...]) -> dict[str, str]:
    """Return where it is had in every language."""
    return {language: own_page(name, language) for language in languages}


def embed(slug: str) -> str:
    """Return where the page of nothing but a site's models is had; `?lang=` chooses among its languages."""
    return f"/embed/{slug}"
