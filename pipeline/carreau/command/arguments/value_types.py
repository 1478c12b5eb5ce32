"""Types of values of options: what is none raises OptionError, which names the option."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.options import unknown_choice


def choice_of(option: str, choices: Sequence[str]) -> dict[str, Any]:
    """Return keywords of `add_argument` for one of some words; unlike `choices`, they raise OptionError."""

    def parse(text: str) -> str:
        if text not in choices:
            raise unknown_choice(option, text, tuple(choices))
        return text

    return {"type": parse, "metavar": "{" + ",".join(choices) + "}"}


def whole_number(option: str) -> Callable[[str], int]:
    """Return a `type` of `add_argument` that raises OptionError."""

    def parse(text: str) -> int:
        try:
            return int(text)
        except ValueError as error:
            raise OptionError(
                message("%(option)s: '%(text)s' is not a whole number", option=option, text=text)
            ) from error

    return parse


def number(option: str) -> Callable[[str], float]:
    """Return a `type` of `add_argument` that raises OptionError."""

    def parse(text: str) -> float:
        try:
            return float(text)
        except ValueError as error:
            raise OptionError(message("%(option)s: '%(text)s' is not a number", option=option, text=text)) from error

    return parse


def day(option: str) -> Callable[[str], str]:
    """Return a `type` of `add_argument` that raises OptionError."""

    def parse(text: str) -> str:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise OptionError(
                message("%(option)s: '%(text)s' is not a day such as 2026-11-01", option=option, text=text)
            ) from error

    return parse
