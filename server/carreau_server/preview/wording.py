"""Format numbers and sizes for a language (Unicode CLDR)."""

from __future__ import annotations

from collections.abc import Mapping

from babel.numbers import format_decimal
from babel.units import format_unit

LOCALE = "en"
"""Of the pages that there are."""

NOTHING = "–"
_CODECS = {"webp": "WebP", "uastc": "KTX2, UASTC", "etc1s": "KTX2, ETC1S", "jpeg": "JPEG", "png": "PNG"}
_BYTES = ((1e9, "digital-gigabyte"), (1e6, "digital-megabyte"), (1e3, "digital-kilobyte"))
_METRES = ((1e3, "length-kilometer"), (1, "length-meter"), (1e-2, "length-centimeter"), (1e-3, "length-millimeter"))


def count(value: object, locale: str = LOCALE) -> str:
    """Return a whole number.

    >>> count(80_000), count(80_000, "de"), count(None)
    ('80,000', '80.000', '–')
    """
    return format_decimal(value, locale=locale) if isinstance(value, int) else NOTHING


def size(value: object, locale: str = LOCALE) -> str:
    """Return a number of bytes, with three digits.

    >>> size(134_099), size(7_646_347), size("much")
    ('134 kB', '7.65 MB', '–')
    """
    return _with_unit(value, _BYTES, locale)


def length(value: object, locale: str = LOCALE) -> str:
    """Return a length in metres, with three digits; a length too small to measure is marked as such.

    >>> length(12.3456), length(0.0021), length(6.6e-9)
    ('12.3 m', '2.1 mm', 'under 0.01 mm')
    """
    if isinstance(value, int | float) and 0 <= value < 1e-5:
        return "under " + format_unit(0.01, "length-millimeter", length="short", locale=locale)
    return _with_unit(value, _METRES, locale)


def decibels(value: object, locale: str = LOCALE) -> str:
    """Return a signal-to-noise ratio.

    >>> decibels(35.04)
    '35.0 dB'
    """
    return f"{format_decimal(value, '0.0', locale)} dB" if isinstance(value, int | float) else NOTHING


def texture(value: object) -> str:
    """Return the size and format of a texture, as a report describes it.

    >>> texture({"width": 512, "height": 512, "format": "webp"}), texture({"width": 4, "height": 4})
    ('512 × 512 WebP', 'one colour')
    """
    if not isinstance(value, Mapping):
        return "none"
    if is_one_color(value):
        return "one colour"
    name = str(value.get("format", ""))
    return f"{value.get('width')} × {value.get('height')} {_CODECS.get(name, name)}".strip()


def is_one_color(value: object) -> bool:
    """Say whether a texture, as a report describes it, is the few texels that a scan without colours gets."""
    return isinstance(value, Mapping) and isinstance(value.get("width"), int) and value["width"] <= 4


def _with_unit(value: object, units: tuple[tuple[float, str], ...], locale: str) -> str:
    if not isinstance(value, int | float):
        return NOTHING
    factor, unit = next((pair for pair in units if abs(value) >= pair[0]), units[-1])
    return format_unit(value / factor, unit, length="short", format="@##" if value else "0", locale=locale)
