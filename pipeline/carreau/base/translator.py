"""Translations from the catalogues in `locales/`, and numbers and units formatted after the Unicode CLDR."""

from __future__ import annotations

import gettext
import hashlib
import io
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent, get_decimal_symbol
from babel.units import format_compound_unit, format_unit

from carreau.base.errors import StorageError
from carreau.base.files import write_whole
from carreau.base.languages import PSEUDO
from carreau.base.levels import NAMES
from carreau.base.messages import SEPARATOR, Message, Number, Parameter
from carreau.base.package_folders import LOCALES

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

INTERFACE, MESSAGES = "interface", "messages"
"""Domains: words of pages and scripts; messages that code raises and returns (see `carreau.base.messages`)."""
REPORT_LANGUAGES = ("fr", "en")
"""Languages of the pages for the team; English stands in the sources. The others' catalogues do not have all of it."""

NOTHING = "–"
_DECIMAL = re.compile(r"(-?[\d,]+)(?:\.(\d+))?(%?)")
_PLACE = re.compile(r"%\((\w+)\)s")
_BYTES = ((1e9, "digital-gigabyte"), (1e6, "digital-megabyte"), (1e3, "digital-kilobyte"), (1, "digital-byte"))
_METRES = ((1e3, "length-kilometer"), (1, "length-meter"), (1e-2, "length-centimeter"), (1e-3, "length-millimeter"))


def _file(language: str, domain: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{domain}.po"


@cache
def catalogue(language: str, domain: str = INTERFACE) -> Catalog | None:
    """Return the entries of a language's PO file, None where there is no file."""
    from babel.messages.pofile import read_po

    path = _file(language, domain)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


@cache
def _translations(language: str, domain: str) -> gettext.NullTranslations:
    if language == PSEUDO:
        return PseudoTranslations()
    if not _file(language, domain).is_file():
        return gettext.NullTranslations()
    return gettext.GNUTranslations(io.BytesIO(_compile(language, domain)))


def _compile(language: str, domain: str) -> bytes:
    """Return the MO file of a PO file; it is cached beside Python's own compiled modules, if that folder is writable.

    The cache is keyed by the PO file, this module and Babel's version, so nobody has to compile anything.
    """
    parts = version("babel").encode(), Path(__file__).read_bytes(), _file(language, domain).read_bytes()
    key = hashlib.sha256(b"\n".join(parts)).digest()
    path = Path(__file__).parent / "__pycache__" / f"{domain}.{language}.mo"
    with suppress(OSError):
        cached = path.read_bytes()
        if cached.startswith(key):
            return cached.removeprefix(key)
    from babel.messages.mofile import write_mo

    compiled, entries = io.BytesIO(), catalogue(language, domain)
    if entries is not None:
        write_mo(compiled, entries)  # fuzzy entries are left out, and shown in English
    with suppress(StorageError):
        write_whole(path, key + compiled.getvalue())
    return compiled.getvalue()


@dataclass(frozen=True)
class TaggedText:
    """A text of a page with the code of its language, for the `lang` attribute."""

    text: str
    language: str


class Translator:
    """Translation and formatting for one language.

    language : its code, as pages name it
    """

    def __init__(self, language: str) -> None:
        """Open the catalogue; without one, the language is English, as `language` states."""
        self.language = language if language in ("en", PSEUDO) or _file(language, INTERFACE).is_file() else "en"
        self.locale = Locale.parse("en" if self.language == PSEUDO else self.language)
        self.translations = _translations(self.language, INTERFACE)

    def message(self, text: str) -> str:
        """Return a `Message` in the language; any other string, and a message without a translation, as it is."""
        if not isinstance(text, Message) or self.language == "en":
            return str(text)
        translations = _translations(self.language, MESSAGES)
        if not text.msgid:  # for which gettext returns the header of the file
            return ""
        is_plural = bool(text.msgid_plural)
        template = (
            translations.ngettext(text.msgid, text.msgid_plural, text.n)
            if is_plural
            else translations.gettext(text.msgid)
        )
        return template % {name: self._parameter(value) for name, value in text.parameters.items()}

    def _parameter(self, value: Parameter) -> str:
        if isinstance(value, tuple):
            return SEPARATOR.join(self._parameter(each) for each in value)
        if isinstance(value, str):
            return self.message(value)
        return self._format(value if isinstance(value, Number) else Number(value))

    def _format(self, number: Number) -> str:
        """Return a number as its format says, with the signs of the language."""
        english = str(number)
        match = _DECIMAL.fullmatch(english)
        if match is None:  # an exponent, or not finite
            return english.replace(".", get_decimal_symbol(self.locale))
        whole, decimals, percent = match[1], match[2] or "", match[3]
        pattern = ("#,##0" if "," in number.format else "0") + ("." + "0" * len(decimals) if decimals else "")
        value = Decimal(f"{whole.replace(',', '')}.{decimals or 0}")
        if percent:
            return format_percent(value / 100, format_percent_pattern(self.locale, len(decimals)), self.locale)
        return format_decimal(value, pattern, self.locale)

    def text(self, message: str, **values: object) -> str:
        """Return a message in the language, with values put in."""
        template = self.translations.gettext(message)
        return template % values if values else template

    def plural(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the form of a message for a number, which it may name as `%(number)s`."""
        return self.translations.ngettext(one, many, number) % {"number": self.count(number), **values}

    def within(self, context: str, message: str, **values: object) -> str:
        """Return a message of a context, with values put in; in English where the language has none."""
        return self.translations.pgettext(context, message) % values

    def by_name(self, context: str, messages: Mapping[str, str]) -> dict[str, str]:
        """Return messages of a context under their names, for scripts: %(size)s in one stands there as {size}."""
        values = {name: {place: f"{{{place}}}" for place in _PLACE.findall(each)} for name, each in messages.items()}
        return {name: self.within(context, each, **values[name]) for name, each in messages.items()}

    def plural_within(self, context: str, one: str, many: str, count: int, **values: object) -> str:
        """Return the form of a message of a context for a count, with values put in."""
        return self.translations.npgettext(context, one, many, count) % values

    def known(self, context: str, message: str) -> str | None:
        """Return a message of a context, such as the name of a stage; None when the language has none."""
        translation = self.translations.pgettext(context, message)
        return message if self.language == "en" else None if translation == message else translation

    def step(self, label: str) -> str:
        """Return the label of a step, such as "simplify phone" or "simplify tile 3"; an unknown one as it is."""
        verb, _, level = label.rpartition(" ")
        if verb and level.isdecimal():
            name = self.known("step", verb)
            return f"{name} {level}" if name else label
        if verb and level in NAMES:
            name = self.known("step", verb)
            return f"{name} ({self.known('level', level) or level})" if name and self.language != "en" else label
        return self.known("step", label) or label

    def number(self, value: object, digits: int = 0) -> str:
        """Return a number with so many decimals.

        >>> Translator("fr").number(35.04, 2), Translator("en").number(1234567.0)
        ('35,04', '1,234,567')
        """
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        if not isinstance(value, int | float) or isinstance(value, bool):
            return NOTHING
        return format_decimal(value, pattern, self.locale)

    def count(self, value: object) -> str:
        """Return a whole number."""
        return self.number(value)

    def percent(self, share: object, digits: int = 0) -> str:
        """Return a share as a percentage; a positive one that rounds to zero is "< 1%".

        >>> Translator("en").percent(0.973), Translator("en").percent(0.00004, 1), Translator("en").percent(0, 1)
        ('97%', '< 0.1%', '0.0%')
        """
        if not isinstance(share, int | float):
            return NOTHING
        least = 0.01 / 10**digits
        pattern = format_percent_pattern(self.locale, digits)
        if 0 < share < least:
            return f"< {format_percent(least, pattern, self.locale)}"
        return format_percent(share, pattern, self.locale)

    def size(self, value: object) -> str:
        """Return a number of bytes, with three digits.

        >>> Translator("en").size(134_099), Translator("en").size(12)
        ('134 kB', '12 byte')
        """
        return self._with_unit(value, _BYTES)

    def length(self, value: object) -> str:
        """Return a length in metres, with three digits; one below 0.01 mm is "< 0.01 mm".

        >>> Translator("en").length(12.3456), Translator("en").length(6.6e-9)
        ('12.3 m', '< 0.01 mm')
        """
        if isinstance(value, int | float) and 0 < value < 1e-5:
            return "< " + format_unit(0.01, "length-millimeter", length="short", locale=self.locale)
        return self._with_unit(value, _METRES)

    def seconds(self, value: object, digits: int = 1) -> str:
        """Return a duration, with minutes where there are two.

        >>> Translator("en").seconds(4.06), Translator("en").seconds(227), Translator("en").seconds(0.01)
        ('4.1 sec', '3 min, 47 sec', '< 0.1 sec')
        """
        if not isinstance(value, int | float):
            return NOTHING
        least = 10.0**-digits
        if 0 < value < least / 2:
            return f"< {self.seconds(least, digits)}"
        if value < 100:
            return self._unit(value, "duration-second", "0." + "0" * digits if digits else "0")
        minutes, rest = divmod(round(value), 60)
        parts = [self._unit(minutes, "duration-minute", "#,##0"), self._unit(rest, "duration-second", "0")]
        return format_list(parts, style="unit-short", locale=self.locale)

    def milliseconds(self, seconds: float) -> str:
        """Return a short duration in milliseconds."""
        return self._unit(seconds * 1000, "duration-millisecond", "#,##0")

    def rate(self, bits_a_second: float) -> str:
        """Return how fast a network is.

        >>> Translator("en").rate(1_638_400), Translator("en").rate(400_000)
        ('1.6 Mb/s', '400 kb/s')
        """
        factor, unit = (1e6, "megabit") if bits_a_second >= 1e6 else (1e3, "kilobit")
        value = float(f"{bits_a_second / factor:.2g}") if bits_a_second / factor < 100 else bits_a_second / factor
        return format_compound_unit(
            value, f"digital-{unit}", denominator_unit="duration-second", length="short", locale=self.locale
        ) or NOTHING  # fmt: skip

    def decibels(self, value: object) -> str:
        """Return a signal-to-noise ratio."""
        return f"{self.number(value, 1)} dB" if isinstance(value, int | float) else NOTHING

    def enumerate_parts(self, parts: list[str]) -> str:
        """Return what is listed as a sentence lists it: a, b and c."""
        return format_list(parts, locale=self.locale) if parts else ""

    def _with_unit(self, value: object, units: tuple[tuple[float, str], ...]) -> str:
        if not isinstance(value, int | float):
            return NOTHING
        factor, unit = next((pair for pair in units if abs(value) >= pair[0]), units[-1])
        return self._unit(value / factor, unit, "@##" if value else "0")

    def _unit(self, value: float, unit: str, pattern: str) -> str:
        return format_unit(value, unit, length="short", format=pattern, locale=self.locale)


def format_percent_pattern(locale: Locale, digits: int) -> str:
    """Return the CLDR pattern of percentages with so many decimals."""
    pattern = str(locale.percent_formats[None].pattern)
    return pattern.replace("0", "0." + "0" * digits, 1) if digits else pattern


def chosen_languages(first: str) -> Mapping[str, str]:
    """Return the languages with the name of their page, the first as `report.html`.

    >>> chosen_languages("fr")
    {'fr': 'report.html', 'en': 'report.en.html'}
    """
    rest = (language for language in REPORT_LANGUAGES if language != first)
    return {first: "report.html", **{language: f"report.{language}.html" for language in rest}}


_ACCENTS = str.maketrans(
    "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPrRsStTuUvVwWyYzZ",
    "åÅƀƁçÇđĐéÉƒƑĝĜĥĤîÎĵĴķĶļĻɱṀñÑöÖþÞŕŔšŠţŢûÛṽṼŵŴýÝžŽ",
)
_UNCHANGED = re.compile(
    r"%\(\w+\)[sd]|%%"  # values of messages
    r"|\{\w*\}"  # and of sentences
    r"|<[^<>]+>|&#?\w+;"  # markup
    r"|\]\([^)\s]*\)"  # where a link leads: [text](site:slug)
    r"|https?://\S+"
)
_FILLING = "one two three four five six seven eight nine ten ".translate(_ACCENTS)
LONGER = 0.35
"""Added length; German and Polish sentences are up to that much longer than English ones."""


def pseudo(text: str) -> str:
    """Return a text with accents, a third longer and in brackets; values, markup and links do not change.

    >>> pseudo("%(number)s sites")
    '[%(number)s šîţéš ö]'
    """
    if not text.strip():
        return text
    pieces, end, letters = [], 0, 0
    for match in [*_UNCHANGED.finditer(text), None]:
        between = text[end : match.start() if match else len(text)]
        letters += len(between)
        pieces += [between.translate(_ACCENTS), match[0] if match else ""]
        end = match.end() if match else end
    more = max(1, round(letters * LONGER))
    filling = (_FILLING * (more // len(_FILLING) + 1))[: more - 1].strip()
    return f"[{''.join(pieces)}{' ' + filling if filling else ''}]"


class PseudoTranslations(gettext.NullTranslations):
    """Translations that return every message pseudo-localised."""

    def gettext(self, message: str) -> str:
        """Return a message."""
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return a message with plural forms."""
        return pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002
        """Return a message of a context."""
        return pseudo(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002
        """Return a message of a context with plural forms."""
        return pseudo(msgid1 if n == 1 else msgid2)
