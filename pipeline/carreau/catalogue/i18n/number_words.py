"""How a language writes numbers, months and times, from `locales/CODE/numbers.toml`; a language may be without it.

| key | value |
|---|---|
| `decimal` | the decimal mark, "." or "," |
| `months` | twelve regular expressions |
| `words` | what each number is written as: 1 to 20, tens, 100 and 1000 |
| `joint`, `is_units_first` | what stands between tens and units, and whether the units come first |
| `scales` | words that follow a number and multiply it, each with its power of ten |
| `decade` | a decade in two digits: what stands before it, and the digits |
| `time` | an hour with or without minutes; a group "p" is the afternoon |
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from carreau.base.package_folders import LOCALES

_NEVER = re.compile("(?!)")


@dataclass(frozen=True)
class Spelling:
    """How a language writes numbers.

    decimal : the decimal mark
    words : what each number is written as, 1 to 99, 100 and 1000
    months : finds the months; group "m5" is May
    scales : words that multiply a number before them, each with its power of ten
    decade, time : find a decade in two digits, and an hour
    """

    decimal: str = ","
    words: Mapping[int, re.Pattern[str]] = field(default_factory=dict)
    months: re.Pattern[str] = _NEVER
    scales: tuple[tuple[re.Pattern[str], int], ...] = ()
    decade: re.Pattern[str] = _NEVER
    time: re.Pattern[str] = _NEVER


@cache
def spelling(language: str) -> Spelling:
    """Return how a language writes numbers: in digits alone, where it has no file."""
    path = LOCALES / language / "numbers.toml"
    if not path.is_file():
        return Spelling()
    data = tomllib.loads(path.read_text("utf-8"))
    months = "|".join(f"(?P<m{number}>{name})" for number, name in enumerate(data["months"], 1))
    scales = ((re.compile(rf"[\s-]*(?:{word})(?!\w)", re.IGNORECASE), power) for word, power in data["scales"].items())
    return Spelling(
        data["decimal"],
        {number: _word(words) for number, words in _written(data).items()},
        re.compile(rf"(?<![\w-])(?:{months})(?![\w-])"),
        tuple(scales),
        re.compile(data["decade"]),
        re.compile(data["time"]),
    )


def _written(data: Mapping[str, Any]) -> dict[int, str]:
    """Return what each number is written as, tens with units too; French counts on to nineteen, as in soixante-dix."""
    simple = {int(number): words for number, words in data["words"].items()}
    written = dict(simple)
    for tens in (number for number in simple if 20 <= number <= 90):
        for units in (number for number in simple if number < 20):
            first, second = (units, tens) if data["is_units_first"] else (tens, units)
            compound = f"(?:{simple[first]}){data['joint']}(?:{simple[second]})"
            number = tens + units
            written[number] = f"{written[number]}|{compound}" if number in written else compound
    return written


def _word(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)
