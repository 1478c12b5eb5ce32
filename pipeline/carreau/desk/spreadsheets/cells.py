"""Cells: the text of a value, a digest by which a change is noticed, and what spreadsheet programs do to cells."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Any

from carreau.base.messages import Message, message
from carreau.catalogue.dates import DateError, parse_when
from carreau.catalogue.fields import FieldRule
from carreau.desk.form_state import cleaned, parsed, shown

DIGITS = 8
"""Of the digest of a cell, in hexadecimal: one change in four thousand million goes unnoticed."""

_ACTIVE = re.compile(r"'*[=+\-@\t\r]")
"""What programs take for a formula at the beginning of a cell (OWASP, CSV Injection)."""

_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_FAULT = re.compile(r"#{2,}|#[A-ZÀ-Ý/0]+[!?/]?[A-Z0]*[!?]?|Err:\d+")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: 0{1,2}:00(?::00)?)?")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{2})-(\d{2})[ T]0{1,2}:00(?::00)?")
_MONTH_NAME = (
    "janv?|jan|f[ée]vr?|feb|mars?|m[äa]rz?|mrz|mrt|avr|apr|mai|may|mei|maj|juin|jun|juil|jul|ao[uû]t|aug|sept?|o[ck]t|nov|"
    "d[ée]c|dez|sty|lut|kwi|cze|lip|sie|wrz|pa[źz]|lis|gru"
)
_MONTH = re.compile(
    rf"(?:\d{{1,2}}[-. ])?(?:{_MONTH_NAME})\.?[- ]\d{{2,4}}|\d{{1,2}}[-. ](?:{_MONTH_NAME})\.?", re.IGNORECASE
)
_FLAGS = {
    **dict.fromkeys(("true", "vrai", "wahr", "waar", "prawda", "yes", "oui", "ja", "tak"), "true"),
    **dict.fromkeys(("false", "faux", "falsch", "onwaar", "fałsz", "no", "non", "nein", "nee", "nie"), "false"),
}
_CUTS = (255, 256, 32_767)
"""Characters at which programs cut texts."""
_SHORT = 12


def cell_of(rule: FieldRule, value: Any) -> str:
    """Return the text of a value."""
    return cleaned(shown(rule, value))


def value_of(rule: FieldRule, text: str) -> Any:
    """Return the value of a text that a person has written; booleans in any of the languages."""
    return parsed(rule, _FLAGS.get(text.casefold(), text) if rule.kind == "flag" else text)


def digest_of(text: str) -> str:
    """Return the digest of a cell.

    >>> len(digest_of("é")), digest_of("a") == digest_of("a"), digest_of("a") == digest_of("b")
    (8, True, False)
    """
    return hashlib.blake2s(text.encode(), digest_size=DIGITS // 2).hexdigest()


def guarded(text: str) -> str:
    r"""Return a text that no program takes for a formula, with an apostrophe before it.

    >>> guarded("=1+1"), guarded("-3,5"), guarded("'=x"), guarded("a")
    ("'=1+1", '-3,5', "''=x", 'a')
    """
    return f"'{text}" if _ACTIVE.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given.

    >>> unguarded("'=1+1"), unguarded("''=x"), unguarded("'a")
    ('=1+1', "'=x", "'a")
    """
    return text[1:] if text.startswith("'") and _ACTIVE.match(text[1:]) else text


def damage(rule: FieldRule, old: str, new: str) -> Message | None:
    """Return what a program seems to have done to a cell that was changed, None where nothing is suspicious.

    old : what the catalogue has, empty where it has nothing
    """
    if _FAULT.fullmatch(new):
        return message("the program shows an error there")
    if _ACTIVE.match(new) and not _PLAIN_NUMBER.fullmatch(new):
        return message("it begins like a formula; begin it with a letter")
    if _SCIENTIFIC.fullmatch(new) and not _SCIENTIFIC.fullmatch(old):
        return message("the program has shortened a number; format the column as text")
    if len(new) in _CUTS and old.startswith(new):
        return message("the program has cut the text off")
    return _number_damage(old, new) or _date_damage(rule, old, new)


def _number_damage(old: str, new: str) -> Message | None:
    if old.isdecimal() and new.isdecimal() and old != new and old.lstrip("0") == new.lstrip("0"):
        return message("the program has changed the zeros before the number; format the column as text")
    if not (_PLAIN_NUMBER.fullmatch(old) and _PLAIN_NUMBER.fullmatch(new)):
        return None
    before, after = old.replace(",", "."), new.replace(",", ".")
    digits, kept = (len(each.partition(".")[2]) for each in (before, after))
    if digits > kept and before != after and round(float(before), kept) == float(after) != float(before):
        return message("the program has rounded the number; format the column as text")
    return None


def _date_damage(rule: FieldRule, old: str, new: str) -> Message | None:
    day, looks_like_date = _day(new), bool(_MONTH.fullmatch(new))
    if rule.kind == "when":
        try:
            parse_when(new)
        except DateError:
            if day is not None:
                return message("the program writes dates in another way; write %(date)s", date=day.isoformat())
            return message("it is no date of ISO 8601, such as 1831, 1831-07-15 or 1831/1862")
        return None
    if old and len(old) <= _SHORT and (day is not None or looks_like_date) and _day(old) is None:
        return message("the program has made a date of it; format the column as text")
    return None


def _day(text: str) -> date | None:
    first, last = _DAY_FIRST.fullmatch(text), _YEAR_FIRST.fullmatch(text)
    try:
        if first:
            return date(int(first[3]), int(first[2]), int(first[1]))
        return date(*(int(each) for each in last.groups())) if last else None
    except ValueError:
        return None
