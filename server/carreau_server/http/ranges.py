"""Byte ranges and conditions of requests (RFC 9110, 13 and 14).

Starlette's FileResponse parses ranges too, but answers 400 where the RFC says to ignore a malformed Range, and 416
where only one of several ranges is outside the file.
"""

from __future__ import annotations

from carreau_server.errors import RangeNotSatisfiableError

MAX_RANGES = 16
"""In one request; with more, the whole file is sent."""


def parse(header: str, length: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of a file as (first, behind the last), none where the header is to be ignored.

    Overlapping ones are joined, so that no request is answered with more bytes than the file has. Raises
    RangeNotSatisfiableError when none of them lies in the file.

    >>> parse("bytes=0-1, -2", 10), parse("bytes=2-", 10), parse("lines=1-2", 10), parse("bytes=4-2", 10)
    (((0, 2), (8, 10)), ((2, 10),), (), ())
    """
    unit, _, specifiers = header.partition("=")
    parts = specifiers.split(",")
    if unit.strip().lower() != "bytes" or len(parts) > MAX_RANGES:
        return ()
    ranges = []
    for part in parts:
        first, dash, last = (each.strip() for each in part.partition("-"))
        if not dash or not (first or last) or not all(_is_number(each) for each in (first, last) if each):
            return ()
        if first and last and int(first) > int(last):
            return ()
        ranges.append(_within(first, last, length))
    satisfiable = tuple(each for each in ranges if each)
    if not satisfiable:
        raise RangeNotSatisfiableError(values={"size": length}, headers={"Content-Range": f"bytes */{length}"})
    return _merged(satisfiable)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _within(first: str, last: str, length: int) -> tuple[int, int] | None:
    if not first:
        begin, behind = max(0, length - int(last)), length
    else:
        begin, behind = int(first), min(int(last) + 1, length) if last else length
    return (begin, behind) if begin < behind else None


def _merged(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Join those that overlap or touch, if any do; else keep the order they were asked in."""
    ordered = sorted(ranges)
    joined = [ordered[0]]
    for begin, behind in ordered[1:]:
        if begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], behind))
        else:
            joined.append((begin, behind))
    return ranges if len(joined) == len(ranges) else tuple(joined)


def etag_matches(if_none_match: str, etag: str) -> bool:
    """Say whether If-None-Match names an entity tag, by weak comparison (RFC 9110, 13.1.2).

    >>> etag_matches('W/"a", "b"', '"a"'), etag_matches("*", '"a"'), etag_matches('"c"', '"a"')
    (True, True, False)
    """
    tags = if_none_match.strip()
    return tags == "*" or etag in [each.strip().removeprefix("W/") for each in tags.split(",")]


def if_range_matches(if_range: str, etag: str) -> bool:
    """Say whether a range may be sent: no If-Range, or this very tag; we send no dates (13.1.5)."""
    return not if_range or if_range.strip() == etag
