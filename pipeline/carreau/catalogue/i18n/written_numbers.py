"""Find the numbers and months of a text by value, whatever the separators, ordinals and numerals of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from carreau.catalogue.i18n.number_words import Spelling, spelling

_DIGIT = re.compile(r"\d")
_SPACES = " \u00a0\u202f"
_NUMBER = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*")
_GROUPED = {",": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"), ".": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")}

_DATE = re.compile(r"(?<!\d)(\d{1,2})([./])\s?(\d{1,2})\2\s?(\d{4})(?!\d)")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_SHORT_YEAR = re.compile(r"(?<!\d)(1[6-9]|20)(\d\d)(\s?[-–/]\s?)(\d\d)(?![\d.,]*\d)")
_WAR = re.compile(r"(?i:(?<=guerre de )|(?<=guerre ))(?:(14)[-–](18)|(39)[-–](45))(?!\d)")
_ROMAN = re.compile(r"(?<!\w)(?=[IVX])(X{0,3}(?:IX|IV|V?I{0,3}))(er|re|e|ème|de|ste|th)?(?!\w)")
_ROMANS = {"I": 1, "V": 5, "X": 10}


@dataclass(frozen=True)
class Written:
    """A number or a month of a text.

    value : in plain digits, as "5.7"; of a month "month 5"
    words : as the text has it
    """

    value: str
    words: str


def numbers_in(text: str, language: str) -> list[Written]:
    """Return the numbers in digits and Roman numerals, and the months of a text.

    >>> [each.value for each in numbers_in("12 mai 1906 : 2 000 mètres, 5,7 km, au XIXe siècle", "fr")]
    ['12', '1906', '2000', '5.7', '19', 'month 5']
    >>> [each.value for each in numbers_in("on 12 May 1906: 2,000 m, 5.7 km, in the 19th century", "en")]
    ['12', '1906', '2000', '5.7', '19', 'month 5']
    """
    found: list[Written] = []

    def taken(match: re.Match[str], *values: str) -> str:
        found.extend(Written(value, match[0].strip()) for value in values)
        return " " * len(match[0])

    def date(match: re.Match[str], day: int, month: int, year: int) -> str:
        if not 1 <= int(match[month]) <= 12:
            return match[0]
        return taken(match, str(int(match[day])), f"month {int(match[month])}", match[year])

    def short_year(match: re.Match[str]) -> str:
        return taken(match, match[1] + match[2], match[1] + match[4]) if match[4] > match[2] else match[0]

    def time(match: re.Match[str]) -> str:
        hour, *minutes = [int(part) for part in match.groups() if part and part.isdigit()]
        if hour > 24 or any(each > 59 for each in minutes):
            return match[0]
        is_afternoon = "p" in match.groups() and hour < 12
        return taken(match, str(hour + 12 * is_afternoon), *(str(each) for each in minutes if each))

    rest, written = text, spelling(language)
    if _DIGIT.search(text):
        rest = _DATE.sub(lambda each: date(each, 1, 3, 4), rest)
        rest = _ISO_DATE.sub(lambda each: date(each, 3, 2, 1), rest)
        rest = _SHORT_YEAR.sub(short_year, rest)
        rest = _WAR.sub(lambda each: taken(each, f"19{each[1] or each[3]}", f"19{each[2] or each[4]}"), rest)
        rest = written.decade.sub(lambda each: taken(each, f"19{each[2]}"), rest)
        rest = written.time.sub(time, rest)
        found += _plain(rest, written)
    return [*found, *_romans(rest), *_months(rest, written)]


def _plain(text: str, written: Spelling) -> Iterator[Written]:
    for match in _NUMBER.finditer(text):
        value = _value(match[0], written.decimal)
        for scale, power in written.scales:
            if scale.match(text, match.end()):
                value = value.scaleb(power)
                break
        yield Written(f"{value.normalize():f}", match[0])


def _value(digits: str, point: str) -> Decimal:
    for space in _SPACES:
        digits = digits.replace(space, "")
    group = "," if point == "." else "."
    if _GROUPED[group].fullmatch(digits):
        digits = digits.replace(group, "")
    whole, _, decimals = digits.replace(point, ".").replace(",", ".").partition(".")
    return Decimal(f"{whole}.{decimals.replace('.', '') or 0}")


def _romans(text: str) -> Iterator[Written]:
    """Yield Roman numerals: those of one letter only as an ordinal, or before a century or a war."""
    for match in _ROMAN.finditer(text):
        numeral, ending = match[1], match[2]
        after = text[match.end() : match.end() + 8].lower()
        if numeral and (len(numeral) > 1 or ending or re.match(r"\s(?:wiek|wojn|wojen)", after)):
            values = [_ROMANS[letter] for letter in numeral]
            total = sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))
            yield Written(str(total), match[0])


def _months(text: str, written: Spelling) -> Iterator[Written]:
    first = written.months.match(text) or written.months.match(text[:1].lower() + text[1:])  # a sentence begins so
    for match in (*filter(None, [first]), *written.months.finditer(text, first.end() if first else 0)):
        yield Written(f"month {str(match.lastgroup)[1:]}", match[0])


def is_in_words(value: str, text: str, language: str) -> bool:
    """Return whether a text has a number in words; a decade, such as the thirties for 1930, too.

    >>> is_in_words("2", "two schools", "en"), is_in_words("1930", "in den dreißiger Jahren", "de")
    (True, True)
    """
    if not value.isdigit():
        return False
    number, words = int(value), spelling(language).words
    candidates = {number, number % 100} if 1800 <= number < 2000 and number % 10 == 0 else {number}
    return any(each in words and words[each].search(text) for each in candidates)
