"""Texts as each language prints them: apostrophes, spaces and ordinals, numbers, dates and units."""

from __future__ import annotations

import math
import re
from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from carreau.base.languages import BY_CODE, SOURCE, before_mark
from carreau.base.terms import SURVEY_CONTEXT
from carreau.base.translator import NOTHING, Translator
from carreau.catalogue.site import State
from carreau.catalogue.table_reader import When

_PICARD = "pcd"
"""The language of the miners, which is written with the marks and spaces of French."""
_APOSTROPHE = re.compile(r"\]\([^)]*\)|(?<=[^\W\d_])'(?=[\w«“])|(?<=\w)'(?=[^\W\d_])|(?<!\S)'(?=[stn]\b)")
"""An apostrophe of a typewriter: between letters, or of Dutch "'s avonds"; not in the address of a link."""
_SPACE = r"(?:[ \t]+\n?|\n)[ \t]*"
_BEFORE, _AFTER = re.compile(rf"(?<=\S){_SPACE}(?=[:;?!»])"), re.compile(rf"«{_SPACE}(?=\S)")
_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \n]\d{3})+(?!\d)")
_WHITE = re.compile(r"[ \t\r\n]+")

_PARTS = re.compile(
    r"(<!--.*?-->|<(script|style|title|textarea|code|pre|option|text)\b[^>]*>.*?</\2>|<[^>]*>)", re.DOTALL
)
"""A tag, or an element whose text stays as it is."""
_OPEN = re.compile(r'<(\w+)[^>]*?\slang="([^"]*)"')
_ESCAPED = re.compile("&#(?:39|x27);")
_ORDINAL = re.compile(
    r"(?<![\w.,’-])(?:(1|I)(ers?|res?)|([0-9]{1,4}|X{0,3}(?:IX|IV|V?I{1,3})|X{0,3}V|X{1,3})(es?))(?![\w’])"
)

_WHOLE = re.compile("aujourd’hui", re.IGNORECASE)
"""A word with an apostrophe in it, where browsers would break the line."""


def typeset(text: str, language: str) -> str:
    r"""Return a text with ’ for its apostrophes, and no-break spaces in punctuation and numbers, as French requires.

    >>> typeset("L'entrée : « la mine » ? 12 000", "fr")
    'L’entrée\xa0: «\xa0la mine\xa0»\xa0? 12\u202f000'
    >>> typeset("the miner's [lamp](https://example.org/l'a)", "en")
    "the miner’s [lamp](https://example.org/l'a)"
    """
    if "'" in text:
        text = _APOSTROPHE.sub(lambda match: "’" if match[0] == "'" else match[0], text)
    space = before_mark(SOURCE if language == _PICARD else language)
    if not space:
        return text
    numbers_joined = _NUMBER.sub(lambda match: _WHITE.sub("\u202f", match[0]), text)
    return _AFTER.sub(f"«{space}", _BEFORE.sub(space, numbers_joined))


def typeset_page(html: str, language: str) -> str:
    """Return a page with the texts between its tags typeset, and with the ordinals of French raised.

    Attributes, titles, options and what is drawn stay as they are: no element can stand in them.

    >>> typeset_page('<title>XIXe</title><p>Au XIXe, le 1er puits; <b lang="en">XIXe</b></p>', "fr")
    '<title>XIXe</title><p>Au XIX<sup>e</sup>, le 1<sup>er</sup> puits; <b lang="en">XIXe</b></p>'
    >>> typeset_page("<p>aujourd'hui</p>", "fr")
    '<p><span class="whole">aujourd’hui</span></p>'
    """
    open_in: list[tuple[str, str, int]] = []
    now, parts, at = language, list[str](), 0
    for match in _PARTS.finditer(html):
        parts.append(_typeset_text(html[at : match.start()], now))
        tag, at = match[0], match.end()
        parts.append(tag)
        if match[2] or tag.startswith("<!"):
            continue
        if opened := _OPEN.match(tag):
            open_in.append((opened[1], now, 1))
            now = opened[2]
        elif open_in:
            name, before, depth = open_in[-1]
            if re.match(rf"<{name}\b", tag):
                open_in[-1] = name, before, depth + 1
            elif tag.startswith(f"</{name}>"):
                open_in[-1] = name, before, depth - 1
        while open_in and open_in[-1][2] == 0:
            now = open_in.pop()[1]
    return "".join([*parts, _typeset_text(html[at:], now)])


def _typeset_text(text: str, language: str) -> str:
    if not text or text.isspace():
        return text
    text = typeset(_ESCAPED.sub("'", text), language)
    if language != SOURCE:
        return text
    return _WHOLE.sub(r'<span class="whole">\g<0></span>', _ORDINAL.sub(_raise, text))


def _raise(match: re.Match[str]) -> str:
    return f"{match[1] or match[3]}<sup>{match[2] or match[4]}</sup>"


_END = re.compile(r"""[.!?…]["”»’)\]]*(?=\s+(?:["“«„‘(\[]\s?)*[A-ZÀ-ÖØ-ÞŁŚŻŹĆĄĘŃ0-9])""")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")
"""Space where a line may break."""
_SHORT = re.compile(
    r"(?:^|[\s(«“„])(?:[A-Za-zÀ-ÿ]|n[o°]|nos|St|Ste|Mme|Mlle|MM|Cie|env|ca|c|vol|fig|art|av|bd|Dr|Mr|Mrs|No|nr|Nr|"
    r"bzw|usw|Str|resp|ul|św|tzw|ok|im|al|bijv|ongev)\.$"
)
"""Words before a full stop that does not end a sentence: an initial, or an abbreviation."""


def first_sentence(text: str) -> str:
    r"""Return the first sentence of a text, on one line; the whole first paragraph where no other one follows.

    >>> first_sentence("La fosse de la Cie. des mines, par J. Dupont. Elle ferme en 1989.")
    'La fosse de la Cie. des mines, par J. Dupont.'
    >>> first_sentence("Une tour\u00a0: la plus haute. Elle penche.")
    'Une tour\xa0: la plus haute.'
    """
    paragraph = _SPACES.sub(" ", re.split(r"\n\s*\n", text.strip(), maxsplit=1)[0])
    for end in _END.finditer(paragraph):
        if not _SHORT.search(paragraph[: end.start() + 1]):
            return paragraph[: end.end()]
    return paragraph


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
UNITS = "unit"
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
        return translator.plural_within(UNITS, one, many, math.ceil(value), number=_number(value, translator))
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


DATES = "date"


def format_when(when: When | None, translator: Translator) -> str:
    """Return a date or a period in words, empty for None.

    >>> from carreau.catalogue.table_reader import parse_when
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
        return _format_between(first, last, translator)
    return _format_open("since", first, translator) if first else _format_open("until", last, translator)


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


def _format_between(first: str, last: str, translator: Translator) -> str:
    """Return a period: in words where both ends are years, else with a dash, as words would need other cases."""
    if len(first) == len(last) == 4:
        return translator.within(DATES, "from %(first)s to %(last)s", first=_year(first), last=_year(last))
    return f"{_one(first, translator)} – {_one(last, translator)}"


def _format_open(word: str, text: str, translator: Translator) -> str:
    return _within(f"{word} about", text[:-1], translator) if text.endswith("~") else _within(word, text, translator)


def _within(word: str, text: str, translator: Translator) -> str:
    """Return a date after a word; some languages need another form for a day: depuis le 3 août."""
    words = _plain(text, translator)
    if len(text) == 10:
        return translator.within(DATES, f"{word} %(day)s", day=words)
    return translator.within(DATES, f"{word} %(date)s", date=words)


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


def state_title(state: State, translator: Translator) -> str:
    """Return what a survey without a title of its own is called in a language, such as "Seen from the air, 2022"."""
    years = format_years(state.date)
    if state.is_historic:
        words = "Seen from the air, %(years)s (photograph on today’s ground)"
        short = "Seen from the air (old photograph on today’s ground)"
    elif state.evidence == "hypothetical":
        words = "Seen from the air, %(years)s (relief and buildings assumed)"
        short = "Seen from the air (relief and buildings assumed)"
    else:
        words, short = "Seen from the air, %(years)s", "Seen from the air"
    return translator.within(SURVEY_CONTEXT, words, years=years) if years else translator.within(SURVEY_CONTEXT, short)


def format_years(date: When | None) -> str:
    """Return the years of a date, such as 1950–1965; empty if an end is unknown.

    >>> from carreau.catalogue.table_reader import parse_when
    >>> [format_years(parse_when(text)) for text in ("2022-05-29/2022-06-15", "1950/1965", "1950/..")]
    ['2022', '1950–1965', '']
    """
    if date is None or date.first is None or date.last is None:
        return ""
    return "–".join(dict.fromkeys(str(day.year) for day in (date.first, date.last)))
