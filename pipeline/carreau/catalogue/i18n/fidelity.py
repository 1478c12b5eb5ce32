"""Compare a translation with its text: what must be kept is an error, and what may differ a doubt to be confirmed.

Placeholders, links and addresses must be kept; HTML, and characters that turn or hide text, must not come in. Numbers,
years, dates and Roman numerals are compared by value, so that "2 000", "2,000" and "XIXe siècle", "19th century" are
alike. A difference may be right, as where a translator has shortened; then a note of the text says so:
`confirmed: -1906 +1907`. It holds for this very difference, whatever else is changed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from carreau.base.errors import ERROR, QUESTION
from carreau.base.languages import SOURCE
from carreau.base.messages import Message, message, plural_message
from carreau.base.package_folders import LOCALES
from carreau.catalogue.check_texts import html_in, markup
from carreau.catalogue.i18n.po import Unit

CONFIRMED = "confirmed: "
"""Begins the note of a text whose doubts a translator has confirmed."""

KEPT = 20_000
"""Texts whose numbers are kept for their next translation."""

_PLACE = re.compile(r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|\{\w*\}")
_LINK = re.compile(r"\]\(\s*([^()\s]*)\s*\)")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]«»“”„\"]*[^\s<>()\[\]«»“”„\".,;:!?’']|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)
_MAY_HAVE_ADDRESS = re.compile("@|//|www")
_HIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Controls, and what turns the direction of a text, hides in it, or ends a line; the two joiners are left."""


@dataclass(frozen=True)
class Fault:
    """What a translation does not keep of its text.

    level : `ERROR`, or `QUESTION` for a doubt, which a person may confirm
    topic : a word for the kind
    sign : of a doubt, what its confirmation says; empty for an error
    """

    level: str
    topic: str
    cause: Message
    cure: Message
    sign: str = ""


def find_faults(unit: Unit, language: str, limit: int | None = None) -> list[Fault]:
    """Return what a translation does not keep, without confirmed doubts; a stale one is compared with its own French.

    limit : of the translation in characters, None where there is no limit
    """
    if not unit.target:
        return []
    text = unit.former or unit.text if unit.is_stale else unit.text
    confirmed = {note.removeprefix(CONFIRMED) for note in unit.notes if note.startswith(CONFIRMED)}
    all_faults = faults(text, unit.target, language, limit)
    return [each for each in all_faults if not each.sign or each.sign not in confirmed]


def faults(text: str, target: str, language: str, limit: int | None = None, source: str = SOURCE) -> list[Fault]:
    """Return what a translation does not keep of a text: first the errors, then the doubts.

    limit : of the translation in characters, None where there is no limit
    source : language of the text

    >>> [fault.sign for fault in faults("La fosse de 1906 a 2 000 mineurs.", "The pit of 1907 has 2,000 miners.", "en")]
    ['-1906 +1907']
    """
    result = [*_form(text, target, limit)]
    if target != text:
        result += [
            *_find_hidden(text, target),
            *_places(text, target),
            *_links(text, target),
            *_addresses(text, target),
        ]
        result += _numbers(text, target, language, source)
    return sorted(result, key=lambda each: each.level != ERROR)


def confirming(notes: Sequence[str], confirmed: Iterable[Fault]) -> tuple[str, ...]:
    """Return the notes of a text with the doubts that a translator confirms, in place of former ones."""
    signs = [f"{CONFIRMED}{each.sign}" for each in confirmed if each.sign]
    return (*(note for note in notes if not note.startswith(CONFIRMED)), *signs)


def broken_places(text: str, translation: str) -> list[str]:
    """Return the placeholders that do not occur equally often in both, sorted.

    >>> broken_places("%(number)s lieux, {name}", "{nom}: %(number)s sites")
    ['{name}', '{nom}']
    """
    ours, theirs = _PLACE.findall(text), _PLACE.findall(translation)
    if ours == theirs:  # as nearly always: without any
        return []
    return sorted((Counter(ours) - Counter(theirs)) + (Counter(theirs) - Counter(ours)))


def _form(text: str, target: str, limit: int | None) -> Iterator[Fault]:
    if not markup(text) and (html := html_in(target)):
        yield Fault(ERROR, "markup", *html)
    if limit and len(target) > limit:
        cause = plural_message(
            "the translation has %(count)s character; the limit is %(limit)s",
            "the translation has %(count)s characters; the limit is %(limit)s",
            len(target), limit=limit,
        )  # fmt: skip
        yield Fault(ERROR, "too long", cause, message("shorten it"))


def _find_hidden(text: str, target: str) -> Iterator[Fault]:
    for character in dict.fromkeys(_HIDDEN.findall(target)):
        if target.count(character) > text.count(character):
            name = unicodedata.name(character, "CONTROL")
            cause = message(
                "the translation has the invisible character %(code)s (%(name)s)",
                code=f"U+{ord(character):04X}", name=name,
            )  # fmt: skip
            yield Fault(ERROR, "hidden character", cause, message("remove it: it can turn or hide what visitors read"))


def _places(text: str, target: str) -> Iterator[Fault]:
    if broken := broken_places(text, target):
        cause = message("the placeholder '%(place)s' is not in both text and translation", place=broken[0])
        yield Fault(ERROR, "broken placeholder", cause, message("copy the placeholders of the text as they are"))


def _links(text: str, target: str) -> Iterator[Fault]:
    ours, theirs = (Counter(_LINK.findall(each)) for each in (text, target))
    if lost := sorted(ours - theirs):
        cause = message("the link to '%(link)s' is not in the translation", link=lost[0])
        yield Fault(ERROR, "lost link", cause, message("write it as [words](%(link)s)", link=lost[0]))
    elif more := sorted(theirs - ours):
        cause = message("the translation has a link to '%(link)s', which the text has not", link=more[0])
        yield Fault(ERROR, "lost link", cause, message("remove it, or add it to the text"))


def _addresses(text: str, target: str) -> Iterator[Fault]:
    if not _MAY_HAVE_ADDRESS.search(text) and not _MAY_HAVE_ADDRESS.search(target):
        return
    ours, theirs = (Counter(_ADDRESS.findall(_LINK.sub("]", each))) for each in (text, target))
    lost, more = sorted(ours - theirs), sorted(theirs - ours)
    if len(lost) > len(more):
        cause = message("the address '%(address)s' is not in the translation", address=lost[0])
        yield Fault(ERROR, "lost link", cause, message("copy it"))
    elif more:
        cause = message("the translation has the address '%(address)s', which the text has not", address=more[0])
        yield _doubt("other address", cause, lost, more)


def _numbers(text: str, target: str, language: str, source: str) -> Iterator[Fault]:
    ours, theirs = _source_numbers(text, source), numbers_in(_without_links(target), language)
    before, after = (Counter(each.value for each in numbers) for numbers in (ours, theirs))
    if before == after:
        return
    lost = [value for value in sorted(before - after) if not is_in_words(value, target, language)]
    more = [value for value in sorted(after - before) if not is_in_words(value, text, source)]
    if lost or more:
        cause = _differing(_show(lost, ours), _show(more, theirs))
        yield _doubt("other number", cause, lost, more)


@lru_cache(KEPT)
def _source_numbers(text: str, source: str) -> tuple[Written, ...]:
    return tuple(numbers_in(_without_links(text), source))


def _differing(lost: tuple[str, ...], more: tuple[str, ...]) -> Message:
    if lost and more:
        return message("the text says %(text)s, and the translation %(target)s", text=lost, target=more)
    if lost:
        return message("%(text)s of the text is not in the translation", text=lost)
    return message("the translation says %(target)s, which is not in the text", target=more)


def _show(values: Sequence[str], numbers: Sequence[Written]) -> tuple[str, ...]:
    words = {each.value: each.words for each in numbers}
    return tuple(words[value] for value in values)


def _doubt(topic: str, cause: Message, lost: Sequence[str], more: Sequence[str]) -> Fault:
    sign = " ".join([*(f"-{each}" for each in lost), *(f"+{each}" for each in more)])
    cure = message(
        "correct it; if it is right, confirm it at the desk, or by the comment '%(note)s'", note=f"# {CONFIRMED}{sign}"
    )
    return Fault(QUESTION, topic, cause, cure, sign)


def _without_links(text: str) -> str:
    rest = _LINK.sub("] ", text) if "](" in text else text
    rest = _ADDRESS.sub(" ", rest) if _MAY_HAVE_ADDRESS.search(rest) else rest
    return _PLACE.sub(" ", rest) if "%" in rest or "{" in rest else rest


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
    numbers: list[Written] = []

    def take(match: re.Match[str], *values: str) -> str:
        numbers.extend(Written(value, match[0].strip()) for value in values)
        return " " * len(match[0])

    def date(match: re.Match[str], day: int, month: int, year: int) -> str:
        if not 1 <= int(match[month]) <= 12:
            return match[0]
        return take(match, str(int(match[day])), f"month {int(match[month])}", match[year])

    def short_year(match: re.Match[str]) -> str:
        return take(match, match[1] + match[2], match[1] + match[4]) if match[4] > match[2] else match[0]

    def time(match: re.Match[str]) -> str:
        hour, *minutes = [int(part) for part in match.groups() if part and part.isdigit()]
        if hour > 24 or any(each > 59 for each in minutes):
            return match[0]
        is_afternoon = "p" in match.groups() and hour < 12
        return take(match, str(hour + 12 * is_afternoon), *(str(each) for each in minutes if each))

    rest, written = text, spelling(language)
    if _DIGIT.search(text):
        rest = _DATE.sub(lambda each: date(each, 1, 3, 4), rest)
        rest = _ISO_DATE.sub(lambda each: date(each, 3, 2, 1), rest)
        rest = _SHORT_YEAR.sub(short_year, rest)
        rest = _WAR.sub(lambda each: take(each, f"19{each[1] or each[3]}", f"19{each[2] or each[4]}"), rest)
        rest = written.decade.sub(lambda each: take(each, f"19{each[2]}"), rest)
        rest = written.time.sub(time, rest)
        numbers += _plain(rest, written)
    return [*numbers, *_romans(rest), *_months(rest, written)]


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


_NEVER = re.compile("(?!)")


@dataclass(frozen=True)
class Spelling:
    """How a language writes numbers.

    decimal : the decimal mark
    words : what each number is written as, 1 to 99, 100 and 1000
    months : finds the months; group "m5" is May
    scales : words that multiply a number before them, each with its power of ten
    decade, time : find a decade in two digits, and an hour
    """

    decimal: str = ","
    words: Mapping[int, re.Pattern[str]] = field(default_factory=dict)
    months: re.Pattern[str] = _NEVER
    scales: tuple[tuple[re.Pattern[str], int], ...] = ()
    decade: re.Pattern[str] = _NEVER
    time: re.Pattern[str] = _NEVER


@cache
def spelling(language: str) -> Spelling:
    """Return how a language writes numbers: in digits alone, where it has no file."""
    path = LOCALES / language / "numbers.toml"
    if not path.is_file():
        return Spelling()
    data = tomllib.loads(path.read_text("utf-8"))
    months = "|".join(f"(?P<m{number}>{name})" for number, name in enumerate(data["months"], 1))
    scales = ((re.compile(rf"[\s-]*(?:{word})(?!\w)", re.IGNORECASE), power) for word, power in data["scales"].items())
    return Spelling(
        data["decimal"],
        {number: _word(words) for number, words in _write_numbers(data).items()},
        re.compile(rf"(?<![\w-])(?:{months})(?![\w-])"),
        tuple(scales),
        re.compile(data["decade"]),
        re.compile(data["time"]),
    )


def _write_numbers(data: Mapping[str, Any]) -> dict[int, str]:
    """Return what each number is written as, tens with units too; French counts on to nineteen, as in soixante-dix."""
    simple = {int(number): words for number, words in data["words"].items()}
    written = dict(simple)
    for tens in (number for number in simple if 20 <= number <= 90):
        for units in (number for number in simple if number < 20):
            first, second = (units, tens) if data["is_units_first"] else (tens, units)
            compound = f"(?:{simple[first]}){data['joint']}(?:{simple[second]})"
            number = tens + units
            written[number] = f"{written[number]}|{compound}" if number in written else compound
    return written


def _word(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)
