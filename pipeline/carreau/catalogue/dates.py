"""Parse dates as curators write them: days, months, years, periods and approximate dates.

The syntax is a subset of ISO 8601-2 (Extended Date/Time Format, level 1).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

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
