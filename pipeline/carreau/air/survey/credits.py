"""Credit lines with the dates that the Licence Ouverte asks for, in French as the catalogue is."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

CLOCK = "SOURCE_DATE_EPOCH"
"""Environment variable that replaces the clock, in seconds since 1970, so that the same data give the same bytes."""

UNKNOWN = "à une date inconnue"


def today() -> date:
    """Return the day, of the clock or of SOURCE_DATE_EPOCH."""
    text = os.environ.get(CLOCK, "")
    return datetime.fromtimestamp(int(text), UTC).date() if text.isdecimal() else datetime.now(UTC).date()


def credit_line(template: str, gathered: date, flown: str = "", edition: str = "") -> str:
    """Return a credit line of a template of `services.toml`.

    >>> credit_line("relevé {flown}, édition {edition}", date(2026, 11, 27), "2022-05-29/2022-06-15", "2025-06-06")
    'relevé du 29/05 au 15/06/2022, édition 2025-06-06'
    """
    return template.format(flown=flown_words(flown), edition=edition or "?", gathered=f"{gathered:%d/%m/%Y}")


def flown_words(flown: str) -> str:
    """Return when a place was flown over, in words.

    >>> flown_words("2022-05-29"), flown_words("")
    ('du 29/05/2022', 'à une date inconnue')
    """
    try:
        days = [date.fromisoformat(each) for each in flown.split("/")]
    except ValueError:
        return UNKNOWN
    first, last = days[0], days[-1]
    if first == last:
        return f"du {first:%d/%m/%Y}"
    return f"du {first:%d/%m}{f'/{first.year}' if first.year != last.year else ''} au {last:%d/%m/%Y}"


def span(intervals: list[str]) -> str:
    """Return one interval around several.

    >>> span(["2022-05-29/2022-06-15", "2022-06-20", ""])
    '2022-05-29/2022-06-20'
    """
    days = sorted(day for each in intervals for day in each.split("/") if day)
    return "/".join(dict.fromkeys((days[0], days[-1]))) if days else ""
