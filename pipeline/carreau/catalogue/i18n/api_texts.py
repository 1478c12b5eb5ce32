"""Translations of the API's texts (`server.po`), for the pages that document it."""

from __future__ import annotations

import gettext
import io
from functools import cache

from carreau.base.i18n.languages import PSEUDO
from carreau.base.i18n.pseudo import PseudoTranslations
from carreau.base.package_folders import LOCALES


@cache
def api_translations(language: str) -> gettext.NullTranslations:
    """Return the translations of the API's texts, English where the language has none."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    if language == PSEUDO:
        return PseudoTranslations()
    path = LOCALES / language / "LC_MESSAGES" / "server.po"
    if not path.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        # The server uses translations that await review, which are marked fuzzy, and a page has to say the same.
        write_mo(compiled, read_po(file, locale=language), use_fuzzy=True)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
