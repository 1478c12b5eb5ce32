"""What a survey from the air without a title of its own is called, by its years and its evidence."""

from __future__ import annotations

from carreau.base.i18n.survey_words import CONTEXT
from carreau.base.i18n.translator import Translator
from carreau.catalogue.dates import When
from carreau.catalogue.state import State


def title(state: State, translator: Translator) -> str:
    """Return what a survey without a title of its own is called in a language, such as "Seen from the air, 2022"."""
    years = years_of(state.date)
    if state.is_historic:
        words = "Seen from the air, %(years)s (photograph on today’s ground)"
        short = "Seen from the air (old photograph on today’s ground)"
    elif state.evidence == "hypothetical":
        words = "Seen from the air, %(years)s (relief and buildings assumed)"
        short = "Seen from the air (relief and buildings assumed)"
    else:
        words, short = "Seen from the air, %(years)s", "Seen from the air"
    return translator.within(CONTEXT, words, years=years) if years else translator.within(CONTEXT, short)


def years_of(date: When | None) -> str:
    """Return the years of a date, such as 1950–1965; empty if an end is unknown.

    >>> from carreau.catalogue.dates import parse_when
    >>> [years_of(parse_when(text)) for text in ("2022-05-29/2022-06-15", "1950/1965", "1950/..")]
    ['2022', '1950–1965', '']
    """
    if date is None or date.first is None or date.last is None:
        return ""
    return "–".join(dict.fromkeys(str(day.year) for day in (date.first, date.last)))
