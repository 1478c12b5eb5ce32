"""Words on the controls of a show, in every language: it changes its language without another page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from carreau.base.i18n.translator import Translator

CONTEXT = "show"
"""Message context in `interface.po`."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "start": "Begin",
        "pause": "Pause",
        "resume": "Go on",
        "stop": "Back to the beginning",
        "fill": "Fill the screen",
        "leave": "Leave the show",
        "languages": "Languages of the words",
    }
)
"""English texts by key."""


def words_of_show(language: str) -> dict[str, str]:
    """Return the words in a language."""
    return Translator(language).by_name(CONTEXT, WORDS)
