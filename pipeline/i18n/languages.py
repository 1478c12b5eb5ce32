"""Name the languages of the texts, and what is shown where a language has none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SOURCE = "fr"
"""What curators write."""

LANGUAGES = ("fr", "en", "nl", "de", "pl")

CHAINS: Mapping[str, tuple[str, ...]] = {
    "fr": ("fr",),
    "en": ("en", "fr"),
    "nl": ("nl", "en", "fr"),
    "de": ("de", "en", "fr"),
    "pl": ("pl", "en", "fr"),
}
"""Languages to look for a text in, one after the other, by the language it is wanted in."""

PSEUDO = "qps"
"""Code of what is no language and only tries a layout out: of the codes that ISO 639-2 leaves to local use."""

TRANSLATED = LANGUAGES[1:]
DOMAIN = "content"
_PACKAGE = Path(__file__).parents[1]
LOCALES = next(
    (folder for folder in (_PACKAGE / "locales", _PACKAGE.parent / "locales") if folder.is_dir()), Path("locales")
)
"""Of our own messages: in the installed package, or beside it in a checkout."""


def content_file(locales: Path, language: str) -> Path:
    """Return the file that the translations of the catalogue's texts into a language lie in."""
    return locales / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def locales_beside(assets: Path) -> Path:
    """Return where the translations of a catalogue lie: in `locales/` beside its folder.

    >>> locales_beside(Path("assets"))
    PosixPath('locales')
    """
    return (assets.parent if assets.name not in ("", "..") else assets.resolve().parent) / "locales"
