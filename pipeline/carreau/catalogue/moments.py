"""Parse moments as curators write them: a year, a month, a day, or a minute of a day, by whatever clock there was."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from carreau.base.messages import message
from carreau.catalogue.dates import DateError, parse_when

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

    @property
    def has_hour(self) -> bool:
        """Return whether an hour was written."""
        return "T" in self.text


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
