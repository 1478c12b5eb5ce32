"""Format dates and periods in a language, no more precisely than they were written."""

from __future__ import annotations

from datetime import date

from babel import Locale
from babel.dates import format_date

from carreau.base.i18n.languages import BY_CODE
from carreau.base.i18n.translator import Translator
from carreau.catalogue.dates import When

CONTEXT = "date"


def format_when(when: When | None, translator: Translator) -> str:
    """Return a date or a period in words, empty for None.

    >>> from carreau.catalogue.dates import parse_when
    >>> [format_when(parse_when(text), Translator("fr")) for text in ("1831", "1924~", "1831/1862", "0633/1820")]
    ['1831', 'vers 1924', 'de 1831 à 1862', 'de 633 à 1820']
    """
    if when is None:
        return ""
    parts = when.text.split("/")
    if len(parts) == 1:
        return _one(parts[0].strip(), translator)
    first, last = (part.strip().replace("..", "") for part in parts)
    if first and last:
        return _between(first, last, translator)
    return _open("since", first, translator) if first else _open("until", last, translator)


def format_day(text: str, translator: Translator) -> str:
    """Return a day in words.

    text : as YYYY-MM-DD
    >>> format_day("2026-11-01", Translator("fr"))
    '1er novembre 2026'
    """
    return _plain(text, translator)


def _one(text: str, translator: Translator) -> str:
    if text.endswith("~"):
        return _within("about", text[:-1], translator)
    return _plain(text, translator, alone=True)


def _between(first: str, last: str, translator: Translator) -> str:
    """Return a period: in words where both ends are years, else with a dash, as words would need other cases."""
    if len(first) == len(last) == 4:
        return translator.within(CONTEXT, "from %(first)s to %(last)s", first=_year(first), last=_year(last))
    return f"{_one(first, translator)} – {_one(last, translator)}"


def _open(word: str, text: str, translator: Translator) -> str:
    return _within(f"{word} about", text[:-1], translator) if text.endswith("~") else _within(word, text, translator)


def _within(word: str, text: str, translator: Translator) -> str:
    """Return a date after a word; some languages need another form for a day: depuis le 3 août."""
    words = _plain(text, translator)
    if len(text) == 10:
        return translator.within(CONTEXT, f"{word} %(day)s", day=words)
    return translator.within(CONTEXT, f"{word} %(date)s", date=words)


def _year(text: str) -> str:
    """Return a year without the zeros that ISO 8601 puts before one of fewer than four digits."""
    return text.lstrip("0") or text


def _plain(text: str, translator: Translator, alone: bool = False) -> str:
    """Return a year, a month or a day.

    alone : whether no word precedes it, for which Polish has its own form of months
    """
    if len(text) == 4:
        return _year(text)
    language = BY_CODE.get(str(translator.locale))
    locale = Locale.parse((language and language.dates) or str(translator.locale))
    if len(text) == 7:
        return format_date(date.fromisoformat(f"{text}-01"), "LLLL y" if alone else "MMMM y", locale)
    day = date.fromisoformat(text)
    words = format_date(day, "long", locale)
    # CLDR has no ordinal for the first of a month, and French uses none but that.
    return words.replace("1 ", f"{language.first_of_month} ", 1) if day.day == 1 and language else words
