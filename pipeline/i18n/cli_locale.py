"""Choose the language that the command speaks."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.i18n.languages import LANGUAGES, PSEUDO

ENGLISH = "en"
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


def cli_locale(asked: str | None, environment: Mapping[str, str]) -> str:
    """Return the language asked for, else that of the environment as gettext finds it, else English.

    >>> cli_locale(None, {"LANG": "fr_FR.UTF-8"}), cli_locale("de", {"LANG": "fr_FR.UTF-8"})
    ('fr', 'de')
    >>> cli_locale(None, {"LANG": "es_ES"})
    'en'
    """
    if asked:
        return asked
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    if _code(locale) in ("", "c", "posix"):
        return ENGLISH
    wanted = [*environment.get("LANGUAGE", "").split(":"), locale]
    return next((code for each in wanted if (code := _code(each)) in (*LANGUAGES, PSEUDO)), ENGLISH)


def _code(locale: str) -> str:
    return locale.partition(".")[0].partition("@")[0].partition("_")[0].lower()
