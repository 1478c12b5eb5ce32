"""Name in words what documents name by codes that are in no closed list."""

from __future__ import annotations

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
        "video": speech.words("film"),
    }
    return words.get(what, what)


def level_words(level: str, speech: Speech) -> str:
    """Return what a level is for."""
    words = {
        "preview": speech.words("preview"),
        "phone": speech.words("for phones"),
        "desktop": speech.words("for large screens"),
        "ar-android": speech.words("augmented reality on Android"),
        "ar-ios": speech.words("augmented reality on iPhone"),
        "archive": speech.words("for the archive"),
    }
    return words.get(level, level)
