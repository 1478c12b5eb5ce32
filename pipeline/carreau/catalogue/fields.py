"""Rules for the keys of the catalogue, as metadata of dataclass fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from carreau.base.messages import Message, message

MUST, OUGHT, MAY = "must", "ought", "may"
"""Whether a missing value is an error (an empty one is a question), a question, or fine."""

NAME, SUMMARY = 80, 240
"""Length limits of texts in lists, on cards and maps, in characters. The longest name of the 53 in any language has 65,
the longest summary 216."""


DEGREES, METRES, KILOMETRES = message("degrees"), message("metres"), message("kilometres")
MINUTES, SECONDS, HECTARES = message("minutes"), message("seconds"), message("hectares")


@dataclass(frozen=True)
class FieldRule:
    """The values that a key accepts.

    kind : name of the reader in `reading.py`
    need : `MUST`, `OUGHT` or `MAY`
    choices : the words that may stand there, all without any
    least, most : limits of a number
    unit : of a number, in words
    of : class of the tables below the key
    translatable : whether it is for visitors to read, and so is translated
    limit : the most characters it may have in any language, None where there is none
    label : what visitors read above it, in English; empty for what explains itself
    """

    kind: str
    need: str = MAY
    choices: tuple[str, ...] = ()
    least: float = 0.0
    most: float = 0.0
    unit: Message | None = None
    of: Any = None
    translatable: bool = False
    limit: int | None = None
    label: str = ""


def _field(rule: FieldRule, default: Any) -> Any:
    return field(default=default, metadata={"rule": rule})


def text(need: str = MAY, translatable: bool = False, limit: int | None = None, label: str = "") -> Any:
    """Accept text."""
    return _field(FieldRule("text", need, translatable=translatable, limit=limit, label=label), "")


def name(need: str = MUST) -> Any:
    """Accept a name for links: lower-case letters, digits and hyphens."""
    return _field(FieldRule("name", need), "")


def word(*choices: str, need: str = MUST) -> Any:
    """Accept one of several words."""
    return _field(FieldRule("word", need, choices), "")


def words(*choices: str, need: str = MUST) -> Any:
    """Accept a list of several words."""
    return _field(FieldRule("words", need, choices), ())


def texts(need: str = MAY, translatable: bool = False, limit: int | None = None) -> Any:
    """Accept a list of texts."""
    return _field(FieldRule("texts", need, translatable=translatable, limit=limit), ())


def number(least: float, most: float, unit: Message | None = None, need: str = MAY) -> Any:
    """Accept a number within limits, in a unit."""
    return _field(FieldRule("number", need, (), least, most, unit), None)


def whole(least: int, most: int, need: str = MAY) -> Any:
    """Accept a whole number within limits."""
    return _field(FieldRule("whole", need, (), least, most), None)


def flag(need: str = MAY) -> Any:
    """Accept true or false; None where it is not given."""
    return _field(FieldRule("flag", need), None)


def when(need: str = MAY) -> Any:
    """Accept a date or a period."""
    return _field(FieldRule("when", need), None)


def moment(need: str = MAY) -> Any:
    """Accept a year, a month, a day, or a minute of a day."""
    return _field(FieldRule("moment", need), None)


def points(need: str = MAY) -> Any:
    """Accept a list of two or more points, [lon, lat]."""
    return _field(FieldRule("points", need), ())


def value(need: str = OUGHT, translatable: bool = False) -> Any:
    """Accept text or a number."""
    return _field(FieldRule("value", need, translatable=translatable), None)


def triple(need: str = MAY) -> Any:
    """Accept three numbers."""
    return _field(FieldRule("triple", need), None)


def one(of: Any, need: str = MAY) -> Any:
    """Accept a table."""
    return _field(FieldRule("one", need, of=of), None)


def many(of: Any, need: str = MAY) -> Any:
    """Accept a list of tables."""
    return _field(FieldRule("many", need, of=of), ())
