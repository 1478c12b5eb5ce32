"""Convert TOML tables and the dates in them to the dataclasses of the catalogue, with a diagnostic for each error.

The syntax of dates is a subset of ISO 8601-2 (Extended Date/Time Format, level 1).
"""

from __future__ import annotations

import calendar
import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from carreau.base.document import TomlDocument
from carreau.base.errors import KeyPath, show_value
from carreau.base.messages import Message, Number, message
from carreau.catalogue.fields import MAY, MUST, FieldRule

LONGEST_NAME = 100
"""File systems allow 255 bytes for the name of a file with its ending, and fail to look for a longer one."""
ENTRY_NAME = re.compile(rf"(?=.{{1,{LONGEST_NAME}}}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
"""A name for links."""
FARTHEST = 1e12
"""Largest number that is accepted for any key."""

T = TypeVar("T")


class _WrongError(Exception):
    """A value breaks the rule of its field; `cause` and `cure` are messages."""

    def __init__(self, cause: Message, cure: Message) -> None:
        super().__init__(cause, cure)
        self.cause, self.cure = cause, cure


def read_table(of: type[T], data: dict[str, Any], document: TomlDocument, path: KeyPath = ()) -> T:
    """Convert a table to its class; an invalid key gives a diagnostic, and its field keeps the default.

    of : a frozen dataclass whose fields carry rules; all of them have defaults
    """
    rules = {each.name: each.metadata["rule"] for each in fields(of)}  # type: ignore[arg-type]
    for key in data:
        if key not in rules:
            _report_unknown(key, tuple(rules), document, path)
    values = {}
    for key, rule in rules.items():
        is_empty = data.get(key, "") in ("", [])
        if is_empty and rule.need != MAY:
            _report_absent(key, key in data, rule, document, path)
        if not is_empty and (value := _value(rule, data[key], document, (*path, key))) is not None:
            values[key] = value
    return of(**values)


def _report_unknown(key: str, known: tuple[str, ...], document: TomlDocument, path: KeyPath) -> None:
    document.error("unknown key", (*path, key), message("the key is unknown"), _choice(key, tuple(sorted(known))))


def _choice(word: str, choices: tuple[str, ...]) -> Message:
    near = difflib.get_close_matches(word, choices, 1, 0.6)
    return message("write %(word)s", word=near[0]) if near else message("use one of: %(choices)s", choices=choices)


def _report_absent(key: str, is_there: bool, rule: FieldRule, document: TomlDocument, path: KeyPath) -> None:
    if rule.need == MUST and not is_there:
        cure = message("add it, and leave it empty while its value is unknown")
        document.error("missing key", (*path, key), message("the key is missing"), cure)
    else:
        cause, cure = message("not filled in yet"), message("fill it in once it is known")
        document.question("not written", (*path, key), cause, cure)


def _value(rule: FieldRule, value: Any, document: TomlDocument, path: KeyPath) -> Any:
    if rule.kind == "one":
        return _one(rule, value, document, path)
    if rule.kind == "many":
        return _many(rule, value, document, path)
    try:
        return _READERS[rule.kind](rule, value)
    except _WrongError as error:
        document.error("wrong value", path, error.cause, error.cure)
        return None


def _one(rule: FieldRule, value: Any, document: TomlDocument, path: KeyPath) -> Any:
    if isinstance(value, dict):
        return read_table(rule.of, value, document, path)
    cure = message("write [%(key)s] on a line of its own, and its keys below", key=str(path[-1]))
    document.error("wrong value", path, message("%(value)s is not a table", value=show_value(value)), cure)
    return None


def _many(rule: FieldRule, value: Any, document: TomlDocument, path: KeyPath) -> Any:
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return tuple(read_table(rule.of, each, document, (*path, place)) for place, each in enumerate(value))
    cure = message("write [[%(key)s]] on a line of its own before each, and its keys below", key=str(path[-1]))
    document.error("wrong value", path, message("%(value)s is not a list of tables", value=show_value(value)), cure)
    return None


def _text(_: FieldRule, value: Any) -> str:
    if not isinstance(value, str):
        cause = message("%(value)s is not text", value=show_value(value))
        raise _WrongError(cause, message("put it in quotation marks"))
    return plain_text(value)


def plain_text(text: str) -> str:
    """Return a text without line wrapping; empty lines separate paragraphs.

    Spaces that do not break, of which French is full, stay.
    """
    paragraphs = (re.sub(r"[ \t\n]+", " ", part).strip(" ") for part in re.split(r"\n[ \t]*\n", text))
    return "\n\n".join(part for part in paragraphs if part)


def _name(_: FieldRule, value: Any) -> str:
    if not isinstance(value, str) or not ENTRY_NAME.fullmatch(value):
        cause = message("%(value)s is not a valid name for links", value=show_value(value))
        raise _WrongError(cause, message("use at most 100 lower-case letters, digits and hyphens, as in fosse-1"))
    return value


def _word(rule: FieldRule, value: Any) -> str:
    if value in rule.choices:
        return str(value)
    cause = message("%(value)s is not a value of this key", value=show_value(value))
    raise _WrongError(cause, _choice(value if isinstance(value, str) else "", rule.choices))


def _words(rule: FieldRule, value: Any) -> tuple[str, ...]:
    return tuple(_word(rule, each) for each in dict.fromkeys(_texts(rule, value)))


def _texts(_: FieldRule, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        cause = message("%(value)s is not a list of texts", value=show_value(value))
        raise _WrongError(cause, message("write %(example)s", example='["one", "two"]'))
    return tuple(text for each in value if (text := plain_text(each)))


def _number(rule: FieldRule, value: Any) -> float:
    number = _plain(value)
    if number is None:
        cause = message("%(value)s is not a number", value=show_value(value))
        cure = (
            message("write a number in %(unit)s, without the unit and without quotation marks", unit=rule.unit)
            if rule.unit
            else message("write a number, without quotation marks")
        )
        raise _WrongError(cause, cure)
    if not rule.least <= number <= rule.most:
        least, most = Number(rule.least, ",.15g"), Number(rule.most, ",.15g")
        cure = (
            message("write a number in %(unit)s from %(least)s to %(most)s", unit=rule.unit, least=least, most=most)
            if rule.unit
            else message("write a number from %(least)s to %(most)s", least=least, most=most)
        )
        raise _WrongError(message("%(value)s is out of range", value=show_value(value)), cure)
    return number


def _whole(rule: FieldRule, value: Any) -> int:
    number = _number(rule, value)
    if not isinstance(value, int):
        cause = message("%(value)s is not a whole number", value=show_value(value))
        raise _WrongError(cause, message("remove the decimals"))
    return int(number)


def _flag(_: FieldRule, value: Any) -> bool:
    if not isinstance(value, bool):
        cause = message("%(value)s is neither true nor false", value=show_value(value))
        raise _WrongError(cause, message("write true or false, without quotation marks"))
    return value


def _read_when(_: FieldRule, value: Any) -> Any:
    text = f"{value:04d}" if isinstance(value, int) and 0 < value < 10_000 else value
    if isinstance(value, date) and not isinstance(value, datetime):
        text = value.isoformat()
    try:
        if not isinstance(text, str):
            raise DateError(message("its format is unknown"))
        return parse_when(text)
    except DateError as error:
        cause = message("%(value)s is not a date: %(reason)s", value=show_value(value), reason=error.reason)
        cure = message("write it as 1831, 1831-07, 1831-07-15, 1924~ (about) or 1831/1862")
        raise _WrongError(cause, cure) from error


def _read_moment(_: FieldRule, value: Any) -> Any:
    text = f"{value:04d}" if isinstance(value, int) and 0 < value < 10_000 else value
    try:
        if not isinstance(text, str):
            raise DateError(message("its format is unknown"))
        return parse_moment(text)
    except DateError as error:
        cause = message("%(value)s is not a moment: %(reason)s", value=show_value(value), reason=error.reason)
        cure = message('write it as "1831", "1831-07", "1831-07-15" or "1712-07-24T13:00"')
        raise _WrongError(cause, cure) from error


def _points(_: FieldRule, value: Any) -> tuple[tuple[float, float], ...]:
    pairs = value if isinstance(value, list) and len(value) > 1 else [None]
    numbers = [
        tuple(map(_plain, pair)) if isinstance(pair, list) and len(pair) == 2 else (None, None) for pair in pairs
    ]
    if any(lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90 for lon, lat in numbers):
        cause = message("%(value)s is not a list of points in degrees", value=show_value(value))
        raise _WrongError(cause, message("write %(example)s", example="[[3.39, 50.33], [3.40, 50.34]]"))
    return tuple((lon, lat) for lon, lat in numbers if lon is not None and lat is not None)


def _either(_: FieldRule, value: Any) -> str | float:
    if isinstance(value, str):
        return plain_text(value)
    number = _plain(value)
    if number is None:
        cause = message("%(value)s is neither text nor a number", value=show_value(value))
        raise _WrongError(cause, message("write one of them"))
    return int(value) if isinstance(value, int) else number


def _triple(_: FieldRule, value: Any) -> tuple[float, float, float]:
    numbers = [_plain(each) for each in value] if isinstance(value, list) and len(value) == 3 else []
    x, y, z = numbers if len(numbers) == 3 else (None, None, None)
    if x is None or y is None or z is None:
        cause = message("%(value)s is not a list of three numbers", value=show_value(value))
        raise _WrongError(cause, message("write %(example)s", example="[x, y, z]"))
    return x, y, z


def _plain(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= FARTHEST else None  # neither nan nor infinite is


class DateError(ValueError):
    """A text is not a date.

    reason : why
    """

    def __init__(self, reason: Message) -> None:
        """Set the reason."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Moment:
    """A stretch of time in which something happened, no more precise than it was written.

    text : as written
    first, last : its first and its last minute, without a time zone
    """

    text: str
    first: datetime
    last: datetime


@dataclass(frozen=True)
class When:
    """A period of time, of a day or more.

    text : as written
    first, last : its first and last day, None where that end is open or unknown
    is_about : whether an end is approximate
    """

    text: str
    first: date | None
    last: date | None
    is_about: bool = False

    def is_before(self, other: When) -> bool:
        """Return whether it ends before the other starts; False where either is approximate."""
        if self.is_about or other.is_about or self.last is None or other.first is None:
            return False
        return self.last < other.first


_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(~?)")

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})")


def _stretch(text: str) -> tuple[date, date, bool]:
    match = _DAY.fullmatch(text.strip())
    if not match:
        raise DateError(message("its format is unknown"))
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    except ValueError as error:
        raise DateError(message("this day does not exist")) from error
    return first, last, bool(match[4])


def parse_moment(text: str) -> Moment:
    """Parse a moment; raises DateError.

    >>> parse_moment("1712-07-24T13:30").first, parse_moment("1954").last
    (datetime.datetime(1712, 7, 24, 13, 30), datetime.datetime(1954, 12, 31, 23, 59))
    """
    match = _TIME.fullmatch(text.strip())
    if match:
        day = parse_when(match[1]).first
        hour, minute = int(match[2]), int(match[3])
        if day is None or hour > 23 or minute > 59:
            raise DateError(message("this hour does not exist"))
        time = datetime(day.year, day.month, day.day, hour, minute)
        return Moment(text.strip(), time, time)
    when = parse_when(text)
    if when.first is None or when.last is None or "/" in text:
        raise DateError(message("it has more than one end"))
    first, last = (datetime(day.year, day.month, day.day) for day in (when.first, when.last))
    return Moment(when.text, first, last + timedelta(hours=23, minutes=59))


def parse_when(text: str) -> When:
    """Parse a date or a period; raises DateError.

    >>> parse_when("1831").first, parse_when("1831-02/1862").last
    (datetime.date(1831, 1, 1), datetime.date(1862, 12, 31))
    """
    parts = text.strip().split("/")
    if len(parts) > 2:
        raise DateError(message("it has more than one slash"))
    ends = [None if part in ("..", "") else _stretch(part) for part in parts]
    if not any(ends):
        raise DateError(message("it has neither a start nor an end"))
    first, last = ends[0], ends[-1]
    when = When(
        text.strip(), first[0] if first else None, last[1] if last else None, any(end[2] for end in ends if end)
    )
    if when.first and when.last and when.last < when.first:
        raise DateError(message("it ends before it starts"))
    return when


_READERS: dict[str, Callable[[FieldRule, Any], Any]] = {
    "text": _text,
    "name": _name,
    "word": _word,
    "words": _words,
    "texts": _texts,
    "number": _number,
    "whole": _whole,
    "flag": _flag,
    "when": _read_when,
    "moment": _read_moment,
    "points": _points,
    "value": _either,
    "triple": _triple,
}

_TICK = timedelta(minutes=1)


def instants(moments: Iterable[Moment]) -> list[datetime]:
    """Return an instant for each moment, each after the one before.

    A moment that is only known to the day has no instant of its own: it gets the next minute after the one before it,
    which keeps the order, and says no more.
    """
    result = list[datetime]()
    for moment in moments:
        result.append(max(moment.first, result[-1] + _TICK) if result else moment.first)
    return result
