"""Decimal numbers parsed from bytes, with the same results as `float()`.

Clinger's fast path: digits up to 2**53 and powers of ten up to 10**22 are exact doubles, so that one multiplication or
division rounds once, correctly. Longer numbers (Python's 17 digits, for example) take the path of Lemire, "Number
Parsing at a Gigabyte per Second" (2021), a product with a 128-bit power of ten. The rest (NaN, MSVC's `1.#IND`, more
than 18 digits) goes to `float()`. The second path is worth its code: a million vertices with 17 digits take 0.15 s, and
3.9 s with `float()` in its place.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled_bare

NEWLINE, RETURN, SPACE, TAB, HASH, BACKSLASH, SLASH = 10, 13, 32, 9, 35, 92, 47
_PLUS, _MINUS, _DOT = 43, 45, 46
_EXACT = 2**53
Integer = int | np.int64
_POWERS = 10.0 ** np.arange(23)
_LOWEST, _HIGHEST = -64, 64
_MSVC = re.compile(rb"[+-]?\d+\.#(?:QNAN|SNAN|IND|INF)\d*|[+-]?nan(?:\([a-z]*\))?", re.IGNORECASE)
_PLAIN = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d{1,9})?|[+-]?inf(?:inity)?", re.IGNORECASE)


def number(token: bytes) -> float:
    """Return the number of a token. Raises ValueError if it is not a number.

    >>> number(b"1e3"), number(b"-1.#IND00")
    (1000.0, nan)
    """
    if _MSVC.fullmatch(token):
        infinite = b"INF" in token.upper()
        return math.copysign(math.inf, -1.0 if token.startswith(b"-") else 1.0) if infinite else math.nan
    if _PLAIN.fullmatch(token):
        return float(token.lower().replace(b"d", b"e"))
    raise ValueError(token)


def _wide_power(exponent: int) -> tuple[int, int]:
    """Return the top 128 bits of 5**exponent, truncated or rounded as Lemire's proof requires (section 5)."""
    if exponent >= 0:
        value = 5**exponent
    else:
        divisor = 5**-exponent
        bits = divisor.bit_length()
        value = (1 << (bits + 127 if exponent < -27 else 2 * bits + 128)) // divisor + 1
    shift = 128 - value.bit_length()
    wide = value << shift if shift >= 0 else value >> -shift
    return wide >> 64, wide & (2**64 - 1)


_WIDE = np.array([_wide_power(e) for e in range(_LOWEST, _HIGHEST + 1)], np.uint64)
_LOW_HALF, _ALL_ONES = np.uint64(2**32 - 1), np.uint64(2**64 - 1)
_ONE, _NINE, _HALF_BITS, _TOP_BIT = np.uint64(1), np.uint64(0x1FF), np.uint64(32), np.uint64(63)


@compiled_bare
def _product(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return the high and the low 64 bits of a * b."""
    a_high, a_low, b_high, b_low = a >> _HALF_BITS, a & _LOW_HALF, b >> _HALF_BITS, b & _LOW_HALF
    low, left, right = a_low * b_low, a_high * b_low, a_low * b_high
    middle = (low >> _HALF_BITS) + (left & _LOW_HALF) + (right & _LOW_HALF)
    high = a_high * b_high + (left >> _HALF_BITS) + (right >> _HALF_BITS) + (middle >> _HALF_BITS)
    return high, a * b


@compiled_bare
def _lemire(mantissa: Integer, exponent: Integer) -> tuple[float, bool]:
    """Return mantissa * 10**exponent rounded to the nearest double, and whether that is certain."""
    if mantissa == 0:
        return 0.0, True
    if exponent < _LOWEST or exponent > _HIGHEST:
        return 0.0, False
    word, leading = np.uint64(mantissa), 0
    while word >> _TOP_BIT == np.uint64(0):
        word, leading = word << _ONE, leading + 1
    high, low = _product(word, _WIDE[exponent - _LOWEST, 0])
    if high & _NINE == _NINE:
        carry, _ = _product(word, _WIDE[exponent - _LOWEST, 1])
        low += carry
        if carry > low:
            high += _ONE
    if low == _ALL_ONES and (exponent < -27 or exponent > 55):
        return 0.0, False
    upper = high >> _TOP_BIT
    shift = upper + np.uint64(9)
    digits = high >> shift
    if low <= _ONE and -4 <= exponent <= 23 and digits & np.uint64(3) == _ONE and digits << shift == high:
        digits &= ~_ONE
    digits = (digits + (digits & _ONE)) >> _ONE
    power = ((217706 * exponent) >> 16) + 63 + np.int64(upper) - leading
    return np.ldexp(np.float64(digits), power - 52), True


@compiled_bare
def ends_token(char: int) -> bool:
    """Tell whether a number may end before this byte; `#` does not count, as MSVC writes `1.#IND`."""
    return char in (SPACE, NEWLINE, RETURN, TAB, BACKSLASH)


@compiled_bare
def separates(char: int) -> bool:
    """Tell whether a byte is a blank or a line break."""
    return char in (SPACE, NEWLINE, RETURN, TAB)


@compiled_bare
def word_end(text: NDArray[np.uint8], start: int) -> int:
    """Return the position of the blank or line break after the word at `start`."""
    at = start
    while not separates(text[at]):
        at += 1
    return at


@compiled_bare
def decimal(text: NDArray[np.uint8], start: int) -> tuple[float, int, bool]:
    """Return the number at `start`, its end, and whether it was parsed completely; `text` ends with a line break."""
    at = start
    negative = text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    scale: Integer
    first, mantissa, scale = at, np.int64(0), 0
    digit = np.int64(text[at]) - 48
    while 0 <= digit <= 9:
        mantissa = mantissa * 10 + digit
        at += 1
        digit = np.int64(text[at]) - 48
    count = at - first
    if text[at] == _DOT:
        at += 1
        point = at
        digit = np.int64(text[at]) - 48
        while 0 <= digit <= 9:
            mantissa = mantissa * 10 + digit
            at += 1
            digit = np.int64(text[at]) - 48
        scale = point - at
        count -= scale
    if text[at] == 69 or text[at] == 101:
        exponent, at = _exponent(text, at + 1)
        scale += exponent
    if count == 0 or not ends_token(text[at]):
        return 0.0, at, False
    if count > 18:
        count -= _leading_zeros(text, first)
        if count > 18:
            return 0.0, at, False
    if mantissa <= _EXACT and -22 <= scale <= 22:
        value = mantissa / _POWERS[-scale] if scale < 0 else mantissa * _POWERS[scale]
        return (-value if negative else value), at, True
    value, proven = _lemire(mantissa, scale)
    return (-value if negative else value), at, proven


@compiled_bare
def _exponent(text: NDArray[np.uint8], start: int) -> tuple[Integer, int]:
    """Return the exponent at `start` and its end; 9999, outside the table, if it is missing."""
    at = start
    negative = text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    first, value = at, np.int64(0)
    while 48 <= text[at] <= 57 and at - first < 9:
        value = value * 10 + (np.int64(text[at]) - 48)
        at += 1
    if at == first:
        return 9999, at
    return (-value if negative else value), at


@compiled_bare
def _leading_zeros(text: NDArray[np.uint8], start: int) -> int:
    """Return the number of zeros before the first significant digit."""
    at, zeros = start, 0
    while text[at] == 48 or text[at] == _DOT:
        if text[at] == 48:
            zeros += 1
        at += 1
    return zeros


@compiled_bare
def token_end(text: NDArray[np.uint8], start: int) -> int:
    """Return the end of the token at `start`: a blank, a line break, or a backslash before one."""
    at = start
    while True:
        char, after = text[at], text[at + 1]
        if char in (SPACE, NEWLINE, RETURN, TAB) or (char == BACKSLASH and after in (NEWLINE, RETURN)):
            return at
        at += 1
