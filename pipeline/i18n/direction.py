"""Say which way a language is written."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError


def direction(language: str) -> str:
    """Return which way a language is written, "ltr" or "rtl", after the CLDR; "ltr" where it does not know.

    >>> direction("pl"), direction("ar"), direction("qps")
    ('ltr', 'rtl', 'ltr')
    """
    try:
        return str(Locale.parse(language, sep="-").text_direction)
    except (UnknownLocaleError, ValueError):
        return "ltr"
