"""Parse dates as curators write them: days, months, years, periods and approximate dates.

The syntax is a subset of ISO 8601-2 (Extended Date/Time Format, level 1).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from carreau.base.messages import Message, message

_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(~?)")


class DateError(ValueError):
    """A text is not a date.

    reason : why
    """

    def __init__(self, reason: Message) -> None:
        """Set the reason."""
        super().__init__(reason)
        self.reason = reason


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


_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})")
_TICK = timedelta(minutes=1)


@dataclass(frozen=True)
class Moment:
    """A stretch of time in which something happened, no more precise than it was written.

    text : as written
    first, last : its first and its last minute, without a time zone
    """

    text: str
    first: datetime
    last: datetime


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


def instants(moments: Iterable[Moment]) -> list[datetime]:
    """Return an instant for each moment, each after the one before.

    A moment that is only known to the day has no instant of its own: it gets the next minute after the one before it,
    which keeps the order, and says no more.
    """
    found = list[datetime]()
    for moment in moments:
        found.append(max(moment.first, found[-1] + _TICK) if found else moment.first)
    return found
