"""Name the pages that tell of no site or route."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "home": {"fr": "", "en": "", "nl": "", "de": "", "pl": ""},
        "search": {"fr": "recherche", "en": "search", "nl": "zoeken", "de": "suche", "pl": "szukaj"},
        "about": {"fr": "a-propos", "en": "about", "nl": "over", "de": "projekt", "pl": "o-projekcie"},
        "embed": {"fr": "integrer", "en": "embed", "nl": "insluiten", "de": "einbetten", "pl": "osadz"},
        "offline": {"fr": "hors-ligne", "en": "offline", "nl": "offline", "de": "offline", "pl": "offline"},
        "credits": {"fr": "credits", "en": "credits", "nl": "credits", "de": "nachweise", "pl": "autorzy"},
        "data": {
            "fr": "donnees-ouvertes",
            "en": "open-data",
            "nl": "open-data",
            "de": "offene-daten",
            "pl": "otwarte-dane",
        },
        "api": {"fr": "api", "en": "api", "nl": "api", "de": "api", "pl": "api"},
        "problems": {"fr": "problems", "en": "problems", "nl": "problems", "de": "problems", "pl": "problems"},
        "legal": {
            "fr": "mentions-legales",
            "en": "legal-notice",
            "nl": "juridische-informatie",
            "de": "impressum",
            "pl": "nota-prawna",
        },
        "accessibility": {
            "fr": "accessibilite",
            "en": "accessibility",
            "nl": "toegankelijkheid",
            "de": "barrierefreiheit",
            "pl": "dostepnosc",
        },
    }
)
"""What they are called in their own language."""

PLATES: Mapping[str, str] = MappingProxyType(
    {"fr": "plaques", "en": "plates", "nl": "bordjes", "de": "schilder", "pl": "tabliczki"}
)
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
