"""Name in words what documents name by codes that are in no closed list."""

from __future__ import annotations

from pipeline.levels import PUBLISHED
from pipeline.pages.speech import Speech


def has_words(what: str, speech: Speech) -> str:
    """Return what a site has, as `Card.has` names it."""
    words = {
        "model": speech.words("3D model"),
        "ar": speech.words("augmented reality"),
        "then-and-now": speech.words("then and now"),
        "tour": speech.words("guided tour"),
        "image": speech.words("pictures"),
        "sound": speech.words("sound"),
        "video": speech.words("video"),
    }
    return words.get(what, what)


def level_words(level: str, speech: Speech) -> str:
    """Return what a level is for."""
    return speech.words(PUBLISHED[level].label) if level in PUBLISHED else level
