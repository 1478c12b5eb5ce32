"""Dates say a stretch of time, and only what is certainly before is before."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.catalogue.table_reader import DateError, parse_when


@pytest.mark.parametrize(
    ("text", "first", "last", "is_about"),
    [
        ("1831", date(1831, 1, 1), date(1831, 12, 31), False),
        ("1832-02", date(1832, 2, 1), date(1832, 2, 29), False),
        ("1831-07-15", date(1831, 7, 15), date(1831, 7, 15), False),
        ("1924~", date(1924, 1, 1), date(1924, 12, 31), True),
        ("1831/1862-08", date(1831, 1, 1), date(1862, 8, 31), False),
        ("1946/..", date(1946, 1, 1), None, False),
        ("../1862", None, date(1862, 12, 31), False),
    ],
)
def test_a_date_is_a_stretch(text: str, first: date | None, last: date | None, is_about: bool) -> None:
    when = parse_when(text)
    assert (when.first, when.last, when.is_about) == (first, last, is_about)


@pytest.mark.parametrize(
    "text", ["", "/", "../..", "1831-13", "1831-02-30", "1862/1831", "vers 1924", "31", "1830/1831/1832"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(DateError):
        parse_when(text)


@given(text=st.text("0123456789-/.~ ", max_size=24))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    try:
        when = parse_when(text)
    except DateError:
        return
    assert when.first is None or when.last is None or when.first <= when.last


def test_only_what_is_certainly_before_is_before() -> None:
    assert parse_when("1830").is_before(parse_when("1831"))
    assert not parse_when("1831-05").is_before(parse_when("1831"))
    assert not parse_when("1830~").is_before(parse_when("1831"))
    assert not parse_when("1830/..").is_before(parse_when("1831"))


def test_the_same_day_is_neither_before_nor_after() -> None:
    day, period = parse_when("1831-07-15"), parse_when("1831-07-15/1831-07-15")
    assert (period.first, period.last) == (day.first, day.last)
    for one, other in ((day, day), (day, period), (parse_when("1830/1831-07-15"), parse_when("1831-07-15/1832"))):
        assert not one.is_before(other)
    assert day.is_before(parse_when("1831-07-16"))
