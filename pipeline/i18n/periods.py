"""Say dates and periods as a language does, no more precisely than they were written."""

from __future__ import annotations

from datetime import date

from babel import Locale
from babel.dates import format_date

from pipeline.catalogue.dates import When
from pipeline.i18n.languages import BY_CODE
from pipeline.i18n.translator import Translator

CONTEXT = "date"


def say_when(when: When | None, wording: Translator) -> str:
    """Return a date or a period in words; nothing where there is none.

    >>> from pipeline.catalogue.dates import parse_when
    >>> [say_when(parse_when(text), Translator("fr")) for text in ("1831", "1924~", "1831/1862", "1946/..")]
    ['1831', 'vers 1924', 'de 1831 à 1862', 'depuis 1946']
    """
    if when is None:
        return ""
    parts = when.text.split("/")
    if len(parts) == 1:
        return _one(parts[0].strip(), wording)
    first, last = (part.strip().replace("..", "") for part in parts)
    if first and last:
        return _between(first, last, wording)
    return _open("since", first, wording) if first else _open("until", last, wording)


def say_day(text: str, wording: Translator) -> str:
    """Return a day in words.

    text : as YYYY-MM-DD
    >>> say_day("2026-11-01", Translator("fr"))
    '1er novembre 2026'
    """
    return _plain(text, wording)


def _one(text: str, wording: Translator) -> str:
    if text.endswith("~"):
        return _within("about", text[:-1], wording)
    return _plain(text, wording, alone=True)


def _between(first: str, last: str, wording: Translator) -> str:
    """Return a period: with words where both ends are years, else as CLDR parts them, since cases would differ."""
    if len(first) == len(last) == 4:
        return wording.within(CONTEXT, "from %(first)s to %(last)s", first=first, last=last)
    return f"{_one(first, wording)} – {_one(last, wording)}"


def _open(word: str, text: str, wording: Translator) -> str:
    return _within(f"{word} about", text[:-1], wording) if text.endswith("~") else _within(word, text, wording)


def _within(word: str, text: str, wording: Translator) -> str:
    """Return a date after a word; some languages say it otherwise of a day: depuis le 3 août."""
    said = _plain(text, wording)
    if len(text) == 10:
        return wording.within(CONTEXT, f"{word} %(day)s", day=said)
    return wording.within(CONTEXT, f"{word} %(date)s", date=said)


def _plain(text: str, wording: Translator, alone: bool = False) -> str:
    """Return a year, a month or a day.

    alone : whether no word stands before it: Polish has a month of its own for that
    """
    if len(text) == 4:
        return text
    language = BY_CODE.get(str(wording.locale))
    locale = Locale.parse((language and language.dates) or str(wording.locale))
    if len(text) == 7:
        return format_date(date.fromisoformat(f"{text}-01"), "LLLL y" if alone else "MMMM y", locale)
    day = date.fromisoformat(text)
    said = format_date(day, "long", locale)
    # CLDR has no ordinal for the first of a month, and French uses none but that.
    return said.replace("1 ", f"{language.first_of_month} ", 1) if day.day == 1 and language else said
