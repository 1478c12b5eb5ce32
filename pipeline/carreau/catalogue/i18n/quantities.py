"""Format quantities in a language: facts of the catalogue, distances, durations, areas and positions."""

from __future__ import annotations

import math
import re

from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from carreau.base.i18n.translator import NOTHING, Translator

_MEASURED = {
    "m": "length-meter",
    "km": "length-kilometer",
    "m²": "area-square-meter",
    "ha": "area-hectare",
    "t": "mass-tonne",
    "min": "duration-minute",
    "h": "duration-hour",
}
"""Units of `catalogue.site.UNITS` with their names in the CLDR."""

_SIGNS = {"Mt": "\u00a0Mt", "°": "°"}

_COUNTED = {
    "francs": ("%(number)s franc", "%(number)s francs"),
    "habitants": ("%(number)s inhabitant", "%(number)s inhabitants"),
    "personnes": ("%(number)s person", "%(number)s people"),
    "mineurs": ("%(number)s miner", "%(number)s miners"),
    "ouvriers": ("%(number)s worker", "%(number)s workers"),
    "logements": ("%(number)s dwelling", "%(number)s dwellings"),
    "maisons": ("%(number)s house", "%(number)s houses"),
    "lignes": ("%(number)s row", "%(number)s rows"),
    "espèces": ("%(number)s species", "%(number)s species"),
}
CONTEXT = "unit"
_POINTS = (("%(degrees)s° N", "%(degrees)s° S"), ("%(degrees)s° E", "%(degrees)s° W"))
_LAST_NUMBER = re.compile(r"(?:\d{1,3}(?:[ \xa0\u202f.,]\d{3})+|\d+)(?:[.,]\d+)?$")
_PLACE_DECIMALS = 5
"""About a metre, the precision of the positions in the catalogue."""


def format_quantity(value: str | float | None, unit: str, translator: Translator) -> str:
    """Return a fact's value with its unit, with at most three decimals.

    value : a number, or a text, where only a number at its end takes the unit, as that of "more than 50" does
    unit : one of `carreau.catalogue.site.UNITS`, or nothing; any other is put behind the number

    >>> format_quantity(549000, "t", Translator("de")), format_quantity(88, "espèces", Translator("en"))
    ('549.000 t', '88 species')
    """
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return _text_with_unit(value, unit, translator)
    if unit in _MEASURED:
        return format_unit(value, _MEASURED[unit], "short", locale=translator.locale)
    if unit in _COUNTED:
        # What is counted is whole; should it ever not be, it takes the form of the next whole number.
        one, many = _COUNTED[unit]
        return translator.plural_within(CONTEXT, one, many, math.ceil(value), number=_number(value, translator))
    if unit == "ans":
        return format_unit(value, "duration-year", "long", locale=translator.locale)
    if unit == "EUR":
        pattern = str(translator.locale.currency_formats["standard"].pattern)
        whole = pattern.replace(".00", "") if float(value).is_integer() else pattern
        return format_currency(value, "EUR", whole, translator.locale, currency_digits=False)
    if unit == "%":
        pattern = str(translator.locale.percent_formats[None].pattern).replace("0", "0.###", 1)
        return format_percent(value / 100, pattern, translator.locale)
    return _number(value, translator) + _SIGNS.get(unit, f"\u00a0{unit}" if unit else "")


def _text_with_unit(text: str, unit: str, translator: Translator) -> str:
    """Add the unit to the number at the end of a text; the number stays as written."""
    match = _LAST_NUMBER.search(text) if unit else None
    if match is None:
        return text
    # The plural form depends on the last digits, whatever separates the groups.
    number = int(re.sub(r"\D", "", match[0]))
    before, _, after = format_quantity(number, unit, translator).partition(_number(number, translator))
    return text[: match.start()] + before + match[0] + after


def format_distance(metres: float | None, translator: Translator) -> str:
    """Return a distance: in whole metres, from a kilometre on in kilometres with one decimal.

    >>> format_distance(347.6, Translator("en")), format_distance(6_900, Translator("nl"))
    ('348 m', '6,9 km')
    """
    if metres is None:
        return NOTHING
    if round(metres) < 1000:
        return format_unit(round(metres), "length-meter", "short", locale=translator.locale)
    return format_unit(round(metres / 1000, 1), "length-kilometer", "short", locale=translator.locale)


def format_duration(minutes: float | None, translator: Translator) -> str:
    """Return a duration in hours and minutes.

    >>> format_duration(45, Translator("nl")), format_duration(150, Translator("en"))
    ('45 min', '2 hr 30 min')
    """
    if minutes is None:
        return NOTHING
    hours, rest = divmod(round(minutes), 60)
    parts = [(hours, "duration-hour"), (rest, "duration-minute")]
    words = [format_unit(value, unit, "short", locale=translator.locale) for value, unit in parts if value]
    if not words:
        return format_unit(0, "duration-minute", "short", locale=translator.locale)
    return format_list(words, "unit-narrow", translator.locale)


def format_area(square_metres: float | None, translator: Translator) -> str:
    """Return an area: in whole square metres, from a hectare on in hectares with one decimal.

    >>> format_area(610, Translator("en")), format_area(534_000, Translator("nl"))
    ('610 m²', '53,4 ha')
    """
    if square_metres is None:
        return NOTHING
    if round(square_metres) < 10_000:
        return format_unit(round(square_metres), "area-square-meter", "short", locale=translator.locale)
    return format_unit(round(square_metres / 10_000, 1), "area-hectare", "short", locale=translator.locale)


def format_position(lon: float, lat: float, translator: Translator) -> str:
    """Return a position, latitude first.

    lon, lat : degrees

    >>> format_position(3.38355, 50.3336, Translator("fr"))
    '50,3336° N, 3,38355° E'
    """
    coordinates = []
    for degrees, points in zip((lat, lon), _POINTS, strict=True):
        number = format_decimal(round(abs(degrees), _PLACE_DECIMALS), "#,##0.#####", translator.locale)
        coordinates.append(translator.within("place", points[degrees < 0], degrees=number))
    return ", ".join(coordinates)


def _number(value: float, translator: Translator) -> str:
    return format_decimal(value, "#,##0.###", translator.locale)
