"""Numbers read by machine code are those that Python reads."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carreau.formats.rows import decimal, number

numbers = (
    st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.floats(-1e9, 1e9).map(repr)
    | st.builds("{:.{}f}".format, st.floats(-1e6, 1e6), st.integers(0, 17))
    | st.builds("{:.{}e}".format, st.floats(-1e30, 1e30), st.integers(0, 17))
    | st.integers(-(2**64), 2**64).map(str)
    | st.from_regex(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
)


def compiled(word: str) -> tuple[float, int, bool]:
    return decimal(np.frombuffer(word.encode("ascii") + b"\n", np.uint8), 0)


@settings(max_examples=1000)
@given(numbers)
@example("9007199254740993")
@example("-0")
@example("0.000000000000000000000000000000001")
@example("5e-324")
def test_equal_to_python(word: str) -> None:
    value, end, whole = compiled(word)
    if whole:
        assert struct.pack("d", value) == struct.pack("d", float(word))
        assert end == len(word)
    assert number(word.encode()) == float(word)


@pytest.mark.parametrize("word", ["0", "1.5", "-123456.789", "0.30000000000000004", "577123.1234567891", "1e-7"])
def test_usual_numbers_need_no_python(word: str) -> None:
    assert compiled(word)[2]


@pytest.mark.parametrize(
    "word", ["", "-", "+", ".", "e5", "1e", "1e+", "--1", "1.2.3", "1_0", "0x10", "1,5", "x", "1x"]
)
def test_what_is_no_number(word: str) -> None:
    assert not compiled(word)[2]
    with pytest.raises(ValueError, match=r"^b'"):
        number(word.encode())


@pytest.mark.parametrize("word", ["nan", "-NaN", "nan(ind)", "-1.#IND", "1.#QNAN0"])
def test_not_a_number_in_every_spelling(word: str) -> None:
    assert not compiled(word)[2]
    assert math.isnan(number(word.encode()))


@pytest.mark.parametrize(
    ("word", "value"), [("inf", math.inf), ("-Infinity", -math.inf), ("-1.#INF", -math.inf), ("1d3", 1e3)]
)
def test_other_spellings(word: str, value: float) -> None:
    assert number(word.encode()) == value
