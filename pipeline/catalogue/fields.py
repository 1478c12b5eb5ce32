"""Say what may stand under a key: the rules that the fields of a catalogue's dataclasses carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.messages import Message, message

MUST, OUGHT, MAY = "must", "ought", "may"
"""What a key is without: wrong, when it is not even there empty; open, to be written; or complete."""

NAME, SUMMARY = 80, 240
"""Most characters of what stands in lists, on cards and maps. The longest name of the 53 in any language has 65, the
longest summary 216."""


DEGREES, METRES, KILOMETRES = message("degrees"), message("metres"), message("kilometres")
MINUTES, SECONDS, HECTARES = message("minutes"), message("seconds"), message("hectares")


@dataclass(frozen=True)
class FieldRule:
    """What a key takes.

    kind : name of the reader in `reading.py`
    need : `MUST`, `OUGHT` or `MAY`
    choices : the words that may stand there, all without any
    least, most : limits of a number
    unit : of a number, in words
    of : class of the tables below the key
    translatable : whether it is for visitors to read, and so is translated
    limit : the most characters it may have in any language, None where there is none
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


def _field(rule: FieldRule, default: Any) -> Any:
    return field(default=default, metadata={"rule": rule})


def text(need: str = MAY, translatable: bool = False, limit: int | None = None) -> Any:
    """Take text."""
    return _field(FieldRule("text", need, translatable=translatable, limit=limit), "")


def name(need: str = MUST) -> Any:
    """Take a name for links: small letters, digits and hyphens."""
    return _field(FieldRule("name", need), "")


def word(*choices: str, need: str = MUST) -> Any:
    """Take one of some words."""
    return _field(FieldRule("word", need, choices), "")


def texts(need: str = MAY, translatable: bool = False, limit: int | None = None) -> Any:
    """Take a list of texts."""
    return _field(FieldRule("texts", need, translatable=translatable, limit=limit), ())


def number(least: float, most: float, unit: Message | None = None, need: str = MAY) -> Any:
    """Take a number between limits, in a unit."""
    return _field(FieldRule("number", need, (), least, most, unit), None)


def whole(least: int, most: int, need: str = MAY) -> Any:
    """Take a whole number between limits."""
    return _field(FieldRule("whole", need, (), least, most), None)


def flag(need: str = MAY) -> Any:
    """Take true or false; None where nobody said."""
    return _field(FieldRule("flag", need), None)


def when(need: str = MAY) -> Any:
    """Take a date or a period."""
    return _field(FieldRule("when", need), None)


def value(need: str = OUGHT, translatable: bool = False) -> Any:
    """Take a text or a number."""
    return _field(FieldRule("value", need, translatable=translatable), None)


def triple(need: str = MAY) -> Any:
    """Take three numbers."""
    return _field(FieldRule("triple", need), None)


def one(of: Any, need: str = MAY) -> Any:
    """Take a table."""
    return _field(FieldRule("one", need, of=of), None)


def many(of: Any, need: str = MAY) -> Any:
    """Take any number of tables."""
    return _field(FieldRule("many", need, of=of), ())
