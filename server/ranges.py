"""Read which bytes of a file are wanted (RFC 9110, 14), and whether they are still of the same file."""

from __future__ import annotations

from server.errors import RangeError

MOST = 16
"""Ranges in one request; whoever wants more gets the whole file."""


def parse(header: str, length: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of a file as (first, behind the last), none where the header is to be ignored.

    Overlapping ones are joined, so that no request is answered with more bytes than the file has. Raises RangeError
    when none of them lies in the file.

    >>> parse("bytes=0-1, -2", 10), parse("bytes=2-", 10), parse("lines=1-2", 10), parse("bytes=4-2", 10)
    (((0, 2), (8, 10)), ((2, 10),), (), ())
    """
    unit, _, said = header.partition("=")
    parts = said.split(",")
    if unit.strip().lower() != "bytes" or len(parts) > MOST:
        return ()
    found = []
    for part in parts:
        first, stroke, last = (each.strip() for each in part.partition("-"))
        if not stroke or not (first or last) or not all(_is_number(each) for each in (first, last) if each):
            return ()
        if first and last and int(first) > int(last):
            return ()
        found.append(_within(first, last, length))
    inside = tuple(each for each in found if each)
    if not inside:
        raise RangeError("range", {"bytes": length}, headers={"Content-Range": f"bytes */{length}"})
    return _joined(inside)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _within(first: str, last: str, length: int) -> tuple[int, int] | None:
    if not first:
        begin, behind = max(0, length - int(last)), length
    else:
        begin, behind = int(first), min(int(last) + 1, length) if last else length
    return (begin, behind) if begin < behind else None


def _joined(ranges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Join those that overlap or touch, if any do; else keep the order they were asked in."""
    ordered = sorted(ranges)
    joined = [ordered[0]]
    for begin, behind in ordered[1:]:
        if begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], behind))
        else:
            joined.append((begin, behind))
    return ranges if len(joined) == len(ranges) else tuple(joined)


def is_known(if_none_match: str, tag: str) -> bool:
    """Say whether who asks has this version already; tags are compared weakly (RFC 9110, 13.1.2).

    >>> is_known('W/"a", "b"', '"a"'), is_known("*", '"a"'), is_known('"c"', '"a"')
    (True, True, False)
    """
    wanted = if_none_match.strip()
    return wanted == "*" or tag in [each.strip().removeprefix("W/") for each in wanted.split(",")]


def still_holds(if_range: str, tag: str) -> bool:
    """Say whether a range may be answered in part; tags are compared strongly, and we give no dates (13.1.5)."""
    return not if_range or if_range.strip() == tag
